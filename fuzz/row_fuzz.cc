// SPDX-License-Identifier: Apache-2.0
// A random table, and any bytes as its rows: each row is an error, or a record that the reader
// reads back and that is what the reference makes of the same bytes.
#include <cstring>
#include <string>

#include "base/check.h"
#include "format/dts_avro/encoder.h"
#include "format/dts_avro/random_rows_test_support.h"
#include "format/dts_avro/reader.h"
#include "format/dts_avro/reference_encoder_test_support.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace;
  namespace dts = format::dts_avro;
  if (size < 4) return 0;
  uint32_t seed = 0;
  std::memcpy(&seed, data, 4);
  dts::RandomRows random(seed % 4096);
  const change::RowShapePtr shape = random.shape();
  const auto kind = static_cast<change::RowKind>(random.below(3));
  const size_t count = shape->cells.size();
  const std::string before = kind == change::RowKind::kInsert ? "" : random.columns(count);
  const std::string after = kind == change::RowKind::kDelete ? "" : random.columns(count);
  const change::RowColumns columns{as_bytes(before), as_bytes(after)};
  const change::RecordPlace place{7, 1, 400, 1, 300};
  change::Transaction txn;
  txn.commit_time_us = 1700000000000000;
  txn.server_version = "8.0.36";

  ByteReader rows(Bytes(reinterpret_cast<const std::byte*>(data) + 4, size - 4));
  dts::DtsAvroEncoder encoder;
  for (size_t left = rows.left() + 1; rows.left() < left;) {
    left = rows.left();
    Bytes rest = rows.rest();
    const auto expected = dts::reference::row(place, txn, kind, *shape, columns, rest);
    Buffer out;
    const Status status = encoder.row(place, txn, kind, *shape, columns, rows, out);
    CHECK(static_cast<bool>(status) == expected.has_value());
    if (!status) return 0;
    CHECK(as_text(out.view()) == *expected);
    CHECK(rows.left() == rest.size(), rows.left(), rest.size());
    CHECK(dts::read_record(out.view()));
  }
  return 0;
}
