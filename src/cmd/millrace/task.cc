// SPDX-License-Identifier: Apache-2.0
// millrace task: makes and commands tasks through the API.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "base/units.h"
#include "cmd/millrace/api_command.h"
#include "cmd/millrace/command.h"
#include "cmd/millrace/schema_file.h"
#include "cmd/millrace/table.h"
#include "cmd/millrace/task_create.h"
#include "cmd/millrace/task_upkeep.h"
#include "cmd/millrace/task_view.h"
#include "task/start_order.h"

namespace millrace::cmd {
namespace {

// What a command waits for a start to show how it went; it goes on in the service either way.
constexpr std::chrono::seconds kWaitForStart{30};
constexpr std::chrono::milliseconds kPoll{100};

struct Words {
  ApiWords api;
  std::string task;
  std::string output = "table";
  TaskCreateWords create;
  std::vector<std::string> skip_checks;
  std::string reason;
  std::string from;
  std::string schema_file;
  std::string binlog_dir;
  bool accept_gap = false;
  bool accept_server = false;
  RepairWords repair;
};
using WordsRef = std::shared_ptr<Words>;

std::string path_of(const std::string& task, const char* what = "") {
  return "/api/v1/tasks/" + escaped(task) + what;
}

// Asks again until the task is checked and, if it is to run, started. Each new precheck item is
// shown on a terminal.
Result<json::Value> wait_for_start(ApiClient& api, const std::string& id) {
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  const auto begin = std::chrono::steady_clock::now();
  size_t shown = 0;
  while (true) {
    json::Value task = TRY(api.get(path_of(id)));
    const std::string state = text_at(task, "state");
    const bool checking = state == "checking";
    const bool going = checking || state == "starting" ||
                       (state == "ready" && text_at(task, "wanted") == "running");
    if (terminal && checking) shown = show_new_items(task, shown);
    const auto waited = std::chrono::steady_clock::now() - begin;
    if (!going || (!checking && waited > kWaitForStart)) return task;
    std::this_thread::sleep_for(kPoll);
  }
}

// A start that ended badly is the command's failure, in one line.
Status verdict(const json::Value& task) {
  const std::string state = text_at(task, "state");
  if (state != "precheck_failed" && state != "failed") return Done{};
  const std::string what = state == "failed" ? "failed" : "is not started, its precheck failed";
  return Error{Errc::kRefused,
               one_line(fmt::format("task {} ({}) {}: {}. Then: millrace task start {}",
                                    text_at(task, "name"), text_at(task, "id"), what,
                                    text_at(task, "reason"), text_at(task, "id")))};
}

Status print_task(const json::Value& task, const std::string& output) {
  if (TRY(parse_output(output)) == Output::kJson) {
    print_json(task);
  } else {
    print(task_text(task));
  }
  return Done{};
}

Status create(const Words& words) {
  TRY(parse_output(words.output));
  std::string password;
  if (TRY(needs_password(words.create))) {
    password = TRY(read_password(words.create.password_file,
                                 "Password of " + words.create.sources.front() + ": "));
  }
  const json::Value request = TRY(task_request(words.create, password));
  ApiClient api = TRY(ApiClient::open(words.api));
  const json::Value made = TRY(api.send("POST", "/api/v1/tasks", request));
  const json::Value task = TRY(wait_for_start(api, text_at(made, "id")));
  TRY(verdict(task));
  return print_task(task, words.output);
}

Status list(const Words& words) {
  const Output output = TRY(parse_output(words.output));
  ApiClient api = TRY(ApiClient::open(words.api));
  const json::Value tasks = TRY(api.get("/api/v1/tasks"));
  if (output == Output::kJson) {
    print_json(tasks);
  } else {
    print(tasks_text(tasks, terminal_width()));
  }
  return Done{};
}

Status show(const Words& words) {
  TRY(parse_output(words.output));
  ApiClient api = TRY(ApiClient::open(words.api));
  return print_task(TRY(api.get(path_of(words.task))), words.output);
}

Result<task::StartOrder> order_of(const Words& words) {
  task::StartOrder order;
  if (!words.from.empty()) order.from = TRY(capture::parse_start_point(words.from));
  if (!words.schema_file.empty()) order.schema_sql = TRY(read_schema_file(words.schema_file));
  order.binlog_dir = words.binlog_dir;
  order.accept_gap = words.accept_gap;
  order.accept_server = words.accept_server;
  TRY(task::check_order(order));
  return order;
}

Status start(const Words& words) {
  TRY(parse_output(words.output));
  const task::StartOrder order = TRY(order_of(words));
  ApiClient api = TRY(ApiClient::open(words.api));
  json::Value skip = json::array();
  for (const std::string& item : words.skip_checks) skip.push(item);
  json::Value request =
      json::object().set("skip_checks", std::move(skip)).set("reason", words.reason);
  if (order.from) request.set("from", words.from);
  if (!order.schema_sql.empty()) request.set("schema", order.schema_sql);
  if (!order.binlog_dir.empty()) request.set("binlog_dir", order.binlog_dir);
  if (order.accept_gap) request.set("accept_gap", true);
  if (order.accept_server) request.set("accept_server", true);
  const json::Value begun = TRY(api.send("POST", path_of(words.task, "/start"), request));
  const json::Value task = TRY(wait_for_start(api, text_at(begun, "id")));
  TRY(verdict(task));
  return print_task(task, words.output);
}

Status pause(const Words& words) {
  TRY(parse_output(words.output));
  ApiClient api = TRY(ApiClient::open(words.api));
  return print_task(TRY(api.send("POST", path_of(words.task, "/pause"), json::object())),
                    words.output);
}

Status remove(const Words& words) {
  ApiClient api = TRY(ApiClient::open(words.api));
  TRY(api.send("DELETE", path_of(words.task), json::object()));
  print(fmt::format("task {} is deleted, with its records and its groups\n", words.task));
  return Done{};
}

Status precheck(const Words& words) {
  const Output output = TRY(parse_output(words.output));
  ApiClient api = TRY(ApiClient::open(words.api));
  json::Value task = TRY(api.send("POST", path_of(words.task, "/precheck"), json::object()));
  const std::string id = text_at(task, "id");
  const auto running = [&task] {
    const json::Value* check = object_at(task, "precheck");
    return check != nullptr && text_at(*check, "running") == "true";
  };
  while (running()) {
    std::this_thread::sleep_for(kPoll);
    task = TRY(api.get(path_of(id)));
  }
  const json::Value* check = object_at(task, "precheck");
  if (check == nullptr) return Error{Errc::kRefused, "the service tells no precheck"};
  if (output == Output::kJson) {
    print_json(*check);
  } else {
    print(precheck_text(*check));
  }
  return precheck_verdict(*check);
}

Status verify(const Words& words) {
  const Output output = TRY(parse_output(words.output));
  ApiClient api = TRY(ApiClient::open(words.api));
  return verify_task(api, words.task, output == Output::kJson);
}

Status repair(const Words& words) {
  ApiClient api = TRY(ApiClient::open(words.api));
  return repair_task(api, words.task, words.repair);
}

void add_output(CLI::App& command, Words& words) {
  command.add_option("--output", words.output, "table or json")->capture_default_str();
}

CLI::App* add_with_task(CLI::App& parent, Action& action, const WordsRef& words, const char* name,
                        const char* what, const char* example, Status (*run)(const Words&)) {
  CLI::App* command = add_api_command(parent, action, words, name, what, example, run);
  command->add_option("TASK", words->task, "an ID, or a name that is unique")->required();
  return command;
}

void add_create(CLI::App& parent, Action& action) {
  auto words = std::make_shared<Words>();
  TaskCreateWords& create_words = words->create;
  CLI::App* command = add_api_command(
      parent, action, words, "create", "make a task: check its source, then start it",
      "millrace task create shop --source mysql://tracker@127.0.0.1:3306 --password-file pw "
      "--object shop --object crm.users",
      create);
  command->add_option("NAME", create_words.name, "any text; need not be unique")->required();
  command
      ->add_option("--source", create_words.sources,
                   "mysql://user[:password]@host[:port][?tls=MODE] (again: the next to try)")
      ->required();
  command->add_option(
      "--password-file", create_words.password_file,
      "a file whose first line is the password; else MILLRACE_SOURCE_PASSWORD, else "
      "a prompt");
  command->add_option("--object", create_words.objects, "DATABASE or DATABASE.TABLE (again: more)")
      ->required();
  command->add_option("--data-types", create_words.data_types, "data, schema or both (the default)")
      ->delimiter(',');
  command
      ->add_option("--schema-scope", create_words.schema_scope,
                   "DDL of the whole instance, or of the selected objects")
      ->capture_default_str();
  command->add_option("--topic", create_words.topic, "the topic, else made from the name");
  command->add_option("--format", create_words.format, "dts-avro")->capture_default_str();
  command
      ->add_option("--from", create_words.from,
                   "latest, earliest, FILE:OFFSET, a GTID set or an RFC 3339 time")
      ->capture_default_str();
  command->add_option(
      "--schema", create_words.schema_file,
      "SQL file with the definitions as of --from, of the tables at least that were "
      "changed since");
  command->add_option("--retention", create_words.retention, "how long records are kept")
      ->capture_default_str();
  command->add_option("--retention-bytes", create_words.retention_bytes,
                      "how much is kept at most, such as 40GiB");
  command->add_option("--compression", create_words.compression, "none, gzip, snappy, lz4 or zstd")
      ->capture_default_str();
  command
      ->add_option("--online-ddl", create_words.online_ddl,
                   "fold: what gh-ost, pt-online-schema-change and the like do is one ALTER TABLE, "
                   "their helper tables are hidden (ask for one by its name to see it); raw: all "
                   "that they do")
      ->capture_default_str();
  command
      ->add_option("--partial-rows", create_words.partial_rows,
                   "stop at a row image that lacks columns, or emit it")
      ->capture_default_str();
  command->add_option("--tls-ca", create_words.tls_ca, "PEM file of the source's CA");
  command->add_option("--tls-cert", create_words.tls_cert, "PEM file of our certificate");
  command->add_option("--tls-key", create_words.tls_key, "PEM file of its key");
  command->add_option("--listener", create_words.listeners,
                      "a Kafka listener that the task is reachable through (again: more), else "
                      "all");
  command->add_option("--label", create_words.labels, "NAME=VALUE (again: more)");
  command->add_option("--skip-check", create_words.skip_checks,
                      "accept the failure of this precheck item (again: more)");
  command->add_flag("--no-start", create_words.no_start, "stop when the check has passed");
  add_output(*command, *words);
}

void add_start(CLI::App& parent, Action& action, const WordsRef& words) {
  CLI::App* command =
      add_with_task(parent, action, words, "start", "start a task, or go on with it",
                    "millrace task start shop\n  millrace task start shop --from latest "
                    "--accept-gap --reason \"the source purged its log\"",
                    start);
  command->add_option("--from", words->from,
                      "go on there: latest, earliest, FILE:OFFSET, a GTID set or an RFC 3339 time; "
                      "with --accept-gap once something was read");
  command->add_option("--schema", words->schema_file,
                      "SQL file with the definitions as of --from, else as of where the task "
                      "stands");
  command->add_option("--binlog-dir", words->binlog_dir,
                      "folder of the service's machine with the binlog files that the source has "
                      "purged");
  command->add_flag("--accept-gap", words->accept_gap,
                    "what lies between is left out; a marker in the topic says so");
  command->add_flag("--accept-server", words->accept_server,
                    "go on at a server that cannot show that it may; a marker says so");
  command->add_option("--skip-check", words->skip_checks,
                      "accept the failure of this precheck item (again: more)");
  command->add_option("--reason", words->reason, "for the marker and the audit trail");
  add_output(*command, *words);
}

void add_upkeep(CLI::App& parent, Action& action, const WordsRef& words) {
  add_output(*add_with_task(parent, action, words, "verify",
                            "read every byte of a task's records, journal and history",
                            "millrace task verify shop", verify),
             *words);
  CLI::App* command = add_with_task(
      parent, action, words, "repair",
      "accept the damage that verify names, and go on from before it",
      "millrace task pause shop\n  millrace task repair shop --reason \"a bad disk\"", repair);
  command->add_flag("--give-up", words->repair.give_up,
                    "the records up to the damage go and what is behind it stays; nothing is read "
                    "again");
  command->add_flag("--yes", words->repair.yes, "do not ask");
  command->add_option("--reason", words->repair.reason, "for the marker and the audit trail");
}

}  // namespace

void add_task(CLI::App& app, Action& action) {
  CLI::App* task =
      app.add_subcommand("task", "make, list, start, pause, verify, repair, delete tasks");
  task->require_subcommand(1);
  task->footer("Example:\n  millrace task list");
  add_create(*task, action);
  auto words = std::make_shared<Words>();
  add_output(*add_api_command(*task, action, words, "list", "all tasks",
                              "millrace task list --output json", list),
             *words);
  add_output(*add_with_task(*task, action, words, "show", "all that is known of a task",
                            "millrace task show shop", show),
             *words);
  add_output(*add_with_task(*task, action, words, "precheck", "check the task's source again",
                            "millrace task precheck shop", precheck),
             *words);
  add_start(*task, action, words);
  add_upkeep(*task, action, words);
  add_output(*add_with_task(*task, action, words, "pause",
                            "pause a task; its position is kept, its records stay readable",
                            "millrace task pause shop", pause),
             *words);
  add_with_task(*task, action, words, "delete", "delete a task, its records and its groups",
                "millrace task delete shop", remove);
}

}  // namespace millrace::cmd
