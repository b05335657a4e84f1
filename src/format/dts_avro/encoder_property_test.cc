// SPDX-License-Identifier: Apache-2.0
// The encoder against the reference, on random tables and rows.
#include <gtest/gtest.h>

#include <memory>

#include "format/dts_avro/encoder.h"
#include "format/dts_avro/random_rows_test_support.h"
#include "format/dts_avro/reader.h"
#include "format/dts_avro/reference_encoder_test_support.h"

namespace millrace::format::dts_avro {
namespace {

constexpr uint64_t kSeeds = 1500;
constexpr int kRowsPerShape = 4;

struct Case {
  change::RowKind kind;
  std::string before, after;  // columns
  std::string images;
};

Case make_case(RandomRows& random, const change::RowShape& shape) {
  Case made;
  made.kind = static_cast<change::RowKind>(random.below(3));
  const size_t count = shape.cells.size();
  if (made.kind != change::RowKind::kInsert) made.before = random.columns(count);
  if (made.kind != change::RowKind::kDelete) made.after = random.columns(count);
  if (made.kind != change::RowKind::kInsert) made.images += random.image(shape, made.before);
  if (made.kind != change::RowKind::kDelete) made.images += random.image(shape, made.after);
  return made;
}

change::Transaction make_transaction(RandomRows& random) {
  change::Transaction txn;
  txn.commit_time_us =
      static_cast<int64_t>(random.below(2) == 0 ? 1700000000123456 : 1700000001000000);
  txn.server_id = static_cast<uint32_t>(random.below(3));
  txn.thread_id = static_cast<uint32_t>(random.below(2) * 12345);
  txn.server_version = random.chance(2) ? "8.0.36" : "10.11.6-MariaDB-log";
  return txn;
}

// The images in a heap block of their own size.
struct Exact {
  explicit Exact(const std::string& text) : size(text.size()), data(new std::byte[text.size()]) {
    std::memcpy(data.get(), text.data(), size);
  }
  Bytes view() const { return {data.get(), size}; }
  size_t size;
  std::unique_ptr<std::byte[]> data;
};

TEST(DtsAvroEncoder, IsTheReferenceByteForByte) {
  DtsAvroEncoder encoder;
  size_t encoded = 0, refused = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    RandomRows random(seed);
    const change::RowShapePtr shape = random.shape();
    for (int i = 0; i < kRowsPerShape; ++i) {
      const Case made = make_case(random, *shape);
      const change::Transaction txn = make_transaction(random);
      const change::RecordPlace place{static_cast<int64_t>(seed) * 1000 + i, 12,
                                      random.below(1 << 20), 11, random.below(UINT64_C(1) << 40)};
      const Exact images(made.images);
      const change::RowColumns columns{as_bytes(made.before), as_bytes(made.after)};
      Bytes rest = images.view();
      const auto expected = reference::row(place, txn, made.kind, *shape, columns, rest);
      ByteReader rows(images.view());
      Buffer out;
      out.append(std::string_view("before"));
      const Status status = encoder.row(place, txn, made.kind, *shape, columns, rows, out);
      ASSERT_EQ(static_cast<bool>(status), expected.has_value())
          << "seed " << seed << " row " << i << ": " << (status ? "" : status.error().what);
      if (!expected) {
        ++refused;
        EXPECT_EQ(as_text(out.view()), "before");
        continue;
      }
      ++encoded;
      ASSERT_EQ(as_text(out.view()), "before" + *expected) << "seed " << seed << " row " << i;
      EXPECT_EQ(rows.left(), rest.size());
      const auto read = read_record(out.view().subspan(6));
      ASSERT_TRUE(read) << read.error().what;
      EXPECT_EQ(read->id, place.id);
    }
  }
  EXPECT_GT(encoded, kSeeds * kRowsPerShape / 2);
  EXPECT_GT(refused, 20U);
}

TEST(DtsAvroEncoder, EveryTruncationOfARowIsAnErrorAndNeverAnOverread) {
  DtsAvroEncoder encoder;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    RandomRows random(seed);
    const change::RowShapePtr shape = random.shape();
    const Case made = make_case(random, *shape);
    const change::RowColumns columns{as_bytes(made.before), as_bytes(made.after)};
    const change::RecordPlace place{1, 1, 4, 1, 4};
    const change::Transaction txn = make_transaction(random);
    for (size_t n = 0; n < made.images.size(); ++n) {
      const Exact cut(made.images.substr(0, n));
      ByteReader rows(cut.view());
      Buffer out;
      const Status status = encoder.row(place, txn, made.kind, *shape, columns, rows, out);
      EXPECT_FALSE(status) << "seed " << seed << ", " << n << " of " << made.images.size()
                           << " bytes";
      EXPECT_TRUE(out.empty());
    }
  }
}

}  // namespace
}  // namespace millrace::format::dts_avro
