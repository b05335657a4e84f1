// SPDX-License-Identifier: Apache-2.0
// What the checks know and whom they may ask. Everything that comes from outside comes through
// here, so that tests give canned answers.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "capture/session.h"
#include "task/precheck/grants.h"
#include "task/precheck/precheck.h"

namespace millrace::task::precheck {

// What one check found; the table in checks.h adds the id and the title.
struct Finding {
  PrecheckLevel level = PrecheckLevel::kPass;
  std::string evidence;
  std::string why;
  std::string fix;
};
Finding pass(std::string evidence);
Finding skip(std::string evidence, std::string why = {});
Finding info(std::string evidence, std::string why = {});
Finding warn(std::string evidence, std::string why, std::string fix = {});
Finding fail(std::string evidence, std::string why, std::string fix = {});
// A check that could not be made: `what` with the server's words.
Finding unknown(PrecheckLevel level, const std::string& what, const Error& error);

// Who runs the server: decides how a setting is changed there.
enum class Host : uint8_t {
  kSelf,
  kAurora,
  kRds,
  kPolarDb,
  kPolarDbX,
  kAlibabaRds,
  kGoogle,
  kAzure,
};

// What is read once, at the beginning.
struct Facts {
  std::string version;  // VERSION() without MariaDB's "5.5.5-"
  std::string flavour;  // for people
  std::array<int, 3> number{};
  bool mariadb = false;
  bool binlog_source = true;  // false for servers that speak the protocol but have no binlog
  Host host = Host::kSelf;
  std::string seen_as;                                        // USER()
  std::string account;                                        // CURRENT_USER()
  std::map<std::string, std::string, std::less<>> variables;  // global ones

  bool has(std::string_view name) const { return variables.find(name) != variables.end(); }
  std::string variable(std::string_view name) const;  // empty when there is none
  bool is_on(std::string_view name) const;            // ON, 1 or YES
  uint64_t number_of(std::string_view name) const;    // 0 when there is none
  bool at_least(int major, int minor, int patch = 0) const;
};
Result<Facts> read_facts(capture::Session& session);
Facts facts_of(std::string version, std::map<std::string, std::string, std::less<>> variables);
// Some services are known by the names of their hosts alone.
void recognise_address(Facts& facts, std::string_view host);
// "gtid_mode = ON", "binlog_row_value_options = ''".
std::string shown(const Facts& facts, std::string_view name);

// How to set a global variable for good on this server, as lines to copy.
std::string setting(const Facts& facts, std::string_view name, std::string_view value);

// One table of the selection, from information_schema.TABLES.
struct SelectedTable {
  std::string database;
  std::string name;
  std::string type;    // BASE TABLE, VIEW, SEQUENCE, SYSTEM VERSIONED
  std::string engine;  // empty for views
  std::string text() const { return database + "." + name; }
};

// What a rehearsal of the dump saw.
struct Rehearsal {
  size_t events = 0;
  size_t statement_changes = 0;  // rows changed by statements, whose rows are not in the log
  bool whole = true;             // read to the end of the log
};

// What is asked of the source beyond the facts.
struct Source {
  capture::Session& session;
  // Opens one more connection and gives server_uuid, server_id and hostname as one text.
  std::function<Result<std::string>()> identity_again;
  // Registers as a replica and reads this file, to its end if it is not too long.
  std::function<Result<Rehearsal>(const std::string& file)> rehearse_dump;
  // When this file was begun, seconds since the epoch.
  std::function<Result<int64_t>(const std::string& file)> file_time_s;
  std::function<int64_t()> now_us;  // our clock, microseconds since the epoch
  bool uses_tls = false;
};

struct Context {
  const PrecheckInput& input;
  const Facts& facts;
  Source& source;
  capture::Selection selection = {};  // with the source's case folding
  // Filled by the checks that come first.
  std::vector<std::string> databases = {};
  std::vector<SelectedTable> tables = {};  // of the selection, system databases left out
  std::string list_error = {};             // why `tables` could not be read; empty when it was
  struct BinlogFile {
    std::string name;
    uint64_t size = 0;
  };
  std::vector<BinlogFile> files = {};
  std::string files_error = {};
  mysql::Rows status = {};  // SHOW BINARY LOG STATUS or its older name
  std::string status_error = {};
  Grants grants = {};
  std::optional<Error> grants_error = {};
  // By the rehearsal of the dump; nullopt: not tried or refused.
  std::optional<Rehearsal> rehearsal = {};
  // By the check of the log's depth: bytes an hour; nullopt: too young to tell.
  std::optional<uint64_t> growth = {};
};
// Reads the last part of the context: never fails, what could not be read says why.
void read_context(Context& context);

// A cell as text; empty for NULL.
std::string text(const mysql::Cell& cell);
// ASCII capitals as small letters.
std::string lower(std::string text);
// `shop`.`orders` as SQL, 'text' as SQL, 'user'@'host' of "user@host".
std::string identifier(std::string_view name);
std::string literal(std::string_view value);
std::string account_sql(std::string_view account);
// "a, b, c and 7 more": at most `shown` of them.
std::string listed(const std::vector<std::string>& names, size_t shown = 10);
// " AND TABLE_SCHEMA IN (...)" or, for a selection of everything, the system databases excluded.
std::string schema_condition(const Context& context, std::string_view column = "TABLE_SCHEMA");

}  // namespace millrace::task::precheck
