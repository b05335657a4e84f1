// SPDX-License-Identifier: Apache-2.0
#include "storage/verify.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <utility>

#include "storage/file_header.h"

namespace millrace::storage {
namespace {

constexpr size_t kMaxDamage = 100;  // reported; more says nothing new

// A closed segment's index ends with an entry that names no batch.
uint64_t index_slots(uint64_t bytes, bool active) {
  const uint64_t slots = bytes < kFileHeaderSize ? 0 : (bytes - kFileHeaderSize) / kIndexEntrySize;
  return active || slots == 0 ? slots : slots - 1;
}

class Verifier {
 public:
  explicit Verifier(const VerifyProgress& progress) : progress_(progress) {}

  Status log(const FormatLog& log) {
    std::map<int64_t, uint64_t> damaged;
    const auto state = log.published()->state();
    for (size_t i = 0; i < state->segments(); ++i) {
      const SegmentView& view = state->segment(i);
      auto checked = segment(view, *state, damaged);
      // Retention may have removed it meanwhile.
      if (!checked && view.base() < log.published()->state()->start()) continue;
      TRY(std::move(checked));
      if (i + 1 < state->segments()) {
        const int64_t next = state->segment(i + 1).base();
        if (expected_end(state->epochs, next) != view.end) {
          damage({view.segment->log_path(), view.size,
                  fmt::format("ends at offset {}, its successor begins at {}", view.end, next)});
        }
      }
    }
    // From here on nobody is given what is known to be damaged.
    log.published()->set_damaged(std::move(damaged));
    return Done{};
  }

  // A log that is not open: what of it `end` promises. The segments behind that count for nothing.
  Status closed_log(const FormatLog& log, const LogEnd& end, io::Files& files) {
    int64_t expected = -1;
    bool there = false;
    const std::vector<int64_t> bases = TRY(log.segment_bases());
    for (size_t i = 0; i < bases.size() && bases[i] <= end.segment_base; ++i) {
      const int64_t base = bases[i];
      there = base == end.segment_base;
      const Segment segment(files, log.folder(), base);
      if (expected >= 0 && expected_end(end.epochs, base) != expected) {
        damage(
            {segment.log_path(), 0,
             fmt::format("begins at offset {}, the batches before it end at {}", base, expected)});
      }
      const auto open = TRY(segment.open()).files;
      const uint64_t size = TRY(open->log().size());
      const uint64_t promised = there ? end.size : size;
      const auto checked = TRY(batches(open->log(), {.path = segment.log_path(),
                                                     .next_offset = base,
                                                     .durable = promised,
                                                     .epochs = end.epochs,
                                                     .unreadable_is_damage = true}));
      const bool sealed =
          !there && i + 1 < bases.size() && checked.end == expected_end(end.epochs, bases[i + 1]);
      const bool damaged = checked.damage && !sealed;
      if (damaged) damage(*checked.damage);
      expected = damaged ? -1 : checked.end;
      SegmentView view;
      view.segment = std::make_shared<const Segment>(files, log.folder(), base);
      view.size = checked.position;
      if (!damaged && open->index() != nullptr) {
        view.index_entries = index_slots(TRY(open->index()->size()), there);
        TRY(index(view, *open));
      }
    }
    if (end.segment_base >= 0 && !there) {
      damage({log.folder() + "/" + segment_log_name(end.segment_base), 0, "is missing"});
    }
    return Done{};
  }

  Status journal(const CommitJournal& journal) {
    return journal.verify([&](const std::string& path, const JournalScan& scan) {
      report_.journal_entries += scan.entries.size();
      report_.bytes += scan.whole_bytes;
      if (scan.damaged) damage({path, scan.whole_bytes, scan.what});
    });
  }

  Status history(const HistoryLog& history, const HistoryEnd& mark) {
    auto read = history.verify(
        mark, [&] { ++report_.history_entries; }, [&](Damage found) { damage(std::move(found)); });
    if (read || !is_damage(read.error())) return read;
    damage({history.folder(), 0, read.error().what});
    return Done{};
  }

  VerifyReport take() { return std::move(report_); }

 private:
  void damage(Damage found) {
    if (report_.damage.size() < kMaxDamage) report_.damage.push_back(std::move(found));
  }

  Result<CheckedRange> batches(const io::File& file, const CheckRequest& request) {
    auto checked = TRY(check_batches(file, request, [&](uint64_t bytes) -> Status {
      report_.bytes += bytes;
      ++report_.batches;
      if (!progress_ || progress_(report_.bytes)) return Done{};
      return Error{Errc::kCancelled, "verify was stopped"};
    }));
    return checked;
  }

  Status segment(const SegmentView& view, const LogState& state,
                 std::map<int64_t, uint64_t>& damaged) {
    const auto open = TRY(view.segment->open()).files;
    const auto checked = TRY(batches(open->log(), {.path = view.segment->log_path(),
                                                   .next_offset = view.base(),
                                                   .durable = view.size,
                                                   .epochs = state.epochs,
                                                   .unreadable_is_damage = true}));
    if (checked.damage) {
      damaged[view.base()] = checked.position;
      damage(*checked.damage);
    }
    return index(view, *open);
  }

  // An index is rebuilt when it is missing; one that is there must tell the truth.
  Status index(const SegmentView& view, const OpenSegment& open) {
    if (open.index() == nullptr) return Done{};
    const auto entries = load_index(*open.index(), view.base());
    if (entries.size() < view.index_entries) {
      damage({view.segment->index_path(), index_position(entries.size()),
              fmt::format("{} whole entries of {}", entries.size(), view.index_entries)});
    }
    for (size_t i = 0; i < entries.size() && i < view.index_entries; ++i) {
      BatchWalk walk(open.log(), entries[i].position, view.size);
      const auto batch = walk.next();
      if (batch && *batch && (*batch)->base_offset == entries[i].offset &&
          (*batch)->crc == entries[i].batch_crc) {
        continue;
      }
      damage({view.segment->index_path(), index_position(i),
              fmt::format("no such batch at {}", entries[i].position)});
    }
    return Done{};
  }

  const VerifyProgress& progress_;
  VerifyReport report_;
};

}  // namespace

Result<VerifyReport> verify_task_log(const TaskLogFiles& files, const HistoryEnd& history,
                                     const VerifyProgress& progress) {
  Verifier verifier(progress);
  for (const auto& log : files.logs) TRY(verifier.log(*log));
  TRY(verifier.journal(*files.journal));
  TRY(verifier.history(*files.history, history));
  return verifier.take();
}

bool is_of_index(const Damage& damage) { return damage.file.ends_with(".index"); }

Result<VerifyReport> verify_closed_log(io::Files& files, io::Clock& clock,
                                       const std::string& folder, const LogOptions& options,
                                       const VerifyProgress& progress) {
  const TaskLogFiles parts = make_task_log_files(files, clock, folder, options);
  Verifier verifier(progress);
  TRY(verifier.journal(*parts.journal));
  std::optional<JournalEntry> last;
  TRY(parts.journal->visit_all([&](const JournalEntry& entry, bool usable) -> Status {
    if (usable) last = entry;
    return Done{};
  }));
  if (!last) return verifier.take();
  for (const auto& log : parts.logs) {
    const std::string format = log->end().format;
    for (const LogEnd& end : last->logs) {
      if (end.format == format) TRY(verifier.closed_log(*log, end, files));
    }
  }
  TRY(verifier.history(*parts.history, last->history));
  return verifier.take();
}

}  // namespace millrace::storage
