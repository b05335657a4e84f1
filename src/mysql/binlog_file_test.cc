// SPDX-License-Identifier: Apache-2.0
#include "mysql/binlog_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>

#include "mysql/decode_any_test_support.h"
#include "mysql/event_test_support.h"

namespace millrace::mysql {
namespace {

using Counts = std::map<std::string, int>;

const std::string kCorpus = std::string(MILLRACE_CORPUS) + "/binlogs/";
const std::string kFixtures = std::string(MILLRACE_FIXTURES) + "/binlogs/";

// Gives its bytes in pieces of at most `piece`, as a slow disk or pipe would.
class StringSource : public ByteSource {
 public:
  explicit StringSource(std::string bytes, size_t piece = SIZE_MAX)
      : bytes_(std::move(bytes)), piece_(piece) {}
  Result<size_t> read(std::byte* out, size_t size) override {
    const size_t count = std::min({size, piece_, bytes_.size() - at_});
    std::copy_n(as_bytes(bytes_).begin() + static_cast<ptrdiff_t>(at_), count, out);
    at_ += count;
    return count;
  }

 private:
  std::string bytes_;
  size_t piece_;
  size_t at_ = 0;
};

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Outcome {
  Counts counts;
  std::optional<Error> error;
  std::string context;  // of the error
  uint64_t open_bytes = 0;
  uint64_t end = 0;
};

// The names that counts.txt and the fixtures' index use.
std::string name_of(EventType type) {
  const auto number = static_cast<int>(type);
  const std::string_view name = event_type_name(type);
  if (number >= 20 && number <= 22)  // without their _V0
    return "PRE_GA_" + std::string(name.substr(0, name.size() - 3));
  if (number >= 100 && number <= 105) return "type" + std::to_string(number);
  return std::string(name);
}

// `lenient`: an event whose checksum is wrong is counted all the same.
Outcome read_file(std::string bytes, bool lenient = false, size_t piece = SIZE_MAX) {
  StringSource source(std::move(bytes), piece);
  BinlogReader reader(source, "f");
  Outcome out;
  EventFormat format;
  for (;;) {
    auto event = reader.next();
    if (!event) {
      out.error = event.error();
      break;
    }
    out.end = event->position + event->raw.size();
    if (event->raw.empty()) break;
    const ExactCopy copy(event->raw);
    const auto view = open_event(copy.view(), format);
    if (!view && lenient) {
      ++out.counts[name_of((*decode_event_header(event->raw)).type)];
      continue;
    }
    Status status = view ? decode_any(*view, format,
                                      [&](const EventView& inner) {
                                        ++out.counts["in payload: " + name_of(inner.header.type)];
                                      })
                         : Status(view.error());
    if (view) ++out.counts[name_of(view->header.type)];
    if (!status) {
      out.error = status.error();
      out.context = "at " + std::to_string(event->position);
      break;
    }
  }
  out.open_bytes = reader.bytes_of_open_event();
  return out;
}

// "QUERY 5, in payload: XID 1" as counts.
Counts parse_counts(const std::string& text) {
  Counts counts;
  size_t at = 0;
  while (at < text.size()) {
    size_t end = text.find(',', at);
    if (end == std::string::npos) end = text.size();
    std::string item = text.substr(at, end - at);
    at = end + 1;
    while (!item.empty() && item.front() == ' ') item.erase(0, 1);
    while (!item.empty() && item.back() == ' ') item.pop_back();
    const size_t space = item.rfind(' ');
    if (space != std::string::npos) counts[item.substr(0, space)] = std::stoi(item.substr(space));
  }
  return counts;
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  for (char c : line) {
    if (c == '|')
      cells.emplace_back();
    else
      cells.back() += c;
  }
  for (std::string& cell : cells) {
    while (!cell.empty() && cell.front() == ' ') cell.erase(0, 1);
    while (!cell.empty() && cell.back() == ' ') cell.pop_back();
  }
  return cells;
}

TEST(BinlogFiles, HoldTheEventsThatAnotherReaderCounted) {
  std::ifstream index(kCorpus + "counts.txt");
  std::string line;
  int files = 0;
  while (std::getline(index, line)) {
    if (line.empty() || line[0] == '#') continue;
    const std::vector<std::string> cells = cells_of(line);
    const std::string bytes = slurp(kCorpus + cells[0]);
    const Outcome out = read_file(bytes);
    EXPECT_FALSE(out.error) << cells[0] << " " << out.context << ": " << out.error->what;
    EXPECT_EQ(out.counts, parse_counts(cells[1])) << cells[0];
    EXPECT_EQ(out.end, bytes.size()) << cells[0];
    EXPECT_EQ(out.open_bytes, 0U);
    ++files;
  }
  EXPECT_GE(files, 15);
}

TEST(BinlogFiles, AreReadTheSameInAnyPieces) {
  const std::string bytes = slurp(kCorpus + "mysql-9.7-transaction_payload.000001");
  const Outcome whole = read_file(bytes);
  for (size_t piece : {1, 3, 19, 1000})
    EXPECT_EQ(read_file(bytes, false, piece).counts, whole.counts);
}

// Written by versions of 5.1 before its first release, whose TABLE_MAPs and LOADs are other ones,
// and files that were made with headers of more than 19 bytes. Nobody runs those.
bool is_of_no_release(const std::string& path) {
  for (const char* part :
       {"ver_5_1-", "ver_5_1_17", "MariaDB+server/suite__binlog__std_data__bug32407",
        "mdev-4645-binlog_checksum", "mdev-4645-binlog_group_id"})
    if (path.find(part) != std::string::npos) return true;
  return false;
}

// Of all files of the fixtures folder, where it is there.
TEST(BinlogFiles, OfTheFixturesHoldWhatTheirIndexSays) {
  std::ifstream index(kFixtures + "INDEX.md");
  if (!index) GTEST_SKIP() << "no fixtures beside the repository";
  std::string line;
  int files = 0;
  while (std::getline(index, line)) {
    const std::vector<std::string> cells = cells_of(line);
    if (cells.size() < 7 || !std::filesystem::is_regular_file(kFixtures + cells[1])) continue;
    const auto events = std::find_if(cells.begin(), cells.end(), [](const std::string& cell) {
      return cell.rfind("FORMAT_DESCRIPTION ", 0) == 0;
    });
    if (events == cells.end() || events->find("M_START_ENCRYPTION") != std::string::npos) continue;
    if (is_of_no_release(cells[1])) continue;
    if (line.find("event larger than the file") != std::string::npos ||
        line.find("corrupt relay log") != std::string::npos)
      continue;
    const bool damaged = line.find("bad CRC32") != std::string::npos;
    const Outcome out = read_file(slurp(kFixtures + cells[1]), damaged);
    EXPECT_EQ(out.counts, parse_counts(*events))
        << cells[1] << " " << out.context << ": " << (out.error ? out.error->what : "");
    ++files;
  }
  EXPECT_GT(files, 250);
}

struct Refusal {
  std::string_view file;
  Errc code;
  std::string_view what;
};

TEST(BinlogFiles, DamageIsNamedWithItsPosition) {
  constexpr Refusal kRefusals[] = {
      {"broken/mysql-9.7-empty.bin", Errc::kTruncated, "f at 0: the file is empty"},
      {"broken/mysql-9.7-cut-in-magic.bin", Errc::kTruncated, "f at 0: the file ends in its first"},
      {"broken/mysql-9.7-magic-only.bin", Errc::kTruncated,
       "f at 4: the file ends before its FORMAT"},
      {"broken/mysql-9.7-bad-magic.bin", Errc::kCorrupt, "f at 0: this is not a binlog file"},
      {"broken/mysql-9.7-cut-in-format-description.bin", Errc::kTruncated,
       "f at 4: FORMAT_DESCRIPTION event: its size is given as 123, only 60 bytes are there"},
      {"broken/mysql-9.7-cut-in-header.bin", Errc::kTruncated,
       "f at 760: the file ends after 10 bytes of an event's header of 19"},
      {"broken/mysql-9.7-cut-in-body.bin", Errc::kTruncated,
       "f at 760: WRITE_ROWS event: its size"},
      {"broken/mysql-9.7-size-too-small.bin", Errc::kCorrupt,
       "f at 760: WRITE_ROWS event: its size"},
      {"broken/mysql-9.7-size-zero.bin", Errc::kCorrupt, "f at 760: WRITE_ROWS event: its size"},
      {"broken/mysql-9.7-size-too-big.bin", Errc::kCorrupt, "f at 760: WRITE_ROWS event: its size"},
      {"broken/mysql-9.7-zero-tail.bin", Errc::kCorrupt, "f at 872: UNKNOWN event: its size"},
      {"broken/mysql-9.7-no-format-description.bin", Errc::kCorrupt,
       "f at 4: the file begins with a PREVIOUS_GTIDS event"},
      {"broken/mysql-9.7-bit-flip-in-rows.bin", Errc::kCorrupt,
       "WRITE_ROWS event: its checksum is"},
      {"broken/mysql-9.7-payload-bad-zstd.bin", Errc::kCorrupt, "TRANSACTION_PAYLOAD event: zstd"},
      {"mysql-9.7-encrypted.000001", Errc::kUnsupported, "f at 0: the file is encrypted by MySQL"},
      {"mariadb-10.11-encrypted.000001", Errc::kUnsupported, "the file is encrypted by MariaDB"},
  };
  for (const Refusal& refusal : kRefusals) {
    const Outcome out = read_file(slurp(kCorpus + std::string(refusal.file)));
    ASSERT_TRUE(out.error) << refusal.file;
    EXPECT_EQ(out.error->code, refusal.code) << refusal.file << ": " << out.error->what;
    EXPECT_NE(out.error->what.find(refusal.what), std::string::npos) << out.error->what;
  }
}

TEST(BinlogFiles, OfServersBeforeMySql5AreRefusedByName) {
  const std::string magic = from_hex("fe62696e");
  const std::string start = make_event({.type = EventType::kStartV3, .checksum = false},
                                       from_hex("0300") + std::string(54, '4'));
  Outcome out = read_file(magic + start);
  EXPECT_EQ(out.error->code, Errc::kUnsupported);
  EXPECT_NE(out.error->what.find("older than MySQL 5.0"), std::string::npos);
  std::string format = format_body("4.1.0", Checksum::kOff);
  format[0] = 3;
  out = read_file(magic +
                  make_event({.type = EventType::kFormatDescription, .checksum = false}, format));
  EXPECT_EQ(out.error->code, Errc::kUnsupported);
}

// A server that has the file open, or died with it open, may be in the middle of an event.
TEST(BinlogFiles, AnOpenFileEndsWithItsLastWholeEvent) {
  const std::string bytes = slurp(kCorpus + "mysql-9.7-still_open.000001");
  ASSERT_EQ(static_cast<uint8_t>(bytes[4 + 17]) & kFlagInUse, kFlagInUse);
  const Outcome whole = read_file(bytes);
  ASSERT_FALSE(whole.error);
  for (size_t cut = 1; cut <= 40; ++cut) {
    const Outcome out = read_file(bytes.substr(0, bytes.size() - cut));
    ASSERT_FALSE(out.error) << out.error->what;
    EXPECT_EQ(out.end + out.open_bytes, bytes.size() - cut);
    EXPECT_EQ(out.open_bytes == 0, cut == 31) << "the last event, an XID, has 31 bytes";
  }
}

TEST(BinlogFiles, AClosedFileThatIsCutAnywhereIsAnError) {
  const std::string bytes = slurp(kCorpus + "mysql-5.6-gtid-rotation.000001");
  std::vector<size_t> borders;
  StringSource source(bytes);
  BinlogReader reader(source, "f");
  for (;;) {
    const auto event = reader.next();
    ASSERT_TRUE(event);
    if (event->position > 4) borders.push_back(event->position);
    if (event->raw.empty()) break;
  }
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Outcome out = read_file(bytes.substr(0, size));
    const bool border = std::find(borders.begin(), borders.end(), size) != borders.end();
    EXPECT_EQ(bool(out.error), !border) << size;
  }
}

TEST(BinlogFiles, AfterAnErrorTheReaderIsDone) {
  StringSource source(slurp(kCorpus + "broken/mysql-9.7-size-zero.bin"));
  BinlogReader reader(source, "f");
  for (;;) {
    const auto event = reader.next();
    if (!event) break;
    ASSERT_FALSE(event->raw.empty());
  }
  EXPECT_TRUE(reader.next()->raw.empty());
}

TEST(BinlogFiles, AnErrorOfTheDiskIsPassedOn) {
  class Broken : public ByteSource {
    Result<size_t> read(std::byte*, size_t) override { return Error{Errc::kIo, "no disk"}; }
  } source;
  BinlogReader reader(source, "f");
  EXPECT_EQ(reader.next().error().code, Errc::kIo);
}

// Real events, cut at every byte: no decoder reads past its bytes.
TEST(Decoders, SurviveEveryTruncationOfRealEvents) {
  for (const char* file : {"mysql-9.7-full_metadata.000001", "mysql-9.7-tagged_gtid.000001",
                           "mysql-5.6-rows_query.000001", "mariadb-10.11-log_bin_compress.000001",
                           "mariadb-10.11-xa.000001", "mariadb-11.8-full_metadata.000001"}) {
    StringSource source(slurp(kCorpus + file));
    BinlogReader reader(source, file);
    for (;;) {
      const auto event = reader.next();
      ASSERT_TRUE(event);
      if (event->raw.empty()) break;
      const EventView view = *open_event(event->raw, reader.format());
      for_each_cut(as_text(view.body), [&](Bytes cut, size_t) {
        EventFormat format = reader.format();
        (void)decode_any({view.header, cut}, format, [](const EventView&) {});
      });
    }
  }
}

}  // namespace
}  // namespace millrace::mysql
