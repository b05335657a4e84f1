// SPDX-License-Identifier: Apache-2.0
#include "storage/batch.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

#include "base/crc.h"
#include "storage/batch_layout.h"
#include "storage/batch_reader.h"
#include "storage/codec.h"

namespace millrace::storage {
namespace {

constexpr Compression kAll[] = {Compression::kNone, Compression::kGzip, Compression::kSnappy,
                                Compression::kLz4, Compression::kZstd};

struct Record {
  int64_t offset = 0;
  int64_t timestamp_ms = 0;
  std::string value;
  friend bool operator==(const Record&, const Record&) = default;
};

// All records of all batches; fails the test when anything in them is wrong.
std::vector<Record> records_of(Bytes bytes) {
  std::vector<Record> records;
  while (!bytes.empty()) {
    BatchReader reader;
    auto opened = reader.open(bytes);
    if (!opened) {
      ADD_FAILURE() << opened.error().what;
      break;
    }
    int64_t max = INT64_MIN;
    for (;;) {
      auto record = reader.next();
      if (!record) {
        ADD_FAILURE() << record.error().what;
        break;
      }
      if (!*record) break;
      max = std::max(max, (*record)->timestamp_ms);
      records.push_back({(*record)->offset.value, (*record)->timestamp_ms,
                         std::string(as_text(*(*record)->value))});
    }
    EXPECT_EQ(max, reader.header().max_timestamp_ms);
    bytes = bytes.subspan(reader.header().size());
  }
  return records;
}

std::string text_of(Bytes bytes) { return std::string(as_text(bytes)); }

// The worked example of the Kafka endpoint's spec, section 2.3.
std::string example() {
  static const uint8_t kBytes[] = {
      0,    0,    0,    0,    0,    0,    0,    0x64, 0,    0,    0,    0x55, 0,    0,
      0,    0,    0x02, 0x6b, 0x21, 0xaa, 0xf6, 0,    0,    0,    0,    0,    0x02, 0,
      0,    0x01, 0x8b, 0xcf, 0xe5, 0x68, 0,    0,    0,    0x01, 0x8b, 0xcf, 0xe5, 0x68,
      0x07, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0,    0,    0,    0x03, 0x1c, 0,    0,    0,    0x04, 0x6b, 0x31, 0x04, 0x76,
      0x31, 0x02, 0x02, 0x68, 0x02, 0x78, 0x10, 0,    0x0a, 0x02, 0x01, 0x04, 0x76, 0x32,
      0,    0x16, 0,    0x0e, 0x04, 0x04, 0x6b, 0x33, 0x01, 0x02, 0x02, 0x6e, 0x01};
  return {reinterpret_cast<const char*>(kBytes), sizeof kBytes};
}

TEST(Batch, TheSpecsExampleIsReadAsWhatItSays) {
  const std::string bytes = example();
  BatchReader reader;
  ASSERT_TRUE(reader.open(as_bytes(bytes)));
  EXPECT_EQ(reader.header().base_offset, 100);
  EXPECT_EQ(reader.header().next_offset(), 103);
  EXPECT_EQ(reader.header().size(), bytes.size());
  auto record = *reader.next();
  EXPECT_EQ(record->offset.value, 100);
  EXPECT_EQ(record->timestamp_ms, 1700000000000);
  EXPECT_EQ(as_text(*record->key), "k1");
  EXPECT_EQ(as_text(*record->value), "v1");
  record = *reader.next();
  EXPECT_EQ(record->timestamp_ms, 1700000000005);
  EXPECT_FALSE(record->key);
  EXPECT_EQ(as_text(*record->value), "v2");
  record = *reader.next();
  EXPECT_EQ(as_text(*record->key), "k3");
  EXPECT_FALSE(record->value);
  EXPECT_FALSE(*reader.next());
}

TEST(Batch, TheHeaderIsWrittenAsTheSpecsExampleHasIt) {
  const std::string bytes = example();
  std::byte header[kBatchHeaderSize];
  write_batch_header(header, *decode_batch_header(as_bytes(bytes)));
  EXPECT_EQ(as_text(header), bytes.substr(0, kBatchHeaderSize));
  patch_crc(header, batch_crc(as_bytes(bytes)));
  EXPECT_EQ(as_text(header), bytes.substr(0, kBatchHeaderSize));
}

TEST(Batch, ARecordIsAsTheSpecHasIt) {
  BatchBuilder builder;
  builder.add(1700000000000, as_bytes("x"));
  builder.add(1700000000005, as_bytes("v2"));
  Batches batches = builder.take();
  EXPECT_EQ(text_of(batches.bytes.view().last(9)), std::string("\x10\0\x0a\x02\x01\x04v2\0", 9));
}

TEST(Batch, WhatIsBuiltIsReadBackWithEveryCodec) {
  std::mt19937_64 random(1);
  for (const Compression codec : kAll) {
    BatchBuilder builder;
    std::vector<Record> expected;
    for (int64_t i = 0; i < 3000; ++i) {
      // Times go back too: a transaction's commit time may be before its predecessor's.
      const int64_t time = 1700000000000 + static_cast<int64_t>(random() % 100000) - 50000;
      std::string value(random() % 700, 'a');
      for (size_t at = 0; at < value.size(); at += 3) value[at] = static_cast<char>(random());
      builder.add(time, as_bytes(value));
      expected.push_back({i, time, value});
    }
    EXPECT_EQ(builder.records(), 3000);
    Batches batches = builder.take();
    ASSERT_TRUE(seal(batches, codec));
    EXPECT_EQ(records_of(batches.bytes.view()), expected) << static_cast<int>(codec);
    EXPECT_EQ(batches.records, 3000);
    EXPECT_EQ(decode_batch_header(batches.bytes.view())->compression(), codec);
    EXPECT_EQ(builder.records(), 0);
    EXPECT_EQ(builder.bytes(), 0U);
  }
}

TEST(Batch, TheLargestTimestampIsKnownAlsoWhenTimeGoesBack) {
  BatchBuilder builder;
  builder.add(50, as_bytes("a"));
  builder.add(70, as_bytes("b"));
  builder.add(-1, as_bytes("c"));
  Batches batches = builder.take();
  EXPECT_EQ(batches.max_timestamp_ms, 70);
  ASSERT_TRUE(seal(batches, Compression::kNone));
  EXPECT_EQ(records_of(batches.bytes.view())[2], (Record{2, -1, "c"}));
}

TEST(Batch, ABatchIsClosedAtItsTargetAndALargerRecordHasOneOfItsOwn) {
  BatchBuilder builder;
  builder.add(1, as_bytes("small"));
  builder.add(1, as_bytes(std::string(kBatchTargetBytes + 1, 'L')));
  for (int i = 0; i < 300; ++i) builder.add(1, as_bytes(std::string(2000, 's')));
  Batches batches = builder.take();
  std::vector<int32_t> counts;
  for (size_t at = 0; at < batches.bytes.size();) {
    const auto header = decode_batch_header(batches.bytes.view().subspan(at));
    ASSERT_TRUE(header);
    counts.push_back(header->records);
    if (header->records > 1) {
      EXPECT_LE(header->size(), kBatchTargetBytes);
    }
    at += header->size();
  }
  EXPECT_EQ(counts, (std::vector<int32_t>{1, 1, 130, 130, 40}));
}

TEST(Batch, FramingIsWhatClientsExpect) {
  BatchBuilder builder;
  for (int i = 0; i < 100; ++i) builder.add(1, as_bytes(std::string(1000, 'z')));
  const Batches plain = builder.take();
  const Bytes records = plain.bytes.view().subspan(kBatchHeaderSize);
  const auto compressed = [&](Compression codec) {
    Buffer out;
    EXPECT_TRUE(compress(codec, records, out));
    return text_of(out.view());
  };
  EXPECT_EQ(compressed(Compression::kGzip).substr(0, 3), "\x1f\x8b\x08");
  EXPECT_EQ(compressed(Compression::kSnappy).substr(0, 16),
            std::string("\x82SNAPPY\0\0\0\0\1\0\0\0\1", 16));
  const std::string lz4 = compressed(Compression::kLz4);
  EXPECT_EQ(lz4.substr(0, 4), "\x04\x22\x4d\x18");
  EXPECT_EQ(lz4[4] & 0x28, 0x28) << "independent blocks, content size";
  const std::string zstd = compressed(Compression::kZstd);
  EXPECT_EQ(zstd.substr(0, 4), "\x28\xb5\x2f\xfd");
  EXPECT_NE(zstd[4] & 0xE0, 0) << "content size";
}

TEST(Batch, GoingBackToAnyMarkIsAsIfNothingHadFollowed) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 60; ++round) {
    BatchBuilder builder;
    BatchBuilder straight;  // never went further than the mark
    const auto add = [&](BatchBuilder& to, uint64_t seed) {
      to.add(static_cast<int64_t>(seed % 1000), as_bytes(std::string(seed % 40000, 'x')));
    };
    const uint64_t kept = random() % 40;
    for (uint64_t i = 0; i < kept; ++i) {
      const uint64_t seed = random();
      add(builder, seed);
      add(straight, seed);
    }
    const BatchBuilder::Mark mark = builder.mark();
    for (uint64_t i = random() % 40; i > 0; --i) add(builder, random());
    builder.cut_back(mark);
    EXPECT_EQ(builder.records(), straight.records());
    EXPECT_EQ(builder.bytes(), straight.bytes());
    for (uint64_t i = random() % 10; i > 0; --i) {
      const uint64_t seed = random();
      add(builder, seed);
      add(straight, seed);
    }
    Batches one = builder.take();
    Batches two = straight.take();
    ASSERT_TRUE(seal(one, Compression::kNone));
    ASSERT_TRUE(seal(two, Compression::kNone));
    EXPECT_EQ(text_of(one.bytes.view()), text_of(two.bytes.view()));
    EXPECT_EQ(one.max_timestamp_ms, two.max_timestamp_ms);
  }
}

TEST(Batch, SplittingAtAnyMarkKeepsEveryRecordOnItsSide) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 60; ++round) {
    BatchBuilder builder;
    std::vector<Record> before;
    std::vector<Record> after;
    const auto add = [&](std::vector<Record>& side) {
      const auto time = static_cast<int64_t>(random() % 1000);
      std::string value(random() % 40000, static_cast<char>('a' + random() % 26));
      builder.add(time, as_bytes(value));
      side.push_back({static_cast<int64_t>(side.size()), time, value});
    };
    for (uint64_t i = random() % 20; i > 0; --i) add(before);
    const BatchBuilder::Mark mark = builder.mark();
    for (uint64_t i = random() % 40; i > 0; --i) add(after);
    BatchBuilder rest = builder.split(mark);
    EXPECT_EQ(rest.records(), static_cast<int64_t>(after.size()));
    add(before);  // both go on
    Batches one = builder.take();
    Batches two = rest.take();
    ASSERT_TRUE(seal(one, Compression::kNone));
    ASSERT_TRUE(seal(two, Compression::kNone));
    EXPECT_EQ(records_of(one.bytes.view()), before);
    EXPECT_EQ(records_of(two.bytes.view()), after);
  }
}

// A batch of three records under `codec`.
std::string sample(Compression codec) {
  BatchBuilder builder;
  builder.add(5, as_bytes("first"));
  builder.add(6, as_bytes(std::string(300, 'm')));
  builder.add(7, as_bytes("last"));
  Batches batches = builder.take();
  EXPECT_TRUE(seal(batches, codec));
  return text_of(batches.bytes.view());
}

// The CRC made right again, so that what it would hide is reached.
void mend(std::string& batch) {
  patch_crc(reinterpret_cast<std::byte*>(batch.data()), batch_crc(as_bytes(batch)));
}

Status read_all(Bytes bytes) {
  BatchReader reader;
  TRY(reader.open(bytes));
  while (TRY(reader.next())) {
  }
  return Done{};
}

TEST(Batch, EveryTruncationIsAnErrorAndNeverAnOverread) {
  for (const Compression codec : kAll) {
    const std::string whole = sample(codec);
    for (size_t size = 0; size < whole.size(); ++size) {
      const auto exact = std::make_unique<std::byte[]>(size);
      std::copy_n(as_bytes(whole).begin(), size, exact.get());
      EXPECT_EQ(read_all({exact.get(), size}).error().code, Errc::kTruncated) << size;
      if (size < kBatchHeaderSize) continue;
      // The same with a length and a CRC that hide the cut.
      write_be(exact.get() + kAtLength, size - kBatchPrefixSize, 4);
      patch_crc(exact.get(), batch_crc({exact.get(), size}));
      EXPECT_FALSE(read_all({exact.get(), size})) << size;
    }
  }
}

TEST(Batch, EveryFlippedByteIsNoticed) {
  for (const Compression codec : kAll) {
    const std::string whole = sample(codec);
    for (size_t at = 0; at < whole.size(); ++at) {
      if (at < 8 || (at >= kAtLeaderEpoch && at < kAtMagic)) continue;  // outside the CRC
      std::string broken = whole;
      broken[at] = static_cast<char>(broken[at] ^ 0x10);
      EXPECT_FALSE(read_all(as_bytes(broken))) << at;
    }
  }
}

TEST(Batch, DamageBehindARightChecksumIsAnErrorOrOtherRecordsNeverAnOverread) {
  std::mt19937_64 random(4);
  for (const Compression codec : kAll) {
    const std::string whole = sample(codec);
    for (int round = 0; round < 2000; ++round) {
      std::string broken = whole;
      for (uint64_t flips = 1 + random() % 3; flips > 0; --flips) {
        const size_t at = kCrcBegin + random() % (broken.size() - kCrcBegin);
        broken[at] = static_cast<char>(random());
      }
      mend(broken);
      const auto exact = std::make_unique<std::byte[]>(broken.size());
      std::copy_n(as_bytes(broken).begin(), broken.size(), exact.get());
      const auto read = read_all({exact.get(), broken.size()});
      if (!read) {
        EXPECT_FALSE(read.error().what.empty());
      }
    }
  }
}

TEST(Batch, WhatUnfoldsBeyondTheLimitIsRefused) {
  const std::string zeros(1 << 20, '\0');
  for (const Compression codec : kAll) {
    if (codec == Compression::kNone) continue;
    Buffer packed;
    ASSERT_TRUE(compress(codec, as_bytes(zeros), packed));
    Buffer out;
    EXPECT_EQ(decompress(codec, packed.view(), 100'000, out).error().code, Errc::kTooLarge);
    EXPECT_LE(out.size(), 100'000U);
    out.clear();
    ASSERT_TRUE(decompress(codec, packed.view(), 2 << 20, out));
    EXPECT_EQ(as_text(out.view()), zeros);
  }
}

}  // namespace
}  // namespace millrace::storage
