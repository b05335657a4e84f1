// SPDX-License-Identifier: Apache-2.0
// Puts transactions together from binlog events (mysql-source spec 2.11): follows files and
// positions, joins rows with their table's definition, applies DDL to the catalog, leaves out what
// is not selected before any row is decoded. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/buffer.h"
#include "capture/change_handler.h"
#include "capture/log_place.h"
#include "capture/online_ddl.h"
#include "capture/selection.h"
#include "capture/xa_store.h"
#include "change/row.h"
#include "mysql/event.h"
#include "schema/catalog.h"
#include "schema/history.h"
#include "schema/statement.h"

namespace millrace::capture {

struct AssemblerOptions {
  Selection selection;
  bool fold_online_ddl = true;     // helper tables are hidden, a cut-over is one ALTER TABLE
  bool emit_partial_rows = false;  // rows whose image lacks columns are records, not a stop
  // Decoding a file without definitions: columns are @1, @2, ...; a task never does.
  bool nameless_tables = false;
};

struct AssemblerCounts {
  uint64_t events = 0;
  uint64_t bytes = 0;
  uint64_t transactions = 0;
  uint64_t rows_events = 0;
  uint64_t filtered_rows_events = 0;
  uint64_t statement_changes = 0;  // statement-format DML that no selected table is written by
  uint64_t ddl = 0;
};

// What the first transaction of a resumed dump must be: the last one that was journaled, read
// again. Nothing of it is handed on. It is refused when it is another (kDiverged).
struct Overlap {
  uint32_t crc = 0;  // CRC-32C of its events
};

// What stopped reading and may be helped over, by a look at the source or by a person.
struct Stop {
  enum class Kind : uint8_t {
    kMisfit,  // rows of a table whose definition is not known, in doubt, or does not fit
    kLostXa,  // XA COMMIT of a transaction that was prepared before tracking began
  };
  Kind kind = Kind::kMisfit;
  change::Position at;       // the event's beginning; `gtids` is its transaction's own, if any
  uint64_t group_start = 0;  // in the same file
  uint64_t event_end = 0;
  // kMisfit: the table, the body of its TABLE_MAP, and what put it in doubt (empty: nothing
  // logged).
  std::string database;
  std::string table;
  std::string table_map;
  mysql::EventFormat format;
  std::string statement;
  schema::Xid xid;  // kLostXa
};

class Assembler {
 public:
  Assembler(AssemblerOptions options, schema::Catalog& catalog, ChangeHandler& handler,
            XaStore& xa);
  ~Assembler();

  // Begins at `position` of a server of this flavour; before the first event().
  void start(const change::Position& position, mysql::Flavour flavour,
             std::optional<Overlap> overlap = std::nullopt);
  // Definitions that were found out for places ahead, and XA transactions whose loss was accepted;
  // before the first event().
  void know(std::vector<schema::Healed> healed) { healed_ = std::move(healed); }
  void accept_lost_xa(std::vector<change::Position> at) { lost_xa_ = std::move(at); }
  // One event as it came, header, body and checksum.
  Status event(Bytes raw);
  // Set when the last event() failed with something that may be helped over.
  const std::optional<Stop>& stop() const { return stop_; }
  // Whether the transaction that must come first has not ended yet.
  bool awaits_overlap() const { return overlap_.has_value(); }
  // No event follows: what waited for the next transaction is handed on.
  Status finish();

  bool in_transaction() const { return txn_.open; }
  // Whether rows were given columns @1, @2, ...
  bool used_nameless_tables() const { return used_nameless_tables_; }
  const std::string& file() const { return at_.file; }
  uint64_t offset() const { return at_.offset; }
  const AssemblerCounts& counts() const { return counts_; }
  const mysql::EventFormat& format() const { return format_; }
  // database.table of the TABLE_MAP or statement that the last error was about; empty: of none.
  const std::string& context_table() const { return context_table_; }
  // Commit time of the last transaction read to its end, filtered ones too; 0 before the first.
  int64_t last_commit_time_us() const { return last_commit_time_us_; }

 private:
  struct Mapping;
  struct OpenTransaction {
    bool open = false;        // a group was opened by its GTID or BEGIN
    bool in_rows = false;     // BEGIN was there: rows may follow
    bool begun = false;       // begin() was given to the handler
    bool standalone = false;  // MariaDB: the next QUERY is the whole group
    bool ddl = false;         // a DDL of it was given to the handler
    bool no_ddl = false;      // MariaDB: its ALTER only begins, or was given up
    bool xa = false;          // it is gathered in the store until its end tells what it is
    bool xa_format = false;   // and the format of its events is there already
    std::string file;
    uint64_t start = 0;
    uint64_t safe_offset = 0;
    uint32_t crc = 0;
    int64_t original_commit_time_us = 0;
    bool has_commit_time = false;
    bool helpers = false;                    // it has rows of helpers of an online schema change
    bool other = false;                      // and something else
    std::vector<std::string> earlier_gtids;  // of transactions that its border tells as well
    change::Transaction head;
  };

  Status dispatch(const mysql::EventView& event);
  Status on_format(const mysql::EventView& event);
  Status on_rotate(const mysql::EventView& event);
  Status on_gtid(const mysql::EventView& event);
  Status on_query(const mysql::EventView& event);
  Status on_statement(const mysql::EventView& event, const mysql::QueryEvent& query);
  Status on_ddl(const mysql::QueryEvent& query, const schema::Classified& statement,
                const std::string& text, const schema::ddl::DdlContext& context);
  Status hand_on_ddl(const std::string& database, const std::string& statement);
  Status fold_ddl(const schema::HelperStep& step, schema::ddl::DdlContext context);
  void hold_ddl(schema::HelperStep step, std::vector<std::string> entries,
                const std::string& database, const std::string& statement);
  void join_held_ddl();
  Status release_held_ddl();
  Status on_statement_dml(const mysql::QueryEvent& query, const schema::Classified& statement,
                          const std::string& text, const schema::ddl::DdlContext& context);
  bool empties_memory_table(const schema::Classified& statement, const std::string& text) const;
  Status on_table_map(const mysql::EventView& event);
  Status on_rows(const mysql::EventView& event);
  Status on_xa_event(const mysql::EventView& event);
  Status on_xa_prepare(const mysql::EventView& event);
  Status remember_definition(const mysql::EventView& event);
  Status end_xa_in_one_phase();
  Status end_prepared_xa(const schema::Xid& xid, bool committed);
  Status replay_xa_event(Bytes raw);
  Status gather(mysql::EventType type, Bytes raw);
  Status gather_inner(mysql::EventType type, Bytes raw);
  Status on_payload(const mysql::EventView& event);
  Status on_fragment(const mysql::EventView& event);
  Status on_compressed(const mysql::EventView& event);
  void on_idle(const mysql::EventView& event);

  void forget_table_maps();
  Status map_table(const mysql::TableMapEvent& map, Mapping& mapping);
  Status heal(const mysql::TableMapEvent& map, const schema::Table* known);
  Result<change::RowShapePtr> shape_of(const mysql::TableMapEvent& map,
                                       const schema::TablePtr& table) const;
  bool use_healed();
  bool is_here(const std::string& file, uint64_t offset, const std::string& gtid) const;
  Stop stop_here(Stop::Kind kind) const;
  Status begin_if_needed();
  void open_group();
  Status commit_group();
  Status close_group(bool records);
  Status tell_border(const Border& border);
  Status end_overlap();
  Status discard_group();
  void set_time(const mysql::EventHeader& header);
  EventPlace place() const;
  Error located(Error error, const mysql::EventHeader& header) const;
  schema::ddl::DdlContext ddl_context(const mysql::QueryEvent& query) const;
  // The statement in UTF-8; it came in the client's character set.
  static std::string utf8_statement(const mysql::QueryEvent& query,
                                    const schema::ddl::DdlContext& context);

  AssemblerOptions options_;
  OnlineDdl online_;
  schema::Catalog& catalog_;
  ChangeHandler& handler_;
  XaStore& xa_;
  mysql::EventFormat format_;
  std::string format_event_;  // the FORMAT_DESCRIPTION that it came from
  mysql::Flavour flavour_ = mysql::Flavour::kMySql;

  LogPlace at_;
  uint32_t file_number_ = 0;
  Bytes raw_;                         // the event itself, while it is handled
  mysql::FragmentedEvent fragments_;  // of a rows event that comes in pieces
  bool in_payload_ = false;           // inner events have no place of their own
  std::optional<Overlap> overlap_;    // until the first transaction has ended
  bool replaying_ = false;            // events of a finished XA transaction
  schema::Catalog* definitions_;      // that hold for the rows at hand: the catalog, or an XA's own
  std::vector<std::string> xa_history_;  // definitions of the tables of the XA that is gathered
  OpenTransaction txn_;
  uint64_t statement_ = 1;  // counts statements: a TABLE_MAP holds for one
  std::unordered_map<uint64_t, std::unique_ptr<Mapping>> mappings_;
  std::string context_table_;                        // for errors: the table at hand
  const change::RowShape* context_shape_ = nullptr;  // likewise, when its rows are at hand
  int64_t last_commit_time_us_ = 0;
  bool used_nameless_tables_ = false;
  std::vector<schema::Healed> healed_;
  std::vector<change::Position> lost_xa_;  // where the XA COMMITs begin; `gtids` is their own
  std::optional<Stop> stop_;
  AssemblerCounts counts_;
};

}  // namespace millrace::capture
