// SPDX-License-Identifier: Apache-2.0
#include "capture/binlog_folder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "io/sim_files.h"
#include "mysql/control_event.h"
#include "mysql/event_test_support.h"
#include "mysql/gtid_set.h"

namespace millrace::capture {
namespace {

using mysql::EventFields;
using mysql::EventType;

constexpr const char* kUuid = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";

// One file as a server writes it, event by event.
class FileText {
 public:
  explicit FileText(uint32_t begun_s = 1'700'000'000, uint32_t server_id = 7) {
    std::string body("\4\0", 2);
    std::string version = "8.0.36";
    version.resize(50);
    body += version + std::string(4, '\0') + '\x13';
    body += std::string(40, '\0');
    body += '\1';  // CRC-32
    add(EventType::kFormatDescription, body, 0, begun_s, server_id);
  }
  FileText& add(EventType type, std::string_view body, uint16_t flags = 0,
                uint32_t timestamp = 1'700'000'000, uint32_t server_id = 7) {
    EventFields fields;
    fields.type = type;
    fields.flags = flags;
    fields.timestamp = timestamp;
    fields.server_id = server_id;
    fields.log_pos =
        static_cast<uint32_t>(bytes.size() + mysql::kEventHeaderSize + body.size() + 4);
    starts.push_back(bytes.size());
    bytes += mysql::make_event(fields, body);
    return *this;
  }
  FileText& previous_gtids(const std::string& set) {
    Buffer block;
    mysql::GtidSet::parse(set)->encode(block);
    return add(EventType::kPreviousGtids, as_text(block.view()));
  }
  FileText& xid() { return add(EventType::kXid, std::string(8, '\1')); }
  FileText& rotate(const std::string& next) {
    return add(EventType::kRotate, std::string("\4\0\0\0\0\0\0\0", 8) + next);
  }
  // Its checksum is that of the closed file.
  FileText& in_use() {
    bytes[4 + 17] |= 1;
    return *this;
  }
  FileText& stop() { return add(EventType::kStop, ""); }

  std::string bytes = std::string("\xfe") + "bin";
  std::vector<uint64_t> starts;
};

// What the source sends behind the files.
class Live final : public mysql::EventStream {
 public:
  Result<Bytes> next() override { return Bytes{}; }
  bool more_buffered() const override { return false; }
  void shutdown() override {}
};

class BinlogFolderTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(files_.make_folder("/copy")); }
  void put(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(io::replace_file(files_, "/copy/" + name, as_bytes(bytes)));
  }
  Result<std::unique_ptr<BinlogFolder>> open(uint64_t offset, const std::string& first_live) {
    BinlogFolderOptions options;
    options.folder = "/copy";
    options.start = {"bin.000001", offset, ""};
    options.first_live = first_live;
    options.server_id = 7;
    options.live = [this]() -> Result<std::unique_ptr<mysql::EventStream>> {
      ++lives_;
      return std::unique_ptr<mysql::EventStream>(std::make_unique<Live>());
    };
    return BinlogFolder::open(files_, std::move(options));
  }
  // The types of all events up to the source's, as text; an error's words end it.
  std::string read(uint64_t offset, const std::string& first_live = "bin.000003") {
    auto folder = open(offset, first_live);
    if (!folder) return folder.error().what;
    std::string out;
    for (;;) {
      const auto event = (*folder)->next();
      if (!event) return out + event.error().what;
      if (event->empty()) return out;
      const auto view = mysql::open_event(*event, format_);
      if (!view) return out + view.error().what;
      if (view->header.type == EventType::kFormatDescription)
        format_ = *mysql::decode_format_description(view->body);
      out += std::string(mysql::event_type_name(view->header.type)) + " ";
    }
  }

  io::SimClock clock_;
  io::SimFiles files_{clock_};
  mysql::EventFormat format_;
  int lives_ = 0;
};

TEST_F(BinlogFolderTest, GivesWhatAServerWouldFromTheMiddleOfAFileToTheSource) {
  FileText one;
  one.xid().xid().rotate("bin.000002");
  put("bin.000001", one.bytes);
  put("bin.000002", FileText().xid().rotate("bin.000003").bytes);
  EXPECT_EQ(read(one.starts[2]),
            "ROTATE FORMAT_DESCRIPTION XID ROTATE ROTATE FORMAT_DESCRIPTION XID ROTATE ");
  EXPECT_EQ(lives_, 1);
}

TEST_F(BinlogFolderTest, TheFormatBeforeAMiddleHasNoPlaceAndTellsOfNoRestart) {
  FileText one;
  one.xid().rotate("bin.000002");
  put("bin.000001", one.bytes);
  auto folder = open(one.starts[1], "bin.000002");
  ASSERT_TRUE(folder) << folder.error().what;
  const auto rotate = mysql::open_event(*(*folder)->next(), format_);
  ASSERT_TRUE(rotate);
  EXPECT_NE(rotate->header.flags & mysql::kFlagArtificial, 0);
  EXPECT_EQ(mysql::decode_rotate(rotate->body)->file, "bin.000001");
  EXPECT_EQ(mysql::decode_rotate(rotate->body)->position, one.starts[1]);
  const auto format = mysql::open_event(*(*folder)->next(), format_);
  ASSERT_TRUE(format) << format.error().what;
  EXPECT_EQ(format->header.log_pos, 0U);
}

TEST_F(BinlogFolderTest, NamesTheFilesThatAreNotThere) {
  put("bin.000001", FileText().rotate("bin.000002").bytes);
  put("bin.000004", FileText().rotate("bin.000005").bytes);
  EXPECT_NE(read(4, "bin.000005").find("lacks bin.000002, bin.000003"), std::string::npos);
  EXPECT_EQ(open(4, "bin.000001").error().code, Errc::kDiverged) << "the source begins before it";
  EXPECT_EQ(open(4, "log.000005").error().code, Errc::kDiverged);
}

TEST_F(BinlogFolderTest, AFileOfAnotherServerIsRefused) {
  put("bin.000001", FileText().rotate("bin.000002").bytes);
  put("bin.000002", FileText(1'700'000'000, 8).rotate("bin.000003").bytes);
  EXPECT_NE(read(4).find("server_id 8"), std::string::npos);
}

TEST_F(BinlogFolderTest, NothingOfAFileThatIsNotWholeIsGiven) {
  put("bin.000001", FileText().rotate("bin.000002").bytes);
  FileText two;
  two.xid().xid().rotate("bin.000003");
  std::string damaged = two.bytes;
  damaged[two.starts[2] + 20] ^= 1;
  for (const std::string& bytes :
       {damaged, two.bytes.substr(0, two.bytes.size() - 5), FileText().xid().in_use().bytes,
        FileText().xid().rotate("bin.000009").bytes, FileText(1'600'000'000).xid().stop().bytes}) {
    put("bin.000002", bytes);
    const std::string got = read(4);
    EXPECT_EQ(got.substr(0, got.find("/copy/bin.000002")), "ROTATE FORMAT_DESCRIPTION ROTATE ");
  }
  EXPECT_EQ(lives_, 0);
}

TEST_F(BinlogFolderTest, AFileThatItsServerNeverClosedBecauseItDiedIsWhole) {
  put("bin.000001", FileText().xid().bytes);
  EXPECT_EQ(read(4, "bin.000002"), "ROTATE FORMAT_DESCRIPTION XID ");
}

TEST_F(BinlogFolderTest, AFileWhoseGtidsDoNotContinueIsRefused) {
  const std::string uuid = kUuid;
  put("bin.000001", FileText().previous_gtids(uuid + ":1-5").stop().bytes);
  put("bin.000002", FileText().previous_gtids(uuid + ":1-9").xid().stop().bytes);
  const std::string got = read(4);
  EXPECT_NE(got.find("1-5"), std::string::npos) << got;
  EXPECT_NE(got.find("1-9"), std::string::npos) << got;
  EXPECT_EQ(got.find("XID "), std::string::npos) << got;
}

TEST_F(BinlogFolderTest, APlaceThatIsNotInTheFileIsRefused) {
  FileText one;
  one.xid().rotate("bin.000002");
  put("bin.000001", one.bytes);
  EXPECT_NE(read(one.starts[1] + 1, "bin.000002").find("no event of"), std::string::npos);
  EXPECT_NE(read(one.bytes.size() + 10, "bin.000002").find("ends at"), std::string::npos);
  EXPECT_EQ(read(one.bytes.size(), "bin.000002"), "ROTATE FORMAT_DESCRIPTION ")
      << "its end is the next one's beginning";
}

TEST_F(BinlogFolderTest, EndsWhenItIsShutDown) {
  put("bin.000001", FileText().xid().rotate("bin.000002").bytes);
  auto folder = open(4, "bin.000002");
  ASSERT_TRUE(folder);
  (*folder)->shutdown();
  EXPECT_EQ((*folder)->next().error().code, Errc::kCancelled);
}

}  // namespace
}  // namespace millrace::capture
