// SPDX-License-Identifier: Apache-2.0
// What every record format offers. Pure: a change in, the bytes of one record's value appended. One
// encoder belongs to one task and is used by one thread at a time.
#pragma once

#include <span>
#include <string_view>
#include <utility>

#include "base/buffer.h"
#include "base/byte_reader.h"
#include "base/result.h"
#include "change/row.h"
#include "change/transaction.h"

namespace millrace::format {

using Tag = std::pair<std::string_view, std::string_view>;

class RecordEncoder {
 public:
  virtual ~RecordEncoder() = default;
  virtual void begin(const change::RecordPlace& place, const change::Transaction& txn,
                     Buffer& out) = 0;
  virtual void commit(const change::RecordPlace& place, const change::Transaction& txn,
                      Buffer& out) = 0;
  virtual void ddl(const change::RecordPlace& place, const change::Transaction& txn,
                   const change::Ddl& ddl, Buffer& out) = 0;
  // Reads one row's image or images from `rows` and leaves it at the next row. kTruncated or
  // kCorrupt when the bytes do not fit the shape, kMismatch for a value that the definition cannot
  // hold (a label index beyond the labels); then `out` may hold part of a record and is to be
  // thrown away.
  virtual Status row(const change::RecordPlace& place, const change::Transaction& txn,
                     change::RowKind kind, const change::RowShape& shape,
                     const change::RowColumns& columns, ByteReader& rows, Buffer& out) = 0;
  // `time_s`: seconds since the epoch up to which the source was read. `tags` follow the format's
  // own.
  virtual void heartbeat(const change::RecordPlace& place, int64_t time_s,
                         std::string_view server_version, std::span<const Tag> tags,
                         Buffer& out) = 0;
};

}  // namespace millrace::format
