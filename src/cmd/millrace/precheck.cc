// SPDX-License-Identifier: Apache-2.0
#include "task/precheck/precheck.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cmd/millrace/command.h"
#include "cmd/millrace/table.h"
#include "store/secrets.h"
#include "task/precheck/report.h"

namespace millrace::cmd {
namespace {

struct Words {
  std::string url;
  std::vector<std::string> objects;
  std::string password_file;
  std::vector<std::string> skip_checks;
  std::string output = "table";
};

Status run(const Words& words) {
  const Output output = TRY(parse_output(words.output));
  task::PrecheckInput input;
  input.source = TRY(mysql::parse_url(words.url));
  if (input.source.password.empty()) {
    input.source.password = TRY(read_password(
        words.password_file, "Password of " + mysql::masked_url(input.source) + ": "));
  }
  for (const std::string& object : words.objects) {
    input.selection.objects.push_back(TRY(capture::parse_object(object)));
  }
  store::random_bytes(&input.our_server_id, sizeof input.our_server_id);
  input.our_server_id = input.our_server_id | 1U << 30;
  const task::PrecheckReport report =
      task::run_precheck(input, [&](const task::PrecheckItem& item) {
        if (output == Output::kTable) print(task::item_text(item));
      });
  if (output == Output::kJson) print(task::report_json(report) + "\n");
  if (report.passed(words.skip_checks)) return Done{};
  for (const task::PrecheckItem& item : report.items) {
    if (item.level != task::PrecheckLevel::kFail) continue;
    return Error{Errc::kRefused,
                 one_line("the precheck failed: " + item.title + ": " + item.evidence)};
  }
  return Error{Errc::kRefused, "the precheck failed"};
}

}  // namespace

void add_precheck(CLI::App& app, Action& action) {
  auto words = std::make_shared<Words>();
  CLI::App* command = app.add_subcommand(
      "precheck", "check whether a source can be tracked, without making a task");
  command->add_option("URL", words->url, "mysql://user[:password]@host[:port][?tls=MODE]")
      ->required();
  command->add_option("--object", words->objects,
                      "DATABASE or DATABASE.TABLE that is to be tracked (again: more)");
  command->add_option(
      "--password-file", words->password_file,
      "a file whose first line is the password; else MILLRACE_SOURCE_PASSWORD, else "
      "a prompt");
  command->add_option("--skip-check", words->skip_checks,
                      "accept the failure of this item (again: more)");
  command->add_option("--output", words->output, "table or json")->capture_default_str();
  command->footer(
      "Example:\n"
      "  millrace precheck mysql://tracker@127.0.0.1:3306 --object shop --object crm.users");
  command->callback([words, &action] { action = [words] { return run(*words); }; });
}

}  // namespace millrace::cmd
