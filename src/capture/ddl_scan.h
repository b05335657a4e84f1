// SPDX-License-Identifier: Apache-2.0
// Looks through a stretch of the binlog for DDL only: which objects may have another definition at
// its end than at its beginning.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "capture/log_place.h"
#include "change/position.h"
#include "mysql/event_format.h"
#include "mysql/query_event.h"
#include "schema/ddl/context.h"
#include "schema/statement.h"

namespace millrace::capture {

class DdlScan {
 public:
  // Of the stretch up to `end`; past the log's end where that was not seen.
  DdlScan(bool is_mariadb, change::Position end) : is_mariadb_(is_mariadb), end_(std::move(end)) {}

  // The events that follow are again those from the stretch's beginning on.
  void begin() { place_ = {}; }
  // One event as it came, header, body and checksum.
  Status event(Bytes raw);
  // Whether the log was seen up to the stretch's end, or beyond.
  bool at_end() const { return at_end_; }
  const change::Position& end() const { return end_; }

  // An object without a name is a database, one without either is everything.
  const std::set<schema::ObjectRef>& touched() const { return touched_; }
  // What touched it first, and where: `"ALTER TABLE ..." before bin.000003:4711`; empty if nothing.
  std::string first_touch(const schema::ObjectRef& object) const;
  // The beginning of the last statement that touched something, for messages.
  const std::string& statement() const { return statement_; }

 private:
  Status open(const mysql::EventView& event);
  Status on_query(const mysql::EventView& event);
  Status on_payload(const mysql::EventView& event);
  schema::ddl::DdlContext context(const mysql::QueryEvent& query) const;

  const bool is_mariadb_;
  const change::Position end_;
  LogPlace place_;  // how far the log was seen
  bool at_end_ = false;
  mysql::EventFormat format_;
  std::set<schema::ObjectRef> touched_;
  std::map<schema::ObjectRef, std::string> first_;
  std::string statement_;
};

}  // namespace millrace::capture
