// SPDX-License-Identifier: Apache-2.0
#include "kafka/server/fetch.h"

#include <algorithm>
#include <array>

#include "base/byte_reader.h"
#include "kafka/server/rights.h"
#include "storage/batch.h"

namespace millrace::kafka {
namespace {

constexpr int16_t kFirstWithIds = 13;
constexpr int16_t kFirstWithZstd = 10;

// A read's outcome for one partition.
struct PartitionReader {
  const Call& call;
  const FetchRequest& request;
  FetchAnswer& answer;
  size_t left;  // of the request's limit

  void read(const TopicRef& topic, int16_t topic_error, const FetchRequestPartition& asked);

 private:
  int16_t check(const Topic* topic, int16_t topic_error, const FetchRequestPartition& asked,
                FetchPartition& out);
  void name_leader(int32_t epoch, FetchPartition& out);
  int16_t take(const Topic& topic, const FetchRequestPartition& asked, FetchPartition& out);
};

// Of the first batch: old clients cannot read zstd, and would say that the data is damaged.
bool begins_with_zstd(const storage::FileRange& range) {
  constexpr uint64_t kAttributes = 21;
  std::array<std::byte, 2> bytes{};
  const auto got = range.segment->read(range.position + kAttributes, bytes);
  if (!got || *got != bytes.size()) return false;
  const auto codec = ByteReader(bytes).be(2) & 7;
  return codec == static_cast<uint64_t>(storage::Compression::kZstd);
}

// The client's last record is of an epoch that ended before it: what it read is not what we have.
void check_divergence(const storage::LogReader& log, const FetchRequestPartition& asked,
                      FetchPartition& out) {
  if (asked.last_fetched_epoch < 0) return;
  const auto end = log.epoch_end(asked.last_fetched_epoch);
  if (!end) {
    out.error = error::kOffsetOutOfRange;
  } else if (end->first < asked.last_fetched_epoch || end->second.value < asked.fetch_offset) {
    out.diverging = {end->first, end->second.value};
  }
}

void PartitionReader::read(const TopicRef& topic, int16_t topic_error,
                           const FetchRequestPartition& asked) {
  FetchPartition& out = answer.response.topics.back().partitions.emplace_back();
  out.partition = asked.partition;
  out.records.emplace();  // empty, never null: several clients index without looking
  out.error = check(topic.get(), topic_error, asked, out);
  if (out.error == error::kNone && out.diverging == FetchDiverging{})
    out.error = take(*topic, asked, out);
  if (out.error != error::kNone) {
    out.high_watermark = out.last_stable = out.log_start = -1;
    answer.final = true;
    return;
  }
  if (request.isolation == 1) out.aborted.emplace();
  if (!(out.diverging == FetchDiverging{})) answer.final = true;
  answer.logs.push_back(topic->log);
}

int16_t PartitionReader::check(const Topic* topic, int16_t topic_error,
                               const FetchRequestPartition& asked, FetchPartition& out) {
  if (topic_error != error::kNone) return topic_error;
  const int16_t error = partition_error(*topic, asked.partition);
  if (error == error::kKafkaStorageError && call.version < 6) return error::kNotLeaderOrFollower;
  if (error != error::kNone) return error;
  const storage::LogView view = topic->log->view();
  if (const int16_t stale = epoch_error(asked.current_leader_epoch, view.leader_epoch)) {
    if (stale == error::kFencedLeaderEpoch) name_leader(view.leader_epoch, out);
    return stale;
  }
  if (asked.fetch_offset < view.start.value || asked.fetch_offset > view.high_watermark.value)
    return error::kOffsetOutOfRange;
  out.high_watermark = out.last_stable = view.high_watermark.value;
  out.log_start = view.start.value;
  check_divergence(*topic->log, asked, out);
  return out.error;
}

// A client with an older epoch need not ask for metadata to learn ours.
void PartitionReader::name_leader(int32_t epoch, FetchPartition& out) {
  out.current_leader = {call.server.node_id, epoch};
  if (answer.response.node_endpoints.empty())
    answer.response.node_endpoints.push_back({call.server.node_id, call.session.advertised_host,
                                              call.session.advertised_port, std::nullopt});
}

int16_t PartitionReader::take(const Topic& topic, const FetchRequestPartition& asked,
                              FetchPartition& out) {
  const auto wanted = static_cast<size_t>(std::max(asked.partition_max_bytes, 0));
  auto range = topic.log->read(storage::Offset{asked.fetch_offset}, std::min(wanted, left),
                               answer.bytes == 0);
  if (!range) {
    if (range.error().code == Errc::kNotFound) return error::kOffsetOutOfRange;
    return call.version < 6 ? error::kNotLeaderOrFollower : error::kKafkaStorageError;
  }
  if (range->bytes == 0) return error::kNone;
  if (!range->at_tail) answer.final = true;
  if (call.version < kFirstWithZstd && begins_with_zstd(*range))
    return error::kUnsupportedCompressionType;
  out.records->external = range->bytes;
  answer.bytes += range->bytes;
  left -= std::min(left, range->bytes);
  answer.ranges.push_back(std::move(*range));
  return error::kNone;
}

// Of an ID that is not there. A session remembers the name that it had: with another topic of that
// name in its place the client only has to look the ID up again.
int16_t unknown_id(const Call& call, const std::string& name_then) {
  const TopicRef now = name_then.empty() ? nullptr : call.server.backend.topic_by_name(name_then);
  return now != nullptr && may_read(call.principal(), *now) ? error::kInconsistentTopicId
                                                            : error::kUnknownTopicId;
}

// Null with `error` set, or a topic that the caller may read.
TopicRef readable_topic(const Call& call, const FetchRequestTopic& asked, int16_t& error) {
  error = error::kNone;
  const bool by_id = call.version >= kFirstWithIds;
  TopicRef topic = by_id ? call.server.backend.topic_by_id(asked.topic_id)
                         : call.server.backend.topic_by_name(asked.topic);
  if (topic == nullptr) {
    error = by_id ? unknown_id(call, asked.topic) : error::kTopicAuthorizationFailed;
  } else if (!may_read(call.principal(), *topic)) {
    error = error::kTopicAuthorizationFailed;
    topic = nullptr;
  }
  return topic;
}

}  // namespace

FetchAnswer read_fetch(const Call& call, const FetchRequest& request) {
  FetchAnswer answer;
  const int32_t limit = std::clamp(request.max_bytes, 0, call.server.limits.max_fetch_bytes);
  const int32_t enough = std::min(request.min_bytes, limit);
  PartitionReader reader{call, request, answer, static_cast<size_t>(limit)};
  // Who says that it is another broker gets nothing.
  const bool follower = request.replica_id >= 0 || request.replica_state.id >= 0;
  for (const FetchRequestTopic& asked : request.topics) {
    FetchTopic& out = answer.response.topics.emplace_back();
    out.topic = asked.topic;
    out.topic_id = asked.topic_id;
    int16_t error = error::kNone;
    const TopicRef topic = readable_topic(call, asked, error);
    if (topic != nullptr) out.topic = topic->name;  // for the session; not sent beside an ID
    if (follower) error = error::kTopicAuthorizationFailed;
    for (const FetchRequestPartition& each : asked.partitions) reader.read(topic, error, each);
  }
  answer.only_errors = std::all_of(
      answer.response.topics.begin(), answer.response.topics.end(), [](const FetchTopic& topic) {
        return std::all_of(topic.partitions.begin(), topic.partitions.end(),
                           [](const FetchPartition& each) { return each.error != error::kNone; });
      });
  if (request.topics.empty()) answer.only_errors = false;
  if (request.topics.empty() || static_cast<int64_t>(answer.bytes) >= enough) answer.final = true;
  return answer;
}

}  // namespace millrace::kafka
