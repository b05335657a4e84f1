// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

#include "cmd/millrace/binlog_files.h"
#include "cmd/millrace/command.h"

namespace millrace::cmd {
namespace {

struct Words {
  std::vector<std::string> files;
  std::string format = "json";
  std::vector<std::string> objects;
  std::string schema;
  std::string online_ddl = "fold";
};

void say_how_it_went(const BinlogFilesReport& report, OutputFormat format, double seconds) {
  if (report.nameless)
    std::fprintf(
        stderr,
        "millrace: the files tell no column names, so columns are called @1, @2, ...; give "
        "the definitions with --schema FILE.sql\n");
  if (!report.open_ended.empty())
    std::fprintf(stderr,
                 "millrace: %s was not closed by its server (in use, or the server died): read up "
                 "to its last whole event\n",
                 report.open_ended.c_str());
  if (report.open_transaction)
    std::fprintf(stderr,
                 "millrace: the last transaction has no end in these files and was left out\n");
  if (format != OutputFormat::kNone) return;
  const double rate = 1 / std::max(seconds, 1e-9);
  std::fprintf(
      stderr,
      "%llu records (%llu rows) of %llu transactions, %llu events, %.1f MB of binlog, %.1f "
      "MB of records in %.3f s: %.0f rows/s, %.0f events/s, %.1f MB/s of binlog\n",
      static_cast<unsigned long long>(report.records), static_cast<unsigned long long>(report.rows),
      static_cast<unsigned long long>(report.read.transactions),
      static_cast<unsigned long long>(report.read.events),
      static_cast<double>(report.read.bytes) / 1e6, static_cast<double>(report.record_bytes) / 1e6,
      seconds, static_cast<double>(report.rows) * rate,
      static_cast<double>(report.read.events) * rate,
      static_cast<double>(report.read.bytes) / 1e6 * rate);
}

Status run(const Words& words) {
  BinlogFilesOptions options;
  options.files = words.files;
  options.schema_file = words.schema;
  options.fold_online_ddl = words.online_ddl == "fold";
  options.format = TRY(parse_output_format(words.format));
  for (const std::string& object : words.objects)
    options.selection.objects.push_back(TRY(capture::parse_object(object)));
  options.selection.schema_of_instance = options.selection.objects.empty();
  BinlogFilesReport report;
  const auto began = std::chrono::steady_clock::now();
  Status status = decode_binlog_files(options, report);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (status) say_how_it_went(report, options.format, took.count());
  return status;
}

}  // namespace

void add_binlog(CLI::App& app, Action& action) {
  auto words = std::make_shared<Words>();
  CLI::App* command = app.add_subcommand("binlog", "decode binlog files to stdout");
  command
      ->add_option("FILE", words->files, "binlog files of MySQL 5.0 or later, or MariaDB, in order")
      ->required();
  command
      ->add_option("--format", words->format,
                   "json: one object a line; dts-avro: 4-byte big-endian length, then the record; "
                   "none: decode and encode, print counts and rate")
      ->capture_default_str();
  command->add_option("--object", words->objects,
                      "only this DATABASE or DATABASE.TABLE, its DDL included (again: more)");
  command->add_option(
      "--schema", words->schema,
      "SQL that makes the tables as of the first file, such as mysqldump --no-data");
  command
      ->add_option(
          "--online-ddl", words->online_ddl,
          "fold: an online schema change (gh-ost, pt-online-schema-change and the like) of "
          "a table whose definition is known, from --schema or the files, is one ALTER "
          "TABLE, as in a task; raw: all that the tool does")
      ->check(CLI::IsMember({"fold", "raw"}))
      ->capture_default_str();
  command->footer(
      "Examples:\n"
      "  millrace binlog /var/lib/mysql/binlog.000042\n"
      "  millrace binlog --schema shop.sql --object shop.orders binlog.000041 binlog.000042\n"
      "  millrace binlog --format none binlog.000042      how fast it goes");
  command->callback([words, &action] { action = [words] { return run(*words); }; });
}

}  // namespace millrace::cmd
