// SPDX-License-Identifier: Apache-2.0
// The dts-avro format: DTS's Record in Avro binary (spec 3 to 5), from the bytes of an event
// straight into the record. What a shape decides (names, tags, how each column is written) is
// prepared once.
#pragma once

#include <memory>

#include "format/record_encoder.h"

namespace millrace::format::dts_avro {

class DtsAvroEncoder final : public RecordEncoder {
 public:
  DtsAvroEncoder();
  ~DtsAvroEncoder() override;
  void begin(const change::RecordPlace& place, const change::Transaction& txn,
             Buffer& out) override;
  void commit(const change::RecordPlace& place, const change::Transaction& txn,
              Buffer& out) override;
  void ddl(const change::RecordPlace& place, const change::Transaction& txn, const change::Ddl& ddl,
           Buffer& out) override;
  Status row(const change::RecordPlace& place, const change::Transaction& txn, change::RowKind kind,
             const change::RowShape& shape, const change::RowColumns& columns, ByteReader& rows,
             Buffer& out) override;
  void heartbeat(const change::RecordPlace& place, int64_t time_s, std::string_view server_version,
                 std::span<const Tag> tags, Buffer& out) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::format::dts_avro
