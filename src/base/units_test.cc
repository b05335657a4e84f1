// SPDX-License-Identifier: Apache-2.0
#include "base/units.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Units, ReadsDurationsAndSizes) {
  EXPECT_EQ(*parse_duration_ms("24h"), 86'400'000);
  EXPECT_EQ(*parse_duration_ms("90 s"), 90'000);
  EXPECT_EQ(*parse_duration_ms("7d"), 604'800'000);
  EXPECT_EQ(*parse_bytes("4096"), 4096);
  EXPECT_EQ(*parse_bytes("10GiB"), int64_t{10} << 30);
  EXPECT_EQ(*parse_bytes("10 M"), 10 << 20);
}

TEST(Units, RefusesWhatHasNoUnitOrDoesNotFit) {
  for (const char* text : {"24", "", "h", "-1h", "1.5h", "24hours", "9223372036854775807d"}) {
    EXPECT_FALSE(parse_duration_ms(text)) << text;
  }
  for (const char* text : {"", "KiB", "-5", "9223372036854775807TiB", "1 KB"}) {
    EXPECT_FALSE(parse_bytes(text)) << text;
  }
}

TEST(Units, WritesDurationsAndSizesAsTheConsoleDoes) {
  EXPECT_EQ(duration_text(400), "0.4 s");
  EXPECT_EQ(duration_text(12'345), "12 s");
  EXPECT_EQ(duration_text(200'000), "3 min 20 s");
  EXPECT_EQ(duration_text(11'520'000), "3 h 12 min");
  EXPECT_EQ(duration_text(187'200'000), "2 d 4 h");
  EXPECT_EQ(bytes_text(1000), "1000 B");
  EXPECT_EQ(bytes_text(19'541'760'000), "18.2 GiB");
  EXPECT_EQ(bytes_text(310 << 20), "310 MiB");
}

TEST(Units, ReadsTimesInEveryZone) {
  EXPECT_EQ(*parse_rfc3339_us("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(*parse_rfc3339_us("2026-11-24T05:10:00.25+01:00"), 1'795'493'400'250'000);
  EXPECT_EQ(*parse_rfc3339_us("2024-02-29T23:59:59-00:30"), 1'709'252'999'000'000);
  EXPECT_EQ(*parse_rfc3339_us("1969-12-31T23:59:59Z"), -1'000'000);
}

TEST(Units, RefusesTimesThatAreNone) {
  for (const char* text :
       {"", "2026-11-24", "2026-11-24T05:10:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-11-24T24:00:00Z", "2026-11-24T05:10:00.Z", "2026-11-24T05:10:00ZZ"}) {
    EXPECT_FALSE(parse_rfc3339_us(text)) << text;
  }
}

TEST(Units, TimesComeBackAsTheyWere) {
  for (int64_t ms = -5'000'000'000'000; ms < 5'000'000'000'000; ms += 86'399'987'654) {
    EXPECT_EQ(*parse_rfc3339_us(rfc3339_text(ms)), ms * 1000) << rfc3339_text(ms);
  }
}

}  // namespace
}  // namespace millrace
