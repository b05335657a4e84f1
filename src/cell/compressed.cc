// SPDX-License-Identifier: Apache-2.0
#include "cell/compressed.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "cell/integer.h"
#include "cell/limits.h"

namespace millrace::cell {
namespace {

constexpr uint8_t kZlib = 0x80;
constexpr uint8_t kNoWrapper = 0x08;
constexpr uint8_t kLengthMask = 0x07;
constexpr size_t kMaxStep = 1 << 30;  // zlib counts in 32 bits

Error damaged(const char* what) {
  return {Errc::kCorrupt, fmt::format("compressed column value: {}", what)};
}

Status inflate_exactly(Bytes packed, size_t size, bool wrapped, Buffer& out) {
  z_stream stream{};
  if (inflateInit2(&stream, wrapped ? MAX_WBITS : -MAX_WBITS) != Z_OK)
    return damaged("zlib cannot start");
  std::byte* to = out.reserve(size);
  size_t produced = 0, consumed = 0;
  int code = Z_OK;
  while (code == Z_OK) {
    const size_t in_step = std::min(packed.size() - consumed, kMaxStep);
    const size_t out_step = std::min(size - produced, kMaxStep);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data() + consumed));
    stream.avail_in = static_cast<uInt>(in_step);
    stream.next_out = reinterpret_cast<Bytef*>(to + produced);
    stream.avail_out = static_cast<uInt>(out_step);
    code = inflate(&stream, Z_NO_FLUSH);
    consumed += in_step - stream.avail_in;
    produced += out_step - stream.avail_out;
  }
  inflateEnd(&stream);
  if (code != Z_STREAM_END || produced != size) return damaged("does not inflate to its length");
  out.commit(size);
  return Done{};
}

}  // namespace

Status append_inflated(Bytes value, Buffer& out) {
  if (value.empty()) return Done{};
  const auto header = std::to_integer<uint8_t>(value[0]);
  value = value.subspan(1);
  if (header == 0) {
    out.append(value);
    return Done{};
  }
  const size_t length_bytes = header & kLengthMask;
  if ((header & kZlib) == 0) return damaged("unknown method");
  if (length_bytes == 0 || length_bytes > 4) return damaged("bad length of length");
  if (value.size() < length_bytes) return Error{Errc::kTruncated, "compressed column value"};
  const uint64_t size = read_big_endian(value.data(), length_bytes);
  value = value.subspan(length_bytes);
  if (size > value.size() * kMaxInflateRatio) return damaged("inflates to more than zlib can");
  return inflate_exactly(value, static_cast<size_t>(size), (header & kNoWrapper) == 0, out);
}

}  // namespace millrace::cell
