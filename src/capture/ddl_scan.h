// SPDX-License-Identifier: Apache-2.0
// Looks through a stretch of the binlog for DDL only: which objects may have another definition at
// its end than at its beginning.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "mysql/event_format.h"
#include "mysql/query_event.h"
#include "schema/ddl/context.h"
#include "schema/statement.h"

namespace millrace::capture {

class DdlScan {
 public:
  explicit DdlScan(bool is_mariadb) : is_mariadb_(is_mariadb) {}

  // One event as it came, header, body and checksum.
  Status event(Bytes raw);

  // An object without a name is a database, one without either is everything.
  const std::set<schema::ObjectRef>& touched() const { return touched_; }
  // The beginning of the last statement that touched something, for messages.
  const std::string& statement() const { return statement_; }

 private:
  Status open(const mysql::EventView& event);
  Status on_query(const mysql::EventView& event);
  Status on_payload(const mysql::EventView& event);
  schema::ddl::DdlContext context(const mysql::QueryEvent& query) const;

  const bool is_mariadb_;
  mysql::EventFormat format_;
  std::set<schema::ObjectRef> touched_;
  std::string statement_;
};

}  // namespace millrace::capture
