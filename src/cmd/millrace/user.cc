// SPDX-License-Identifier: Apache-2.0
// millrace user: makes and commands users through the API.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cmd/millrace/api_command.h"
#include "cmd/millrace/command.h"
#include "cmd/millrace/table.h"

namespace millrace::cmd {
namespace {

struct Words {
  ApiWords api;
  std::string name;
  std::string role = "admin";
  std::string password_file;
  std::string output = "table";
};
using WordsRef = std::shared_ptr<Words>;

Status create(const Words& words) {
  const std::string password =
      TRY(read_new_password(words.password_file, "Password of the new user: "));
  ApiClient api = TRY(ApiClient::open(words.api));
  TRY(api.send(
      "POST", "/api/v1/users",
      json::object().set("name", words.name).set("role", words.role).set("password", password)));
  print(fmt::format("user {} is made\n", words.name));
  return Done{};
}

Status list(const Words& words) {
  const Output output = TRY(parse_output(words.output));
  ApiClient api = TRY(ApiClient::open(words.api));
  const json::Value users = TRY(api.get("/api/v1/users"));
  if (output == Output::kJson) {
    print_json(users);
    return Done{};
  }
  std::vector<TableRow> rows;
  if (const json::Value* all = users.find("users"); all != nullptr && all->array() != nullptr) {
    for (const json::Value& user : *all->array()) {
      rows.push_back({text_at(user, "name"), text_at(user, "role"), text_at(user, "created")});
    }
  }
  print(table_text({"NAME", "ROLE", "CREATED"}, rows, terminal_width()));
  return Done{};
}

Status password(const Words& words) {
  const std::string fresh = TRY(read_new_password(words.password_file, "New password: "));
  ApiClient api = TRY(ApiClient::open(words.api));
  TRY(api.send("PUT", "/api/v1/users/" + escaped(words.name) + "/password",
               json::object().set("password", fresh)));
  print(fmt::format("user {} has a new password; its Kafka connections are cut\n", words.name));
  return Done{};
}

Status remove(const Words& words) {
  ApiClient api = TRY(ApiClient::open(words.api));
  TRY(api.send("DELETE", "/api/v1/users/" + escaped(words.name), json::object()));
  print(fmt::format("user {} is deleted\n", words.name));
  return Done{};
}

void add_password_file(CLI::App& command, Words& words) {
  command.add_option("--password-file", words.password_file,
                     "a file whose first line is the password; else a prompt");
}

void add_name(CLI::App& command, Words& words) {
  command.add_option("NAME", words.name, "the user's name")->required();
}

}  // namespace

void add_user(CLI::App& app, Action& action) {
  CLI::App* user = app.add_subcommand("user", "who may use the console and the API");
  user->require_subcommand(1);
  user->footer(
      "Users that [kafka] admins names may administer groups over Kafka, with PLAIN.\n"
      "Example:\n  millrace user list");
  auto words = std::make_shared<Words>();
  CLI::App* command = add_api_command(*user, action, words, "create", "make a user",
                                      "millrace user create alex --password-file pw", create);
  add_name(*command, *words);
  command->add_option("--role", words->role, "admin, operator or viewer")->capture_default_str();
  add_password_file(*command, *words);
  command = add_api_command(*user, action, words, "list", "the users", "millrace user list", list);
  command->add_option("--output", words->output, "table or json")->capture_default_str();
  command = add_api_command(*user, action, words, "password", "set another password",
                            "millrace user password alex --password-file pw", password);
  add_name(*command, *words);
  add_password_file(*command, *words);
  command = add_api_command(*user, action, words, "delete", "delete a user",
                            "millrace user delete alex", remove);
  add_name(*command, *words);
}

}  // namespace millrace::cmd
