// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cmd/millrace/api_client.h"
#include "cmd/millrace/command.h"

namespace millrace::cmd {
namespace {

struct Words {
  ApiWords api;
  std::string task;
  std::string from = "latest";
  std::string format = "json";
  int64_t limit = 0;
  bool no_follow = false;
};

Status run(const Words& words) {
  ApiClient api = TRY(ApiClient::open(words.api));
  std::string path =
      fmt::format("/api/v1/tasks/{}/records?from={}&format={}&follow={}", escaped(words.task),
                  escaped(words.from), escaped(words.format), words.no_follow ? "false" : "true");
  if (words.limit > 0) path += fmt::format("&limit={}", words.limit);
  bool full = false;  // or nobody reads any more
  Status status = api.stream(path, [&full](std::string_view bytes) {
    full = std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size() ||
           std::fflush(stdout) != 0;
    return !full;
  });
  if (full) return Error{Errc::kIo, "what the records are printed to takes no more"};
  return status;
}

}  // namespace

void add_tail(CLI::App& app, Action& action) {
  auto words = std::make_shared<Words>();
  CLI::App* command = app.add_subcommand("tail", "print the records of a task, decoded");
  command->add_option("TASK", words->task, "an ID, or a name that is unique")->required();
  command->add_option("--from", words->from, "latest, earliest, an offset or an RFC 3339 time")
      ->capture_default_str();
  command
      ->add_option("--format", words->format,
                   "json: one object a line; dts-avro: 4-byte big-endian length, then the record")
      ->capture_default_str();
  command->add_option("--limit", words->limit, "end after that many records")
      ->check(CLI::PositiveNumber);
  command->add_flag("--no-follow", words->no_follow, "end where the log ends now");
  add_api_options(*command, words->api);
  command->footer(
      "Examples:\n"
      "  millrace tail shop\n"
      "  millrace tail shop --from earliest --no-follow | jq .operation");
  command->callback([words, &action] { action = [words] { return run(*words); }; });
}

}  // namespace millrace::cmd
