// SPDX-License-Identifier: Apache-2.0
// The commit journal: files of entries, each file beginning with one that stands alone. The last
// whole entry of the newest file is the durable mark.
//
// An entry that could not be written or synced may still be on disk after a crash. So before
// anything that it speaks of may change, restate() begins a new file with what holds instead.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/clock.h"
#include "io/files.h"
#include "storage/commit_mark.h"
#include "storage/journal_entry.h"

namespace millrace::storage {

// One file's bytes, judged.
struct JournalScan {
  std::vector<JournalEntry> entries;  // whole ones, up to the first that is not
  uint64_t whole_bytes = 0;           // where the last of them ends
  // Set when an entry that had been synced is not whole: a later one says so. Then `beyond` has the
  // entries that follow the damage.
  bool damaged = false;
  std::string what;
  std::vector<JournalEntry> beyond;
};
// kUnsupported for a newer version's file.
Result<JournalScan> scan_journal(Bytes file, uint64_t first_sequence, const std::string& path);

// What an opening found.
struct JournalState {
  std::optional<JournalEntry> last;
  // The newest entry before it that promised less of a log, for where the tail's check begins.
  std::optional<JournalEntry> before_last;
  std::vector<std::string> gtids;  // whole set of the last file, then what was added
  std::optional<CommitMark> mark;  // of `last`
  // Entries behind a torn place: no promises, but offsets that somebody saw if the log was written
  // without syncs.
  std::vector<JournalEntry> beyond;
};

class CommitJournal {
 public:
  CommitJournal(io::Files& files, io::Clock& clock, std::string folder, bool sync);

  // Reads what is there and makes it ready to be continued. kCorrupt when a promised entry is
  // damaged.
  Result<JournalState> open();
  // Every whole entry of every file, oldest file first, also behind damage. `usable`: no entry of
  // its file before it is damaged, so that its GTIDs are complete. Before open(), or instead.
  using EntryVisitor = std::function<Status(const JournalEntry& entry, bool usable)>;
  Status visit_all(const EntryVisitor& visit) const;

  // Writes `entry` (sequence, synced and time are set here; `entry.gtids` is what was added) behind
  // the last one, or at the head of a new file with `whole` as its GTIDs. Syncs it when `durable`.
  Result<CommitMark> append(JournalEntry entry, bool durable, const WholeGtids& whole);
  // The next append() begins a new file.
  void end_file() { file_.reset(); }
  // An append() failed: nothing that its entry promised may be changed before restate().
  bool needs_restating() const { return failed_; }
  // Begins a new file with `entry`, synced. Its `gtids` are the whole set; empty: the set of the
  // last entry that append() did not fail with.
  Result<CommitMark> restate(JournalEntry entry);

  // For an opening that accepts a loss: sequences up to here were used; the files of before the
  // one that restate() began are removed.
  void skip_to(uint64_t sequence) { next_sequence_ = std::max(next_sequence_, sequence + 1); }
  Status remove_older();

  // Removes the oldest files: while there are more than kMaxJournalFiles, or `unneeded` says so of
  // the entry that the file after them begins with. The newest two stay.
  Status retain(const std::function<bool(const JournalEntry& next_head)>& unneeded);
  // Any thread.
  Status verify(
      const std::function<void(const std::string& path, const JournalScan&)>& visit) const;
  uint64_t bytes() const { return bytes_; }
  // The file that ends with the last entry that append() did not fail with, and that end.
  const std::string& last_path() const { return last_path_; }
  uint64_t last_size() const { return last_size_; }

 private:
  struct Source {
    uint64_t first_sequence = 0;
    std::string path;
  };
  Result<std::vector<Source>> sources() const;
  Result<JournalScan> scan(const Source& source) const;
  Result<std::optional<JournalEntry>> head_of(const Source& source) const;
  static CommitMark mark_of(const JournalEntry& entry);
  Status begin_file();
  Status write(const JournalEntry& entry, bool durable);
  Result<std::vector<std::string>> gtids_so_far() const;

  io::Files& files_;
  io::Clock& clock_;
  const std::string folder_;
  const bool sync_;

  std::unique_ptr<io::File> file_;  // null: the next entry begins one
  std::string path_;
  uint64_t size_ = 0;
  std::string last_path_;  // the file that holds the last entry that was not failed with
  uint64_t last_size_ = 0;
  uint64_t next_sequence_ = 1;
  uint64_t synced_ = 0;
  bool folder_dirty_ = false;
  bool failed_ = false;
  std::atomic<uint64_t> bytes_ = 0;
};

}  // namespace millrace::storage
