// SPDX-License-Identifier: Apache-2.0
// Committed offsets: rights for the group and for each topic first, then the coordinator's thread.
#include <algorithm>
#include <map>

#include "kafka/server/handlers.h"
#include "kafka/server/rights.h"

namespace millrace::kafka {
namespace {

using Offsets = std::map<std::pair<std::string, int32_t>, CommittedOffset>;

// What of a commit can be kept; the rest of `response` has its errors already.
std::vector<CommittedOffset> accepted(const Call& call, const OffsetCommitRequest& request,
                                      OffsetCommitResponse& response) {
  std::vector<CommittedOffset> kept;
  for (const OffsetCommitRequestTopic& topic : request.topics) {
    OffsetCommitTopic& shown = response.topics.emplace_back();
    shown.name = topic.name;
    int16_t error = error::kNone;
    describable_topic(call.server.backend, call.principal(), topic.name, error);
    for (const OffsetCommitRequestPartition& each : topic.partitions) {
      OffsetCommitPartition& out = shown.partitions.emplace_back();
      out.partition = each.partition;
      out.error = error;
      const std::string metadata = each.metadata.value_or("");
      if (error == error::kNone && each.partition != 0) out.error = error::kUnknownTopicOrPartition;
      if (out.error == error::kNone &&
          metadata.size() > call.server.limits.max_offset_metadata_bytes)
        out.error = error::kOffsetMetadataTooLarge;
      if (out.error == error::kNone)
        kept.push_back({topic.name, each.partition, each.offset, each.leader_epoch, metadata, 0});
    }
  }
  return kept;
}

void set_all(OffsetCommitResponse& response, int16_t error) {
  for (OffsetCommitTopic& topic : response.topics)
    for (OffsetCommitPartition& partition : topic.partitions) partition.error = error;
}

OffsetFetchPartition shown(int32_t partition, const Offsets& offsets, const std::string& topic) {
  OffsetFetchPartition out;
  out.partition = partition;
  out.metadata = "";
  if (const auto found = offsets.find({topic, partition}); found != offsets.end()) {
    out.offset = found->second.offset;
    out.leader_epoch = found->second.leader_epoch;
    out.metadata = found->second.metadata;
  }
  return out;
}

std::vector<OffsetFetchTopic> all_offsets(Backend& backend, const Principal& who,
                                          const Offsets& offsets) {
  std::vector<OffsetFetchTopic> topics;
  for (const auto& [where, offset] : offsets) {
    int16_t error = error::kNone;
    describable_topic(backend, who, where.first, error);
    if (error != error::kNone) continue;
    if (topics.empty() || topics.back().name != where.first) topics.push_back({where.first, {}});
    topics.back().partitions.push_back(shown(where.second, offsets, where.first));
  }
  return topics;
}

std::vector<OffsetFetchTopic> named_offsets(Backend& backend, const Principal& who,
                                            const std::vector<OffsetFetchRequestTopic>& asked,
                                            const Offsets& offsets) {
  std::vector<OffsetFetchTopic> topics;
  for (const OffsetFetchRequestTopic& topic : asked) {
    int16_t error = error::kNone;
    describable_topic(backend, who, topic.name, error);
    OffsetFetchTopic& out = topics.emplace_back();
    out.name = topic.name;
    for (const int32_t partition : topic.partitions) {
      static const Offsets kNone;
      out.partitions.push_back(
          shown(partition, error == error::kNone ? offsets : kNone, topic.name));
      out.partitions.back().error = error;
    }
  }
  return topics;
}

OffsetFetchGroup fetch_group(Backend& backend, const Principal& who, Coordinator& groups,
                             const OffsetFetchRequestGroup& asked) {
  OffsetFetchGroup out;
  out.group = asked.group;
  if (!may_describe_group(who, asked.group)) {
    out.error = error::kGroupAuthorizationFailed;
    return out;
  }
  static const Offsets kNone;
  const Group* group = groups.find(asked.group);
  const Offsets& offsets = group == nullptr ? kNone : group->offsets;
  out.topics = asked.topics ? named_offsets(backend, who, *asked.topics, offsets)
                            : all_offsets(backend, who, offsets);
  return out;
}

// Version 1 knows no error for the group: it stands on each partition, or a client would take the
// answer for "no offsets".
void repeat_error(const OffsetFetchRequest& request, int16_t error, OffsetFetchResponse& response) {
  for (const OffsetFetchRequestTopic& topic :
       request.topics.value_or(std::vector<OffsetFetchRequestTopic>{})) {
    OffsetFetchTopic& out = response.topics.emplace_back();
    out.name = topic.name;
    for (const int32_t partition : topic.partitions) {
      OffsetFetchPartition& each = out.partitions.emplace_back();
      each.partition = partition;
      each.metadata = "";
      each.error = error;
    }
  }
}

}  // namespace

void handle(const Call& call, const OffsetCommitRequest& request,
            Reply<OffsetCommitResponse> reply) {
  OffsetCommitResponse response;
  Commit commit{.group = request.group,
                .generation = request.generation,
                .member = request.member,
                .instance = request.instance.value_or(""),
                .version = call.version,
                .offsets = accepted(call, request, response)};
  // An admin resets the position of a group that there is, and never takes part in it.
  const bool may_reset = call.principal().admin && request.generation < 0 &&
                         call.server.backend.principal_of_group(request.group).has_value();
  const bool may_commit = may_use_group(call.principal(), request.group) || may_reset;
  if (!may_commit) {
    set_all(response, error::kGroupAuthorizationFailed);
    return reply(std::move(response));
  }
  call.server.groups.post([commit = std::move(commit), response = std::move(response),
                           reply = std::move(reply)](Coordinator& groups, Now now) {
    groups.commit(now, commit, [response, reply](int16_t error) {
      OffsetCommitResponse answer = response;
      if (error != error::kNone) set_all(answer, error);
      reply(std::move(answer));
    });
  });
}

void handle(const Call& call, OffsetFetchRequest request, Reply<OffsetFetchResponse> reply) {
  call.server.groups.post([&backend = call.server.backend, version = call.version,
                           who = call.principal(), request = std::move(request),
                           reply = std::move(reply)](Coordinator& groups, Now) {
    groups.flush();  // a commit that was sent before this is seen by it
    OffsetFetchResponse response;
    if (version >= 8) {
      for (const OffsetFetchRequestGroup& asked : request.groups)
        response.groups.push_back(fetch_group(backend, who, groups, asked));
      return reply(std::move(response));
    }
    OffsetFetchGroup one =
        fetch_group(backend, who, groups, {request.group, std::nullopt, -1, request.topics});
    response.error = one.error;
    response.topics = std::move(one.topics);
    if (one.error != error::kNone && version < 2) repeat_error(request, one.error, response);
    reply(std::move(response));
  });
}

void handle(const Call& call, OffsetDeleteRequest request, Reply<OffsetDeleteResponse> reply) {
  if (!call.principal().admin) {
    OffsetDeleteResponse refused;
    refused.error = error::kGroupAuthorizationFailed;
    return reply(std::move(refused));
  }
  call.server.groups.post([&backend = call.server.backend, who = call.principal(),
                           request = std::move(request),
                           reply = std::move(reply)](Coordinator& groups, Now) {
    OffsetDeleteResponse response;
    if (request.group.empty()) response.error = error::kInvalidGroupId;
    for (const OffsetDeleteRequestTopic& topic : request.topics) {
      OffsetDeleteTopic out{topic.name, {}};
      int16_t error = error::kNone;
      describable_topic(backend, who, topic.name, error);
      for (const OffsetDeleteRequestPartition& each : topic.partitions) {
        int16_t result = error;
        if (result == error::kNone)
          result = groups.delete_offset(request.group, topic.name, each.partition);
        // Of the group as a whole.
        if (result == error::kGroupIdNotFound || result == error::kNonEmptyGroup)
          response.error = result;
        out.partitions.push_back({each.partition, result});
      }
      response.topics.push_back(std::move(out));
    }
    if (response.error != error::kNone) response.topics.clear();
    reply(std::move(response));
  });
}

}  // namespace millrace::kafka
