// SPDX-License-Identifier: Apache-2.0
// A journal's whole entries are, encoded again, the very bytes that they were read from; nothing
// behind the first that is not whole counts, and damage is only claimed where a later entry says
// so.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/crc.h"
#include "storage/commit_journal.h"
#include "storage/file_header.h"
#include "storage/journal_entry.h"

using namespace millrace;
using namespace millrace::storage;

namespace {
void require(bool condition) {
  if (!condition) std::abort();
}

// Makes the frames' checksums right, so that what lies behind them is reached.
void mend(std::vector<std::byte>& file) {
  for (size_t at = find_journal_frame(file, 0); at + 12 <= file.size();
       at = find_journal_frame(file, at + 1)) {
    size_t length = 0;
    for (size_t i = 0; i < 4; ++i) length |= std::to_integer<size_t>(file[at + 4 + i]) << (8 * i);
    if (length > file.size() - at - 12) continue;
    const uint32_t crc =
        crc32c(Bytes(file).subspan(at + 12, length), crc32c(Bytes(file).subspan(at + 4, 4)));
    for (size_t i = 0; i < 4; ++i) file[at + 8 + i] = static_cast<std::byte>(crc >> (8 * i));
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<std::byte> file;
  for (const std::byte byte : encode_file_header(kJournalKind, {.number = 1})) file.push_back(byte);
  for (size_t i = 0; i < size; ++i) file.push_back(std::byte{data[i]});
  for (const bool mended : {false, true}) {
    if (mended) mend(file);
    const auto scan = scan_journal(file, 1, "fuzz");
    require(static_cast<bool>(scan));
    Buffer again;
    uint64_t next = 1;
    for (const JournalEntry& entry : scan->entries) {
      require(entry.sequence == next++);
      encode_journal_entry(entry, again);
    }
    require(scan->entries.empty() || scan->whole_bytes == kFileHeaderSize + again.size());
    require(as_text(again.view()) == as_text(Bytes(file).subspan(kFileHeaderSize, again.size())));
    require(!scan->damaged || !scan->beyond.empty());
  }
  return 0;
}
