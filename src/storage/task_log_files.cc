// SPDX-License-Identifier: Apache-2.0
#include "storage/task_log_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "storage/file_header.h"
#include "storage/limits.h"
#include "storage/verify.h"

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
  start.files = make_task_log_files(files, clock, folder, options);
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

bool is_within(const HistoryEnd& end, const HistoryEnd& sound) {
  return end.file < sound.file || (end.file == sound.file && end.size <= sound.size);
}

// How far the files can be believed; before it was looked at, all of them.
struct Sound {
  std::vector<FormatLog::Sound> logs;
  HistoryEnd history;
};

Status read_past(const CommitJournal& journal, const LogOptions& options, const Sound* sound,
                 Past& past) {
  std::vector<std::string> gtids;
  return journal.visit_all([&](const JournalEntry& entry, bool usable) -> Status {
    past.last_sequence = std::max(past.last_sequence, entry.sequence);
    if ((entry.flags & JournalEntry::kHead) != 0) gtids.clear();
    gtids.insert(gtids.end(), entry.gtids.begin(), entry.gtids.end());
    bool holds = usable && (sound == nullptr || is_within(entry.history, sound->history));
    for (size_t i = 0; i < options.formats.size(); ++i) {
      const LogEnd* end = find_end(entry, options.formats[i]);
      if (end == nullptr) continue;
      past.highest[i] = std::max(past.highest[i], end->next);
      past.epochs[i] = end->epochs;
      if (sound == nullptr) continue;
      const FormatLog::Sound& log = sound->logs[i];
      holds = holds && (end->data_end <= log.end || (log.empty && options.give_up));
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

// What an opening that accepts a loss goes back to. Nothing is changed.
struct LossPlan {
  Sound sound;
  Past past;
  std::vector<int64_t> given_up;       // of each format: the base up to which segments go, -1: none
  std::vector<int64_t> given_up_from;  // where the log began
};

Result<LossPlan> plan_loss(const TaskLogFiles& parts, const LogOptions& options) {
  LossPlan plan;
  Past known = no_past(options);
  TRY(read_past(*parts.journal, options, nullptr, known));
  for (size_t i = 0; i < options.formats.size(); ++i) {
    int64_t behind = -1;
    FormatLog::Sound sound = TRY(parts.logs[i]->survey(known.epochs[i], behind));
    plan.given_up_from.push_back(sound.start);
    while (options.give_up && !sound.damage.empty() && sound.damaged_base > behind) {
      behind = sound.damaged_base;
      sound = TRY(parts.logs[i]->survey(known.epochs[i], behind));
    }
    plan.sound.logs.push_back(std::move(sound));
    plan.given_up.push_back(behind);
  }
  plan.sound.history = TRY(parts.history->sound_end());
  plan.past = no_past(options);
  TRY(read_past(*parts.journal, options, &plan.sound, plan.past));
  for (size_t i = 0; i < options.formats.size(); ++i) {
    plan.past.highest[i] = std::max(plan.past.highest[i], plan.sound.logs[i].highest);
  }
  return plan;
}

Status open_with_loss(TaskLogStart& start, io::Files& files, const std::string& folder,
                      const LogOptions& options, const LossPlan& plan) {
  const Past& past = plan.past;
  for (size_t i = 0; i < options.formats.size(); ++i) {
    const LogEnd* chosen = past.chosen ? find_end(*past.chosen, options.formats[i]) : nullptr;
    LogEnd end = chosen != nullptr ? *chosen : empty_end(options.formats[i]);
    // Epochs that were begun stay begun, wherever the log goes back to.
    end.epochs = past.epochs[i];
    if (plan.given_up[i] >= 0) {
      TRY(start.files.logs[i]->remove_up_to(plan.given_up[i]));
      start.recovered.cut.push_back({plan.given_up_from[i]});
      start.recovered.loss += fmt::format("; {}: the records before offset {} are given up",
                                          options.formats[i], plan.sound.logs[i].start);
    } else {
      start.recovered.cut.push_back({end.next});
      start.recovered.loss += fmt::format("; {}: records from offset {} on are read again",
                                          options.formats[i], end.next);
    }
    if (end.segment_base >= 0 && !TRY(io::exists(files, folder + "/" + options.formats[i] + "/" +
                                                            segment_log_name(end.segment_base)))) {
      end.segment_base = -1;
      end.size = 0;
    }
    TRY(start.files.logs[i]->open(end, nullptr));
  }
  return Done{};
}

Result<TaskLogStart> start_with_loss(io::Files& files, io::Clock& clock, const std::string& folder,
                                     const LogOptions& options, const HistoryVisitor& history,
                                     const std::string& why) {
  TaskLogStart start;
  start.files = make_task_log_files(files, clock, folder, options);
  start.recovered.loss = why;
  LossPlan plan = TRY(plan_loss(start.files, options));
  TRY(open_with_loss(start, files, folder, options, plan));
  Past& past = plan.past;
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

// The first damage that a person accepts, in one line; empty when there is none. Damaged indexes
// go.
Result<std::string> accepted_damage(io::Files& files, io::Clock& clock, const std::string& folder,
                                    const LogOptions& options) {
  const VerifyReport report = TRY(verify_closed_log(files, clock, folder, options, nullptr));
  std::string first;
  for (const Damage& damage : report.damage) {
    if (is_of_index(damage)) {
      if (TRY(io::exists(files, damage.file))) TRY(files.unlink(damage.file));
    } else if (first.empty()) {
      first = fmt::format("{} at {}: {}", damage.file, damage.position, damage.what);
    }
  }
  return first;
}

}  // namespace

TaskLogFiles make_task_log_files(io::Files& files, io::Clock& clock, const std::string& folder,
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
  std::string known;
  if (options.accept_loss) known = TRY(accepted_damage(files, clock, folder, options));
  auto start = known.empty()
                   ? start_whole(files, clock, folder, options, history, collect, &relaxed)
                   : start_with_loss(files, clock, folder, options, collect, known);
  if (!start && known.empty() && is_damage(start.error()) && (options.accept_loss || relaxed)) {
    entries.clear();
    start = start_with_loss(files, clock, folder, options, collect, start.error().what);
  }
  if (!start) return start;
  for (const auto& [entry, kind] : entries) TRY(history(as_bytes(entry), kind));
  return start;
}

namespace {

// Nothing but indexes: they are made again, and all goes on where it is.
Result<RepairPlan> plan_of_indexes(io::Files& files, io::Clock& clock, const std::string& folder,
                                   const LogOptions& options, RepairPlan plan) {
  Past past = no_past(options);
  const TaskLogFiles parts = make_task_log_files(files, clock, folder, options);
  TRY(read_past(*parts.journal, options, nullptr, past));
  if (past.chosen) plan.progress = past.chosen->progress;
  plan.from = plan.end = plan.next = {past.highest[0]};
  return plan;
}

}  // namespace

Result<RepairPlan> plan_repair(io::Files& files, io::Clock& clock, const std::string& folder,
                               const LogOptions& options) {
  RepairPlan plan;
  plan.damage = TRY(verify_closed_log(files, clock, folder, options, nullptr)).damage;
  if (plan.damage.empty()) return plan;
  if (std::all_of(plan.damage.begin(), plan.damage.end(), is_of_index))
    return plan_of_indexes(files, clock, folder, options, std::move(plan));
  const LossPlan loss = TRY(plan_loss(make_task_log_files(files, clock, folder, options), options));
  const Past& past = loss.past;
  if (past.chosen) plan.progress = past.chosen->progress;
  const LogEnd* end = past.chosen ? find_end(*past.chosen, options.formats[0]) : nullptr;
  plan.from = {loss.given_up[0] >= 0 ? loss.sound.logs[0].start : (end != nullptr ? end->next : 0)};
  plan.end = {past.highest[0]};
  plan.next = {past.highest[0] + kEpochGap};
  return plan;
}

}  // namespace millrace::storage
