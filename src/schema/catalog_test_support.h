// SPDX-License-Identifier: Apache-2.0
// A catalog with one database d, and short words for what it holds.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "schema/catalog.h"

namespace millrace::schema {

class CatalogTest : public testing::Test {
 protected:
  CatalogTest() {
    context_.database = "d";
    catalog_ = Catalog({"utf8mb4", "utf8mb4_0900_ai_ci", 0});
    run("CREATE DATABASE d");
  }
  // Applies a statement that must be understood.
  std::vector<Change> run(std::string_view sql) {
    std::string problem;
    auto changes = catalog_.apply_text(sql, context_, &problem);
    EXPECT_EQ(problem, "") << sql;
    return changes;
  }
  // Applies one that must not be.
  std::string refused(std::string_view sql) {
    std::string problem;
    catalog_.apply_text(sql, context_, &problem);
    EXPECT_NE(problem, "") << sql;
    return problem;
  }
  std::string columns(std::string_view table) {
    const TablePtr found = catalog_.find("d", table);
    if (found == nullptr) return "(none)";
    std::string out;
    for (const Column& column : found->columns) out += (out.empty() ? "" : " ") + column.name;
    return out;
  }
  std::string keys(std::string_view table) {
    const TablePtr found = catalog_.find("d", table);
    std::string out;
    for (const Key& key : found->keys) {
      out += (out.empty() ? "" : " ") + key.name + "(";
      for (const KeyPart& part : key.parts) {
        out += (out.back() == '(' ? "" : ",") + found->columns[part.column].name;
        if (part.prefix != 0) out += ":" + std::to_string(part.prefix);
      }
      out += key.hashed ? ")#" : ")";
    }
    return out;
  }
  const Column& column(std::string_view table, std::string_view name) {
    const TablePtr found = catalog_.find("d", table);
    for (const Column& column : found->columns) {
      if (column.name == name) return column;
    }
    ADD_FAILURE() << "no column " << name;
    return found->columns[0];
  }

  void become(ddl::Flavour flavour, uint32_t version) {
    context_.flavour = flavour;
    context_.version = version;
  }

  ddl::DdlContext context_;
  Catalog catalog_;
};

}  // namespace millrace::schema
