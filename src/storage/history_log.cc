// SPDX-License-Identifier: Apache-2.0
#include "storage/history_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/byte_reader.h"
#include "base/check.h"
#include "base/crc.h"
#include "storage/file_header.h"
#include "storage/limits.h"

namespace millrace::storage {
namespace {

constexpr std::string_view kSuffix = ".history";
constexpr size_t kFrameHead = 9;

Buffer frame(Bytes entry, HistoryKind kind) {
  Buffer out(kFrameHead + entry.size());
  out.le(entry.size(), 4);
  out.put(static_cast<uint8_t>(kind));
  out.le(0, 4);
  out.append(entry);
  uint32_t crc = crc32c(out.view().first(5));
  crc = crc32c(entry, crc);
  for (size_t i = 0; i < 4; ++i) out.data()[5 + i] = static_cast<std::byte>(crc >> (8 * i));
  return out;
}

// Reads a file's entries one after another.
class EntryReader {
 public:
  EntryReader(const io::File& file, uint64_t end) : file_(file), end_(end) {}
  // False at the end. kTruncated, kCorrupt: no whole entry begins here.
  Result<bool> next() {
    position_ = next_;
    if (position_ >= end_) return false;
    std::array<std::byte, kFrameHead> head{};
    const size_t got = TRY(file_.pread(
        position_, std::span(head).first(std::min<uint64_t>(kFrameHead, end_ - position_))));
    ByteReader in(Bytes(head).first(got));
    const uint32_t length = in.u32();
    const uint8_t kind = in.u8();
    const uint32_t stored = in.u32();
    if (!in.ok() || length > end_ - position_ - kFrameHead) {
      return Error{Errc::kTruncated, fmt::format("an entry ends beyond {}", end_)};
    }
    if (length > kMaxHistoryEntryBytes || (kind != 1 && kind != 2)) {
      return Error{Errc::kCorrupt, fmt::format("entry of {} bytes, kind {}", length, kind)};
    }
    bytes_.clear();
    bytes_.commit(TRY(file_.pread(position_ + kFrameHead, {bytes_.reserve(length), length})));
    const uint32_t crc = crc32c(bytes_.view(), crc32c(Bytes(head).first(5)));
    if (bytes_.size() != length || crc != stored) {
      return Error{Errc::kCorrupt, fmt::format("CRC-32C {:08x}, stored {:08x}", crc, stored)};
    }
    kind_ = static_cast<HistoryKind>(kind);
    next_ = position_ + kFrameHead + length;
    return true;
  }
  uint64_t position() const { return position_; }
  uint64_t after() const { return next_; }
  Bytes entry() const { return bytes_.view(); }
  HistoryKind kind() const { return kind_; }

 private:
  const io::File& file_;
  uint64_t end_;
  uint64_t position_ = 0;
  uint64_t next_ = kFileHeaderSize;
  Buffer bytes_;
  HistoryKind kind_ = HistoryKind::kInput;
};

}  // namespace

HistoryLog::HistoryLog(io::Files& files, std::string folder, bool sync)
    : files_(files), folder_(std::move(folder)), sync_(sync) {}

Result<std::vector<HistoryLog::Part>> HistoryLog::parts(std::string* loss) const {
  std::vector<Part> found;
  for (const std::string& name : TRY(io::list_or_nothing(files_, folder_))) {
    Part part;
    if (!parse_numbered_name(name, kSuffix, &part.number)) continue;
    part.path = folder_ + "/" + name;
    const auto file = TRY(files_.open(part.path, io::OpenMode::kRead));
    std::array<std::byte, kFileHeaderSize> head{};
    const size_t got = TRY(file->pread(0, head));
    auto header = decode_file_header(kHistoryKind, Bytes(head).first(got), part.path);
    if (header && (header->number != part.number || header->before_file >= part.number)) {
      header = Error{Errc::kCorrupt, fmt::format("{}: number {}, continuing {}, by its header",
                                                 part.path, header->number, header->before_file)};
    }
    if (!header) {
      if (loss == nullptr || !is_damage(header.error())) return std::move(header.error());
      *loss += header.error().what + "; ";
      continue;
    }
    part.header = *header;
    found.push_back(std::move(part));
  }
  std::vector<Part> chain;
  for (auto it = found.rbegin(); it != found.rend(); ++it) {
    if (!chain.empty()) {
      if (it->number != chain.back().header.before_file) continue;
      it->limit = chain.back().header.before;
    }
    chain.push_back(std::move(*it));
  }
  if (!chain.empty() && chain.back().header.before_file != 0) {
    const std::string what =
        fmt::format("{}: file {} is missing", folder_, chain.back().header.before_file);
    if (loss == nullptr) return Error{Errc::kCorrupt, what};
    *loss += what + "; ";
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

Status HistoryLog::open(const HistoryEnd& mark, const HistoryVisitor& visit, bool lossy,
                        std::string* loss) {
  const auto lost = [&](std::string what) -> Status {
    if (!lossy) return Error{Errc::kCorrupt, std::move(what)};
    *loss += what + "; ";
    return Done{};
  };
  marked_ = {};
  for (const Part& part : TRY(parts(lossy ? loss : nullptr))) {
    file_ = TRY(files_.open(part.path, io::OpenMode::kReadWrite));
    number_ = part.number;
    const uint64_t size = TRY(file_->size());
    bytes_ += size;
    const uint64_t promised =
        part.number < mark.file ? part.limit : (part.number == mark.file ? mark.size : 0);
    EntryReader reader(*file_, std::min(size, part.limit));
    for (;;) {
      auto more = reader.next();
      if (!more && !is_damage(more.error())) return std::move(more.error());
      const bool below = reader.position() < promised;
      if (below && (!more || !*more)) {
        TRY(lost(fmt::format(
            "{} at {}: {}", part.path, reader.position(),
            more ? fmt::format("ends, {} bytes were promised", promised) : more.error().what)));
      }
      if (!more || !*more) break;
      TRY(take(reader.entry(), reader.kind(), below, visit));
    }
    size_ = reader.position();
    if (part.number <= mark.file) marked_ = {part.number, std::min(size_, promised)};
    // A torn end: what is written from now on must not be followed by it.
    if (part.limit == UINT64_MAX && size > size_) TRY(file_->truncate(size_));
  }
  if (marked_.file < mark.file) {
    TRY(lost(fmt::format("{}: file {} is missing", folder_, mark.file)));
  }
  return cut_to_mark();
}

Status HistoryLog::take(Bytes entry, HistoryKind kind, bool below, const HistoryVisitor& visit) {
  if (below) return visit(entry, kind);
  if (kind == HistoryKind::kDerived) {
    ++derived_;
    return Done{};
  }
  inputs_.push_back(frame(entry, kind));
  return visit(entry, kind);
}

Status HistoryLog::begin_file(const std::vector<Buffer>& inputs) {
  const uint64_t number = number_ + 1;
  const std::string path = folder_ + "/" + numbered_name(number, kSuffix);
  const std::string draft = path + ".new";
  if (TRY(io::exists(files_, draft))) TRY(files_.unlink(draft));
  auto file = TRY(files_.open(draft, io::OpenMode::kCreate));
  Buffer bytes;
  bytes.append(
      encode_file_header(kHistoryKind, {.number = number,
                                        .before = marked_.size,
                                        .before_file = static_cast<uint32_t>(marked_.file)}));
  for (const Buffer& input : inputs) bytes.append(input.view());
  TRY(file->pwrite(0, bytes.view()));
  if (sync_) TRY(file->sync());
  TRY(files_.rename(draft, path));
  // From here on the name may be on disk: whatever follows goes to a later number.
  file_ = std::move(file);
  number_ = number;
  size_ = synced_size_ = bytes.size();
  bytes_ += bytes.size();
  if (sync_) TRY(files_.sync_folder(folder_));
  return Done{};
}

Status HistoryLog::append(Bytes entry, HistoryKind kind) {
  if (entry.size() > kMaxHistoryEntryBytes) {
    return Error{Errc::kTooLarge, fmt::format("history entry of {} bytes", entry.size())};
  }
  if (file_ == nullptr) {
    auto begun = begin_file({});
    failed_ = !begun;
    if (!begun) return begun;
  }
  Buffer framed = frame(entry, kind);
  auto written = file_->pwrite(size_, framed.view());
  if (!written) {
    failed_ = true;
    return written;
  }
  size_ += framed.size();
  bytes_ += framed.size();
  if (kind == HistoryKind::kInput) {
    inputs_.push_back(std::move(framed));
  } else {
    ++derived_;
  }
  return Done{};
}

Status HistoryLog::sync() {
  if (!sync_ || !dirty()) return Done{};
  auto synced = file_->sync();
  failed_ = !synced;
  if (synced) synced_size_ = size_;
  return synced;
}

void HistoryLog::mark() {
  marked_ = end();
  inputs_.clear();
  derived_ = 0;
}

Status HistoryLog::cut_to_mark() {
  if (!failed_ && derived_ == 0) return Done{};
  if (failed_ || !inputs_.empty() || marked_.file != number_) {
    failed_ = true;  // until there is a new file
    TRY(begin_file(inputs_));
  } else {
    auto cut = file_->truncate(marked_.size);
    failed_ = !cut;
    if (!cut) return cut;
    bytes_ -= size_ - marked_.size;
    size_ = marked_.size;
    synced_size_ = std::min(synced_size_, size_);
  }
  failed_ = false;
  derived_ = 0;
  return Done{};
}

Result<HistoryEnd> HistoryLog::sound_end() const {
  std::string loss;
  HistoryEnd sound;
  for (const Part& part : TRY(parts(&loss))) {
    // What an older file said is not there any more.
    if (sound.file == 0 && part.header.before_file != 0) break;
    const auto file = TRY(files_.open(part.path, io::OpenMode::kRead));
    const uint64_t size = TRY(file->size());
    EntryReader reader(*file, std::min(size, part.limit));
    auto more = Result<bool>(true);
    while (more && *more) more = reader.next();
    if (!more && !is_damage(more.error())) return std::move(more.error());
    sound = {part.number, reader.position()};
    if (!more || (part.limit != UINT64_MAX && sound.size < part.limit)) break;
  }
  return sound;
}

Status HistoryLog::verify(const HistoryEnd& mark, const std::function<void()>& entry,
                          const std::function<void(Damage)>& damage) const {
  bool there = mark.file == 0;
  for (const Part& part : TRY(parts(nullptr))) {
    if (part.number > mark.file) break;
    there = there || part.number == mark.file;
    const auto file = TRY(files_.open(part.path, io::OpenMode::kRead));
    const uint64_t end = part.number == mark.file ? mark.size : part.limit;
    EntryReader reader(*file, end);
    for (;;) {
      auto more = reader.next();
      if (!more && !is_damage(more.error())) return std::move(more.error());
      if (!more) damage({part.path, reader.position(), more.error().what});
      if (!more || !*more) break;
      entry();
    }
  }
  if (!there) damage({folder_, 0, fmt::format("file {} is missing", mark.file)});
  return Done{};
}

}  // namespace millrace::storage
