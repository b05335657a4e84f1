// SPDX-License-Identifier: Apache-2.0
#include "kafka/server/fetch_sessions.h"

#include <algorithm>
#include <limits>

#include "kafka/wire/errors.h"

namespace millrace::kafka {
namespace {

constexpr int16_t kFirstWithSessions = 7;
constexpr int16_t kFirstWithIds = 13;
constexpr int32_t kNewSession = 0, kNoSession = -1;  // epochs that are none
constexpr int64_t kMayGoAfterMs = 120'000;

size_t partitions_of(const FetchRequest& request) {
  size_t sum = 0;
  for (const FetchRequestTopic& topic : request.topics) sum += topic.partitions.size();
  return sum;
}

// Names that no topic has are not kept: they may be long.
bool keepable(const FetchRequest& request) {
  return std::all_of(request.topics.begin(), request.topics.end(),
                     [](const FetchRequestTopic& t) { return t.topic.size() <= kMaxTopicName; });
}

}  // namespace

FetchSessions::Partition* FetchSessions::Session::find(const std::string& topic, const Uuid& id,
                                                       int32_t partition) {
  for (Partition& each : partitions)
    if (each.asked.partition == partition && (by_id ? each.topic_id == id : each.topic == topic))
      return &each;
  return nullptr;
}

FetchSessions::Session* FetchSessions::own(const Principal& who, int32_t id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second.principal != who.name) return nullptr;
  return &found->second;
}

void FetchSessions::remove(const Principal& who, int32_t id) {
  if (own(who, id) != nullptr) sessions_.erase(id);
}

FetchSessions::Use FetchSessions::begin(const Principal& who, int16_t version,
                                        FetchRequest& request, int64_t now_ms) {
  if (version < kFirstWithSessions) return {};
  const std::lock_guard lock(mutex_);
  if (request.session_epoch == kNoSession || request.session_epoch == kNewSession) {
    remove(who, request.session_id);
    return {.begins_one = request.session_epoch == kNewSession};
  }
  Session* session = own(who, request.session_id);
  if (session == nullptr) return {.error = error::kFetchSessionIdNotFound};
  if (request.session_epoch != session->next_epoch)
    return {.error = error::kInvalidFetchSessionEpoch};
  if (session->by_id != (version >= kFirstWithIds))
    return {.error = error::kFetchSessionTopicIdError};
  if (!apply(*session, request)) {  // too much for one: the client begins anew, and lists it all
    sessions_.erase(request.session_id);
    return {.error = error::kFetchSessionIdNotFound};
  }
  request.topics.clear();
  if (session->partitions.empty()) {
    sessions_.erase(request.session_id);
    return {};
  }
  session->next_epoch =
      session->next_epoch == std::numeric_limits<int32_t>::max() ? 1 : session->next_epoch + 1;
  session->used_ms = now_ms;
  for (const Partition& each : session->partitions) {
    if (request.topics.empty() || request.topics.back().topic != each.topic ||
        request.topics.back().topic_id != each.topic_id)
      request.topics.push_back({each.topic, each.topic_id, {}});
    request.topics.back().partitions.push_back(each.asked);
  }
  return {.id = request.session_id};
}

// False: the session cannot hold it.
bool FetchSessions::apply(Session& session, const FetchRequest& request) const {
  if (!keepable(request)) return false;
  for (const FetchRequestTopic& topic : request.topics) {
    for (const FetchRequestPartition& asked : topic.partitions) {
      if (Partition* known = session.find(topic.topic, topic.topic_id, asked.partition)) {
        known->asked = asked;
        continue;
      }
      if (session.partitions.size() >= limits_.max_fetch_session_partitions) return false;
      session.partitions.push_back(
          {.topic = topic.topic, .topic_id = topic.topic_id, .asked = asked});
    }
  }
  for (const FetchForgotten& topic : request.forgotten)
    for (const int32_t partition : topic.partitions)
      if (Partition* known = session.find(topic.topic, topic.topic_id, partition))
        session.partitions.erase(session.partitions.begin() + (known - session.partitions.data()));
  return true;
}

// Whether the client has to be told; notes that it was.
bool FetchSessions::is_news(Partition& known, const FetchPartition& read) {
  known.gave_records = read.records && (read.records->external > 0 || !read.records->bytes.empty());
  const bool news =
      known.gave_records || read.error != error::kNone || !(read.diverging == FetchDiverging{}) ||
      read.high_watermark != known.high_watermark || read.log_start != known.log_start;
  // An error is repeated for as long as it lasts, and what follows it is news.
  known.high_watermark = read.error == error::kNone ? read.high_watermark : -1;
  known.log_start = read.error == error::kNone ? read.log_start : -1;
  return news;
}

void FetchSessions::finish(const Use& use, const Principal& who, int16_t version,
                           const FetchRequest& request, FetchResponse& response, int64_t now_ms) {
  response.error = use.error;
  response.session_id = use.id;
  if (use.error != error::kNone) return;
  const std::lock_guard lock(mutex_);
  if (use.begins_one) return create(who, version, request, response, now_ms);
  Session* session = use.incremental() ? own(who, use.id) : nullptr;
  if (session == nullptr) return;
  for (FetchTopic& topic : response.topics)
    std::erase_if(topic.partitions, [&](const FetchPartition& read) {
      Partition* known = session->find(topic.topic, topic.topic_id, read.partition);
      if (known == nullptr) return false;
      if (session->by_id) known->topic = topic.topic;
      return !is_news(*known, read);
    });
  std::erase_if(response.topics, [](const FetchTopic& topic) { return topic.partitions.empty(); });
  std::stable_partition(session->partitions.begin(), session->partitions.end(),
                        [](const Partition& each) { return !each.gave_records; });
}

void FetchSessions::create(const Principal& who, int16_t version, const FetchRequest& request,
                           FetchResponse& response, int64_t now_ms) {
  if (request.topics.empty() || !keepable(request)) return;
  if (!make_room(who, partitions_of(request), now_ms)) return;
  Session session{.principal = who.name,
                  .by_id = version >= kFirstWithIds,
                  .created_ms = now_ms,
                  .used_ms = now_ms,
                  .partitions = {}};
  for (size_t t = 0; t < request.topics.size(); ++t) {
    const FetchRequestTopic& asked = request.topics[t];
    for (size_t p = 0; p < asked.partitions.size(); ++p) {
      if (session.find(asked.topic, asked.topic_id, asked.partitions[p].partition) != nullptr)
        continue;  // listed twice
      session.partitions.push_back({.topic = response.topics[t].topic,
                                    .topic_id = asked.topic_id,
                                    .asked = asked.partitions[p]});
      is_news(session.partitions.back(), response.topics[t].partitions[p]);
    }
  }
  std::stable_partition(session.partitions.begin(), session.partitions.end(),
                        [](const Partition& each) { return !each.gave_records; });
  int32_t id = 0;
  do {
    id = random_() & std::numeric_limits<int32_t>::max();
  } while (id == 0 || sessions_.contains(id));
  sessions_.emplace(id, std::move(session));
  response.session_id = id;
}

// Clients that ask for a new session with every request only ever push out their own.
bool FetchSessions::make_room(const Principal& who, size_t partitions, int64_t now_ms) {
  if (partitions > limits_.max_fetch_session_partitions ||
      limits_.max_fetch_sessions_per_principal == 0)
    return false;
  const auto oldest_of = [&](auto may_go) {
    auto oldest = sessions_.end();
    for (auto at = sessions_.begin(); at != sessions_.end(); ++at)
      if (may_go(at->second) &&
          (oldest == sessions_.end() || at->second.used_ms < oldest->second.used_ms))
        oldest = at;
    return oldest;
  };
  const auto is_own = [&](const Session& each) { return each.principal == who.name; };
  const auto own_sessions = std::count_if(sessions_.begin(), sessions_.end(),
                                          [&](const auto& each) { return is_own(each.second); });
  if (static_cast<size_t>(own_sessions) >= limits_.max_fetch_sessions_per_principal) {
    sessions_.erase(oldest_of(is_own));
    return true;
  }
  if (sessions_.size() < limits_.max_fetch_sessions) return true;
  auto gone = oldest_of([&](const Session& each) { return now_ms - each.used_ms > kMayGoAfterMs; });
  if (gone == sessions_.end())
    gone = oldest_of([&](const Session& each) {
      return now_ms - each.created_ms > kMayGoAfterMs && each.partitions.size() < partitions;
    });
  if (gone == sessions_.end()) return false;
  sessions_.erase(gone);
  return true;
}

size_t FetchSessions::size() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

}  // namespace millrace::kafka
