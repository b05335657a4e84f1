// SPDX-License-Identifier: Apache-2.0
// What reading definitions and prechecking ask of a source: statements and their results. Tests
// give canned answers.
#pragma once

#include <string_view>

#include "base/result.h"
#include "mysql/connection.h"

namespace millrace::capture {

class Session {
 public:
  virtual ~Session() = default;
  // One statement, its whole result. `error_code` gives MySQL's number when it fails.
  virtual Result<mysql::Rows> query(std::string_view sql, unsigned* error_code = nullptr) = 0;
};

// A Session on a connection, which outlives it.
class ConnectionSession final : public Session {
 public:
  explicit ConnectionSession(mysql::Connection& connection) : connection_(connection) {}
  Result<mysql::Rows> query(std::string_view sql, unsigned* error_code = nullptr) override {
    return connection_.query(sql, error_code);
  }

 private:
  mysql::Connection& connection_;
};

}  // namespace millrace::capture
