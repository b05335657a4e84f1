// SPDX-License-Identifier: Apache-2.0
// millrace backup: a copy of the data folder of a service that runs.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <system_error>

#include "cmd/millrace/api_command.h"
#include "cmd/millrace/command.h"
#include "cmd/millrace/long_work.h"
#include "cmd/millrace/table.h"

namespace millrace::cmd {
namespace {

struct Words {
  ApiWords api;
  std::string folder;
};

Status backup(const Words& words) {
  std::error_code error;
  // The service has another working folder; of a remote one the path is its own already.
  const std::filesystem::path path = words.api.api.empty()
                                         ? std::filesystem::absolute(words.folder, error)
                                         : std::filesystem::path(words.folder);
  std::string folder = path.lexically_normal().string();
  if (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  ApiClient api = TRY(ApiClient::open(words.api));
  TRY(api.send("POST", "/api/v1/backup", json::object().set("folder", folder)));
  const json::Value done = TRY(wait_for_work(api, "/api/v1/backup", "copying"));
  if (const std::string what = text_at(done, "error"); !what.empty()) {
    return Error{Errc::kRefused, fmt::format("the backup to {} is not whole: {}", folder, what)};
  }
  print(fmt::format("{} is a backup: millrace serve --data {} --restored\n", folder, folder));
  if (text_at(done, "has_key") != "true") {
    print("the key to the passwords (--key-file) is not in it: keep it beside it\n");
  }
  return Done{};
}

}  // namespace

void add_backup(CLI::App& app, Action& action) {
  auto words = std::make_shared<Words>();
  CLI::App* command = add_api_command(app, action, words, "backup",
                                      "a consistent copy of the data folder while it runs",
                                      "millrace backup /backup/monday", backup);
  command
      ->add_option("DIR", words->folder,
                   "a folder of the service's machine, empty or not there; it holds all records "
                   "and the key to the passwords")
      ->required();
}

}  // namespace millrace::cmd
