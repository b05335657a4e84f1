// SPDX-License-Identifier: Apache-2.0
#include "cmd/millrace/task_upkeep.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "base/units.h"
#include "cmd/millrace/long_work.h"
#include "cmd/millrace/table.h"

namespace millrace::cmd {
namespace {

std::string damage_line(const json::Value& damage) {
  return one_line(fmt::format("{} at {}: {}", text_at(damage, "file"), text_at(damage, "position"),
                              text_at(damage, "what")));
}

const json::Array& damage_of(const json::Value& answer) {
  static const json::Array kNone;
  const json::Value* damage = answer.find("damage");
  return damage == nullptr || damage->array() == nullptr ? kNone : *damage->array();
}

void print_damage(const json::Value& answer) {
  for (const json::Value& one : damage_of(answer)) print("damaged  " + damage_line(one) + "\n");
}

std::string plan_text(const json::Value& plan) {
  if (text_at(plan, "next_offset") == text_at(plan, "end_offset")) {
    return "Only indexes are damaged: they are made again, nothing else changes.\n";
  }
  const std::string next =
      fmt::format("New records begin at offset {}; nothing seen up to {} is used again.\n",
                  text_at(plan, "next_offset"), text_at(plan, "end_offset"));
  if (text_at(plan, "give_up") == "true") {
    return fmt::format("The records before offset {} are given up; what is behind them stays.\n{}",
                       text_at(plan, "from_offset"), next);
  }
  const json::Value* position = object_at(plan, "position");
  return fmt::format(
      "The records from offset {} on are removed and read again from the source, "
      "from {}:{}, which must still have it.\n{}",
      text_at(plan, "from_offset"), position == nullptr ? "" : text_at(*position, "file"),
      position == nullptr ? "" : text_at(*position, "offset"), next);
}

Result<bool> confirmed() {
  if (::isatty(STDIN_FILENO) == 0) {
    return Error{Errc::kRefused, "nothing is changed; with --yes it is"};
  }
  std::fputs("Go on? [y/N] ", stderr);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "yes";
}

}  // namespace

Status verify_task(ApiClient& api, const std::string& task, bool json) {
  const std::string path = "/api/v1/tasks/" + escaped(task) + "/verify";
  TRY(api.send("POST", path, json::object()));
  const json::Value done = TRY(wait_for_work(api, path, "reading " + task));
  if (const std::string what = text_at(done, "error"); !what.empty()) {
    return Error{Errc::kRefused, fmt::format("task {} was not read whole: {}", task, what)};
  }
  const json::Value* report = object_at(done, "report");
  if (report == nullptr) return Error{Errc::kRefused, "the service tells no report"};
  if (json) {
    print_json(*report);
  } else {
    print_damage(*report);
    print(fmt::format("{} read: {} batches, {} journal entries, {} history entries; damaged: {}\n",
                      bytes_text(number_at(*report, "bytes")), text_at(*report, "batches"),
                      text_at(*report, "journal_entries"), text_at(*report, "history_entries"),
                      text_at(*report, "damaged")));
  }
  const json::Array& damage = damage_of(*report);
  if (damage.empty()) return Done{};
  return Error{Errc::kRefused,
               fmt::format("task {} is damaged: {}. Then: millrace task pause {}; millrace task "
                           "repair {}",
                           task, damage_line(damage.front()), task, task)};
}

Status repair_task(ApiClient& api, const std::string& task, const RepairWords& words) {
  const std::string path = "/api/v1/tasks/" + escaped(task) + "/repair";
  json::Value request =
      json::object().set("give_up", words.give_up).set("reason", words.reason).set("preview", true);
  const json::Value plan = TRY(api.send("POST", path, request));
  print_damage(plan);
  print(plan_text(plan));
  if (!words.yes && !TRY(confirmed())) return Error{Errc::kRefused, "nothing is changed"};
  TRY(api.send("POST", path, request.set("preview", false)));
  print(fmt::format("task {} is repaired\n", task));
  return Done{};
}

}  // namespace millrace::cmd
