// SPDX-License-Identifier: Apache-2.0
// How each of our own files begins (segments are Kafka's bytes and begin with a batch):
//
//   offset  size  field
//        0     4  kind     "MRcj" journal, "MRhi" history, "MRix" index
//        4     4  version  of that kind's format
//        8     8  number   journal: its first entry's sequence; history: the file's number;
//                          index: the segment's base offset
//       16     8  before   history: how many bytes of the file `before_file` count
//       24     4  before_file  history: the file that this one continues, 0 for none; files with
//                          numbers between the two count for nothing. Both 0 in other kinds
//       28     4  CRC-32C of the 28 bytes before
//
// All little-endian. A file with a newer version than ours is refused by name.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace millrace::storage {

inline constexpr size_t kFileHeaderSize = 32;

// Whether an error says that bytes are not what was written, and not that reading them failed.
inline bool is_damage(const Error& error) {
  return error.code == Errc::kCorrupt || error.code == Errc::kTruncated;
}

struct FileKind {
  std::string_view magic;  // four characters
  uint32_t version;
};
inline constexpr FileKind kJournalKind{"MRcj", 1};
inline constexpr FileKind kHistoryKind{"MRhi", 1};
inline constexpr FileKind kIndexKind{"MRix", 1};

struct FileHeader {
  uint64_t number = 0;
  uint64_t before = 0;
  uint32_t before_file = 0;
};

std::array<std::byte, kFileHeaderSize> encode_file_header(const FileKind& kind,
                                                          const FileHeader& header);
// kTruncated, kCorrupt, or kUnsupported for a version that is not ours; `path` is for the message.
Result<FileHeader> decode_file_header(const FileKind& kind, Bytes bytes, const std::string& path);

// "00000000000000000042" + suffix, and back; false for other names.
std::string numbered_name(uint64_t number, std::string_view suffix);
bool parse_numbered_name(std::string_view name, std::string_view suffix, uint64_t* number);

}  // namespace millrace::storage
