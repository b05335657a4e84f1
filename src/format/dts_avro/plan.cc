// SPDX-License-Identifier: Apache-2.0
#include "format/dts_avro/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/crc.h"
#include "cell/address.h"
#include "cell/cell_size.h"
#include "cell/limits.h"
#include "format/dts_avro/columns.h"
#include "format/dts_avro/wire.h"

namespace millrace::format::dts_avro {
namespace {

// A value's own octets at most, without its head and without contents that are copied: what the
// encoder does not check while it writes. DateTime's seven parts of at most 11 are the most.
constexpr size_t kMaxFixedValue = 80;

bool bit_set(Bytes bits, size_t index) {
  return index / 8 < bits.size() &&
         (std::to_integer<unsigned>(bits[index / 8]) >> (index % 8) & 1) != 0;
}

void append_varint(std::string& out, int64_t value) {
  std::byte bytes[kMaxVarint];
  out.append(reinterpret_cast<char*>(bytes),
             static_cast<size_t>(write_varint(bytes, value) - bytes));
}
void append_string(std::string& out, std::string_view text) {
  append_varint(out, static_cast<int64_t>(text.size()));
  out.append(text);
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

// Indexes whose columns are all in `fields`; readers look each of them up there (spec 4.5).
std::string key_info(const schema::Table& table, const std::vector<uint16_t>& columns) {
  std::string json;
  for (const schema::Key& key : table.keys) {
    const auto named = [&](const schema::KeyPart& part) {
      return std::binary_search(columns.begin(), columns.end(), part.column);
    };
    if (key.functional || key.parts.empty() ||
        !std::all_of(key.parts.begin(), key.parts.end(), named))
      continue;
    json += json.empty() ? '{' : ',';
    append_json_string(json, key.name);
    json += ":[";
    for (size_t i = 0; i < key.parts.size(); ++i) {
      if (i > 0) json += ',';
      append_json_string(json, table.columns[key.parts[i].column].name);
    }
    json += ']';
  }
  if (!json.empty()) json += '}';
  return json;
}

void set_head(Op& op, const ColumnRecord& record) {
  std::string head;
  append_varint(head, static_cast<int64_t>(record.kind));
  if (record.kind == ValueKind::kInteger) append_varint(head, record.precision);
  if (!record.label.empty()) append_string(head, record.label);
  if (op.code == OpCode::kOldTime || op.code == OpCode::kTime2)
    head.append(3, '\0');  // year, month and day are null
  op.head_size = static_cast<uint8_t>(head.size());
  std::memcpy(op.head.data(), head.data(), head.size());
}

void set_labels(Plan& plan, Op& op, const schema::Column& column) {
  auto labels = std::make_unique<Labels>();
  if (op.code == OpCode::kEnum) labels->text.emplace_back();
  for (const std::string& label : column.labels) {
    labels->text.push_back(label);
    labels->longest = op.code == OpCode::kEnum ? std::max(labels->longest, label.size())
                                               : labels->longest + label.size() + 1;
  }
  op.labels = labels.get();
  plan.labels.push_back(std::move(labels));
}

Op make_op(Plan& plan, uint16_t index, const ColumnRecord& record) {
  const cell::CellType type = plan.cells[index];
  Op op;
  op.code = record.code;
  op.column = index;
  const size_t fixed = cell::fixed_size(type);
  op.size = static_cast<uint8_t>(fixed != 0 ? fixed : cell::length_size(type));
  op.scale = static_cast<uint8_t>(type.meta & 0xFF);
  if (op.code == OpCode::kDecimal) op.precision = static_cast<uint8_t>(type.meta >> 8);
  if (op.code == OpCode::kBit) op.bits = type.meta;
  if (op.code == OpCode::kPadded) op.pad = type.meta;
  set_head(op, record);
  if (op.code == OpCode::kEnum || op.code == OpCode::kSet)
    set_labels(plan, op, plan.table->columns[index]);
  return op;
}

ImagePlan make_image(const std::vector<Op>& ops, const change::RowShape& shape, Bytes present) {
  ImagePlan image;
  size_t values = 0;
  for (const Op& op : ops) {
    if (bit_set(present, op.column)) {
      image.ops.push_back(op);
      ++values;
    } else {
      Op absent;
      absent.column = op.column;
      image.ops.push_back(absent);
    }
  }
  for (size_t i = shape.table->columns.size(); i < shape.cells.size(); ++i)
    image.hidden += bit_set(present, i) ? 1 : 0;
  image.null_bytes = (values + image.hidden + 7) / 8;
  image.list_head += static_cast<char>(kListBranch);
  append_varint(image.list_head, static_cast<int64_t>(ops.size()));
  return image;
}

size_t bound_of(const ImagePlan& image) {
  size_t bound = image.list_head.size() + 1;
  for (const Op& op : image.ops) {
    bound += kMaxHead + kMaxFixedValue + op.pad;
    if (op.labels != nullptr) bound += op.labels->longest;
  }
  return bound;
}

// The columns of `fields`: those that an image has. Consumers expect some, so where no image has
// any (MINIMAL images of rows that are all defaults), all stand there and the images say NONE for
// each.
std::vector<uint16_t> listed_columns(size_t count, const change::RowColumns& columns) {
  std::vector<uint16_t> listed;
  for (size_t i = 0; i < count; ++i)
    if (bit_set(columns.before, i) || bit_set(columns.after, i))
      listed.push_back(static_cast<uint16_t>(i));
  if (listed.empty())
    for (size_t i = 0; i < count; ++i) listed.push_back(static_cast<uint16_t>(i));
  return listed;
}

void set_tags(Plan& plan, const std::vector<uint16_t>& columns) {
  const std::string keys = key_info(*plan.table, columns);
  if (!keys.empty()) {
    append_string(plan.key_tag, "pk_uk_info");
    append_string(plan.key_tag, keys);
  }
  uint32_t fingerprint = crc32c(as_bytes(keys), crc32c(as_bytes(plan.fields)));
  if (fingerprint == 0) fingerprint = 1;
  append_string(plan.meta_tag, "metaVersion");
  append_string(plan.meta_tag, std::to_string(fingerprint));
  plan.tag_count = keys.empty() ? 1 : 2;
}

void set_object(Plan& plan) {
  std::string name;
  append_escaped(name, plan.table->database);
  name += '.';
  append_escaped(name, plan.table->name);
  plan.object += static_cast<char>(kTextBranch);
  append_string(plan.object, name);
  plan.object += static_cast<char>(kNullBranch);
}

Status check_shape(const change::RowShape& shape, const change::RowColumns& columns,
                   change::RowKind kind) {
  const size_t count = shape.table->columns.size();
  if (count == 0 || count + schema::hidden_hashes(*shape.table) != shape.cells.size()) {
    return Error{Errc::kMismatch,
                 fmt::format("{}.{}: definition has {} columns, the event has {}",
                             shape.table->database, shape.table->name, count, shape.cells.size())};
  }
  const size_t bytes = (shape.cells.size() + 7) / 8;
  if ((kind != change::RowKind::kInsert && columns.before.size() < bytes) ||
      (kind != change::RowKind::kDelete && columns.after.size() < bytes))
    return Error{Errc::kCorrupt, "a rows event's column bitmap is too short"};
  return Done{};
}

}  // namespace

void append_escaped(std::string& out, std::string_view identifier) {
  for (const char c : identifier) {
    if (c == '.')
      out += "\\u002E";
    else
      out += c;
  }
}

bool Plan::fits(const change::RowShape& shape, change::RowKind row_kind,
                const change::RowColumns& columns) const {
  return table == shape.table && kind == row_kind && before_columns == as_text(columns.before) &&
         after_columns == as_text(columns.after) && cells == shape.cells;
}

Result<std::unique_ptr<Plan>> make_plan(const change::RowShape& shape, change::RowKind kind,
                                        const change::RowColumns& columns) {
  TRY(check_shape(shape, columns, kind));
  auto plan = std::make_unique<Plan>();
  plan->table = shape.table;
  plan->cells = shape.cells;
  plan->kind = kind;
  plan->before_columns = as_text(columns.before);
  plan->after_columns = as_text(columns.after);

  const std::vector<uint16_t> listed = listed_columns(shape.table->columns.size(), columns);
  std::vector<Op> ops;
  plan->fields += static_cast<char>(kListBranch);
  append_varint(plan->fields, static_cast<int64_t>(listed.size()));
  for (const uint16_t index : listed) {
    const schema::Column& column = shape.table->columns[index];
    auto record = column_record(column, shape.cells[index]);
    if (!record)
      return in_context(
          fmt::format("column {} of {}.{}", column.name, shape.table->database, shape.table->name),
          std::move(record.error()));
    ops.push_back(make_op(*plan, index, *record));
    append_string(plan->fields, column.name);
    append_varint(plan->fields, static_cast<int64_t>(record->number));
  }
  plan->fields += '\0';
  set_object(*plan);
  set_tags(*plan, listed);
  if (kind != change::RowKind::kInsert) plan->before = make_image(ops, shape, columns.before);
  if (kind != change::RowKind::kDelete) plan->after = make_image(ops, shape, columns.after);
  plan->bound = plan->object.size() + plan->key_tag.size() + plan->meta_tag.size() +
                plan->fields.size() + bound_of(plan->before) + bound_of(plan->after);
  return plan;
}

}  // namespace millrace::format::dts_avro
