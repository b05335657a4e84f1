// SPDX-License-Identifier: Apache-2.0
#include "capture/ddl_scan.h"

#include <fmt/format.h>

#include <utility>

#include "base/buffer.h"
#include "base/charset.h"
#include "mysql/event.h"

namespace millrace::capture {
namespace {

// Whether a DDL of this class can change what a row event means or which names are tables.
bool changes_definitions(schema::DdlClass ddl) {
  switch (ddl) {
    case schema::DdlClass::kNone:
    case schema::DdlClass::kRoutine:
    case schema::DdlClass::kTrigger:
    case schema::DdlClass::kEvent:
      return false;
    case schema::DdlClass::kTable:
    case schema::DdlClass::kDatabase:
    case schema::DdlClass::kIndex:
    case schema::DdlClass::kView:
    case schema::DdlClass::kSequence:
      return true;
  }
  return true;
}

std::string utf8(std::string_view statement, const schema::ddl::DdlContext& context) {
  const Collation* collation = find_collation(context.client_collation, context.is_mariadb());
  return collation == nullptr ? to_utf8("utf8mb4", as_bytes(statement))
                              : to_utf8(*collation->charset, as_bytes(statement));
}

}  // namespace

Status DdlScan::event(Bytes raw) {
  const mysql::EventView event = TRY(mysql::open_event(raw, format_));
  place_.count(event.header);
  TRY(open(event));
  at_end_ = at_end_ || (place_.file == end_.file && place_.offset >= end_.offset);
  return Done{};
}

Status DdlScan::open(const mysql::EventView& event) {
  switch (event.header.type) {
    case mysql::EventType::kFormatDescription:
      format_ = TRY(mysql::decode_format_description(event.body));
      return Done{};
    case mysql::EventType::kRotate: {
      const mysql::RotateEvent rotate = TRY(mysql::decode_rotate(event.body));
      at_end_ = at_end_ || (place_.file == end_.file && rotate.file != end_.file);
      place_.file = rotate.file;
      place_.offset = rotate.position;
      return Done{};
    }
    case mysql::EventType::kQuery:
      return on_query(event);
    case mysql::EventType::kTransactionPayload:
      return on_payload(event);
    case mysql::EventType::kQueryCompressed: {
      Buffer plain;
      return on_query(TRY(mysql::decompress_event(event, format_, plain)));
    }
    default:
      return Done{};
  }
}

// A CREATE TABLE ... SELECT is a transaction like others, and compressed like others.
Status DdlScan::on_payload(const mysql::EventView& event) {
  auto payload = TRY(mysql::PayloadReader::open(event.body));
  for (;;) {
    const Bytes raw = TRY(payload.next());
    if (raw.empty()) return Done{};
    const mysql::EventView inner = TRY(mysql::open_inner_event(raw));
    if (inner.header.type == mysql::EventType::kQuery) TRY(on_query(inner));
  }
}

schema::ddl::DdlContext DdlScan::context(const mysql::QueryEvent& query) const {
  schema::ddl::DdlContext context;
  context.flavour = is_mariadb_ ? schema::ddl::Flavour::kMariaDb : schema::ddl::Flavour::kMySql;
  context.version = format_.version_number();
  context.sql_mode = query.status.sql_mode.value_or(0);
  context.database = std::string(query.database);
  context.error_code = query.error_code;
  context.client_collation = query.status.client_collation.value_or(0);
  return context;
}

Status DdlScan::on_query(const mysql::EventView& event) {
  const mysql::QueryEvent query = TRY(mysql::decode_query(event.body));
  const schema::ddl::DdlContext context = this->context(query);
  const std::string text = utf8(query.statement, context);
  schema::Classified statement = schema::classify(text, context);
  const bool unknown = statement.kind == schema::StatementKind::kUnknown;
  const bool ddl = statement.kind == schema::StatementKind::kDdl;
  if (!unknown && !(ddl && changes_definitions(statement.ddl))) return Done{};
  constexpr size_t kShown = 200;
  statement_ = schema::mask_passwords(text, context).substr(0, kShown);
  // Where its words do not tell, the session's database may be meant, or any.
  if (statement.objects.empty()) statement.objects.emplace_back();
  for (const schema::ObjectRef& object : statement.objects) {
    if (touched_.insert(object).second)
      first_[object] =
          fmt::format("\"{}\", which ends at {}:{}", statement_, place_.file, place_.offset);
  }
  return Done{};
}

std::string DdlScan::first_touch(const schema::ObjectRef& object) const {
  for (const schema::ObjectRef& key : {object, schema::ObjectRef{object.database, ""}, {}}) {
    const auto found = first_.find(key);
    if (found != first_.end()) return found->second;
  }
  return "";
}

}  // namespace millrace::capture
