// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <memory>

#include "cmd/millrace/command.h"
#include "cmd/millrace/live_track.h"
#include "cmd/millrace/schema_file.h"

namespace millrace::cmd {
namespace {

struct Words {
  std::string url;
  std::string format = "json";
  std::vector<std::string> objects;
  std::string password_file;
  std::string from = "latest";
  std::string schema_file;
  std::string online_ddl = "fold";
};

void on_signal(int) { stop_live_track(); }

Status run(const Words& words) {
  LiveTrackOptions options;
  options.source = TRY(mysql::parse_url(words.url));
  if (options.source.password.empty())
    options.source.password = TRY(read_password(
        words.password_file, "Password of " + mysql::masked_url(options.source) + ": "));
  options.format = TRY(parse_output_format(words.format));
  for (const std::string& object : words.objects)
    options.selection.objects.push_back(TRY(capture::parse_object(object)));
  options.from = TRY(capture::parse_start_point(words.from));
  options.fold_online_ddl = words.online_ddl == "fold";
  if (!words.schema_file.empty()) options.schema_sql = TRY(read_schema_file(words.schema_file));
  options.say = [](const std::string& line) {
    std::fprintf(stderr, "millrace: %s\n", line.c_str());
  };
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  std::signal(SIGPIPE, SIG_IGN);
  return live_track(options);
}

}  // namespace

void add_track(CLI::App& app, Action& action) {
  auto words = std::make_shared<Words>();
  CLI::App* command = app.add_subcommand("track", "print a source's changes, without a service");
  command->add_option("URL", words->url, "mysql://user[:password]@host[:port][?tls=MODE]")
      ->required();
  command
      ->add_option("--format", words->format,
                   "json: one object a line; dts-avro: 4-byte big-endian length, then the record; "
                   "none: throw the records away")
      ->capture_default_str();
  command->add_option("--object", words->objects,
                      "only rows of this DATABASE or DATABASE.TABLE (again: more)");
  command
      ->add_option("--from", words->from,
                   "latest, earliest, FILE:OFFSET, a GTID set or an RFC 3339 time")
      ->capture_default_str();
  command->add_option(
      "--schema", words->schema_file,
      "SQL file with the definitions as of --from, of the tables at least that were "
      "changed since");
  command
      ->add_option(
          "--online-ddl", words->online_ddl,
          "fold: an online schema change (gh-ost, pt-online-schema-change and the like) is "
          "one ALTER TABLE, as in a task; raw: all that the tool does")
      ->check(CLI::IsMember({"fold", "raw"}))
      ->capture_default_str();
  command->add_option(
      "--password-file", words->password_file,
      "a file whose first line is the password; else MILLRACE_SOURCE_PASSWORD, else "
      "a prompt");
  command->footer(
      "Examples:\n"
      "  millrace track mysql://tracker@127.0.0.1 --object shop\n"
      "  millrace track 'mysql://tracker@db.example.com:3307?tls=verify-identity' "
      "--password-file pw | jq .");
  command->callback([words, &action] { action = [words] { return run(*words); }; });
}

}  // namespace millrace::cmd
