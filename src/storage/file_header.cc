// SPDX-License-Identifier: Apache-2.0
#include "storage/file_header.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/byte_reader.h"
#include "base/crc.h"

namespace millrace::storage {
namespace {
constexpr size_t kNumberDigits = 20;
constexpr size_t kCrcAt = kFileHeaderSize - 4;

void put_le(std::byte* out, uint64_t value, size_t width) {
  for (size_t i = 0; i < width; ++i) out[i] = static_cast<std::byte>(value >> (8 * i));
}
}  // namespace

std::array<std::byte, kFileHeaderSize> encode_file_header(const FileKind& kind,
                                                          const FileHeader& header) {
  std::array<std::byte, kFileHeaderSize> out{};
  const Bytes magic = as_bytes(kind.magic);
  std::copy(magic.begin(), magic.end(), out.begin());
  put_le(out.data() + 4, kind.version, 4);
  put_le(out.data() + 8, header.number, 8);
  put_le(out.data() + 16, header.before, 8);
  put_le(out.data() + 24, header.before_file, 4);
  put_le(out.data() + kCrcAt, crc32c(Bytes(out).first(kCrcAt)), 4);
  return out;
}

Result<FileHeader> decode_file_header(const FileKind& kind, Bytes bytes, const std::string& path) {
  ByteReader in(bytes);
  const std::string_view magic = in.text(4);
  const uint32_t version = in.u32();
  FileHeader header;
  header.number = in.u64();
  header.before = in.u64();
  header.before_file = in.u32();
  const uint32_t stored = in.u32();
  if (!in.ok()) return Error{Errc::kTruncated, path + ": shorter than its header"};
  const uint32_t crc = crc32c(bytes.first(kCrcAt));
  if (magic != kind.magic || crc != stored) {
    return Error{Errc::kCorrupt, fmt::format("{}: damaged header, CRC-32C {:08x}, stored {:08x}",
                                             path, crc, stored)};
  }
  if (version != kind.version) {
    return Error{Errc::kUnsupported,
                 fmt::format("{}: format version {}, this program knows {}: it was written by a "
                             "newer one",
                             path, version, kind.version)};
  }
  return header;
}

std::string numbered_name(uint64_t number, std::string_view suffix) {
  return fmt::format("{:020}{}", number, suffix);
}

bool parse_numbered_name(std::string_view name, std::string_view suffix, uint64_t* number) {
  if (name.size() != kNumberDigits + suffix.size() || !name.ends_with(suffix)) return false;
  uint64_t value = 0;
  for (const char digit : name.substr(0, kNumberDigits)) {
    if (digit < '0' || digit > '9') return false;
    if (value > (UINT64_MAX - static_cast<uint64_t>(digit - '0')) / 10) return false;
    value = value * 10 + static_cast<uint64_t>(digit - '0');
  }
  *number = value;
  return true;
}

}  // namespace millrace::storage
