// SPDX-License-Identifier: Apache-2.0
#include "control/record_view.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "base/charset.h"
#include "control/limits.h"
#include "control/views.h"
#include "format/dts_avro/json_view.h"

namespace millrace::control {
namespace {

namespace avro = format::dts_avro;

std::string_view kind_of(const avro::Value& value) {
  switch (value.kind) {
    case avro::ValueKind::kNull:
    case avro::ValueKind::kEmptyObject:
      return "";
    case avro::ValueKind::kInteger:
    case avro::ValueKind::kDecimal:
    case avro::ValueKind::kFloat:
      return "number";
    case avro::ValueKind::kTimestamp:
      return "timestamp";
    case avro::ValueKind::kDateTime:
    case avro::ValueKind::kTimestampWithTimeZone:
      return "time";
    case avro::ValueKind::kCharacter:
    case avro::ValueKind::kTextObject:
    case avro::ValueKind::kTextGeometry:
      return "text";
    case avro::ValueKind::kBinaryGeometry:
    case avro::ValueKind::kBinaryObject:
      return "binary";
  }
  return "";
}

bool is_there(const avro::Image& image, size_t column) {
  return image.values && column < image.values->size() && !(*image.values)[column].absent;
}

// The text of one value; `cut` becomes the length of one that is too long for the browser.
json::Value text_of(int32_t type_number, avro::Value value, size_t& cut) {
  constexpr size_t kWholeGroups = kMaxCellBytes / 3 * 3;  // base64 without an end in its middle
  if (value.value.size() > kMaxCellBytes) {
    cut = value.value.size();
    value.value = value.value.substr(0, kWholeGroups);
  }
  Buffer buffer;
  avro::append_json(type_number, value, buffer);
  const std::string_view token = as_text(buffer.view());
  if (!token.empty() && token.front() == '"') {
    const Result<json::Value> text = json::parse(token);
    return text ? *text : json::Value();
  }
  if (token == "null") return nullptr;
  return token;
}

json::Value cells_view(const avro::Record& record) {
  json::Value cells = json::array();
  const size_t before = record.before.values ? record.before.values->size() : 0;
  const size_t after = record.after.values ? record.after.values->size() : 0;
  for (size_t i = 0; i < std::max(before, after); ++i) {
    const bool named = record.fields && i < record.fields->size();
    const int32_t type = named ? (*record.fields)[i].type_number : 0;
    json::Value cell = json::object();
    cell.set("name", named ? to_utf8("utf8mb4", as_bytes((*record.fields)[i].name))
                           : "@" + std::to_string(i + 1));
    std::string_view kind;
    size_t cut = 0;
    if (is_there(record.before, i)) {
      const avro::Value& value = (*record.before.values)[i];
      kind = kind_of(value);
      cell.set("before", text_of(type, value, cut));
    }
    if (is_there(record.after, i)) {
      const avro::Value& value = (*record.after.values)[i];
      if (kind.empty()) kind = kind_of(value);
      cell.set("after", text_of(type, value, cut));
    }
    cell.set("kind", kind.empty() ? std::string_view("text") : kind);
    if (cut > 0) cell.set("cut", cut);
    cells.push(std::move(cell));
  }
  return cells;
}

// The columns of the primary key, as the tag pk_uk_info tells them.
json::Value key_view(const avro::Record& record) {
  for (const auto& [name, text] : record.tags) {
    if (name != "pk_uk_info") continue;
    const Result<json::Value> keys = json::parse(text);
    const json::Value* primary = keys ? keys->find("PRIMARY") : nullptr;
    if (primary != nullptr && primary->array() != nullptr) return *primary;
  }
  return json::array();
}

}  // namespace

json::Value record_view(const storage::RecordView& stored, const avro::Record& record) {
  const std::string_view object = record.object_name.value_or("");
  json::Value out =
      json::object()
          .set("offset", stored.offset.value)
          .set("time", time_view(stored.timestamp_ms))
          .set("operation", avro::kOperationNames[static_cast<size_t>(record.operation)])
          .set("object", to_utf8("utf8mb4", as_bytes(object)))
          .set("position", record.source_position)
          .set("txid", record.source_txid)
          .set("key", key_view(record));
  if (record.after.text) {
    out.set("statement", to_utf8("utf8mb4", as_bytes(record.after.text->substr(0, kMaxCellBytes))));
  }
  return std::move(out).set("cells", cells_view(record));
}

}  // namespace millrace::control
