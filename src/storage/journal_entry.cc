// SPDX-License-Identifier: Apache-2.0
#include "storage/journal_entry.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/crc.h"
#include "storage/limits.h"

namespace millrace::storage {
namespace {

constexpr std::string_view kFrameMagic = "MRje";
constexpr size_t kFrameHead = 12;  // magic, body length, CRC-32C
constexpr size_t kMaxNameBytes = 4096;

void put_text(std::string_view text, Buffer& out) {
  out.le(text.size(), 4);
  out.append(text);
}
std::string get_text(ByteReader& in, size_t limit) {
  const uint32_t size = in.u32();
  if (size > limit) in.fail();
  return std::string(in.text(size));
}

void put_log_end(const LogEnd& end, Buffer& out) {
  put_text(end.format, out);
  out.le(static_cast<uint64_t>(end.next), 8);
  out.le(static_cast<uint64_t>(end.data_end), 8);
  out.le(static_cast<uint64_t>(end.segment_base), 8);
  out.le(end.size, 8);
  out.le(end.last_crc, 4);
  out.le(end.epochs.size(), 2);
  for (const Epoch& epoch : end.epochs) {
    out.le(static_cast<uint32_t>(epoch.epoch), 4);
    out.le(static_cast<uint64_t>(epoch.start), 8);
    out.le(static_cast<uint64_t>(epoch.previous_end), 8);
  }
}

LogEnd get_log_end(ByteReader& in) {
  LogEnd end;
  end.format = get_text(in, kMaxNameBytes);
  end.next = static_cast<int64_t>(in.u64());
  end.data_end = static_cast<int64_t>(in.u64());
  end.segment_base = static_cast<int64_t>(in.u64());
  end.size = in.u64();
  end.last_crc = in.u32();
  const size_t epochs = in.u16();
  if (epochs == 0 || epochs > kMaxEpochs) in.fail();
  for (size_t i = 0; i < epochs && in.ok(); ++i) {
    Epoch epoch;
    epoch.epoch = static_cast<int32_t>(in.u32());
    epoch.start = static_cast<int64_t>(in.u64());
    epoch.previous_end = static_cast<int64_t>(in.u64());
    end.epochs.push_back(epoch);
  }
  if (end.data_end < 0 || end.next < end.data_end || end.segment_base < -1) in.fail();
  return end;
}

void put_progress(const Progress& progress, Buffer& out) {
  put_text(progress.file, out);
  out.le(progress.offset, 8);
  put_text(progress.transaction_file, out);
  out.le(progress.transaction_start, 8);
  out.le(progress.transaction_crc, 4);
  out.le(static_cast<uint64_t>(progress.commit_time_us), 8);
  out.le(static_cast<uint64_t>(progress.original_commit_time_us), 8);
  put_text(progress.transaction_gtid, out);
  put_text(progress.server.uuid, out);
  out.le(progress.server.server_id, 4);
  out.le(static_cast<uint64_t>(progress.last_record_id), 8);
  out.le(progress.flags, 4);
}

Progress get_progress(ByteReader& in) {
  Progress progress;
  progress.file = get_text(in, kMaxNameBytes);
  progress.offset = in.u64();
  progress.transaction_file = get_text(in, kMaxNameBytes);
  progress.transaction_start = in.u64();
  progress.transaction_crc = in.u32();
  progress.commit_time_us = static_cast<int64_t>(in.u64());
  progress.original_commit_time_us = static_cast<int64_t>(in.u64());
  progress.transaction_gtid = get_text(in, kMaxNameBytes);
  progress.server.uuid = get_text(in, kMaxNameBytes);
  progress.server.server_id = in.u32();
  progress.last_record_id = static_cast<int64_t>(in.u64());
  progress.flags = in.u32();
  return progress;
}

uint32_t frame_crc(Bytes length_bytes, Bytes body) { return crc32c(body, crc32c(length_bytes)); }

}  // namespace

void encode_journal_entry(const JournalEntry& entry, Buffer& out) {
  const size_t at = out.size();
  out.append(kFrameMagic);
  out.le(0, 8);  // length and CRC: below
  out.le(entry.sequence, 8);
  out.le(entry.synced, 8);
  out.le(static_cast<uint64_t>(entry.written_ms), 8);
  out.put(entry.flags);
  out.put(static_cast<uint8_t>(entry.logs.size()));
  for (const LogEnd& end : entry.logs) put_log_end(end, out);
  out.le(entry.history.file, 8);
  out.le(entry.history.size, 8);
  out.put(entry.progress ? 1 : 0);
  if (entry.progress) put_progress(*entry.progress, out);
  out.le(entry.gtids.size(), 4);
  for (const std::string& text : entry.gtids) put_text(text, out);

  const Bytes body = out.view().subspan(at + kFrameHead);
  CHECK(body.size() <= kMaxJournalEntryBytes, body.size());
  std::byte* const head = out.data() + at;
  for (size_t i = 0; i < 4; ++i) head[4 + i] = static_cast<std::byte>(body.size() >> (8 * i));
  const uint32_t crc = frame_crc(out.view().subspan(at + 4, 4), body);
  for (size_t i = 0; i < 4; ++i) head[8 + i] = static_cast<std::byte>(crc >> (8 * i));
}

Result<FramedEntry> decode_journal_entry(Bytes bytes) {
  ByteReader frame(bytes);
  const std::string_view magic = frame.text(kFrameMagic.size());
  const uint32_t length = frame.u32();
  const uint32_t stored = frame.u32();
  if (!frame.ok()) return Error{Errc::kTruncated, "journal entry: shorter than its frame"};
  if (magic != kFrameMagic) return Error{Errc::kCorrupt, "journal entry: does not begin here"};
  if (length > kMaxJournalEntryBytes) {
    return Error{Errc::kCorrupt, fmt::format("journal entry: length {}", length)};
  }
  const Bytes body = frame.bytes(length);
  if (!frame.ok()) return Error{Errc::kTruncated, "journal entry: ends too early"};
  if (const uint32_t crc = frame_crc(bytes.subspan(4, 4), body); crc != stored) {
    return Error{Errc::kCorrupt,
                 fmt::format("journal entry: CRC-32C {:08x}, stored {:08x}", crc, stored)};
  }
  ByteReader in(body);
  FramedEntry framed;
  framed.size = kFrameHead + length;
  JournalEntry& entry = framed.entry;
  entry.sequence = in.u64();
  entry.synced = in.u64();
  entry.written_ms = static_cast<int64_t>(in.u64());
  entry.flags = in.u8();
  const size_t logs = in.u8();
  if (logs > kMaxFormats) in.fail();
  for (size_t i = 0; i < logs && in.ok(); ++i) entry.logs.push_back(get_log_end(in));
  entry.history.file = in.u64();
  entry.history.size = in.u64();
  const uint8_t has_progress = in.u8();
  if (has_progress > 1) in.fail();
  if (has_progress == 1) entry.progress = get_progress(in);
  const uint32_t texts = in.u32();
  for (uint32_t i = 0; i < texts && in.ok(); ++i) {
    entry.gtids.push_back(get_text(in, kMaxJournalEntryBytes));
  }
  if (!in.ok() || !in.at_end()) {
    return Error{Errc::kCorrupt, "journal entry: its fields do not fit its length"};
  }
  return framed;
}

size_t find_journal_frame(Bytes bytes, size_t from) {
  const size_t found = as_text(bytes).find(kFrameMagic, from);
  return found == std::string_view::npos ? bytes.size() : found;
}

}  // namespace millrace::storage
