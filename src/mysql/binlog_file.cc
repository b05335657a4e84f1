// SPDX-License-Identifier: Apache-2.0
#include "mysql/binlog_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/byte_reader.h"
#include "mysql/limits.h"

namespace millrace::mysql {
namespace {

constexpr size_t kMagicSize = 4;
constexpr uint32_t kMagic = 0x6E6962FE;           // FE 'b' 'i' 'n'
constexpr uint32_t kEncryptedMagic = 0x6E6962FD;  // FD 'b' 'i' 'n'
constexpr size_t kReadAhead = size_t{256} << 10;

}  // namespace

Error BinlogReader::damaged(Errc code, const std::string& what) const {
  return {code, fmt::format("{} at {}: {}", name_, position_, what)};
}

// At most what the next event needs is asked for at once, so that a size that lies costs no memory.
Result<size_t> BinlogReader::fill(size_t wanted) {
  if (buffer_.size() - begin_ >= wanted) return wanted;
  if (begin_ > 0) {
    const size_t left = buffer_.size() - begin_;
    if (left > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, left);
    buffer_.truncate(left);
    begin_ = 0;
  }
  while (buffer_.size() < wanted) {
    std::byte* const room = buffer_.reserve(kReadAhead);
    const size_t got = TRY(source_.read(room, kReadAhead));
    if (got == 0) break;
    buffer_.commit(got);
  }
  return std::min(wanted, buffer_.size());
}

Status BinlogReader::read_magic() {
  const size_t got = TRY(fill(kMagicSize));
  if (got < kMagicSize)
    return damaged(Errc::kTruncated,
                   got == 0 ? "the file is empty" : "the file ends in its first four bytes");
  ByteReader in(buffer_.view());
  const uint32_t magic = in.u32();
  if (magic == kEncryptedMagic)
    return damaged(Errc::kUnsupported,
                   "the file is encrypted by MySQL (binlog_encryption); read it over the network, "
                   "where it comes decrypted");
  if (magic != kMagic) return damaged(Errc::kCorrupt, "this is not a binlog file");
  begin_ = position_ = kMagicSize;
  return Done{};
}

// The first event. Before 5.0 that was START_V3.
Status BinlogReader::read_format(Bytes raw) {
  const EventHeader header = TRY(decode_event_header(raw));
  if (header.type == EventType::kStartV3)
    return damaged(Errc::kUnsupported, "the file was written by a server older than MySQL 5.0");
  if (header.type != EventType::kFormatDescription)
    return damaged(Errc::kCorrupt, fmt::format("the file begins with a {} event and not with its "
                                               "FORMAT_DESCRIPTION",
                                               event_type_name(header.type)));
  auto opened = open_event(raw, format_);
  if (!opened) return damaged(opened.error().code, opened.error().what);
  auto format = decode_format_description(opened->body);
  if (!format) return damaged(format.error().code, format.error().what);
  format_ = std::move(*format);
  in_use_ = (header.flags & kFlagInUse) != 0;
  has_format_ = true;
  return Done{};
}

Result<BinlogReader::FileEvent> BinlogReader::end_of_file(size_t left, const std::string& what) {
  done_ = true;
  if (left > 0 && !in_use_) return damaged(Errc::kTruncated, what);
  open_bytes_ = left;
  return FileEvent{position_, {}};
}

Result<BinlogReader::FileEvent> BinlogReader::next() {
  if (done_) return FileEvent{position_, {}};
  const auto stop = [this](Error error) {
    done_ = true;
    return error;
  };
  if (!started_) {
    started_ = true;
    Status magic = read_magic();
    if (!magic) return stop(std::move(magic.error()));
  }
  auto got = fill(kEventHeaderSize);
  if (!got) return stop(std::move(got.error()));
  if (*got < kEventHeaderSize) {
    if (*got == 0 && !has_format_)
      return stop(damaged(Errc::kTruncated, "the file ends before its FORMAT_DESCRIPTION"));
    return end_of_file(*got, fmt::format("the file ends after {} bytes of an event's header of {}",
                                         *got, kEventHeaderSize));
  }
  const auto header = decode_event_header(buffer_.view().subspan(begin_));
  if (!header) return stop(damaged(header.error().code, header.error().what));
  // A START_V3 of the oldest servers has a header of its own, and FORMAT_DESCRIPTIONs are short.
  if (!has_format_ && header->type == EventType::kStartV3)
    return stop(
        damaged(Errc::kUnsupported, "the file was written by a server older than MySQL 5.0"));
  if (header->size > kMaxEventSize)
    return stop(damaged(Errc::kCorrupt,
                        fmt::format("{} event: its size is given as {}, the limit is {}",
                                    event_type_name(header->type), header->size, kMaxEventSize)));
  got = fill(header->size);
  if (!got) return stop(std::move(got.error()));
  if (*got < header->size)
    return end_of_file(*got,
                       fmt::format("{} event: its size is given as {}, only {} bytes are there",
                                   event_type_name(header->type), header->size, *got));
  const Bytes raw = buffer_.view().subspan(begin_, header->size);
  if (header->type == EventType::kStartEncryption)
    return stop(damaged(Errc::kUnsupported,
                        "the file is encrypted by MariaDB (encrypt_binlog); read it over the "
                        "network, where it comes decrypted"));
  if (!has_format_) {
    Status format = read_format(raw);
    if (!format) return stop(std::move(format.error()));
  }
  const FileEvent event{position_, raw};
  begin_ += header->size;
  position_ += header->size;
  return event;
}

}  // namespace millrace::mysql
