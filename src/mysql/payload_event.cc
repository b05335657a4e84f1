// SPDX-License-Identifier: Apache-2.0
#include "mysql/payload_event.h"

#include <fmt/format.h>
#include <zstd.h>

#include <cstring>

#include "base/byte_reader.h"
#include "mysql/event_format.h"
#include "mysql/limits.h"

namespace millrace::mysql {
namespace {

constexpr uint64_t kNotCompressed = 255;

// What a payload never contains: a file's or a transaction's border.
bool belongs_inside(EventType type) {
  switch (type) {
    case EventType::kTransactionPayload:
    case EventType::kGtid:
    case EventType::kAnonymousGtid:
    case EventType::kGtidTagged:
    case EventType::kMariaDbGtid:
    case EventType::kPreviousGtids:
    case EventType::kGtidList:
    case EventType::kFormatDescription:
    case EventType::kRotate:
    case EventType::kStop:
      return false;
    default:
      return true;
  }
}

Error cut() { return {Errc::kTruncated, "TRANSACTION_PAYLOAD event: its body ends too early"}; }

}  // namespace

struct PayloadReader::Zstd {
  ZSTD_DStream* stream = ZSTD_createDStream();
  ZSTD_inBuffer in{};
  bool frame_ended = true;
  bool more_to_flush = false;  // of input that was consumed
  Zstd() = default;
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;
  ~Zstd() { ZSTD_freeDStream(stream); }
};

PayloadReader::PayloadReader() = default;
PayloadReader::PayloadReader(PayloadReader&&) noexcept = default;
PayloadReader& PayloadReader::operator=(PayloadReader&&) noexcept = default;
PayloadReader::~PayloadReader() = default;

Result<PayloadReader> PayloadReader::open(Bytes body) {
  ByteReader in(body);
  PayloadReader reader;
  uint64_t compression = kNotCompressed;
  std::optional<uint64_t> payload_size;
  for (;;) {
    const uint64_t type = in.lenenc();
    if (!in.ok()) return cut();
    if (type == 0) break;
    ByteReader value(in.lenenc_bytes());
    if (!in.ok()) return cut();
    if (type == 1) payload_size = value.lenenc();
    if (type == 2) compression = value.lenenc();
    if (type == 3) reader.stated_size_ = value.lenenc();
    if (!value.ok()) return cut();
  }
  reader.packed_ = in.rest();
  if (payload_size && *payload_size != reader.packed_.size())
    return Error{
        *payload_size > reader.packed_.size() ? Errc::kTruncated : Errc::kCorrupt,
        fmt::format("TRANSACTION_PAYLOAD event: a payload of {} bytes is announced, {} are there",
                    *payload_size, reader.packed_.size())};
  if (compression == kNotCompressed) return reader;
  if (compression != 0)
    return Error{Errc::kUnsupported,
                 fmt::format("TRANSACTION_PAYLOAD event: compression type {}", compression)};
  reader.zstd_ = std::make_unique<Zstd>();
  if (reader.zstd_->stream == nullptr) return Error{Errc::kTooLarge, "no memory for zstd"};
  ZSTD_DCtx_setParameter(reader.zstd_->stream, ZSTD_d_windowLogMax, kMaxZstdWindowLog);
  reader.zstd_->in = {reader.packed_.data(), reader.packed_.size(), 0};
  return reader;
}

Result<bool> PayloadReader::fill(size_t wanted) {
  if (begin_ > 0) {
    const size_t left = window_.size() - begin_;
    if (left > 0) std::memmove(window_.data(), window_.data() + begin_, left);
    window_.truncate(left);
    begin_ = 0;
  }
  while (window_.size() < wanted) {
    // Past a frame's end zstd would take a call for the begin of another frame.
    if (zstd_->in.pos == zstd_->in.size && !zstd_->more_to_flush) {
      if (!zstd_->frame_ended) return cut();
      return false;
    }
    const size_t room = ZSTD_DStreamOutSize();
    ZSTD_outBuffer out{window_.reserve(room), room, 0};
    const size_t consumed_before = zstd_->in.pos;
    const size_t hint = ZSTD_decompressStream(zstd_->stream, &out, &zstd_->in);
    if (ZSTD_isError(hint) != 0)
      return Error{Errc::kCorrupt,
                   fmt::format("TRANSACTION_PAYLOAD event: zstd after {} of {} bytes: {}",
                               zstd_->in.pos, zstd_->in.size, ZSTD_getErrorName(hint))};
    zstd_->frame_ended = hint == 0;
    window_.commit(out.pos);
    unpacked_ += out.pos;
    if (stated_size_ && unpacked_ > *stated_size_)
      return Error{
          Errc::kCorrupt,
          fmt::format("TRANSACTION_PAYLOAD event: it unpacks to more than the {} bytes announced",
                      *stated_size_)};
    zstd_->more_to_flush = hint != 0 && out.pos == room;
    if (out.pos == 0 && zstd_->in.pos == consumed_before) return cut();
  }
  return true;
}

Result<Bytes> PayloadReader::next() {
  const auto available = [&] {
    return zstd_ == nullptr ? packed_.subspan(begin_) : window_.view().subspan(begin_);
  };
  const auto have = [&](size_t wanted) -> Result<bool> {
    if (available().size() >= wanted) return true;
    return zstd_ == nullptr ? Result<bool>(false) : fill(wanted);
  };
  if (!TRY(have(kEventHeaderSize))) {
    if (!available().empty()) return cut();
    return Bytes{};
  }
  const EventHeader header = TRY(decode_event_header(available()));
  if (!belongs_inside(header.type))
    return Error{Errc::kCorrupt, fmt::format("TRANSACTION_PAYLOAD event: it holds a {} event",
                                             event_type_name(header.type))};
  if (header.size > kMaxEventSize)
    return Error{
        Errc::kTooLarge,
        fmt::format("TRANSACTION_PAYLOAD event: a {} event of {} bytes in it, the limit is {}",
                    event_type_name(header.type), header.size, kMaxEventSize)};
  if (!TRY(have(header.size))) return cut();
  const Bytes event = available().first(header.size);
  begin_ += header.size;
  return event;
}

}  // namespace millrace::mysql
