// SPDX-License-Identifier: Apache-2.0
#include "schema/history.h"

#include <memory>
#include <utility>

#include "base/buffer.h"
#include "base/byte_reader.h"
#include "base/varint.h"
#include "schema/limits.h"

namespace millrace::schema {
namespace {

// docs/formats/history.md has the bytes. A later version only adds kinds, or raises the version of
// a kind that it changes.
constexpr uint8_t kVersion = 1;
constexpr uint8_t kSnapshotBegin = 0x10;
constexpr uint8_t kInput = 0x11;
constexpr uint8_t kHealed = 0x12;

// Flags of a column.
constexpr uint8_t kUnsigned = 0x01;
constexpr uint8_t kNullable = 0x02;
constexpr uint8_t kGenerated = 0x04;
constexpr uint8_t kInvisible = 0x08;
// Flags of a key.
constexpr uint8_t kPrimary = 0x01;
constexpr uint8_t kFunctional = 0x02;
constexpr uint8_t kHashed = 0x04;

class Writer {
 public:
  Writer(uint8_t kind, size_t capacity = 64) : out_(capacity) {
    out_.put(kVersion);
    out_.put(kind);
  }
  void byte(uint8_t value) { out_.put(value); }
  void number(uint64_t value) {
    std::byte* begin = out_.reserve(kMaxVarint);
    out_.commit(static_cast<size_t>(write_uvarint(begin, value) - begin));
  }
  void text(std::string_view value) {
    number(value.size());
    out_.append(value);
  }
  std::string take() const { return std::string(as_text(out_.view())); }

 private:
  Buffer out_;
};

void write(Writer& out, const Column& column) {
  out.text(column.name);
  out.byte(static_cast<uint8_t>(column.type));
  out.byte(static_cast<uint8_t>(
      (column.is_unsigned ? kUnsigned : 0) | (column.nullable ? kNullable : 0) |
      (column.generated ? kGenerated : 0) | (column.invisible ? kInvisible : 0)));
  out.byte(static_cast<uint8_t>(column.special));
  out.number(column.octets);
  out.byte(column.length_bytes);
  out.byte(column.precision);
  out.byte(column.scale);
  out.byte(column.fraction);
  out.number(column.bits);
  out.text(column.charset);
  out.text(column.collation);
  out.number(column.labels.size());
  for (const std::string& label : column.labels) out.text(label);
}

void write(Writer& out, const Key& key) {
  out.text(key.name);
  out.byte(static_cast<uint8_t>((key.primary ? kPrimary : 0) | (key.functional ? kFunctional : 0) |
                                (key.hashed ? kHashed : 0)));
  out.number(key.parts.size());
  for (const KeyPart& part : key.parts) {
    out.number(part.column);
    out.number(part.prefix);
  }
}

void write(Writer& out, const Table& table) {
  out.text(table.database);
  out.text(table.name);
  out.byte(static_cast<uint8_t>(table.kind));
  out.text(table.charset);
  out.text(table.collation);
  out.text(table.engine);
  out.number(table.columns.size());
  for (const Column& column : table.columns) write(out, column);
  out.number(table.keys.size());
  for (const Key& key : table.keys) write(out, key);
}

void write(Writer& out, const HelperTag& helper) {
  out.byte(static_cast<uint8_t>(helper.tool));
  out.byte(static_cast<uint8_t>(helper.role));
  out.text(helper.base);
  out.byte(helper.whole ? 1 : 0);
  out.number(helper.sql_mode);
  out.text(helper.clauses);
}

// Reads what Writer wrote. A count is believed only as far as the bytes that are left could hold
// it.
class Reader {
 public:
  explicit Reader(Bytes bytes) : in_(bytes) {}
  uint8_t byte() { return in_.u8(); }
  bool at_end() const { return in_.at_end(); }
  // A byte that is at most `last`.
  uint8_t byte_to(uint8_t last) {
    const uint8_t value = byte();
    if (value > last) damage();
    return value;
  }
  uint8_t byte_from(uint8_t first, uint8_t last) {
    const uint8_t value = byte_to(last);
    if (value < first) damage();
    return value;
  }
  uint64_t number_to(uint64_t last) {
    const uint64_t value = read_uvarint(in_);
    if (value > last) damage();
    return value <= last ? value : 0;
  }
  std::string text() {
    const uint64_t size = read_uvarint(in_);
    return std::string(in_.text(size <= in_.left() ? static_cast<size_t>(size) : in_.left() + 1));
  }
  size_t count(size_t most, size_t least_bytes) {
    const auto value = static_cast<size_t>(number_to(most));
    if (value * least_bytes <= in_.left()) return value;
    in_.fail();
    return 0;
  }
  void damage() {
    damaged_ = true;
    in_.fail();
  }
  bool ok() const { return in_.ok(); }
  Status finish(const char* what) const {
    if (damaged_ || (in_.ok() && !in_.at_end())) {
      return Error{Errc::kCorrupt, std::string("history entry: ") + what + " contradicts itself"};
    }
    if (!in_.ok()) {
      return Error{Errc::kTruncated, std::string("history entry: ") + what + " ends too early"};
    }
    return Done{};
  }

 private:
  ByteReader in_;
  bool damaged_ = false;
};

Column read_column(Reader& in) {
  Column column;
  column.name = in.text();
  column.type = static_cast<ColumnType>(in.byte());
  const uint8_t flags = in.byte_to(kUnsigned | kNullable | kGenerated | kInvisible);
  column.is_unsigned = (flags & kUnsigned) != 0;
  column.nullable = (flags & kNullable) != 0;
  column.generated = (flags & kGenerated) != 0;
  column.invisible = (flags & kInvisible) != 0;
  column.special = static_cast<Special>(in.byte_to(static_cast<uint8_t>(Special::kMariaDbJson)));
  column.octets = static_cast<uint32_t>(in.number_to(UINT32_MAX));
  column.length_bytes = in.byte_to(4);
  column.precision = in.byte();
  column.scale = in.byte();
  column.fraction = in.byte_to(6);
  column.bits = static_cast<uint16_t>(in.number_to(UINT16_MAX));
  column.charset = in.text();
  column.collation = in.text();
  const size_t labels = in.count(kMaxLabels, 1);
  column.labels.reserve(labels);
  for (size_t i = 0; i < labels && in.ok(); ++i) column.labels.push_back(in.text());
  return column;
}

Key read_key(Reader& in, size_t columns) {
  Key key;
  key.name = in.text();
  const uint8_t flags = in.byte_to(kPrimary | kFunctional | kHashed);
  key.primary = (flags & kPrimary) != 0;
  key.functional = (flags & kFunctional) != 0;
  key.hashed = (flags & kHashed) != 0;
  const size_t parts = in.count(kMaxKeyParts * 2, 2);
  for (size_t i = 0; i < parts && in.ok(); ++i) {
    KeyPart part;
    part.column = static_cast<uint16_t>(in.number_to(UINT16_MAX));
    part.prefix = static_cast<uint32_t>(in.number_to(UINT32_MAX));
    if (part.column >= columns) in.damage();
    key.parts.push_back(part);
  }
  return key;
}

Table read_table(Reader& in) {
  constexpr size_t kLeastColumnBytes = 13;
  Table table;
  table.database = in.text();
  table.name = in.text();
  table.kind = static_cast<TableKind>(in.byte_to(static_cast<uint8_t>(TableKind::kSequence)));
  table.charset = in.text();
  table.collation = in.text();
  table.engine = in.text();
  const size_t columns = in.count(kMaxColumns + 2, kLeastColumnBytes);
  table.columns.reserve(columns);
  for (size_t i = 0; i < columns && in.ok(); ++i) table.columns.push_back(read_column(in));
  const size_t keys = in.count(kMaxKeys, 3);
  for (size_t i = 0; i < keys && in.ok(); ++i) {
    table.keys.push_back(read_key(in, table.columns.size()));
  }
  return table;
}

HelperTag read_helper(Reader& in) {
  HelperTag helper;
  helper.tool = static_cast<HelperTool>(in.byte_from(1, static_cast<uint8_t>(HelperTool::kVitess)));
  helper.role = static_cast<HelperRole>(in.byte_from(1, static_cast<uint8_t>(HelperRole::kTrash)));
  helper.base = in.text();
  helper.whole = in.byte_to(1) != 0;
  helper.sql_mode = in.number_to(UINT64_MAX);
  helper.clauses = in.text();
  return helper;
}

void read_body(Reader& in, Change& change) {
  if (change.kind == Change::Kind::kServer) {
    change.server.charset = in.text();
    change.server.collation = in.text();
    change.server.lower_case_table_names = in.byte_to(2);
    // Entries of before this was kept end here.
    const uint8_t timestamps = in.at_end() ? 0 : in.byte_to(2);
    if (timestamps != 0) change.server.explicit_defaults_for_timestamp = timestamps == 2;
    return;
  }
  if (change.kind == Change::Kind::kTableSet) {
    change.old_database = in.text();
    change.old_table = in.text();
    Table table = read_table(in);
    change.database = table.database;
    change.table = table.name;
    change.after = std::make_shared<const Table>(std::move(table));
    return;
  }
  change.database = in.text();
  if (change.kind == Change::Kind::kHelperSet) {
    change.table = in.text();
    change.helper = read_helper(in);
  } else if (change.kind == Change::Kind::kDatabaseSet) {
    change.defaults.name = change.database;
    change.defaults.charset = in.text();
    change.defaults.collation = in.text();
  } else if (change.kind != Change::Kind::kDatabaseDropped) {
    change.table = in.text();
  }
  if (change.kind == Change::Kind::kInDoubt) change.statement = in.text();
}

Healed read_healed(Reader& in) {
  Healed healed;
  const uint8_t how = in.byte_to(static_cast<uint8_t>(Healed::How::kMetadata));
  if (how == 0) in.damage();
  healed.how = static_cast<Healed::How>(how);
  healed.file = in.text();
  healed.offset = in.number_to(UINT64_MAX);
  healed.gtid = in.text();
  healed.at_table = in.text();
  healed.time_ms = static_cast<int64_t>(in.number_to(INT64_MAX));
  healed.read_at = in.text();
  healed.statement = in.text();
  healed.table = std::make_shared<const Table>(read_table(in));
  return healed;
}

}  // namespace

std::string encode(const Change& change) {
  Writer out(static_cast<uint8_t>(change.kind), 1024);
  switch (change.kind) {
    case Change::Kind::kServer:
      out.text(change.server.charset);
      out.text(change.server.collation);
      out.byte(change.server.lower_case_table_names);
      if (const auto timestamps = change.server.explicit_defaults_for_timestamp) {
        out.byte(*timestamps ? 2 : 1);
      }
      break;
    case Change::Kind::kDatabaseSet:
      out.text(change.defaults.name);
      out.text(change.defaults.charset);
      out.text(change.defaults.collation);
      break;
    case Change::Kind::kDatabaseDropped:
      out.text(change.database);
      break;
    case Change::Kind::kTableSet:
      out.text(change.old_database);
      out.text(change.old_table);
      write(out, *change.after);
      break;
    case Change::Kind::kTableDropped:
    case Change::Kind::kCertain:
    case Change::Kind::kHelperGone:
      out.text(change.database);
      out.text(change.table);
      break;
    case Change::Kind::kInDoubt:
      out.text(change.database);
      out.text(change.table);
      out.text(change.statement);
      break;
    case Change::Kind::kHelperSet:
      out.text(change.database);
      out.text(change.table);
      write(out, change.helper);
      break;
  }
  return out.take();
}

std::string encode(const Input& input) {
  Writer out(kInput);
  out.text(input.name);
  out.text(input.value);
  return out.take();
}

std::string encode(const Healed& healed) {
  Writer out(kHealed, 1024);
  out.byte(static_cast<uint8_t>(healed.how));
  out.text(healed.file);
  out.number(healed.offset);
  out.text(healed.gtid);
  out.text(healed.at_table);
  out.number(static_cast<uint64_t>(healed.time_ms));
  out.text(healed.read_at);
  out.text(healed.statement);
  write(out, *healed.table);
  return out.take();
}

std::vector<std::string> encode_snapshot(const Catalog& catalog) {
  const std::vector<Change> changes = catalog.snapshot();
  std::vector<std::string> entries;
  entries.reserve(changes.size() + 1);
  Writer begin(kSnapshotBegin);
  begin.number(changes.size());
  entries.push_back(begin.take());
  for (const Change& change : changes) entries.push_back(encode(change));
  return entries;
}

Result<HistoryEntry> decode_history_entry(Bytes entry) {
  Reader in(entry);
  const uint8_t version = in.byte();
  const uint8_t kind = in.byte();
  if (!in.ok()) return Error{Errc::kTruncated, "history entry: under 2 bytes"};
  if (version != kVersion) {
    return Error{Errc::kUnsupported, "history entry: version " + std::to_string(version) +
                                         ", this program knows " + std::to_string(kVersion)};
  }
  if (kind == kSnapshotBegin) {
    SnapshotBegin begin{in.number_to(UINT64_MAX)};
    TRY(in.finish("a snapshot's beginning"));
    return HistoryEntry(begin);
  }
  if (kind == kInput) {
    Input input;
    input.name = in.text();
    input.value = in.text();
    TRY(in.finish("an input"));
    return HistoryEntry(std::move(input));
  }
  if (kind == kHealed) {
    Healed healed = read_healed(in);
    TRY(in.finish("a healed definition"));
    return HistoryEntry(std::move(healed));
  }
  if (kind < static_cast<uint8_t>(Change::Kind::kServer) ||
      kind > static_cast<uint8_t>(Change::Kind::kHelperGone)) {
    return Error{Errc::kUnsupported,
                 "history entry: kind " + std::to_string(kind) + " is not known"};
  }
  Change change;
  change.kind = static_cast<Change::Kind>(kind);
  read_body(in, change);
  TRY(in.finish("a change"));
  return HistoryEntry(std::move(change));
}

Change table_set(TablePtr table) {
  Change change;
  change.database = table->database;
  change.table = table->name;
  change.after = std::move(table);
  return change;
}

Status replay(const HistoryEntry& entry, Catalog& catalog) {
  if (std::holds_alternative<SnapshotBegin>(entry)) {
    catalog = Catalog();
  } else if (const auto* change = std::get_if<Change>(&entry)) {
    catalog.replay(*change);
  } else if (const auto* healed = std::get_if<Healed>(&entry)) {
    // The others wait for their place.
    if (healed->how == Healed::How::kMetadata) catalog.replay(table_set(healed->table));
  }
  return Done{};
}

}  // namespace millrace::schema
