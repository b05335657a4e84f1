// SPDX-License-Identifier: Apache-2.0
#include "cmd/millrace/task_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/units.h"
#include "cmd/millrace/table.h"

namespace millrace::cmd {
namespace {

std::string delay_text(const json::Value& value, std::string_view name) {
  const json::Value* delay = value.find(name);
  if (delay == nullptr || !delay->integer()) return "-";
  return duration_text(*delay->integer());
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

const json::Array& elements(const json::Value& value, std::string_view name) {
  static const json::Array kNone;
  const json::Value* found = value.find(name);
  return found == nullptr || found->array() == nullptr ? kNone : *found->array();
}

std::string texts(const json::Value& value, std::string_view name) {
  std::string out;
  for (const json::Value& element : elements(value, name)) {
    if (!out.empty()) out += ", ";
    out += element.text() == nullptr ? text_at(element, "id") : *element.text();
  }
  return out;
}

std::string item_line(const json::Value& item) {
  const std::string source = text_at(item, "source");
  return fmt::format("{:<5} {}{}{}: {}\n", text_at(item, "level"), source,
                     source.empty() ? "" : "  ", text_at(item, "title"),
                     one_line(text_at(item, "evidence")));
}

std::string indented(const std::string& text) {
  std::string out = "      ";
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "      ";
  }
  return out + "\n";
}

std::string position_text(const json::Value& task) {
  const json::Value* position = object_at(task, "position");
  if (position == nullptr) return {};
  return text_at(*position, "file") + ":" + text_at(*position, "offset");
}

std::string log_text(const json::Value& task) {
  const json::Value* log = object_at(task, "log");
  if (log == nullptr) return "does not open";
  const json::Value* bytes = log->find("bytes");
  const int64_t size = bytes == nullptr ? 0 : bytes->integer().value_or(0);
  return fmt::format("offsets {} to {}, {}", text_at(*log, "start_offset"),
                     text_at(*log, "end_offset"), bytes_text(static_cast<uint64_t>(size)));
}

// Each with its age: it began when the log said so.
std::string prepared_text(const json::Value& task) {
  std::string out;
  for (const json::Value& xa : elements(task, "prepared_xa")) {
    if (!out.empty()) out += "; ";
    out += fmt::format("{}, since {}", text_at(xa, "xid"), text_at(xa, "since"));
  }
  return out;
}

// The newest tables whose definition was found out late, each with the reason and the place.
std::string healed_text(const json::Value& task) {
  constexpr size_t kShown = 5;
  const json::Array& all = elements(task, "healed");
  std::string out;
  for (size_t i = all.size() - std::min(all.size(), kShown); i < all.size(); ++i) {
    const json::Value& one = all[i];
    if (!out.empty()) out += "; ";
    out += fmt::format("{} at {}:{}, {}", text_at(one, "table"), text_at(one, "file"),
                       text_at(one, "offset"), text_at(one, "time"));
    const std::string statement = one_line(text_at(one, "statement"));
    if (!statement.empty()) out += fmt::format(", after \"{}\"", statement);
  }
  if (all.size() > kShown) out += fmt::format(" (and {} before)", all.size() - kShown);
  return out;
}

std::string accepted_text(const json::Value& task) {
  std::string out;
  for (const json::Value& one : elements(task, "accepted")) {
    if (!out.empty()) out += "; ";
    out += fmt::format("{} from {} to {}, {}", text_at(one, "event"), text_at(one, "from"),
                       text_at(one, "to"), text_at(one, "time"));
  }
  return out;
}

std::string alarms_text(const json::Value& task) {
  std::string out;
  for (const json::Value& alarm : elements(task, "alarms")) {
    if (!out.empty()) out += "; ";
    out += text_at(alarm, "alarm") + ": " + text_at(alarm, "what");
  }
  return out;
}

std::string retention_text(const json::Value& group) {
  const json::Value* retention = object_at(group, "retention");
  if (retention == nullptr) return {};
  const json::Value* used = retention->find("used");
  const double share = used == nullptr ? 0 : used->number().value_or(0);
  std::string out = fmt::format("{:.0f} % used", share * 100);
  const std::string removed = text_at(*retention, "removed");
  if (!removed.empty()) out += ", what is next is removed after " + removed;
  const std::string lost = text_at(*retention, "lost");
  if (lost != "0") out += ", " + lost + " offsets were removed unread";
  if (text_at(*retention, "alarm") == "true") out = "ALARM: " + out;
  return out;
}

std::string lag_text(const json::Value& group) {
  const json::Value* lag = object_at(group, "lag");
  if (lag == nullptr) return "-";
  return fmt::format("{} (+ {})", text_at(*lag, "records"), text_at(*lag, "heartbeats"));
}

}  // namespace

std::string task_text(const json::Value& task) {
  const json::Value* spec = object_at(task, "spec");
  const json::Value* position = object_at(task, "position");
  const json::Value* error = object_at(task, "last_error");
  const json::Value nothing = json::object();
  const json::Value& asked = spec == nullptr ? nothing : *spec;
  const json::Array& sources = elements(task, "sources");
  return fields_text({
      {"ID", text_at(task, "id")},
      {"Name", text_at(task, "name")},
      {"State", text_at(task, "state") + ", since " + text_at(task, "since")},
      {"Reason", text_at(task, "reason")},
      {"Alarms", alarms_text(task)},
      {"Next attempt", text_at(task, "next_attempt")},
      {"Source", text_at(task, "source")},
      {"Sources", sources.size() > 1 ? texts(task, "sources") : ""},
      {"Objects", texts(asked, "objects")},
      {"Data types", texts(asked, "data_types")},
      {"Topic", text_at(task, "topic")},
      {"Format", text_at(asked, "format")},
      {"Delay", delay_text(task, "tracking_delay_ms")},
      {"Position", position_text(task)},
      {"GTIDs", position == nullptr ? "" : text_at(*position, "gtids")},
      {"Prepared XA", prepared_text(task)},
      {"Healed", healed_text(task)},
      {"Accepted", accepted_text(task)},
      {"Log", log_text(task)},
      {"Groups", texts(task, "groups")},
      {"Last error",
       error == nullptr ? "" : text_at(*error, "what") + " (" + text_at(*error, "time") + ")"},
  });
}

std::string tasks_text(const json::Value& tasks, size_t width) {
  std::vector<TableRow> rows;
  for (const json::Value& task : elements(tasks, "tasks")) {
    const json::Value* counters = object_at(task, "counters");
    rows.push_back({text_at(task, "id"), text_at(task, "name"), text_at(task, "state"),
                    delay_text(task, "tracking_delay_ms"), text_at(task, "topic"),
                    counters == nullptr ? "" : text_at(*counters, "records"),
                    text_at(task, "source"), text_at(task, "reason")});
  }
  return table_text({"ID", "NAME", "STATE", "DELAY", "TOPIC", "RECORDS", "SOURCE", "REASON"}, rows,
                    width);
}

std::string precheck_text(const json::Value& precheck) {
  std::string out;
  for (const json::Value& item : elements(precheck, "items")) {
    out += item_line(item);
    const std::string why = text_at(item, "why");
    const std::string fix = text_at(item, "fix");
    if (!why.empty()) out += indented(why);
    if (!fix.empty()) out += indented(fix);
  }
  return out;
}

Status precheck_verdict(const json::Value& precheck) {
  for (const json::Value& item : elements(precheck, "items")) {
    if (text_at(item, "level") != "fail") continue;
    return Error{Errc::kRefused, fmt::format("the precheck failed: {}: {}", text_at(item, "title"),
                                             one_line(text_at(item, "evidence")))};
  }
  return Done{};
}

size_t show_new_items(const json::Value& task, size_t shown) {
  const json::Value* precheck = object_at(task, "precheck");
  if (precheck == nullptr) return shown;
  const json::Array& items = elements(*precheck, "items");
  for (; shown < items.size(); ++shown) std::fputs(item_line(items[shown]).c_str(), stderr);
  return shown;
}

std::string groups_text(const json::Value& groups, size_t width) {
  std::vector<TableRow> rows;
  for (const json::Value& group : elements(groups, "groups")) {
    const json::Value* position = object_at(group, "position");
    const json::Value* lag = object_at(group, "lag");
    rows.push_back({text_at(group, "id"), text_at(group, "name"), text_at(group, "account"),
                    text_at(group, "task"), text_at(group, "state"),
                    position == nullptr ? "-" : text_at(*position, "offset"),
                    position == nullptr ? "-" : or_dash(text_at(*position, "read_to")),
                    lag == nullptr ? "-" : delay_text(*lag, "delay_ms"), lag_text(group)});
  }
  return table_text({"ID", "NAME", "ACCOUNT", "TASK", "STATE", "OFFSET", "READ TO", "DELAY",
                     "BACKLOG (+ HEARTBEATS)"},
                    rows, width);
}

std::string group_text(const json::Value& group) {
  const json::Value* position = object_at(group, "position");
  const json::Value* lag = object_at(group, "lag");
  return fields_text({
      {"Group ID", text_at(group, "id")},
      {"Name", text_at(group, "name")},
      {"User", text_at(group, "user")},
      {"Task", text_at(group, "task")},
      {"Topic", text_at(group, "topic")},
      {"State", text_at(group, "state")},
      {"Members", texts(group, "members")},
      {"Connections", text_at(group, "connections")},
      {"Position", position == nullptr ? "none yet" : text_at(*position, "offset")},
      {"Read to", position == nullptr ? "" : text_at(*position, "read_to")},
      {"Delay", lag == nullptr ? "" : delay_text(*lag, "delay_ms")},
      {"Backlog", lag == nullptr ? "" : lag_text(group) + " heartbeats"},
      {"Retention", retention_text(group)},
  });
}

}  // namespace millrace::cmd
