// SPDX-License-Identifier: Apache-2.0
#include "cell/compressed.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "cell/bytes_test_support.h"

namespace millrace::cell {
namespace {

std::string inflated(std::string_view value) {
  const Exact exact(value);
  Buffer out;
  const Status status = append_inflated(exact.view(), out);
  return status ? std::string(as_text(out.view())) : "error";
}

std::string deflated(const std::string& text, bool wrapped) {
  z_stream stream{};
  EXPECT_EQ(
      deflateInit2(&stream, 6, Z_DEFLATED, wrapped ? MAX_WBITS : -MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
      Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

const std::string kText(5000, 'a');
std::string header(int flags, std::string_view size) {
  return static_cast<char>(flags | static_cast<int>(size.size())) + std::string(size);
}

TEST(Compressed, TakesBothWrappingsAndNone) {
  EXPECT_EQ(inflated(""), "");
  EXPECT_EQ(inflated(std::string("\0raw", 4)), "raw");
  EXPECT_EQ(inflated(header(0x80, "\x13\x88") + deflated(kText, true)), kText);
  EXPECT_EQ(inflated(header(0x88, "\x13\x88") + deflated(kText, false)), kText);
}

TEST(Compressed, RefusesAnotherLengthThanItSays) {
  EXPECT_EQ(inflated(header(0x80, "\x13\x87") + deflated(kText, true)), "error");
  EXPECT_EQ(inflated(header(0x80, "\x13\x89") + deflated(kText, true)), "error");
}

TEST(Compressed, ReservesNoMoreThanZlibCanGive) {
  EXPECT_EQ(inflated(header(0x80, "\xFF\xFF\xFF\xFF") + deflated(kText, true)), "error");
}

TEST(Compressed, EveryTruncationIsAnErrorAndNeverAnOverread) {
  const std::string whole = header(0x80, "\x13\x88") + deflated(kText, true);
  for (size_t n = 1; n < whole.size(); ++n) EXPECT_EQ(inflated(whole.substr(0, n)), "error") << n;
}

TEST(Compressed, RefusesUnknownHeaders) {
  EXPECT_EQ(inflated("\x01"
                     "abc"),
            "error");
  EXPECT_EQ(inflated("\x80"
                     "abc"),
            "error");
  EXPECT_EQ(inflated("\x87"
                     "abcdefghij"),
            "error");
}

}  // namespace
}  // namespace millrace::cell
