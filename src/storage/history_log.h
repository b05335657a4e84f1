// SPDX-License-Identifier: Apache-2.0
// The history: entries that say what table definitions and which inputs hold from where on. Opaque
// here, but for their kind: beyond the journal's mark inputs are kept and derived ones dropped.
//
//   offset  size  field (little-endian), one entry, after the file's header
//        0     4  bytes of the entry
//        4     1  kind   1 input, 2 derived
//        5     4  CRC-32C of kind and bytes, continued over the length
//        9     …  bytes
//
// A file is only ever appended to. When what lies beyond the mark must go and something of it
// stays, a new file begins with that, in one step (rename); its header says how much of the file
// before counts.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/buffer.h"
#include "io/files.h"
#include "storage/file_header.h"
#include "storage/journal_entry.h"
#include "storage/task_log.h"

namespace millrace::storage {

class HistoryLog {
 public:
  HistoryLog(io::Files& files, std::string folder, bool sync);

  // Gives the entries up to `mark` and the inputs beyond it to `visit`, and drops the rest.
  // kCorrupt when an entry below the mark is damaged. `lossy`: stops there instead, and `loss` says
  // so.
  Status open(const HistoryEnd& mark, const HistoryVisitor& visit, bool lossy, std::string* loss);

  Status append(Bytes entry, HistoryKind kind);
  Status sync();
  // Where the history ends now. Inputs beyond the last mark count in it.
  HistoryEnd end() const { return {number_, size_}; }
  bool dirty() const { return size_ != synced_size_; }
  HistoryEnd marked() const { return marked_; }
  // All up to here is promised.
  void mark();
  // Back to the last mark, inputs kept: after a failure of this or any other file. May fail itself,
  // and is then to be called again before anything else.
  Status cut_to_mark();

  // Reads what is promised; any thread. Gives each entry, or the place where one is damaged.
  Status verify(const HistoryEnd& mark, const std::function<void()>& entry,
                const std::function<void(Damage)>& damage) const;
  // How far it can be believed when some of it is damaged: entries up to there are whole.
  Result<HistoryEnd> sound_end() const;
  uint64_t bytes() const { return bytes_; }
  const std::string& folder() const { return folder_; }

 private:
  struct Part {
    uint64_t number = 0;
    std::string path;
    FileHeader header;
    uint64_t limit = UINT64_MAX;  // how much of it counts, by the one that continues it
  };
  // Those that count, oldest first: the newest, the one that it continues, and so on. `loss`: takes
  // note of what is damaged and goes on without it; null: fails.
  Result<std::vector<Part>> parts(std::string* loss) const;
  Status begin_file(const std::vector<Buffer>& inputs);
  // One entry that was there: given to `visit` when it stays.
  Status take(Bytes entry, HistoryKind kind, bool below, const HistoryVisitor& visit);

  io::Files& files_;
  const std::string folder_;
  const bool sync_;
  std::unique_ptr<io::File> file_;
  uint64_t number_ = 0;  // 0: no file yet
  uint64_t size_ = 0;
  uint64_t synced_size_ = 0;
  bool failed_ = false;  // the file is not to be written to again
  HistoryEnd marked_;
  std::vector<Buffer> inputs_;  // framed, since the last mark
  uint64_t derived_ = 0;        // entries since the last mark
  std::atomic<uint64_t> bytes_ = 0;
};

}  // namespace millrace::storage
