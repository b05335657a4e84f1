// SPDX-License-Identifier: Apache-2.0
#include "capture/start_point.h"

#include <gtest/gtest.h>

namespace millrace::capture {
namespace {

using Kind = StartPoint::Kind;

TEST(StartPoint, TellsTheFormsApart) {
  EXPECT_EQ(parse_start_point("latest")->kind, Kind::kLatest);
  EXPECT_EQ(parse_start_point("earliest")->kind, Kind::kEarliest);
  const StartPoint file = *parse_start_point("mysql-bin.000412:8842107");
  EXPECT_EQ(file.kind, Kind::kFile);
  EXPECT_EQ(file.file, "mysql-bin.000412");
  EXPECT_EQ(file.offset, 8842107U);
  EXPECT_EQ(parse_start_point("3e11fa47-71ca-11e1-9e33-c80aa9429562:1-8812")->kind, Kind::kGtid);
  EXPECT_EQ(parse_start_point("3E11FA47-71CA-11E1-9E33-C80AA9429562:1-5:11,"
                              "3e11fa47-71ca-11e1-9e33-c80aa9429563:7")
                ->kind,
            Kind::kGtid);
  EXPECT_EQ(parse_start_point("0-1-270,1-2-3")->kind, Kind::kGtid);
  const StartPoint time = *parse_start_point("2026-11-24T04:10:00+01:00");
  EXPECT_EQ(time.kind, Kind::kTime);
  EXPECT_EQ(time.time_us, 1'795'489'800'000'000);
}

TEST(StartPoint, ComesBackFromItsText) {
  for (const char* text : {"latest", "earliest", "bin.000001:4", "0-1-270",
                           "2026-11-24T04:10:00.000Z", "2026-11-24T04:10:00.123456Z"}) {
    const StartPoint point = *parse_start_point(text);
    EXPECT_EQ(start_point_text(point), text);
    EXPECT_EQ(*parse_start_point(start_point_text(point)), point);
  }
}

TEST(StartPoint, RefusesWhatItCannotTell) {
  for (const char* text :
       {"", "now", ":4", "file", "file:", "file:x", "file:99999999999999999999", "1-2"}) {
    EXPECT_FALSE(parse_start_point(text)) << text;
  }
}

}  // namespace
}  // namespace millrace::capture
