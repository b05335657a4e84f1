// SPDX-License-Identifier: Apache-2.0
#include "base/crc.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Crc, AgreesWithThePublishedCheckValues) {
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283U);
  EXPECT_EQ(crc32(as_bytes("123456789")), 0xCBF43926U);
}

TEST(Crc, MayBeComputedInPieces) {
  const std::string_view text = "the quick brown fox jumps over the lazy dog";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    const uint32_t head = crc32c(as_bytes(text.substr(0, cut)));
    EXPECT_EQ(crc32c(as_bytes(text.substr(cut)), head), crc32c(as_bytes(text))) << cut;
  }
}

}  // namespace
}  // namespace millrace
