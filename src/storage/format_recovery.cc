// SPDX-License-Identifier: Apache-2.0
// How one format's log is found again: everything promised is there or the opening is refused,
// everything beyond it goes. First all is looked at, then it is changed.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <utility>

#include "base/check.h"
#include "storage/file_header.h"
#include "storage/format_log.h"
#include "storage/limits.h"
#include "storage/recovery.h"

namespace millrace::storage {

int64_t expected_end(const std::vector<Epoch>& epochs, int64_t next_base) {
  for (const Epoch& epoch : epochs) {
    if (epoch.start == next_base && epoch.epoch > 0) return epoch.previous_end;
  }
  return next_base;
}

int32_t epoch_at(const std::vector<Epoch>& epochs, int64_t offset) {
  int32_t found = -1;
  for (const Epoch& epoch : epochs) {
    if (epoch.start <= offset) found = epoch.epoch;
  }
  return found;
}

namespace {

// One batch as it is found; `bytes` keeps it.
struct Candidate {
  Found found;
  BatchHeader header;
  std::string what;  // what is wrong with it
};

Result<Candidate> look_at(const io::File& file, const CheckRequest& request, uint64_t position,
                          uint64_t file_size, int64_t next_offset, Buffer& bytes) {
  Candidate seen;
  seen.found.below_durable = position < request.durable;
  const uint64_t limit =
      seen.found.below_durable ? std::min(request.durable, file_size) : file_size;
  bytes.clear();
  const size_t head = std::min<uint64_t>(kBatchHeaderSize, limit - std::min(limit, position));
  bytes.commit(TRY(file.pread(position, {bytes.reserve(head), head})));
  auto header = decode_batch_header(bytes.view());
  if (!header) {
    seen.what = header.error().what;
    return seen;
  }
  seen.header = *header;
  seen.found.fits = header->size() <= limit - position;
  if (!seen.found.fits) {
    seen.what = fmt::format("a batch of {} bytes, {} are there", header->size(), limit - position);
    return seen;
  }
  bytes.clear();
  bytes.commit(TRY(file.pread(position, {bytes.reserve(header->size()), header->size()})));
  if (bytes.size() != header->size()) return Error{Errc::kIo, request.path + ": shrank"};
  const uint32_t crc = batch_crc(bytes.view());
  seen.found.crc_agrees = crc == header->crc;
  const int32_t epoch = epoch_at(request.epochs, next_offset);
  seen.found.in_place =
      header->base_offset == next_offset && (epoch < 0 || header->leader_epoch == epoch);
  if (!seen.found.crc_agrees) {
    seen.what = fmt::format("CRC-32C {:08x}, the batch says {:08x}", crc, header->crc);
  } else if (!seen.found.in_place) {
    seen.what = fmt::format("base offset {} of epoch {}, expected {} of {}", header->base_offset,
                            header->leader_epoch, next_offset, epoch);
  }
  return seen;
}

Error refuse(const Damage& damage) {
  return {Errc::kCorrupt, fmt::format("{} at {}: {}; it was promised to consumers", damage.file,
                                      damage.position, damage.what)};
}

}  // namespace

Result<CheckedRange> check_batches(const io::File& file, const CheckRequest& request,
                                   const std::function<Status(uint64_t bytes)>& each) {
  CheckedRange range;
  range.position = request.from;
  range.end = request.next_offset;
  const uint64_t file_size = TRY(file.size());
  Buffer bytes;
  while (range.position < std::max(file_size, request.durable)) {
    auto found = look_at(file, request, range.position, file_size, range.end, bytes);
    if (!found && found.error().code == Errc::kIo && request.unreadable_is_damage) {
      range.damage = Damage{request.path, range.position, found.error().what};
      break;
    }
    const Candidate seen = TRY(std::move(found));
    const Verdict verdict = judge(seen.found);
    if (verdict == Verdict::kRefuseToOpen) {
      range.damage = Damage{request.path, range.position, seen.what};
    }
    if (verdict != Verdict::kKeep) break;
    range.position += seen.header.size();
    range.end = seen.header.next_offset();
    range.last_crc = seen.header.crc;
    ++range.batches;
    if (each) TRY(each(seen.header.size()));
  }
  return range;
}

Result<FormatLog::Names> FormatLog::names() const {
  Names found;
  std::set<uint64_t> logs;
  const auto all = TRY(io::list_or_nothing(files_, folder_));
  uint64_t number = 0;
  for (const std::string& name : all) {
    if (parse_numbered_name(name, ".log", &number)) logs.insert(number);
  }
  for (const std::string& name : all) {
    if (name.starts_with("pending-") ||
        (parse_numbered_name(name, ".index", &number) && !logs.contains(number))) {
      found.others.push_back(folder_ + "/" + name);
    }
  }
  for (const uint64_t base : logs) found.bases.push_back(static_cast<int64_t>(base));
  return found;
}

Result<std::shared_ptr<OpenSegment>> FormatLog::open_for_writing(const Segment& segment) const {
  auto log = TRY(files_.open(segment.log_path(), io::OpenMode::kReadWrite));
  auto index = files_.open(segment.index_path(), io::OpenMode::kReadWrite);
  if (!index && index.error().code == Errc::kNotFound) {
    index = files_.open(segment.index_path(), io::OpenMode::kCreate);
  }
  if (!index) return std::move(index.error());
  return std::make_shared<OpenSegment>(std::move(log), std::move(*index));
}

Result<SegmentView> FormatLog::recover_closed(int64_t base, int64_t end, const LogEnd* check_from) {
  auto segment = std::make_shared<const Segment>(files_, folder_, base);
  const auto open = TRY(open_for_writing(*segment));
  const uint64_t size = TRY(open->log().size());
  auto summary = closed_summary(*open, base, size, end);
  if (!summary) {
    const int64_t appended_ms = TRY(files_.info(segment->log_path())).modified_ms;
    summary = TRY(mend_index(*open, base, size, end, appended_ms, segment->log_path()));
    if (summary->end != end) {
      return Error{Errc::kCorrupt, fmt::format("{}: ends at offset {}, its successor begins at {}",
                                               segment->log_path(), summary->end, end)};
    }
    // A segment that was sealed: what was written behind its end was never promised.
    if (size > summary->size) TRY(open->log().truncate(summary->size));
    Buffer last;
    encode_index_entry({.offset = end,
                        .position = summary->size,
                        .max_before_ms = summary->max_timestamp_ms,
                        .appended_ms = summary->last_append_ms},
                       last);
    TRY(open->index()->pwrite(index_position(summary->index_entries), last.view()));
  }
  if (check_from != nullptr && check_from->segment_base <= base) {
    const bool inside = check_from->segment_base == base;
    const auto checked = TRY(check_batches(open->log(),
                                           {.path = segment->log_path(),
                                            .from = inside ? check_from->size : 0,
                                            .next_offset = inside ? check_from->data_end : base,
                                            .durable = summary->size,
                                            .epochs = now_.epochs},
                                           nullptr));
    if (checked.damage) return refuse(*checked.damage);
  }
  SegmentView view;
  view.segment = std::move(segment);
  view.end = summary->end;
  view.size = summary->size;
  view.index_entries = summary->index_entries;
  view.max_timestamp_ms = summary->max_timestamp_ms;
  view.last_append_ms = summary->last_append_ms;
  return view;
}

Status FormatLog::recover_active(const LogEnd& end, const LogEnd* check_from) {
  auto segment = std::make_shared<const Segment>(files_, folder_, end.segment_base);
  const std::string& path = segment->log_path();
  auto open = TRY(open_for_writing(*segment));
  const bool inside = check_from != nullptr && check_from->segment_base == end.segment_base;
  const auto checked =
      TRY(check_batches(open->log(),
                        {.path = path,
                         .from = inside ? check_from->size : 0,
                         .next_offset = inside ? check_from->data_end : end.segment_base,
                         .durable = end.size,
                         .epochs = end.epochs},
                        nullptr));
  if (checked.damage) return refuse(*checked.damage);
  const auto summary =
      TRY(mend_index(*open, end.segment_base, end.size, std::numeric_limits<int64_t>::max(),
                     TRY(files_.info(path)).modified_ms, path));
  if (summary.end != end.data_end || summary.last_crc != end.last_crc) {
    return refuse({path, end.size,
                   fmt::format("ends at offset {} with a batch of CRC-32C {:08x}, the journal says "
                               "{} and {:08x}",
                               summary.end, summary.last_crc, end.data_end, end.last_crc)});
  }
  now_.segment = std::move(segment);
  now_.open = std::move(open);
  now_.size = summary.size;
  now_.index_entries = summary.index_entries;
  now_.indexed_at = summary.indexed_at;
  now_.max_timestamp_ms = summary.max_timestamp_ms;
  now_.first_append_ms = summary.first_append_ms;
  now_.last_append_ms = summary.last_append_ms;
  now_.last_crc = summary.last_crc;
  return Done{};
}

Status FormatLog::open(const LogEnd& end, const LogEnd* check_from) {
  Names found = TRY(names());
  const auto kept_end = std::upper_bound(found.bases.begin(), found.bases.end(), end.segment_base);
  const std::vector<int64_t> kept(found.bases.begin(), kept_end);
  const std::vector<int64_t> beyond(kept_end, found.bases.end());
  if (end.segment_base >= 0 && (kept.empty() || kept.back() != end.segment_base)) {
    return refuse({folder_ + "/" + segment_log_name(end.segment_base), 0, "is missing"});
  }
  now_.next = end.next;
  now_.data_end = end.data_end;
  now_.base = end.segment_base;
  now_.size = end.size;
  now_.last_crc = end.last_crc;
  now_.epochs = end.epochs;
  if (!kept.empty()) TRY(recover_active(end, check_from));
  std::vector<SegmentView> closed;
  for (size_t i = 0; i + 1 < kept.size(); ++i) {
    closed.push_back(
        TRY(recover_closed(kept[i], expected_end(end.epochs, kept[i + 1]), check_from)));
  }

  if (now_.segment != nullptr && TRY(now_.open->log().size()) > now_.size) {
    TRY(now_.open->log().truncate(now_.size));
  }
  for (const int64_t base : beyond) {
    const Segment segment(files_, folder_, base);
    TRY(remove_leftover(segment.index_path()));
    TRY(remove_leftover(segment.log_path()));
  }
  for (const std::string& path : found.others) TRY(remove_leftover(path));
  set_recovered(std::move(closed));
  return Done{};
}

void FormatLog::set_recovered(std::vector<SegmentView> closed) {
  if (now_.segment != nullptr) now_.segment->share(now_.open);
  for (size_t i = 0; i < closed.size(); ++i) {
    accumulate(closed[i], i == 0 ? nullptr : &closed[i - 1]);
  }
  LogState state;
  state.closed = std::make_shared<const std::vector<SegmentView>>(std::move(closed));
  // An epoch that has begun has no records yet: the next one begins a segment.
  if (now_.segment != nullptr && now_.next != now_.data_end) {
    SegmentView last = view_of(now_);
    auto with_last = std::make_shared<std::vector<SegmentView>>(*state.closed);
    accumulate(last, with_last->empty() ? nullptr : &with_last->back());
    with_last->push_back(std::move(last));
    state.closed = std::move(with_last);
    now_.segment = nullptr;
    now_.open = nullptr;
  }
  marked_ = now_;
  recovered_ = std::move(state);
}

Result<int64_t> FormatLog::highest() const {
  const auto bases = TRY(names()).bases;
  if (bases.empty()) return int64_t{0};
  const auto open = TRY(Segment(files_, folder_, bases.back()).open());
  BatchWalk walk(open.files->log(), 0, TRY(open.files->log().size()));
  int64_t highest = bases.back();
  for (;;) {
    const auto batch = walk.next();
    if (!batch || !*batch) return highest;
    highest = std::max(highest, (*batch)->next_offset());
  }
}

Result<std::vector<int64_t>> FormatLog::segment_bases() const { return TRY(names()).bases; }

Status FormatLog::remove_up_to(int64_t base) {
  for (const int64_t one : TRY(names()).bases) {
    if (one > base) break;
    const Segment segment(files_, folder_, one);
    TRY(remove_leftover(segment.index_path()));
    TRY(remove_leftover(segment.log_path()));
  }
  return files_.sync_folder(folder_);
}

Result<FormatLog::Sound> FormatLog::survey(const std::vector<Epoch>& epochs, int64_t behind) const {
  Sound sound;
  int64_t before = -1;
  const std::vector<int64_t> bases = TRY(names()).bases;
  for (size_t i = 0; i < bases.size(); ++i) {
    const int64_t base = bases[i];
    sound.highest = std::max(sound.highest, base);
    if (!sound.damage.empty() || base <= behind) continue;
    if (sound.empty) sound.start = sound.end = base;
    sound.empty = false;
    const Segment segment(files_, folder_, base);
    if (before >= 0 && expected_end(epochs, base) != sound.end) {
      sound.damage =
          fmt::format("{}: the batches before it end at {}", segment.log_path(), sound.end);
      sound.damaged_base = before;
      continue;
    }
    before = base;
    const auto open = TRY(segment.open());
    const uint64_t size = TRY(open.files->log().size());
    const auto checked = TRY(check_batches(open.files->log(),
                                           {.path = segment.log_path(),
                                            .next_offset = base,
                                            .durable = size,
                                            .epochs = epochs,
                                            .unreadable_is_damage = true},
                                           nullptr));
    sound.end = checked.end;
    sound.highest = std::max(sound.highest, checked.end);
    // Behind the end of one that was sealed there may be anything.
    const bool sealed = i + 1 < bases.size() && checked.end == expected_end(epochs, bases[i + 1]);
    if (checked.damage && !sealed) {
      sound.damage = fmt::format("{} at {}: {}", checked.damage->file, checked.damage->position,
                                 checked.damage->what);
      sound.damaged_base = base;
    }
  }
  if (sound.empty) sound.start = sound.highest;
  return sound;
}

}  // namespace millrace::storage
