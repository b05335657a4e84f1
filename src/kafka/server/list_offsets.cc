// SPDX-License-Identifier: Apache-2.0
// Offsets by time and by leader epoch.
#include <algorithm>
#include <set>

#include "kafka/server/handlers.h"
#include "kafka/server/rights.h"

namespace millrace::kafka {
namespace {

// Below this a time is in seconds, as the DTS SDK asks, and is answered in seconds.
constexpr int64_t kSecondsBelow = 100'000'000'000;

constexpr int64_t kLatest = -1, kEarliest = -2, kMaxTimestamp = -3, kEarliestLocal = -4,
                  kLatestTiered = -5;

void answer(ListOffsetsPartition& out, int64_t offset, int64_t timestamp, int32_t epoch) {
  out.offset = offset;
  out.timestamp = timestamp;
  out.leader_epoch = epoch;
}

// The first version that knows a special value; above every version for what none knows.
int16_t known_since(int64_t timestamp) {
  if (timestamp >= kEarliest) return 0;
  if (timestamp == kMaxTimestamp) return 7;
  if (timestamp == kEarliestLocal) return 8;
  return timestamp == kLatestTiered ? 9 : INT16_MAX;
}

void find_newest(const storage::LogReader& log, const storage::LogView& view,
                 ListOffsetsPartition& out) {
  if (view.newest_timestamp_ms < 0) return;
  const auto match = log.find_time(view.newest_timestamp_ms);
  if (!match) {
    out.error = error::kKafkaStorageError;
  } else if (*match) {
    answer(out, (*match)->offset.value, (*match)->timestamp_ms, (*match)->leader_epoch);
  }
}

void find_time(const storage::LogReader& log, const storage::LogView& view, int64_t asked,
               int64_t clock_ms, ListOffsetsPartition& out) {
  const bool seconds = asked < kSecondsBelow;
  const int64_t asked_ms = seconds ? asked * 1000 : asked;
  const auto match = log.find_time(asked_ms);
  if (!match) {
    out.error = error::kKafkaStorageError;
  } else if (*match) {
    const int64_t found = (*match)->timestamp_ms;
    answer(out, (*match)->offset.value, seconds ? found / 1000 : found, (*match)->leader_epoch);
  } else if (asked_ms <= std::max(clock_ms, view.newest_timestamp_ms)) {
    // Later than the newest record, not later than now: what comes next. With -1 a client that
    // restarts would read everything again.
    answer(out, view.high_watermark.value, asked, view.leader_epoch);
  }
}

void look_up(const Call& call, const Topic& topic, const ListOffsetsRequestPartition& asked,
             ListOffsetsPartition& out) {
  out.error = partition_error(topic, asked.partition);
  if (out.error != error::kNone) return;
  const storage::LogView view = topic.log->view();
  out.error = epoch_error(asked.current_leader_epoch, view.leader_epoch);
  if (out.error != error::kNone) return;
  if (call.version < known_since(asked.timestamp)) {
    out.error = error::kUnsupportedVersion;
    return;
  }
  switch (asked.timestamp) {
    case kLatest:
      return answer(out, view.high_watermark.value, -1, view.leader_epoch);
    case kEarliest:
    case kEarliestLocal:
      return answer(out, view.start.value, -1, view.leader_epoch);
    case kLatestTiered:
      return;
    case kMaxTimestamp:
      return find_newest(*topic.log, view, out);
    default:
      find_time(*topic.log, view, asked.timestamp, call.server.backend.now_ms(), out);
  }
}

void look_up_epoch(const Topic& topic, const OffsetForLeaderEpochRequestPartition& asked,
                   OffsetForLeaderEpochPartition& out) {
  out.error = partition_error(topic, asked.partition);
  if (out.error != error::kNone) return;
  out.error = epoch_error(asked.current_leader_epoch, topic.log->view().leader_epoch);
  if (out.error != error::kNone) return;
  if (const auto end = topic.log->epoch_end(asked.leader_epoch)) {
    out.leader_epoch = end->first;
    out.end_offset = end->second.value;
  }
}

}  // namespace

ListOffsetsResponse handle(const Call& call, const ListOffsetsRequest& request) {
  ListOffsetsResponse response;
  std::set<std::pair<std::string, int32_t>> seen;
  for (const ListOffsetsRequestTopic& asked : request.topics) {
    ListOffsetsTopic& shown = response.topics.emplace_back();
    shown.name = asked.name;
    int16_t error = error::kNone;
    const TopicRef topic =
        describable_topic(call.server.backend, call.principal(), asked.name, error);
    for (const ListOffsetsRequestPartition& each : asked.partitions) {
      ListOffsetsPartition& out = shown.partitions.emplace_back();
      out.partition = each.partition;
      out.error = error;
      if (!seen.insert({asked.name, each.partition}).second) {
        out.error = error::kInvalidRequest;
      } else if (topic != nullptr) {
        look_up(call, *topic, each, out);
      }
    }
  }
  return response;
}

OffsetForLeaderEpochResponse handle(const Call& call, const OffsetForLeaderEpochRequest& request) {
  OffsetForLeaderEpochResponse response;
  for (const OffsetForLeaderEpochRequestTopic& asked : request.topics) {
    OffsetForLeaderEpochTopic& shown = response.topics.emplace_back();
    shown.topic = asked.topic;
    int16_t error = error::kNone;
    const TopicRef topic =
        describable_topic(call.server.backend, call.principal(), asked.topic, error);
    for (const OffsetForLeaderEpochRequestPartition& each : asked.partitions) {
      OffsetForLeaderEpochPartition& out = shown.partitions.emplace_back();
      out.partition = each.partition;
      out.error = error;
      if (topic != nullptr) look_up_epoch(*topic, each, out);
    }
  }
  return response;
}

}  // namespace millrace::kafka
