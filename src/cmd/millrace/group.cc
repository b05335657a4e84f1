// SPDX-License-Identifier: Apache-2.0
// millrace group: makes and commands consumer groups through the API.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cmd/millrace/api_command.h"
#include "cmd/millrace/command.h"
#include "cmd/millrace/table.h"
#include "cmd/millrace/task_view.h"

namespace millrace::cmd {
namespace {

struct Words {
  ApiWords api;
  std::string group;
  std::string task;
  std::string account;
  std::string name;
  std::string group_id;
  std::string password_file;
  std::string to;
  std::vector<std::string> networks;
  std::string output = "table";
};
using WordsRef = std::shared_ptr<Words>;

std::string path_of(const std::string& group, const char* what = "") {
  return "/api/v1/groups/" + escaped(group) + what;
}

json::Value texts(const std::vector<std::string>& values) {
  json::Value out = json::array();
  for (const std::string& value : values) out.push(value);
  return out;
}

// Whether a list of texts has it; an empty list stands for everything.
bool has(const json::Value* list, const std::string& text) {
  if (list == nullptr || list->array() == nullptr || list->array()->empty()) return true;
  return std::any_of(list->array()->begin(), list->array()->end(),
                     [&](const json::Value& each) { return each.text() && *each.text() == text; });
}

// How a client gets at the group's records, with a command to try.
std::string how_to_connect(const json::Value& group, const json::Value& service) {
  std::string out;
  const json::Value* listeners = service.find("listeners");
  if (listeners == nullptr || listeners->array() == nullptr) return out;
  for (const json::Value& listener : *listeners->array()) {
    if (!has(group.find("listeners"), text_at(listener, "name"))) continue;  // not this task's
    const std::string security = text_at(listener, "security");
    if (!security.starts_with("SASL")) continue;  // the rights there are of a group that it names
    out += fmt::format("\nListener {}: {}, {}, mechanisms PLAIN, SCRAM-SHA-256, SCRAM-SHA-512\n",
                       text_at(listener, "name"), text_at(listener, "address"),
                       text_at(listener, "security"));
    out += fmt::format(
        "  kcat -b {} -X security.protocol={} -X sasl.mechanism=PLAIN \\\n"
        "       -X sasl.username={} -X sasl.password=... -G {} {}\n",
        text_at(listener, "address"), text_at(listener, "security"), text_at(group, "user"),
        text_at(group, "id"), text_at(group, "topic"));
  }
  return out;
}

Status create(const Words& words) {
  const Output output = TRY(parse_output(words.output));
  const std::string password =
      TRY(read_new_password(words.password_file, "Password of the new group: "));
  ApiClient api = TRY(ApiClient::open(words.api));
  const json::Value request = json::object()
                                  .set("task", words.task)
                                  .set("account", words.account)
                                  .set("name", words.name)
                                  .set("id", words.group_id)
                                  .set("networks", texts(words.networks))
                                  .set("password", password);
  const json::Value group = TRY(api.send("POST", "/api/v1/groups", request));
  if (output == Output::kJson) {
    print_json(group);
    return Done{};
  }
  print(group_text(group) + how_to_connect(group, TRY(api.get("/api/v1/service"))));
  return Done{};
}

Status list(const Words& words) {
  const Output output = TRY(parse_output(words.output));
  ApiClient api = TRY(ApiClient::open(words.api));
  const json::Value groups =
      TRY(api.get("/api/v1/groups" + (words.task.empty() ? "" : "?task=" + escaped(words.task))));
  if (output == Output::kJson) {
    print_json(groups);
  } else {
    print(groups_text(groups, terminal_width()));
  }
  return Done{};
}

Status show(const Words& words) {
  const Output output = TRY(parse_output(words.output));
  ApiClient api = TRY(ApiClient::open(words.api));
  const json::Value group = TRY(api.get(path_of(words.group)));
  if (output == Output::kJson) {
    print_json(group);
  } else {
    print(group_text(group));
  }
  return Done{};
}

Status password(const Words& words) {
  const std::string fresh = TRY(read_new_password(words.password_file, "New password: "));
  ApiClient api = TRY(ApiClient::open(words.api));
  TRY(api.send("PUT", path_of(words.group, "/password"), json::object().set("password", fresh)));
  print(fmt::format("group {} has a new password; its connections are cut\n", words.group));
  return Done{};
}

Status networks(const Words& words) {
  ApiClient api = TRY(ApiClient::open(words.api));
  TRY(api.send("PUT", path_of(words.group, "/networks"),
               json::object().set("networks", texts(words.networks))));
  print(fmt::format(
      "group {} may be used from {}; its connections are cut\n", words.group,
      words.networks.empty() ? "anywhere" : fmt::format("{}", fmt::join(words.networks, ", "))));
  return Done{};
}

Status remove(const Words& words) {
  ApiClient api = TRY(ApiClient::open(words.api));
  TRY(api.send("DELETE", path_of(words.group), json::object()));
  print(fmt::format("group {} is deleted, with its position\n", words.group));
  return Done{};
}

Status reset(const Words& words) {
  ApiClient api = TRY(ApiClient::open(words.api));
  const json::Value done =
      TRY(api.send("POST", path_of(words.group) + "/reset", json::object().set("to", words.to)));
  const auto number = [&done](const char* name) {
    const json::Value* value = done.find(name);
    return value == nullptr ? int64_t{0} : value->integer().value_or(0);
  };
  print(fmt::format("group {} goes on at offset {}: {} records are read again, {} skipped\n",
                    words.group, number("offset"), number("read_again"), number("skipped")));
  return Done{};
}

void add_output(CLI::App& command, Words& words) {
  command.add_option("--output", words.output, "table or json")->capture_default_str();
}

void add_group_id(CLI::App& command, Words& words) {
  command.add_option("GROUP", words.group, "the group's ID")->required();
}

void add_networks(CLI::App& command, Words& words) {
  command.add_option("--network", words.networks,
                     "an address or a network such as 10.0.0.0/8 that clients may come from "
                     "(again: more), else from anywhere");
}

void add_password_file(CLI::App& command, Words& words) {
  command.add_option("--password-file", words.password_file,
                     "a file whose first line is the password; else a prompt");
}

}  // namespace

void add_group(CLI::App& app, Action& action) {
  CLI::App* group = app.add_subcommand("group", "make, list, delete consumer groups");
  group->require_subcommand(1);
  group->footer("Example:\n  millrace group list");
  auto words = std::make_shared<Words>();
  CLI::App* command = add_api_command(
      *group, action, words, "create", "make a group of a task; prints its ID and how to connect",
      "millrace group create --task shop --account cache --password-file pw", create);
  command->add_option("--task", words->task, "an ID, or a name that is unique")->required();
  command
      ->add_option("--account", words->account,
                   "1 to 16 letters, digits, underscores; clients log in as ACCOUNT-GROUPID")
      ->required();
  command->add_option("--name", words->name, "any text, else the account");
  command->add_option("--group-id", words->group_id, "else dts and 12 random characters");
  add_networks(*command, *words);
  add_password_file(*command, *words);
  add_output(*command, *words);

  command = add_api_command(*group, action, words, "list", "the groups and how far each is behind",
                            "millrace group list --task shop", list);
  command->add_option("--task", words->task, "only this task's");
  add_output(*command, *words);

  command = add_api_command(*group, action, words, "show", "all that is known of a group",
                            "millrace group show dtsa1b2c3d4e5f6", show);
  add_group_id(*command, *words);
  add_output(*command, *words);

  command = add_api_command(*group, action, words, "password",
                            "set another password; cuts its connections",
                            "millrace group password dtsa1b2c3d4e5f6 --password-file pw", password);
  add_group_id(*command, *words);
  add_password_file(*command, *words);

  command = add_api_command(
      *group, action, words, "reset", "move a group's position; its clients must be gone",
      "millrace group reset dtsa1b2c3d4e5f6 --to 2026-11-24T04:10:00Z", reset);
  add_group_id(*command, *words);
  command->add_option("--to", words->to, "latest, earliest, an offset or an RFC 3339 time")
      ->required();

  command =
      add_api_command(*group, action, words, "networks",
                      "set from where clients may come; cuts the group's connections",
                      "millrace group networks dtsa1b2c3d4e5f6 --network 10.0.0.0/8", networks);
  add_group_id(*command, *words);
  add_networks(*command, *words);

  command = add_api_command(*group, action, words, "delete", "delete a group and its position",
                            "millrace group delete dtsa1b2c3d4e5f6", remove);
  add_group_id(*command, *words);
}

}  // namespace millrace::cmd
