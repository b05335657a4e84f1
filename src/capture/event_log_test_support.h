// SPDX-License-Identifier: Apache-2.0
// For tests: a binlog that is made event by event, and a handler that writes down what it is given.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/buffer.h"
#include "capture/change_handler.h"
#include "mysql/event_test_support.h"

namespace millrace::capture {

// Events of one file, each with the place where it ends in its header. No checksums.
class EventLog {
 public:
  std::string add(mysql::EventType type, std::string_view body, uint32_t seconds = 1'700'000'000,
                  uint16_t flags = 0) {
    mysql::EventFields fields;
    // That one says which algorithm the others have, and always has room for its result.
    fields.checksum = type == mysql::EventType::kFormatDescription;
    offset_ +=
        static_cast<uint32_t>(mysql::kEventHeaderSize + body.size() + (fields.checksum ? 4 : 0));
    fields.type = type;
    fields.flags = flags;
    fields.timestamp = seconds;
    fields.log_pos = offset_;
    return mysql::make_event(fields, body);
  }
  std::string query(std::string_view statement, std::string_view database = "shop",
                    uint32_t seconds = 1'700'000'000) {
    Buffer body;
    body.le(7, 4);  // thread
    body.le(0, 4);
    body.put(static_cast<uint8_t>(database.size()));
    body.le(0, 2);
    body.le(0, 2);  // no status
    body.append(database);
    body.put(uint8_t{0});
    body.append(statement);
    return add(mysql::EventType::kQuery, as_text(body.view()), seconds);
  }
  std::string xid() { return add(mysql::EventType::kXid, std::string(8, '\1')); }
  // `columns` columns INT.
  std::string table_map(uint64_t id, std::string_view database, std::string_view table,
                        size_t columns) {
    Buffer body;
    body.le(id, 6);
    body.le(1, 2);
    for (const std::string_view name : {database, table}) {
      body.put(static_cast<uint8_t>(name.size()));
      body.append(name);
      body.put(uint8_t{0});
    }
    body.put(static_cast<uint8_t>(columns));
    for (size_t i = 0; i < columns; ++i) body.put(uint8_t{3});
    body.put(uint8_t{0});    // no type's metadata
    body.put(uint8_t{255});  // all can be NULL
    return add(mysql::EventType::kTableMap, as_text(body.view()));
  }
  // One row of an INSERT into a table of INTs that ends its statement.
  std::string write_row(uint64_t id, const std::vector<uint32_t>& values) {
    Buffer body;
    body.le(id, 6);
    body.le(1, 2);
    body.le(2, 2);  // no extra row info
    body.put(static_cast<uint8_t>(values.size()));
    body.put(uint8_t{255});
    body.put(uint8_t{0});  // no NULL
    for (const uint32_t value : values) body.le(value, 4);
    return add(mysql::EventType::kWriteRowsV2, as_text(body.view()));
  }
  uint32_t offset() const { return offset_; }

 private:
  uint32_t offset_ = 4;
};

// One line a call.
class NotedChanges final : public ChangeHandler {
 public:
  std::vector<std::string> lines;
  std::vector<std::string> entries;  // of the history

  Status begin(const change::Transaction&, const EventPlace&) override { return note("BEGIN"); }
  Status rows(const change::Transaction&, const EventPlace&, change::RowKind kind,
              const change::RowShape& shape, const change::RowColumns&, ByteReader& rows) override {
    constexpr std::string_view kNames[] = {"INSERT", "UPDATE", "DELETE"};
    return note(std::string(kNames[static_cast<size_t>(kind)]) + " " + shape.table->name + " " +
                std::to_string(rows.rest().size()));
  }
  Status commit(const change::Transaction& txn, const EventPlace&) override {
    return note("COMMIT" + (txn.gtid.empty() ? "" : " " + txn.gtid));
  }
  void roll_back() override { lines.emplace_back("ROLLBACK"); }
  void savepoint(std::string_view name) override {
    lines.push_back("SAVEPOINT " + std::string(name));
  }
  bool roll_back_to(std::string_view name) override {
    lines.push_back("ROLLBACK TO " + std::string(name));
    return true;
  }
  Status ddl(const change::Transaction&, const EventPlace&, const change::Ddl& ddl) override {
    return note("DDL " + std::string(ddl.statement));
  }
  void history(std::vector<std::string> more) override {
    for (std::string& entry : more) entries.push_back(std::move(entry));
  }
  Status border(const Border& border) override {
    return note("border " + std::to_string(border.offset));
  }
  void idle() override { lines.emplace_back("idle"); }

 private:
  Status note(std::string line) {
    lines.push_back(std::move(line));
    return Done{};
  }
};

}  // namespace millrace::capture
