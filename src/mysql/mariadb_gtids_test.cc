// SPDX-License-Identifier: Apache-2.0
#include "mysql/mariadb_gtids.h"

#include <gtest/gtest.h>

#include "mysql/event_test_support.h"

namespace millrace::mysql {
namespace {

TEST(MariaDbGtids, PrintWhatTheyReadByDomain) {
  EXPECT_EQ((*MariaDbGtids::parse(" 7-2-9 ,\n0-1-5, 3-4-18446744073709551615")).text(),
            "0-1-5,3-4-18446744073709551615,7-2-9");
  EXPECT_TRUE((*MariaDbGtids::parse("")).empty());
}

TEST(MariaDbGtids, SayWhatIsWrong) {
  for (std::string_view text : {"0", "0-1", "0-1-", "0-1-x", "0-1-2-3", "-1-2-3", "4294967296-1-1",
                                "0-1-18446744073709551616", "0-1-2,0-1-3", ",0-1-2"})
    EXPECT_EQ(MariaDbGtids::parse(text).error().code, Errc::kInvalid) << text;
}

// Two masters may write one domain: the last one seen counts, not the greatest number.
TEST(MariaDbGtids, ADomainsSequenceMayGoBackwards) {
  MariaDbGtids gtids;
  for (const MariaDbGtid& gtid :
       {MariaDbGtid{0, 1, 100}, MariaDbGtid{2, 1, 7}, MariaDbGtid{1, 1, 3}, MariaDbGtid{0, 2, 50}})
    gtids.set(gtid);
  EXPECT_EQ(gtids.text(), "0-2-50,1-1-3,2-1-7");
}

TEST(GtidList, TheLastEntryOfADomainIsTheNewest) {
  // flags in the four highest bits; domain 0 twice, domain 5 once
  const std::string body = from_hex(
      "03000010  00000000 01000000 0900000000000000  00000000 02000000 0500000000000000"
      "05000000 01000000 0100000000000000");
  EXPECT_EQ((*MariaDbGtids::decode_gtid_list(as_bytes(body))).text(), "0-2-5,5-1-1");
  for_each_cut(body, [](Bytes cut, size_t) {
    EXPECT_EQ(MariaDbGtids::decode_gtid_list(cut).error().code, Errc::kTruncated);
  });
}

}  // namespace
}  // namespace millrace::mysql
