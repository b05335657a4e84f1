// SPDX-License-Identifier: Apache-2.0
#include "capture/binlog_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "base/crc.h"
#include "mysql/control_event.h"

namespace millrace::capture {
namespace {

constexpr uint64_t kFirstOffset = 4;
constexpr size_t kChecksumBytes = 4;
constexpr size_t kLogPosAt = 13;
constexpr size_t kFlagsAt = 17;
constexpr size_t kCreatedAt = mysql::kEventHeaderSize + 2 + 50;

// bin.000007 is "bin." and 7.
struct FileName {
  std::string stem;
  uint64_t number = 0;
  size_t digits = 0;
};

std::optional<FileName> parse_name(const std::string& name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos || dot + 1 == name.size()) return std::nullopt;
  FileName out{name.substr(0, dot + 1), 0, name.size() - dot - 1};
  const char* const end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data() + dot + 1, end, out.number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return out;
}

std::string name_text(const FileName& like, uint64_t number) {
  return fmt::format("{}{:0{}}", like.stem, number, like.digits);
}

void put_le(std::string& bytes, size_t at, uint64_t value, size_t width) {
  for (size_t i = 0; i < width; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i) & 0xFF);
}

// As a server sends it to a reader that begins inside the file: it has no place there, and tells of
// no restart.
std::string format_for_middle(Bytes raw) {
  std::string out(as_text(raw));
  const size_t body_end = out.size() - kChecksumBytes;
  const bool has_crc = out.size() >= kCreatedAt + 4 + kChecksumBytes;
  const auto flags = static_cast<uint16_t>(static_cast<uint8_t>(out[kFlagsAt]) |
                                           static_cast<uint8_t>(out[kFlagsAt + 1]) << 8);
  put_le(out, kLogPosAt, 0, 4);
  put_le(out, kFlagsAt, flags & ~mysql::kFlagInUse, 2);
  if (!has_crc) return out;
  put_le(out, kCreatedAt, 0, 4);
  put_le(out, body_end, crc32(as_bytes(out).first(body_end)), kChecksumBytes);
  return out;
}

}  // namespace

class BinlogFolder::FileSource final : public mysql::ByteSource {
 public:
  explicit FileSource(std::unique_ptr<io::File> file) : file_(std::move(file)) {}
  Result<size_t> read(std::byte* out, size_t size) override {
    const size_t got = TRY(file_->pread(position_, {out, size}));
    position_ += got;
    return got;
  }

 private:
  std::unique_ptr<io::File> file_;
  uint64_t position_ = 0;
};

struct BinlogFolder::Reading {
  enum class Next : uint8_t { kRotate, kFormat, kEvents };
  Reading(std::unique_ptr<io::File> file, const std::string& path, std::string file_name,
          uint64_t from)
      : source(std::move(file)), reader(source, path), name(std::move(file_name)), offset(from) {}

  FileSource source;
  mysql::BinlogReader reader;
  const std::string name;
  const uint64_t offset;  // where its events begin to count
  Next next = Next::kRotate;
  bool given = false;  // an event at or after `offset`
};

BinlogFolder::BinlogFolder(io::Files& files, BinlogFolderOptions options)
    : files_(files),
      options_(std::move(options)),
      at_(names_.begin()),
      scan_(options_.flavour, options_.start.file) {}

BinlogFolder::~BinlogFolder() = default;

Result<std::unique_ptr<BinlogFolder>> BinlogFolder::open(io::Files& files,
                                                         BinlogFolderOptions options) {
  std::unique_ptr<BinlogFolder> folder(new BinlogFolder(files, std::move(options)));
  TRY(folder->find_files());
  folder->at_ = folder->names_.begin();
  TRY(folder->open_file(folder->options_.start.offset));
  return folder;
}

// All files of the row from the first to the source's oldest must be there.
Status BinlogFolder::find_files() {
  const auto first = parse_name(options_.start.file);
  const auto live = parse_name(options_.first_live);
  if (!first || !live || first->stem != live->stem || live->number <= first->number)
    return Error{Errc::kDiverged,
                 fmt::format("the source's oldest binlog file, {}, does not follow {}, where this "
                             "task stands: it was reset, or is another server",
                             options_.first_live, options_.start.file)};
  std::map<uint64_t, std::string> there;
  for (const std::string& name : TRY(files_.list(options_.folder))) {
    const auto parsed = parse_name(name);
    if (parsed && parsed->stem == first->stem) there.emplace(parsed->number, name);
  }
  std::string missing;
  size_t count = 0;
  constexpr size_t kNamed = 5;
  for (uint64_t number = first->number; number < live->number; ++number) {
    const auto found = there.find(number);
    if (found != there.end()) {
      names_.emplace(number, found->second);
    } else if (++count <= kNamed) {
      missing += (missing.empty() ? "" : ", ") + name_text(*first, number);
    }
  }
  if (count > 0)
    return Error{Errc::kLost,
                 fmt::format("{} lacks {}{} of the row from {} to {}, the source's oldest file",
                             options_.folder, missing,
                             count > kNamed ? fmt::format(" and {} more", count - kNamed) : "",
                             options_.start.file, options_.first_live)};
  for (const auto& [number, name] : names_) TRY(check_head(name));
  return Done{};
}

Status BinlogFolder::check_head(const std::string& name) const {
  FileSource source(TRY(files_.open(path(name), io::OpenMode::kRead)));
  mysql::BinlogReader reader(source, path(name));
  const mysql::BinlogReader::FileEvent event = TRY(reader.next());
  const mysql::EventHeader header = TRY(mysql::decode_event_header(event.raw));
  if (header.server_id == options_.server_id) return Done{};
  return Error{Errc::kDiverged,
               fmt::format("{} was written by the server with server_id {}, and this task reads "
                           "the one with server_id {}",
                           path(name), header.server_id, options_.server_id)};
}

// The file at hand, once it was seen to be whole: nothing of one that is not may be handed on.
Status BinlogFolder::open_file(uint64_t offset) {
  const std::string& name = at_->second;
  const auto following = std::next(at_);
  TRY(check_whole(name, following == names_.end() ? options_.first_live : following->second));
  auto file = TRY(files_.open(path(name), io::OpenMode::kRead));
  reading_ = std::make_unique<Reading>(std::move(file), path(name), name, offset);
  return Done{};
}

// Each event has its checksum, and the last one closes the file and names the one that follows.
Status BinlogFolder::check_whole(const std::string& name, const std::string& following) {
  using T = mysql::EventType;
  FileSource source(TRY(files_.open(path(name), io::OpenMode::kRead)));
  mysql::BinlogReader reader(source, path(name));
  bool closed = false;
  for (;;) {
    const mysql::BinlogReader::FileEvent event = TRY(reader.next());
    if (event.raw.empty()) break;
    auto view = mysql::open_event(event.raw, reader.format());
    if (!view)
      return in_context(fmt::format("{} at {}", path(name), event.position),
                        std::move(view.error()));
    closed = view->header.type == T::kRotate || view->header.type == T::kStop;
    if (view->header.type == T::kFormatDescription) {
      // The seconds when it was begun.
      if (view->header.timestamp < begun_s_)
        return Error{Errc::kDiverged,
                     fmt::format("{} was begun before the file that it should follow", path(name))};
      begun_s_ = view->header.timestamp;
    }
    if (view->header.type != T::kRotate) continue;
    const mysql::RotateEvent rotate = TRY(mysql::decode_rotate(view->body));
    if (rotate.file != following)
      return Error{Errc::kDiverged, fmt::format("{} says that {} follows it, and not {}",
                                                path(name), rotate.file, following)};
  }
  // A server that died leaves a file that nothing closes, and takes the mark off it later.
  if (reader.bytes_of_open_event() == 0 && (closed || !reader.is_in_use())) return Done{};
  return Error{Errc::kTruncated,
               fmt::format("{} is not whole: it was copied while the server wrote to it. Copy it "
                           "again, after it was closed",
                           path(name))};
}

Result<Bytes> BinlogFolder::next() {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return Error{Errc::kCancelled, "the binlog stream was shut down"};
  }
  while (live_ == nullptr) {
    const Bytes event = TRY(next_of_file());
    if (!event.empty()) return event;
    TRY(end_file());
  }
  return live_->next();
}

Result<Bytes> BinlogFolder::next_of_file() {
  Reading& file = *reading_;
  if (file.next == Reading::Next::kRotate) {
    // Timestamp 0, no place, artificial: position 8, then the file's name.
    made_.clear();
    made_.le(0, 4);
    made_.put(static_cast<uint8_t>(mysql::EventType::kRotate));
    made_.le(options_.server_id, 4);
    made_.le(mysql::kEventHeaderSize + 8 + file.name.size() + kChecksumBytes, 4);
    made_.le(0, 4);
    made_.le(mysql::kFlagArtificial, 2);
    made_.le(file.offset, 8);
    made_.append(file.name);
    made_.le(crc32(made_.view()), kChecksumBytes);
    file.next = Reading::Next::kFormat;
    return made_.view();
  }
  for (;;) {
    const mysql::BinlogReader::FileEvent event = TRY(file.reader.next());
    if (event.raw.empty()) {
      if (!file.given && file.next == Reading::Next::kEvents && event.position != file.offset)
        return Error{Errc::kDiverged,
                     fmt::format("{} ends at {}, before {}, where this task stands: it is not the "
                                 "whole file, or another one",
                                 path(file.name), event.position, file.offset)};
      return Bytes{};
    }
    const mysql::EventHeader header = TRY(mysql::decode_event_header(event.raw));
    if (Status fits = check_continues(header, event.raw); !fits)
      return in_context(fmt::format("{} at {}", path(file.name), event.position),
                        std::move(fits.error()));
    if (file.next == Reading::Next::kFormat) {
      file.next = Reading::Next::kEvents;
      if (file.offset <= kFirstOffset) {
        file.given = true;
        return event.raw;
      }
      made_.clear();
      made_.append(format_for_middle(event.raw));
      return made_.view();
    }
    if (event.position < file.offset) continue;
    if (!file.given && event.position != file.offset)
      return Error{Errc::kDiverged,
                   fmt::format("no event of {} begins at {}, where this task stands: it is another "
                               "file than the one that was read",
                               path(file.name), file.offset)};
    file.given = true;
    return event.raw;
  }
}

// Follows the file's GTIDs: what a file says lies before it must be what was there.
Status BinlogFolder::check_continues(const mysql::EventHeader& header, Bytes raw) {
  using T = mysql::EventType;
  const bool tells = header.type == T::kPreviousGtids || header.type == T::kGtidList;
  const bool known = scan_.has_gtids();
  const std::string before = tells ? scan_.gtids() : "";
  TRY(scan_.event(raw));
  if (tells && known && scan_.gtids() != before)
    return Error{Errc::kDiverged,
                 fmt::format("the files before it end with the GTIDs {}, and it says that {} lie "
                             "before it: one of them is not whole, or of another server",
                             before, scan_.gtids())};
  return Done{};
}

// The file has ended: on to the next one, or to the source.
Status BinlogFolder::end_file() {
  ++at_;
  if (at_ != names_.end()) return open_file(kFirstOffset);
  std::unique_ptr<mysql::EventStream> live = TRY(options_.live());
  const std::lock_guard lock(mutex_);
  live_ = std::move(live);
  if (stopped_) live_->shutdown();
  return Done{};
}

bool BinlogFolder::more_buffered() const { return live_ == nullptr || live_->more_buffered(); }

void BinlogFolder::shutdown() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  if (live_ != nullptr) live_->shutdown();
}

}  // namespace millrace::capture
