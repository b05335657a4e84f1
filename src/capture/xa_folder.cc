// SPDX-License-Identifier: Apache-2.0
#include "capture/xa_folder.h"

#include <fmt/format.h>

#include <charconv>
#include <set>
#include <utility>

#include "base/byte_reader.h"
#include "base/crc.h"
#include "mysql/event_format.h"
#include "mysql/limits.h"

namespace millrace::capture {
namespace {

constexpr std::string_view kPrepared = "MRxp";
constexpr std::string_view kDone = "MRxd";
constexpr uint32_t kVersion = 1;
constexpr size_t kNumberDigits = 20;
constexpr size_t kFlushBytes = 256 << 10;
constexpr uint64_t kMaxSmallFile = 64 << 20;

void put_text(Buffer& out, std::string_view text) {
  out.le(text.size(), 4);
  out.append(text);
}
std::string get_text(ByteReader& in) { return std::string(in.text(in.u32())); }

void put_position(Buffer& out, const change::Position& position) {
  put_text(out, position.file);
  out.le(position.offset, 8);
}
change::Position get_position(ByteReader& in) {
  change::Position position;
  position.file = get_text(in);
  position.offset = in.u64();
  return position;
}

// Magic, version, CRC-32C of the rest, the rest.
std::string framed(std::string_view magic, const Buffer& body) {
  Buffer out;
  out.append(magic);
  out.le(kVersion, 4);
  out.le(crc32c(body.view()), 4);
  out.append(body.view());
  return std::string(as_text(out.view()));
}
Result<Bytes> unframed(std::string_view magic, Bytes file, const std::string& path) {
  ByteReader in(file);
  const std::string_view found = in.text(magic.size());
  const uint32_t version = in.u32();
  const uint32_t crc = in.u32();
  if (!in.ok()) return Error{Errc::kTruncated, path + ": it ends too early"};
  if (found != magic) return Error{Errc::kCorrupt, path + ": it does not begin as it should"};
  if (version != kVersion)
    return Error{Errc::kUnsupported, fmt::format("{}: its version is {}, this program knows {}",
                                                 path, version, kVersion)};
  if (crc32c(in.rest()) != crc) return Error{Errc::kCorrupt, path + ": its checksum is wrong"};
  return in.rest();
}

// Whether `a` comes after `b` in one server's log.
bool is_after(const change::Position& a, const change::Position& b) {
  const auto key = [](const change::Position& p) {
    return std::pair(change::binlog_file_number(p.file), p.offset);
  };
  return key(a) > key(b);
}

std::optional<uint64_t> number_of(std::string_view name) {
  uint64_t number = 0;
  if (name.size() < kNumberDigits) return std::nullopt;
  const auto read = std::from_chars(name.data(), name.data() + kNumberDigits, number);
  if (read.ec != std::errc() || read.ptr != name.data() + kNumberDigits) return std::nullopt;
  return number;
}

}  // namespace

std::string xid_text(const schema::Xid& xid) {
  const auto hex = [](std::string_view text) {
    std::string out;
    for (const char c : text) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return out;
  };
  return fmt::format("X'{}',X'{}',{}", hex(xid.gtrid), hex(xid.bqual), xid.format);
}

Result<std::unique_ptr<XaFolder>> XaFolder::open(io::Files& files, std::string folder,
                                                 const change::Position& journaled) {
  TRY(io::make_folders(files, folder));
  std::unique_ptr<XaFolder> out(new XaFolder(files, std::move(folder)));
  TRY(out->load(journaled));
  return out;
}

std::string XaFolder::path(uint64_t number, std::string_view suffix) const {
  return fmt::format("{}/{:020}{}", folder_, number, suffix);
}

Status XaFolder::load(const change::Position& journaled) {
  std::set<uint64_t> numbers;
  std::set<std::string> names;
  for (const std::string& name : TRY(files_.list(folder_))) {
    if (const auto number = number_of(name)) numbers.insert(*number);
    names.insert(folder_ + "/" + name);
  }
  for (const uint64_t number : numbers) {
    next_ = number + 1;
    const auto has = [&](std::string_view suffix) { return names.contains(path(number, suffix)); };
    if (!has(".prepared")) {
      TRY(remove(number));
      continue;
    }
    Entry entry = TRY(read_prepared(number));
    if (is_after(entry.head.prepared, journaled)) {
      TRY(remove(number));
      continue;
    }
    if (has(".done")) {
      const std::string done = path(number, ".done");
      const std::string file = TRY(io::read_file(files_, done, kMaxSmallFile));
      ByteReader in(TRY(unframed(kDone, as_bytes(file), done)));
      const change::Position at = get_position(in);
      if (!in.ok()) return Error{Errc::kCorrupt, done + ": it ends too early"};
      if (!is_after(at, journaled)) {
        TRY(remove(number));
        continue;
      }
      TRY(files_.unlink(done));
      TRY(files_.sync_folder(folder_));
    }
    schema::Xid xid = entry.head.xid;
    prepared_[std::move(xid)] = std::move(entry);
  }
  return Done{};
}

Result<XaFolder::Entry> XaFolder::read_prepared(uint64_t number) const {
  const std::string name = path(number, ".prepared");
  const std::string file = TRY(io::read_file(files_, name, kMaxSmallFile));
  ByteReader in(TRY(unframed(kPrepared, as_bytes(file), name)));
  Entry entry;
  entry.number = number;
  entry.bytes = in.u64();
  entry.crc = in.u32();
  entry.head.xid.format = static_cast<int64_t>(in.u64());
  entry.head.xid.gtrid = get_text(in);
  entry.head.xid.bqual = get_text(in);
  entry.head.prepared = get_position(in);
  entry.head.prepared_us = static_cast<int64_t>(in.u64());
  const uint32_t entries = in.u32();
  for (uint32_t i = 0; i < entries && in.ok(); ++i) entry.head.history.push_back(get_text(in));
  if (!in.ok() || !in.at_end()) return Error{Errc::kCorrupt, name + ": its fields do not add up"};
  return entry;
}

// What makes the others count goes first.
Status XaFolder::remove(uint64_t number) {
  for (const std::string_view suffix : {".prepared", ".done", ".xa"}) {
    const std::string name = path(number, suffix);
    if (TRY(io::exists(files_, name))) TRY(files_.unlink(name));
    if (suffix == ".prepared") TRY(files_.sync_folder(folder_));
  }
  return Done{};
}

Status XaFolder::flush() {
  if (pending_.empty()) return Done{};
  if (file_ == nullptr) file_ = TRY(files_.open(path(next_, ".xa"), io::OpenMode::kCreate));
  TRY(file_->pwrite(written_, pending_.view()));
  crc_ = crc32c(pending_.view(), crc_);
  written_ += pending_.size();
  pending_.clear();
  return Done{};
}

Status XaFolder::append(Bytes event) {
  pending_.append(event);
  return pending_.size() < kFlushBytes ? Status(Done{}) : flush();
}

Status XaFolder::replay_open(const Visit& visit) {
  if (file_ != nullptr) {
    TRY(flush());
    return replay_file(next_, written_, std::nullopt, visit);
  }
  // Small ones were never written.
  for (Bytes rest = pending_.view(); !rest.empty();) {
    const uint32_t size = TRY(mysql::decode_event_header(rest)).size;
    TRY(visit(rest.first(size)));
    rest = rest.subspan(size);
  }
  return Done{};
}

Status XaFolder::discard() {
  pending_.clear();
  written_ = 0;
  crc_ = 0;
  if (file_ == nullptr) return Done{};
  file_.reset();
  return files_.unlink(path(next_, ".xa"));
}

Status XaFolder::prepare(PreparedXa xa) {
  TRY(flush());
  if (file_ == nullptr) file_ = TRY(files_.open(path(next_, ".xa"), io::OpenMode::kCreate));
  TRY(file_->sync());
  TRY(files_.sync_folder(folder_));
  Buffer body;
  body.le(written_, 8);
  body.le(crc_, 4);
  body.le(static_cast<uint64_t>(xa.xid.format), 8);
  put_text(body, xa.xid.gtrid);
  put_text(body, xa.xid.bqual);
  put_position(body, xa.prepared);
  body.le(static_cast<uint64_t>(xa.prepared_us), 8);
  body.le(xa.history.size(), 4);
  for (const std::string& entry : xa.history) put_text(body, entry);
  TRY(io::replace_file(files_, path(next_, ".prepared"), as_bytes(framed(kPrepared, body))));
  file_.reset();
  const std::lock_guard lock(mutex_);
  const schema::Xid xid = xa.xid;
  prepared_[xid] = {std::move(xa), next_++, std::exchange(written_, 0), std::exchange(crc_, 0)};
  return Done{};
}

const PreparedXa* XaFolder::find(const schema::Xid& xid) const {
  const std::lock_guard lock(mutex_);
  const auto found = prepared_.find(xid);
  return found == prepared_.end() ? nullptr : &found->second.head;
}

Status XaFolder::replay(const schema::Xid& xid, const Visit& visit) {
  uint64_t number = 0;
  uint64_t bytes = 0;
  uint32_t crc = 0;
  {
    const std::lock_guard lock(mutex_);
    const Entry& entry = prepared_.at(xid);
    number = entry.number;
    bytes = entry.bytes;
    crc = entry.crc;
  }
  return replay_file(number, bytes, crc, visit);
}

Status XaFolder::replay_file(uint64_t number, uint64_t bytes, std::optional<uint32_t> crc,
                             const Visit& visit) const {
  const std::string name = path(number, ".xa");
  const auto damaged = [&](const std::string& what) {
    return Error{Errc::kCorrupt, name + ": " + what +
                                     ", so a prepared XA transaction is lost; start the task again "
                                     "from now, knowing that there is a gap"};
  };
  const std::unique_ptr<io::File> file = TRY(files_.open(name, io::OpenMode::kRead));
  Buffer event;
  const auto read = [&](uint64_t at, size_t size) -> Status {
    event.clear();
    std::byte* into = event.reserve(size);
    if (TRY(file->pread(at, {into, size})) < size) return damaged("it ends too early");
    event.commit(size);
    return Done{};
  };
  // Nothing of it is handed on before all of it was found to be as it was written.
  if (crc) {
    uint32_t found = 0;
    for (uint64_t at = 0; at < bytes; at += kFlushBytes) {
      TRY(read(at, static_cast<size_t>(std::min<uint64_t>(kFlushBytes, bytes - at))));
      found = crc32c(event.view(), found);
    }
    if (found != *crc) return damaged("its checksum is wrong");
  }
  for (uint64_t at = 0; at < bytes;) {
    TRY(read(at, mysql::kEventHeaderSize));
    const uint32_t size = TRY(mysql::decode_event_header(event.view())).size;
    if (size > mysql::kMaxEventSize || size > bytes - at) return damaged("an event is too long");
    TRY(read(at, size));
    TRY(visit(event.view()));
    at += size;
  }
  return Done{};
}

Status XaFolder::finish(const schema::Xid& xid, const change::Position& at) {
  const std::lock_guard lock(mutex_);
  const auto found = prepared_.find(xid);
  if (found == prepared_.end()) return Done{};
  Buffer body;
  put_position(body, at);
  const uint64_t number = found->second.number;
  TRY(io::replace_file(files_, path(number, ".done"), as_bytes(framed(kDone, body))));
  finished_.push_back({number, at});
  prepared_.erase(found);
  return Done{};
}

Status XaFolder::passed(const change::Position& at) {
  const std::lock_guard lock(mutex_);
  while (!finished_.empty() && !is_after(finished_.front().at, at)) {
    TRY(remove(finished_.front().number));
    finished_.erase(finished_.begin());
  }
  return Done{};
}

std::vector<PreparedXa> XaFolder::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<PreparedXa> all;
  all.reserve(prepared_.size());
  for (const auto& [xid, entry] : prepared_) all.push_back(entry.head);
  return all;
}

}  // namespace millrace::capture
