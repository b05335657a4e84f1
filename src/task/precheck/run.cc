// SPDX-License-Identifier: Apache-2.0
// The precheck on a real source.
#include <chrono>
#include <memory>
#include <utility>

#include "base/charset.h"
#include "mysql/binlog_stream.h"
#include "mysql/event.h"
#include "mysql/source_info.h"
#include "schema/statement.h"
#include "task/precheck/checks.h"

namespace millrace::task {
namespace precheck {
namespace {

Result<std::string> identity_again(const mysql::ConnectOptions& options) {
  const auto connection = TRY(mysql::Connection::open(options));
  const change::ServerIdentity identity = TRY(mysql::server_identity(*connection));
  return connection->value("SELECT @@hostname").value_or("") + ", server_id " +
         std::to_string(identity.server_id) +
         (identity.uuid.empty() ? "" : ", server_uuid " + identity.uuid);
}

bool changes_rows(const mysql::EventView& event, bool is_mariadb) {
  if (event.header.type == mysql::EventType::kExecuteLoadQuery) return true;
  if (event.header.type != mysql::EventType::kQuery) return false;
  const auto query = mysql::decode_query(event.body);
  if (!query) return false;
  schema::ddl::DdlContext context;
  context.flavour = is_mariadb ? schema::ddl::Flavour::kMariaDb : schema::ddl::Flavour::kMySql;
  context.sql_mode = query->status.sql_mode.value_or(0);
  context.database = std::string(query->database);
  const std::string text = to_utf8("utf8mb4", as_bytes(query->statement));
  return schema::classify(text, context).kind == schema::StatementKind::kDml;
}

// Under an id that nobody has: with its own a running task would be cut off.
Result<std::unique_ptr<mysql::BinlogStream>> open_dump(mysql::Connection& control,
                                                       const PrecheckInput& input,
                                                       const std::string& file) {
  constexpr uint64_t kFirstOffset = 4;
  std::vector<uint32_t> taken = input.busy_server_ids;
  taken.push_back(input.our_server_id);
  mysql::DumpOptions dump;
  dump.connect = input.source;
  dump.server_id = TRY(mysql::choose_server_id(control, taken));
  dump.start.file = file;
  dump.start.offset = kFirstOffset;
  dump.non_blocking = true;
  return mysql::BinlogStream::open(dump);
}

// Decodes what can be without definitions; the checksum is looked at by whoever opens the event.
Status rehearse_event(const mysql::EventView& event, mysql::EventFormat& format, bool is_mariadb,
                      Rehearsal& seen) {
  if (event.header.type == mysql::EventType::kFormatDescription) {
    format = TRY(mysql::decode_format_description(event.body));
  }
  if (event.header.type == mysql::EventType::kTableMap) {
    TRY(mysql::decode_table_map(event.body, format));
  }
  if (changes_rows(event, is_mariadb)) ++seen.statement_changes;
  return Done{};
}

Result<Rehearsal> rehearse_dump(mysql::Connection& control, const PrecheckInput& input,
                                const std::string& file) {
  constexpr size_t kEventsMax = 100'000;
  constexpr size_t kBytesMax = 16 << 20;
  const auto stream = TRY(open_dump(control, input, file));
  Rehearsal seen;
  mysql::EventFormat format;
  for (size_t bytes = 0; seen.events < kEventsMax && bytes < kBytesMax; ++seen.events) {
    const Bytes raw = TRY(stream->next());
    if (raw.empty()) return seen;
    bytes += raw.size();
    const mysql::EventView event = TRY(mysql::open_event(raw, format));
    TRY(rehearse_event(event, format, control.is_mariadb(), seen));
  }
  seen.whole = false;
  return seen;
}

// Its FORMAT_DESCRIPTION's time; what the server makes up on the way has none.
Result<int64_t> file_time_s(mysql::Connection& control, const PrecheckInput& input,
                            const std::string& file) {
  constexpr int kEventsMax = 10;
  const auto stream = TRY(open_dump(control, input, file));
  const mysql::EventFormat format;
  for (int i = 0; i < kEventsMax; ++i) {
    const Bytes raw = TRY(stream->next());
    if (raw.empty()) break;
    const mysql::EventView event = TRY(mysql::open_event(raw, format));
    if (event.header.type != mysql::EventType::kFormatDescription) continue;
    if (event.header.timestamp != 0) return int64_t{event.header.timestamp};
  }
  return Error{Errc::kCorrupt, file + " does not begin as a binary log"};
}

int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

AddressReport check_address(const PrecheckInput& input,
                            const std::function<void(const PrecheckItem&)>& progress) {
  const auto connection = mysql::Connection::open(input.source);
  if (!connection) {
    const Error error{connection.error().code, connection.error().what};
    return unreachable(input, error, progress);
  }
  mysql::Connection& control = **connection;
  capture::ConnectionSession session(control);
  Source source{
      .session = session,
      .identity_again = [&] { return identity_again(input.source); },
      .rehearse_dump = [&](const std::string& file) { return rehearse_dump(control, input, file); },
      .file_time_s = [&](const std::string& file) { return file_time_s(control, input, file); },
      .now_us = now_us,
      .uses_tls = control.uses_tls()};
  return run_checks(input, source, progress);
}

}  // namespace
}  // namespace precheck

PrecheckReport run_precheck(const PrecheckInput& input,
                            const std::function<void(const PrecheckItem&)>& progress) {
  std::vector<precheck::AddressReport> addresses;
  addresses.push_back(precheck::check_address(input, progress));
  for (const mysql::ConnectOptions& other : input.others) {
    PrecheckInput there = input;
    there.source = other;
    there.start_file.clear();  // a file of the first one's
    addresses.push_back(precheck::check_address(there, {}));
  }
  return precheck::one_report(std::move(addresses));
}

}  // namespace millrace::task
