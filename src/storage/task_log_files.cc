// SPDX-License-Identifier: Apache-2.0
#include "storage/task_log_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "storage/limits.h"

namespace millrace::storage {
namespace {

const LogEnd* find_end(const JournalEntry& entry, const std::string& format) {
  for (const LogEnd& end : entry.logs) {
    if (end.format == format) return &end;
  }
  return nullptr;
}

LogEnd empty_end(const std::string& format) {
  LogEnd end;
  end.format = format;
  end.epochs = {{0, 0, 0}};
  return end;
}

TaskLogFiles make_files(io::Files& files, io::Clock& clock, const std::string& folder,
                        const LogOptions& options) {
  TaskLogFiles made;
  made.folder = folder;
  made.journal = std::make_unique<CommitJournal>(files, clock, folder + "/commits", options.sync);
  made.history = std::make_unique<HistoryLog>(files, folder + "/history", options.sync);
  for (const std::string& format : options.formats) {
    made.logs.push_back(std::make_unique<FormatLog>(files, clock, folder + "/" + format, options));
  }
  return made;
}

void set_next(TaskLogStart& start) {
  start.recovered.next.clear();
  for (const auto& log : start.files.logs) start.recovered.next.push_back({log->end().next});
}

// The state as it is now, as the first entry of a new journal file.
Status say_again(TaskLogStart& start) {
  JournalEntry entry;
  entry.logs = ends_of(start.files.logs);
  entry.history = start.files.history->marked();
  entry.progress = start.recovered.progress;
  entry.gtids = start.recovered.gtids;
  start.mark = TRY(start.files.journal->restate(std::move(entry)));
  return Done{};
}

// A log that goes on where nobody can have been before, said in a new journal file.
Status go_on_beyond(TaskLogStart& start, const std::vector<int64_t>& highest) {
  for (size_t i = 0; i < start.files.logs.size(); ++i) {
    FormatLog& log = *start.files.logs[i];
    TRY(log.begin_epoch(std::max(highest[i], log.end().next) + kEpochGap));
  }
  return say_again(start);
}

bool same_formats(const JournalEntry& entry, const LogOptions& options) {
  return std::equal(entry.logs.begin(), entry.logs.end(), options.formats.begin(),
                    options.formats.end(),
                    [](const LogEnd& end, const std::string& name) { return end.format == name; });
}

// What readers may have seen of a log that was written without syncs, promised or not.
Result<std::vector<int64_t>> highest_seen(const TaskLogFiles& parts,
                                          const std::vector<JournalEntry>& beyond) {
  std::vector<int64_t> highest;
  for (const auto& log : parts.logs) {
    highest.push_back(TRY(log->highest()));
    for (const JournalEntry& entry : beyond) {
      const LogEnd* end = find_end(entry, log->end().format);
      if (end != nullptr) highest.back() = std::max(highest.back(), end->next);
    }
  }
  return highest;
}

// The opening that must succeed completely. When it may be followed by another one, `relaxed` or by
// the options, the history goes to `later`.
Result<TaskLogStart> start_whole(io::Files& files, io::Clock& clock, const std::string& folder,
                                 const LogOptions& options, const HistoryVisitor& history,
                                 const HistoryVisitor& later, bool* relaxed) {
  TaskLogStart start;
  start.files = make_files(files, clock, folder, options);
  JournalState state = TRY(start.files.journal->open());
  *relaxed = state.last && (state.last->flags & JournalEntry::kRelaxed) != 0 &&
             (state.last->flags & JournalEntry::kClean) == 0;
  std::vector<int64_t> highest;
  if (*relaxed) highest = TRY(highest_seen(start.files, state.beyond));
  for (size_t i = 0; i < options.formats.size(); ++i) {
    const LogEnd* end = state.last ? find_end(*state.last, options.formats[i]) : nullptr;
    const LogEnd* from =
        state.before_last ? find_end(*state.before_last, options.formats[i]) : nullptr;
    TRY(start.files.logs[i]->open(end != nullptr ? *end : empty_end(options.formats[i]), from));
  }
  std::string no_loss;
  TRY(start.files.history->open(state.last ? state.last->history : HistoryEnd{},
                                options.accept_loss || *relaxed ? later : history, false,
                                &no_loss));
  if (state.last) {
    start.recovered.progress = state.last->progress;
    start.last_written_ms = state.last->written_ms;
    start.mark = std::move(state.mark);
  }
  start.recovered.gtids = std::move(state.gtids);
  set_next(start);
  if (*relaxed) {
    TRY(go_on_beyond(start, highest));
    start.recovered.loss = "the log was written without syncs and not closed in order";
    set_next(start);
  } else if (state.last && !same_formats(*state.last, options)) {
    TRY(say_again(start));
  }
  return start;
}

// What the whole journal says, damaged or not.
struct Past {
  std::optional<JournalEntry> chosen;  // the newest that can be gone back to
  std::vector<std::string> gtids;
  std::vector<int64_t> highest;  // next offsets that anybody may have seen
  std::vector<std::vector<Epoch>> epochs;
  uint64_t last_sequence = 0;
};

Status read_past(const CommitJournal& journal, const LogOptions& options,
                 const std::vector<FormatLog::Sound>& sound, Past& past) {
  std::vector<std::string> gtids;
  return journal.visit_all([&](const JournalEntry& entry, bool usable) -> Status {
    past.last_sequence = std::max(past.last_sequence, entry.sequence);
    if ((entry.flags & JournalEntry::kHead) != 0) gtids.clear();
    gtids.insert(gtids.end(), entry.gtids.begin(), entry.gtids.end());
    bool holds = usable;
    for (size_t i = 0; i < options.formats.size(); ++i) {
      const LogEnd* end = find_end(entry, options.formats[i]);
      if (end == nullptr) continue;
      past.highest[i] = std::max(past.highest[i], end->next);
      past.epochs[i] = end->epochs;
      holds = holds && (sound.empty() || end->data_end <= sound[i].end);
    }
    if (holds) {
      past.chosen = entry;
      past.gtids = gtids;
    }
    return Done{};
  });
}

Past no_past(const LogOptions& options) {
  Past past;
  past.highest.resize(options.formats.size());
  past.epochs.assign(options.formats.size(), {{0, 0, 0}});
  return past;
}

Result<TaskLogStart> start_with_loss(io::Files& files, io::Clock& clock, const std::string& folder,
                                     const LogOptions& options, const HistoryVisitor& history,
                                     const std::string& why) {
  TaskLogStart start;
  start.files = make_files(files, clock, folder, options);
  start.recovered.loss = why;
  Past known = no_past(options);
  TRY(read_past(*start.files.journal, options, {}, known));
  std::vector<FormatLog::Sound> sound;
  for (size_t i = 0; i < options.formats.size(); ++i) {
    sound.push_back(TRY(start.files.logs[i]->survey(known.epochs[i])));
  }
  Past past = no_past(options);
  TRY(read_past(*start.files.journal, options, sound, past));

  for (size_t i = 0; i < options.formats.size(); ++i) {
    const LogEnd* chosen = past.chosen ? find_end(*past.chosen, options.formats[i]) : nullptr;
    LogEnd end = chosen != nullptr ? *chosen : empty_end(options.formats[i]);
    // Epochs that were begun stay begun, wherever the log goes back to.
    end.epochs = past.epochs[i];
    if (end.segment_base >= 0 && !TRY(io::exists(files, folder + "/" + options.formats[i] + "/" +
                                                            segment_log_name(end.segment_base)))) {
      end.segment_base = -1;
      end.size = 0;
    }
    TRY(start.files.logs[i]->open(end, nullptr));
    past.highest[i] = std::max(past.highest[i], sound[i].highest);
    start.recovered.loss +=
        fmt::format("; {}: records from offset {} on are read again", options.formats[i], end.next);
  }
  std::string history_loss;
  TRY(start.files.history->open(past.chosen ? past.chosen->history : HistoryEnd{}, history, true,
                                &history_loss));
  if (!history_loss.empty()) start.recovered.loss += "; history: " + history_loss;
  if (past.chosen) {
    start.recovered.progress = past.chosen->progress;
    start.last_written_ms = past.chosen->written_ms;
  }
  start.recovered.gtids = std::move(past.gtids);
  start.files.journal->skip_to(past.last_sequence);
  TRY(go_on_beyond(start, past.highest));
  TRY(start.files.journal->remove_older());
  set_next(start);
  return start;
}

}  // namespace

std::vector<LogEnd> ends_of(const std::vector<std::unique_ptr<FormatLog>>& logs) {
  std::vector<LogEnd> ends;
  ends.reserve(logs.size());
  for (const auto& log : logs) ends.push_back(log->end());
  return ends;
}

Result<TaskLogStart> start_task_log(io::Files& files, io::Clock& clock, const std::string& folder,
                                    const LogOptions& options, const HistoryVisitor& history) {
  if (options.formats.empty() || options.formats.size() > kMaxFormats) {
    return Error{Errc::kInvalid, fmt::format("{} formats", options.formats.size())};
  }
  TRY(io::make_folders(files, folder + "/commits"));
  TRY(io::make_folders(files, folder + "/history"));
  for (const std::string& format : options.formats) {
    TRY(io::make_folders(files, folder + "/" + format));
  }
  bool relaxed = false;
  // The history goes to the caller once only, also when a first attempt saw some of it.
  std::vector<std::pair<std::string, HistoryKind>> entries;
  const HistoryVisitor collect = [&](Bytes entry, HistoryKind kind) -> Status {
    entries.emplace_back(as_text(entry), kind);
    return Done{};
  };
  auto start = start_whole(files, clock, folder, options, history, collect, &relaxed);
  if (!start && start.error().code == Errc::kCorrupt && (options.accept_loss || relaxed)) {
    entries.clear();
    start = start_with_loss(files, clock, folder, options, collect, start.error().what);
  }
  if (!start) return start;
  for (const auto& [entry, kind] : entries) TRY(history(as_bytes(entry), kind));
  return start;
}

}  // namespace millrace::storage
