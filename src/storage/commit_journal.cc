// SPDX-License-Identifier: Apache-2.0
#include "storage/commit_journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "storage/file_header.h"
#include "storage/limits.h"

namespace millrace::storage {
namespace {

constexpr std::string_view kSuffix = ".journal";
// One file: up to kJournalFileBytes, then one more entry; a head may be as large as an entry can
// be.
constexpr uint64_t kMaxFileBytes = kJournalFileBytes + 2 * kMaxJournalEntryBytes;

bool promises_less(const JournalEntry& entry, const JournalEntry& than) {
  if (entry.logs.size() != than.logs.size()) return false;
  bool less = false;
  for (size_t i = 0; i < entry.logs.size(); ++i) {
    if (entry.logs[i].format != than.logs[i].format || entry.logs[i].next > than.logs[i].next) {
      return false;
    }
    less = less || entry.logs[i].next < than.logs[i].next;
  }
  return less;
}

// Entries behind the place where the file stops making sense; `synced` becomes the highest sequence
// that any of them knows to have been synced.
std::vector<JournalEntry> entries_beyond(Bytes file, size_t from, uint64_t last, uint64_t* synced) {
  std::vector<JournalEntry> beyond;
  for (size_t at = find_journal_frame(file, from); at < file.size();) {
    auto framed = decode_journal_entry(file.subspan(at));
    if (framed && framed->entry.sequence > last) {
      last = framed->entry.sequence;
      *synced = std::max(*synced, framed->entry.synced);
      at += framed->size;
      beyond.push_back(std::move(framed->entry));
    } else {
      ++at;
    }
    at = find_journal_frame(file, at);
  }
  return beyond;
}

}  // namespace

Result<JournalScan> scan_journal(Bytes file, uint64_t first_sequence, const std::string& path) {
  JournalScan scan;
  const auto header = decode_file_header(kJournalKind, file, path);
  if (!header && header.error().code == Errc::kUnsupported) return header.error();
  uint64_t next = first_sequence;
  size_t at = kFileHeaderSize;
  std::string what = header ? "" : header.error().what;
  if (header && header->number != first_sequence) {
    what = fmt::format("{}: begins with sequence {} by its header", path, header->number);
  }
  while (what.empty() && at < file.size()) {
    auto framed = decode_journal_entry(file.subspan(at));
    if (!framed) {
      what = fmt::format("{} at {}: {}", path, at, framed.error().what);
    } else if (framed->entry.sequence != next) {
      what = fmt::format("{} at {}: entry {}, expected {}", path, at, framed->entry.sequence, next);
    } else {
      at += framed->size;
      ++next;
      scan.entries.push_back(std::move(framed->entry));
    }
  }
  scan.whole_bytes = scan.entries.empty() ? 0 : at;
  if (what.empty()) return scan;
  uint64_t synced = 0;
  scan.beyond = entries_beyond(file, std::min(at, file.size()), next - 1, &synced);
  // Entries were lost that had been synced; without a later one that says so, it is a torn end.
  scan.damaged = synced >= next;
  if (scan.damaged) scan.what = std::move(what);
  return scan;
}

CommitJournal::CommitJournal(io::Files& files, io::Clock& clock, std::string folder, bool sync)
    : files_(files), clock_(clock), folder_(std::move(folder)), sync_(sync) {}

Result<std::vector<CommitJournal::Source>> CommitJournal::sources() const {
  std::vector<Source> found;
  for (const std::string& name : TRY(io::list_or_nothing(files_, folder_))) {
    Source source;
    if (!parse_numbered_name(name, kSuffix, &source.first_sequence)) continue;
    source.path = folder_ + "/" + name;
    found.push_back(std::move(source));
  }
  return found;
}

Result<JournalScan> CommitJournal::scan(const Source& source) const {
  const std::string bytes = TRY(io::read_file(files_, source.path, kMaxFileBytes));
  return scan_journal(as_bytes(bytes), source.first_sequence, source.path);
}

Result<JournalState> CommitJournal::open() {
  JournalState state;
  std::vector<Source> all = TRY(sources());
  JournalScan scanned;
  while (!all.empty()) {
    scanned = TRY(scan(all.back()));
    if (scanned.damaged) {
      return Error{Errc::kCorrupt, scanned.what + "; what it promised was synced"};
    }
    if (!scanned.entries.empty()) break;
    // Begun and never finished: nothing was promised by it.
    next_sequence_ = std::max(next_sequence_, all.back().first_sequence + 1);
    TRY(files_.unlink(all.back().path));
    all.pop_back();
  }
  if (all.empty()) return state;

  path_ = all.back().path;
  file_ = TRY(files_.open(path_, io::OpenMode::kReadWrite));
  size_ = scanned.whole_bytes;
  last_path_ = path_;
  last_size_ = size_;
  if (TRY(file_->size()) > size_) TRY(file_->truncate(size_));
  // Found is not yet safe: it may only be in memory, after a kill. It is about to be believed.
  if (sync_) {
    TRY(file_->sync());
    TRY(files_.sync_folder(folder_));
  }
  for (const Source& source : all) bytes_ += TRY(files_.info(source.path)).size;

  state.beyond = std::move(scanned.beyond);
  state.last = scanned.entries.back();
  state.mark = mark_of(*state.last);
  next_sequence_ = state.last->sequence + 1;
  synced_ = sync_ ? state.last->sequence : 0;
  for (const JournalEntry& entry : scanned.entries) {
    state.gtids.insert(state.gtids.end(), entry.gtids.begin(), entry.gtids.end());
  }
  for (size_t back = 1; back <= 2 && !state.before_last && back <= all.size(); ++back) {
    if (back == 2) scanned = TRY(scan(all[all.size() - 2]));
    for (auto it = scanned.entries.rbegin(); it != scanned.entries.rend(); ++it) {
      if (!promises_less(*it, *state.last)) continue;
      state.before_last = std::move(*it);
      break;
    }
  }
  return state;
}

Status CommitJournal::visit_all(const EntryVisitor& visit) const {
  for (const Source& source : TRY(sources())) {
    const JournalScan scanned = TRY(scan(source));
    for (const JournalEntry& entry : scanned.entries) TRY(visit(entry, true));
    for (const JournalEntry& entry : scanned.beyond) TRY(visit(entry, false));
  }
  return Done{};
}

Status CommitJournal::begin_file() {
  const std::string path = folder_ + "/" + numbered_name(next_sequence_, kSuffix);
  auto file = files_.open(path, io::OpenMode::kCreate);
  if (!file && file.error().code == Errc::kExists) {
    TRY(files_.unlink(path));
    file = files_.open(path, io::OpenMode::kCreate);
  }
  if (!file) return std::move(file.error());
  folder_dirty_ = true;
  TRY((*file)->pwrite(0, encode_file_header(kJournalKind, {.number = next_sequence_})));
  file_ = std::move(*file);
  path_ = path;
  size_ = kFileHeaderSize;
  bytes_ += size_;
  return Done{};
}

Status CommitJournal::write(const JournalEntry& entry, bool durable) {
  Buffer bytes;
  encode_journal_entry(entry, bytes);
  TRY(file_->pwrite(size_, bytes.view()));
  if (durable && sync_) {
    TRY(file_->sync());
    if (folder_dirty_) TRY(files_.sync_folder(folder_));
    folder_dirty_ = false;
    synced_ = entry.sequence;
  }
  size_ += bytes.size();
  bytes_ += bytes.size();
  last_path_ = path_;
  last_size_ = size_;
  return Done{};
}

Result<std::vector<std::string>> CommitJournal::gtids_so_far() const {
  std::vector<std::string> gtids;
  if (last_path_.empty()) return gtids;
  const std::string bytes = TRY(io::read_file(files_, last_path_, kMaxFileBytes));
  for (size_t at = kFileHeaderSize; at < last_size_;) {
    FramedEntry framed = TRY(decode_journal_entry(as_bytes(bytes).subspan(at)));
    at += framed.size;
    for (std::string& text : framed.entry.gtids) gtids.push_back(std::move(text));
  }
  return gtids;
}

Result<CommitMark> CommitJournal::append(JournalEntry entry, bool durable,
                                         const WholeGtids& whole) {
  CHECK(!failed_);
  entry.sequence = next_sequence_;
  entry.synced = synced_;
  entry.written_ms = clock_.wall_ms();
  if (!sync_) entry.flags |= JournalEntry::kRelaxed;
  const auto attempt = [&]() -> Status {
    if (file_ == nullptr || size_ >= kJournalFileBytes) {
      entry.flags |= JournalEntry::kHead;
      if (whole) {
        entry.gtids.assign(1, whole());
      } else {
        auto gtids = TRY(gtids_so_far());
        entry.gtids.insert(entry.gtids.begin(), gtids.begin(), gtids.end());
      }
      TRY(begin_file());
    }
    return write(entry, durable);
  };
  auto written = attempt();
  ++next_sequence_;
  if (!written) {
    failed_ = true;
    return in_context("commit journal", std::move(written.error()));
  }
  return mark_of(entry);
}

CommitMark CommitJournal::mark_of(const JournalEntry& entry) {
  std::vector<Offset> ends;
  ends.reserve(entry.logs.size());
  for (const LogEnd& end : entry.logs) ends.push_back({end.next});
  return CommitMark(entry.sequence, std::move(ends));
}

Result<CommitMark> CommitJournal::restate(JournalEntry entry) {
  entry.synced = synced_;
  entry.written_ms = clock_.wall_ms();
  entry.flags |= JournalEntry::kHead;
  if (!sync_) entry.flags |= JournalEntry::kRelaxed;
  if (entry.gtids.empty()) entry.gtids = TRY(gtids_so_far());
  entry.sequence = next_sequence_;
  auto begun = begin_file();
  if (begun) begun = write(entry, true);
  ++next_sequence_;
  failed_ = !begun;
  if (!begun) return std::move(begun.error());
  return mark_of(entry);
}

Status CommitJournal::remove_older() {
  for (const Source& source : TRY(sources())) {
    if (source.path != path_) TRY(files_.unlink(source.path));
  }
  bytes_ = size_;
  return files_.sync_folder(folder_);
}

Result<std::optional<JournalEntry>> CommitJournal::head_of(const Source& source) const {
  const auto file = TRY(files_.open(source.path, io::OpenMode::kRead));
  Buffer bytes;
  constexpr size_t kUsual = 64 << 10;
  bytes.commit(TRY(file->pread(kFileHeaderSize, {bytes.reserve(kUsual), kUsual})));
  auto framed = decode_journal_entry(bytes.view());
  if (framed) return std::optional(std::move(framed->entry));
  JournalScan whole = TRY(scan(source));
  if (whole.entries.empty()) return std::optional<JournalEntry>();
  return std::optional(std::move(whole.entries.front()));
}

Status CommitJournal::retain(const std::function<bool(const JournalEntry&)>& unneeded) {
  std::vector<Source> all = TRY(sources());
  bool removed = false;
  for (size_t i = 0; i + 2 < all.size(); ++i) {
    if (all.size() - i <= kMaxJournalFiles) {
      const auto head = TRY(head_of(all[i + 1]));
      if (head && !unneeded(*head)) break;
    }
    const uint64_t size = TRY(files_.info(all[i].path)).size;
    TRY(files_.unlink(all[i].path));
    bytes_ -= std::min<uint64_t>(bytes_, size);
    removed = true;
  }
  return removed ? files_.sync_folder(folder_) : Status(Done{});
}

Status CommitJournal::verify(
    const std::function<void(const std::string&, const JournalScan&)>& visit) const {
  for (const Source& source : TRY(sources())) {
    const auto scanned = scan(source);
    if (scanned) {
      visit(source.path, *scanned);
    } else if (scanned.error().code !=
               Errc::kNotFound) {  // retention may have removed it meanwhile
      return scanned.error();
    }
  }
  return Done{};
}

}  // namespace millrace::storage
