// SPDX-License-Identifier: Apache-2.0
// The bytes of our own files: decoders against truncation and damage, and the hex dumps of
// docs/formats against what is written.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "storage/commit_journal.h"
#include "storage/file_header.h"
#include "storage/journal_entry.h"
#include "storage/segment_index.h"
#include "storage/test_log.h"

namespace millrace::storage {
namespace {

// A copy in a heap block of exactly its size.
struct Exact {
  explicit Exact(Bytes bytes) : size(bytes.size()), block(new std::byte[bytes.size()]) {
    std::copy(bytes.begin(), bytes.end(), block.get());
  }
  Bytes view() const { return {block.get(), size}; }
  size_t size;
  std::unique_ptr<std::byte[]> block;
};

JournalEntry sample_entry() {
  JournalEntry entry;
  entry.sequence = 7;
  entry.synced = 6;
  entry.written_ms = 1'700'000'000'000;
  entry.flags = JournalEntry::kHead;
  entry.logs = {{"dts-avro", 10, 10, 3, 400, 0xdeadbeef, {{0, 0, 0}}},
                {"canal-json", 1 << 21, 5, -1, 0, 0, {{0, 0, 0}, {1, 1 << 21, 5}}}};
  entry.history = {1, 99};
  entry.progress = progress_at(4711);
  entry.progress->gtids.clear();
  entry.gtids = {"3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5", "x"};
  return entry;
}

TEST(JournalEntry, IsReadBackAsItWasWritten) {
  Buffer bytes;
  encode_journal_entry(sample_entry(), bytes);
  const size_t size = bytes.size();
  bytes.append("what follows");
  const auto framed = decode_journal_entry(bytes.view());
  ASSERT_TRUE(framed);
  EXPECT_EQ(framed->entry, sample_entry());
  EXPECT_EQ(framed->size, size);
  JournalEntry bare;
  Buffer small;
  encode_journal_entry(bare, small);
  EXPECT_EQ(decode_journal_entry(small.view())->entry, bare);
}

TEST(JournalEntry, EveryTruncationAndFlipIsAnErrorAndNeverAnOverread) {
  Buffer bytes;
  encode_journal_entry(sample_entry(), bytes);
  for (size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_EQ(decode_journal_entry(Exact(bytes.view().first(n)).view()).error().code,
              Errc::kTruncated);
    Exact broken(bytes.view());
    broken.block[n] ^= std::byte{0x20};
    EXPECT_FALSE(decode_journal_entry(broken.view())) << n;
  }
}

TEST(JournalScan, AHoleIsDamageOnlyWhenALaterEntryKnowsThatItWasSynced) {
  const auto file = [](uint64_t synced_of_third) {
    Buffer bytes;
    bytes.append(encode_file_header(kJournalKind, {.number = 1}));
    for (uint64_t sequence = 1; sequence <= 3; ++sequence) {
      JournalEntry entry = sample_entry();
      entry.sequence = sequence;
      entry.synced = sequence == 3 ? synced_of_third : 0;
      const size_t at = bytes.size();
      encode_journal_entry(entry, bytes);
      if (sequence == 2) bytes.data()[at + 30] ^= std::byte{1};
    }
    return bytes;
  };
  const auto torn = scan_journal(file(1).view(), 1, "j");
  ASSERT_TRUE(torn);
  EXPECT_FALSE(torn->damaged) << "entries 2 and 3 were never synced: any part of them may be there";
  EXPECT_EQ(torn->entries.size(), 1U);
  EXPECT_EQ(torn->beyond.size(), 1U);
  const auto damaged = scan_journal(file(2).view(), 1, "j");
  ASSERT_TRUE(damaged);
  EXPECT_TRUE(damaged->damaged);
  EXPECT_EQ(damaged->entries.size(), 1U);
}

TEST(FileHeader, EveryTruncationAndFlipIsAnError) {
  const auto bytes = encode_file_header(kIndexKind, {.number = 42, .before = 7, .before_file = 3});
  const auto header = decode_file_header(kIndexKind, bytes, "f");
  ASSERT_TRUE(header);
  EXPECT_EQ(header->number, 42U);
  EXPECT_EQ(header->before, 7U);
  EXPECT_EQ(header->before_file, 3U);
  EXPECT_FALSE(decode_file_header(kJournalKind, bytes, "f")) << "another kind";
  for (size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_EQ(decode_file_header(kIndexKind, Exact(Bytes(bytes).first(n)).view(), "f").error().code,
              Errc::kTruncated);
    Exact broken(bytes);
    broken.block[n] ^= std::byte{4};
    EXPECT_FALSE(decode_file_header(kIndexKind, broken.view(), "f"));
  }
}

TEST(FileHeader, NamesOfOtherFilesAreNoNumbers) {
  uint64_t number = 0;
  EXPECT_TRUE(parse_numbered_name(numbered_name(42, ".log"), ".log", &number));
  EXPECT_EQ(number, 42U);
  for (const char* name : {"", ".log", "42.log", "pending-1.log", "0000000000000000004x.log",
                           "99999999999999999999.log", "00000000000000000042.index"}) {
    EXPECT_FALSE(parse_numbered_name(name, ".log", &number)) << name;
  }
}

TEST(IndexEntry, EveryTruncationAndFlipIsAnError) {
  const IndexEntry entry{9, 700, -5, 1'700'000'000'000, 0xfeedbeef};
  Buffer bytes;
  encode_index_entry(entry, bytes);
  ASSERT_EQ(bytes.size(), kIndexEntrySize);
  EXPECT_EQ(*decode_index_entry(bytes.view()), entry);
  for (size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_FALSE(decode_index_entry(Exact(bytes.view().first(n)).view()));
    Exact broken(bytes.view());
    broken.block[n] ^= std::byte{4};
    EXPECT_FALSE(decode_index_entry(broken.view()));
  }
}

std::string hex_dump(std::string_view bytes) {
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += 16) {
    out += fmt::format("{:06x} ", at);
    std::string text;
    for (size_t i = at; i < at + 16; ++i) {
      if (i >= bytes.size()) {
        out += "   ";
        continue;
      }
      const char c = bytes[i];
      out += fmt::format(" {:02x}", static_cast<unsigned char>(c));
      text += c >= ' ' && c <= '~' ? c : '.';
    }
    out += "  " + text + "\n";
  }
  return out;
}

// The pages show these very bytes; when they differ, this is what to put there.
void expect_in_page(const std::string& page, std::string_view bytes) {
  const std::string path = std::string(MILLRACE_CORPUS) + "/../../docs/formats/" + page;
  std::ifstream file(path);
  ASSERT_TRUE(file) << path;
  std::stringstream text;
  text << file.rdbuf();
  const std::string dump = hex_dump(bytes);
  EXPECT_NE(text.str().find(dump), std::string::npos) << path << " lacks\n" << dump;
}

TEST(FormatPages, ShowWhatIsWritten) {
  TestLog t;
  t.options.segment_bytes = 150;
  t.open();
  ASSERT_TRUE(t.log->append_history(as_bytes("objects: shop"), HistoryKind::kInput));
  ASSERT_TRUE(t.log->append_history(as_bytes("create table t"), HistoryKind::kDerived));
  t.append({{1'700'000'000'000, "first"}, {1'700'000'000'250, "second"}});
  Progress progress;
  progress.file = "mysql-bin.000007";
  progress.offset = 1234;
  progress.transaction_file = "mysql-bin.000007";
  progress.transaction_start = 1000;
  progress.transaction_crc = 0x6b21aaf6;
  progress.commit_time_us = 1'700'000'000'250'000;
  progress.original_commit_time_us = 1'700'000'000'250'000;
  progress.transaction_gtid = "3e11fa47-71ca-11e1-9e33-c80aa9429562:23";
  progress.server = {"3e11fa47-71ca-11e1-9e33-c80aa9429562", 17};
  progress.gtids = "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-23";
  progress.last_record_id = 2;
  ASSERT_TRUE(t.log->commit(progress, nullptr));
  t.append({{1'700'000'001'000, "third, which begins a second segment"}});
  ASSERT_TRUE(t.log->commit(progress, nullptr));
  ASSERT_EQ(t.paths(".log").size(), 2U);
  expect_in_page("segment.md", *t.files.content(t.paths(".log")[0]));
  expect_in_page("index.md", *t.files.content(t.paths(".index")[0]));
  const std::string journal = *t.files.content(t.paths(".journal")[0]);
  expect_in_page("journal.md", journal.substr(0, journal.rfind("MRje")));
  expect_in_page("journal.md", *t.files.content(t.paths(".history")[0]));
}

}  // namespace
}  // namespace millrace::storage
