// SPDX-License-Identifier: Apache-2.0
#include "format/dts_avro/encoder.h"

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "format/dts_avro/image_writer.h"
#include "format/dts_avro/limits.h"
#include "format/dts_avro/plan.h"
#include "format/dts_avro/wire.h"

namespace millrace::format::dts_avro {
namespace {

int64_t whole_seconds(int64_t micros) {
  const int64_t seconds = micros / 1000000;
  return micros % 1000000 < 0 ? seconds - 1 : seconds;
}

// Tags in the order in which they are added; the count goes first in the record.
class Tags {
 public:
  void add(std::string_view key, std::string_view value) {
    append_string(bytes_, key);
    append_string(bytes_, value);
    ++count_;
  }
  void add_to(Buffer& out) const {
    if (count_ > 0) {
      append_varint(out, count_);
      out.append(bytes_.view());
    }
    out.put(0);
  }

 private:
  Buffer bytes_;
  int64_t count_ = 0;
};

// What a record without rows says before its tags.
struct Header {
  const change::RecordPlace& place;
  int64_t seconds;
  std::string_view server_version;
  Operation operation;
  std::optional<std::string> object;
};

void append_position(Buffer& out, uint64_t offset, uint32_t file_number) {
  std::byte* at = out.reserve(kMaxPosition);
  out.commit(static_cast<size_t>(write_position(at, offset, file_number) - at));
}

void append_header(Buffer& out, const Header& header) {
  append_varint(out, 0);  // version
  append_varint(out, header.place.id);
  append_varint(out, header.seconds);
  append_position(out, header.place.end_offset, header.place.file_number);
  append_position(out, header.place.safe_offset, header.place.safe_file_number);
  append_string(out, "0");  // sourceTxid
  append_varint(out, 0);    // MySQL
  append_string(out, header.server_version);
  append_varint(out, static_cast<int64_t>(header.operation));
  if (header.object) {
    out.put(static_cast<uint8_t>(kTextBranch));
    append_string(out, *header.object);
  } else {
    out.put(static_cast<uint8_t>(kNullBranch));
  }
  out.put(static_cast<uint8_t>(kNullBranch));  // processTimestamps
}

// fields and beforeImages are null; so is afterImages without a statement.
void append_end(Buffer& out, std::optional<std::string_view> statement, int64_t seconds) {
  out.put(static_cast<uint8_t>(kNullBranch));
  out.put(static_cast<uint8_t>(kNullBranch));
  if (statement) {
    out.put(static_cast<uint8_t>(kTextBranch));
    append_string(out, *statement);
  } else {
    out.put(static_cast<uint8_t>(kNullBranch));
  }
  append_varint(out, seconds);
}

void add_time(Tags& tags, int64_t seconds) {
  tags.add("readerThroughoutTime", std::to_string(seconds * 1000));
}

// Samples of DTS have one number for the character set, and it is the client's.
uint64_t client_charset(uint64_t charset) { return charset >> 32 & 0xFFFF; }

void add_transaction(Tags& tags, const change::Transaction& txn, bool with_server) {
  if (txn.thread_id != 0) tags.add("thread_id", std::to_string(txn.thread_id));
  if (with_server) tags.add("server_id", std::to_string(txn.server_id));
  if (!txn.gtid.empty()) tags.add("GTID", txn.gtid);
  const change::QueryStatus& status = txn.status;
  if (status.sql_mode) tags.add("Q_SQL_MODE_CODE", std::to_string(*status.sql_mode));
  if (status.charset) tags.add("Q_CHARSET_CODE", std::to_string(client_charset(*status.charset)));
  if (status.flags2) tags.add("Q_FLAGS2_CODE", std::to_string(*status.flags2));
}

// The parts of a row's record that its transaction decides, as they are written.
struct TransactionParts {
  int64_t seconds = 0;
  uint32_t server_id = 0;
  uint32_t thread_id = 0;
  std::string server_version;
  std::string source;        // sourceTxid and source
  std::string time_tag;      // readerThroughoutTime
  std::string session_tags;  // thread_id where it is known, server_id
  int64_t tag_count = 0;

  bool fit(int64_t now, const change::Transaction& txn) const {
    return now == seconds && txn.server_id == server_id && txn.thread_id == thread_id &&
           txn.server_version == server_version && tag_count != 0;
  }
};

std::string text_of(const Buffer& buffer) { return std::string(as_text(buffer.view())); }

TransactionParts make_parts(int64_t seconds, const change::Transaction& txn) {
  TransactionParts parts;
  parts.seconds = seconds;
  parts.server_id = txn.server_id;
  parts.thread_id = txn.thread_id;
  parts.server_version = txn.server_version;
  Buffer source, time, session;
  append_string(source, "0");
  append_varint(source, 0);
  append_string(source, txn.server_version);
  append_string(time, "readerThroughoutTime");
  append_string(time, std::to_string(seconds * 1000));
  if (txn.thread_id != 0) {
    append_string(session, "thread_id");
    append_string(session, std::to_string(txn.thread_id));
  }
  append_string(session, "server_id");
  append_string(session, std::to_string(txn.server_id));
  parts.source = text_of(source);
  parts.time_tag = text_of(time);
  parts.session_tags = text_of(session);
  parts.tag_count = txn.thread_id != 0 ? 3 : 2;
  return parts;
}

Operation operation_of(change::RowKind kind) {
  switch (kind) {
    case change::RowKind::kInsert:
      return Operation::kInsert;
    case change::RowKind::kUpdate:
      return Operation::kUpdate;
    default:
      return Operation::kDelete;
  }
}

// Numbers, positions and branches of a row's record that no plan or transaction holds, and slack
// for heads, which are copied in their full length.
constexpr size_t kMaxRest = 6 * kMaxVarint + 2 * kMaxPosition + 16 + kMaxHead;

}  // namespace

class DtsAvroEncoder::Impl {
 public:
  Status row(const change::RecordPlace& place, const change::Transaction& txn, change::RowKind kind,
             const change::RowShape& shape, const change::RowColumns& columns, ByteReader& rows,
             Buffer& out) {
    if (plan_ == nullptr || !plan_->fits(shape, kind, columns))
      plan_ = TRY(find_plan(shape, kind, columns));
    const int64_t seconds = whole_seconds(txn.commit_time_us);
    if (!parts_.fit(seconds, txn)) parts_ = make_parts(seconds, txn);
    const size_t begin = out.size();
    Status written = write_row(place, *plan_, rows, out);
    if (!written) out.truncate(begin);
    return written;
  }

 private:
  struct Key {
    const void* table;
    change::RowKind kind;
    std::string before;
    std::string after;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const {
      const std::hash<std::string_view> text;
      return std::hash<const void*>()(key.table) ^ (text(key.before) * 31 + text(key.after)) * 31 ^
             static_cast<size_t>(key.kind);
    }
  };

  Result<const Plan*> find_plan(const change::RowShape& shape, change::RowKind kind,
                                const change::RowColumns& columns) {
    Key key{shape.table.get(), kind, std::string(as_text(columns.before)),
            std::string(as_text(columns.after))};
    if (const auto found = plans_.find(key);
        found != plans_.end() && found->second->fits(shape, kind, columns))
      return found->second.get();
    plan_ = nullptr;  // it may be one of those that go
    auto plan = TRY(make_plan(shape, kind, columns));
    if (plans_.size() >= kMaxPlans) plans_.clear();
    const Plan* made = plan.get();
    plans_.insert_or_assign(std::move(key), std::move(plan));
    return made;
  }

  Status write_row(const change::RecordPlace& place, const Plan& plan, ByteReader& rows,
                   Buffer& out) {
    Cursor cursor(out, plan.bound + parts_.source.size() + parts_.time_tag.size() +
                           parts_.session_tags.size() + kMaxRest);
    write_header(place, plan, cursor);
    Bytes in = rows.rest();
    const size_t available = in.size();
    if (plan.kind == change::RowKind::kInsert) {
      *cursor.at++ = kNullBranch;
    } else {
      TRY(images_.write(plan, plan.before, in, cursor));
    }
    if (plan.kind == change::RowKind::kDelete) {
      *cursor.at++ = kNullBranch;
    } else {
      TRY(images_.write(plan, plan.after, in, cursor));
    }
    cursor.at = write_varint(cursor.at, parts_.seconds);
    cursor.finish();
    rows.skip(available - in.size());
    return Done{};
  }

  void write_header(const change::RecordPlace& place, const Plan& plan, Cursor& cursor) const {
    std::byte* at = cursor.at;
    *at++ = std::byte{0};  // version
    at = write_varint(at, place.id);
    at = write_varint(at, parts_.seconds);
    at = write_position(at, place.end_offset, place.file_number);
    at = write_position(at, place.safe_offset, place.safe_file_number);
    at = write_raw(at, parts_.source);
    at = write_varint(at, static_cast<int64_t>(operation_of(plan.kind)));
    at = write_raw(at, plan.object);
    at = write_varint(at, plan.tag_count + parts_.tag_count);
    at = write_raw(at, plan.key_tag);
    at = write_raw(at, parts_.time_tag);
    at = write_raw(at, plan.meta_tag);
    at = write_raw(at, parts_.session_tags);
    *at++ = std::byte{0};  // no further block of tags
    cursor.at = write_raw(at, plan.fields);
  }

  std::unordered_map<Key, std::unique_ptr<Plan>, KeyHash> plans_;
  const Plan* plan_ = nullptr;  // the one used last
  TransactionParts parts_;
  ImageWriter images_;
};

DtsAvroEncoder::DtsAvroEncoder() : impl_(std::make_unique<Impl>()) {}
DtsAvroEncoder::~DtsAvroEncoder() = default;

void DtsAvroEncoder::begin(const change::RecordPlace& place, const change::Transaction& txn,
                           Buffer& out) {
  const int64_t seconds = whole_seconds(txn.commit_time_us);
  append_header(out, {place, seconds, txn.server_version, Operation::kBegin, std::nullopt});
  Tags tags;
  add_time(tags, seconds);
  add_transaction(tags, txn, false);
  tags.add_to(out);
  append_end(out, std::nullopt, seconds);
}

void DtsAvroEncoder::commit(const change::RecordPlace& place, const change::Transaction& txn,
                            Buffer& out) {
  const int64_t seconds = whole_seconds(txn.commit_time_us);
  append_header(out, {place, seconds, txn.server_version, Operation::kCommit, std::nullopt});
  Tags tags;
  add_time(tags, seconds);
  tags.add_to(out);
  append_end(out, std::nullopt, seconds);
}

void DtsAvroEncoder::ddl(const change::RecordPlace& place, const change::Transaction& txn,
                         const change::Ddl& ddl, Buffer& out) {
  const int64_t seconds = whole_seconds(txn.commit_time_us);
  std::optional<std::string> object;
  if (!ddl.database.empty()) append_escaped(object.emplace(), ddl.database);
  append_header(out, {place, seconds, txn.server_version, Operation::kDdl, std::move(object)});
  Tags tags;
  add_time(tags, seconds);
  add_transaction(tags, txn, true);
  tags.add("commitTimestamp", std::to_string(seconds));
  if (ddl.lower_case_table_names)
    tags.add("lowerCaseTableNames", *ddl.lower_case_table_names ? "true" : "false");
  tags.add_to(out);
  append_end(out, ddl.statement, seconds);
}

Status DtsAvroEncoder::row(const change::RecordPlace& place, const change::Transaction& txn,
                           change::RowKind kind, const change::RowShape& shape,
                           const change::RowColumns& columns, ByteReader& rows, Buffer& out) {
  return impl_->row(place, txn, kind, shape, columns, rows, out);
}

void DtsAvroEncoder::heartbeat(const change::RecordPlace& place, int64_t time_s,
                               std::string_view server_version, std::span<const Tag> tags,
                               Buffer& out) {
  append_header(out, {place, time_s, server_version, Operation::kHeartbeat, std::nullopt});
  Tags all;
  add_time(all, time_s);
  for (const auto& [key, value] : tags) all.add(key, value);
  all.add_to(out);
  append_end(out, std::nullopt, time_s);
}

}  // namespace millrace::format::dts_avro
