// SPDX-License-Identifier: Apache-2.0
// Any text, in any mode of either flavour: reading it ends, and gives an error or a whole
// definition; statements end at a NUL. Whole: columns with names and types that fit a row, keys of
// columns that are there; and the steps replayed on another catalog give the same one.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "schema/alter_text.h"
#include "schema/catalog.h"
#include "schema/helper_step.h"
#include "schema/history.h"
#include "schema/limits.h"

using namespace millrace;
using namespace millrace::schema;

namespace {

void check_whole(const Table& table) {
  if (table.kind != TableKind::kTable) return;
  CHECK(!table.columns.empty() && table.columns.size() <= kMaxColumns + 2);
  for (const Column& column : table.columns) {
    CHECK(column.type != ColumnType::kNull);
    CHECK(column.fraction <= 6 && column.bits <= 64 && column.length_bytes <= 4);
    CHECK(column.precision <= 65 && column.scale <= column.precision);
    CHECK(column.charset.empty() == column.collation.empty());
  }
  for (const Key& key : table.keys) {
    CHECK(key.functional || !key.parts.empty());
    for (const KeyPart& part : key.parts) CHECK(part.column < table.columns.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  ddl::DdlContext context;
  if ((data[0] & 1) != 0) {
    context.flavour = ddl::Flavour::kMariaDb;
    context.version = 110800;
  }
  if ((data[0] & 2) != 0) context.sql_mode |= ddl::kAnsiQuotes;
  if ((data[0] & 4) != 0) context.sql_mode |= ddl::kNoBackslashEscapes;
  if ((data[0] & 8) != 0) context.sql_mode |= ddl::kOracle;
  if ((data[0] & 16) != 0) context.error_code = 1;
  context.database = "d";
  const ServerDefaults server{"utf8mb4", "utf8mb4_bin", static_cast<uint8_t>(data[1] % 3)};
  Catalog catalog(server);
  catalog.apply_text("CREATE TABLE t (a INT PRIMARY KEY, b VARCHAR(30), UNIQUE (b(5)))", context);
  Catalog follower = catalog;
  const std::string_view all(reinterpret_cast<const char*>(data + 2), size - 2);
  // Several statements, so that a table may be altered beside another and take its place.
  TablePtr before;
  for (size_t at = 0; at < all.size();) {
    const size_t end = std::min(all.find('\0', at), all.size());
    const std::string_view text = all.substr(at, end - at);
    at = end + 1;
    const Followed followed = follow_statement(catalog, text, context, classify(text, context));
    for (const Change& change : followed.changes) {
      if (change.after != nullptr) check_whole(*change.after);
      const auto read = decode_history_entry(as_bytes(encode(change)));
      CHECK(static_cast<bool>(read));
      CHECK(static_cast<bool>(replay(*read, follower)));
    }
    const HelperStep& step = followed.step;
    if (step.before != nullptr) before = step.before;
    const TablePtr after = catalog.find(step.database, step.base);
    if (step.kind == HelperStep::Kind::kCutOver && before != nullptr && after != nullptr) {
      (void)alter_text(catalog, *before, *after, step.tag, context);
    }
    (void)mask_passwords(text, context);
  }
  CHECK(catalog == follower);
  return 0;
}
