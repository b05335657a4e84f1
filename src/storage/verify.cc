// SPDX-License-Identifier: Apache-2.0
#include "storage/verify.h"

#include <fmt/format.h>

#include <utility>

namespace millrace::storage {
namespace {

constexpr size_t kMaxDamage = 100;  // reported; more says nothing new

class Verifier {
 public:
  explicit Verifier(const VerifyProgress& progress) : progress_(progress) {}

  Status log(const FormatLog& log) {
    const auto state = log.published()->state();
    for (size_t i = 0; i < state->segments(); ++i) {
      const SegmentView& view = state->segment(i);
      auto checked = segment(view, *state);
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
    return history.verify(
        mark, [&] { ++report_.history_entries; }, [&](Damage found) { damage(std::move(found)); });
  }

  VerifyReport take() { return std::move(report_); }

 private:
  void damage(Damage found) {
    if (report_.damage.size() < kMaxDamage) report_.damage.push_back(std::move(found));
  }

  Status segment(const SegmentView& view, const LogState& state) {
    const auto open = TRY(view.segment->open()).files;
    const auto checked = TRY(check_batches(open->log(),
                                           {.path = view.segment->log_path(),
                                            .next_offset = view.base(),
                                            .durable = view.size,
                                            .epochs = state.epochs},
                                           [&](uint64_t bytes) -> Status {
                                             report_.bytes += bytes;
                                             ++report_.batches;
                                             if (!progress_ || progress_(report_.bytes)) {
                                               return Done{};
                                             }
                                             return Error{Errc::kCancelled, "verify was stopped"};
                                           }));
    if (checked.damage) {
      damage(*checked.damage);
    } else if (checked.position < view.size) {
      damage({view.segment->log_path(), checked.position, "ends too early"});
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

}  // namespace millrace::storage
