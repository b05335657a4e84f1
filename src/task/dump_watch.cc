// SPDX-License-Identifier: Apache-2.0
#include "task/dump_watch.h"

#include "mysql/event_type.h"

namespace millrace::task {
namespace {

constexpr int64_t kAskEveryMs = 5000;
constexpr int kBeatsAfterMoved = 3;
constexpr size_t kTimeBytes = 4;  // an event begins with its time, and goes on with its type

bool is_heartbeat(Bytes raw) {
  if (raw.size() <= kTimeBytes) return false;
  const auto type = static_cast<mysql::EventType>(std::to_integer<uint8_t>(raw[kTimeBytes]));
  return type == mysql::EventType::kHeartbeat || type == mysql::EventType::kHeartbeatV2;
}

}  // namespace

Status DumpWatch::event(Bytes raw) {
  if (is_heartbeat(raw)) return heartbeat(raw);
  if (beat_.empty()) return Done{};
  beat_.clear();
  end_.reset();
  beats_since_moved_ = 0;
  return Done{};
}

Status DumpWatch::heartbeat(Bytes raw) {
  const std::string_view beat = as_text(raw.subspan(kTimeBytes));
  if (beat != beat_) {  // it moves, if only past what it need not send
    beat_ = beat;
    end_.reset();
    beats_since_moved_ = 0;
  }
  if (beats_since_moved_ > 0) {
    if (++beats_since_moved_ <= kBeatsAfterMoved) return Done{};
    return Error{Errc::kUnavailable,
                 "the source's log goes on at " + end_->file + ":" + std::to_string(end_->offset) +
                     " while the dump of it stands still; it was let go and will be taken up "
                     "again"};
  }
  const int64_t now = clock_.monotonic_ms();
  if (now < next_ask_ms_) return Done{};
  next_ask_ms_ = now + kAskEveryMs;
  change::Position end = TRY(log_end_());
  const bool moved = end_ && *end_ != end;
  end_ = std::move(end);
  if (moved) beats_since_moved_ = 1;
  return Done{};
}

}  // namespace millrace::task
