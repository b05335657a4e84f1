// SPDX-License-Identifier: Apache-2.0
// What consoles and command-line tools insist on reading (kafka-endpoint spec 1.4.10).
#include <algorithm>

#include "kafka/server/handlers.h"
#include "kafka/server/rights.h"

namespace millrace::kafka {
namespace {

// DescribeConfigs' numbers.
constexpr int8_t kTopicResource = 2, kBrokerResource = 4;
constexpr int8_t kTopicSource = 1, kBrokerSource = 4, kDefaultSource = 5;
enum class ValueType : int8_t { kBool = 1, kString = 2, kInt = 3, kLong = 5, kList = 7 };

struct Setting {
  std::string name;
  std::string value;
  ValueType type;
};

const char* name_of(storage::Compression compression) {
  switch (compression) {
    case storage::Compression::kGzip:
      return "gzip";
    case storage::Compression::kSnappy:
      return "snappy";
    case storage::Compression::kLz4:
      return "lz4";
    case storage::Compression::kZstd:
      return "zstd";
    case storage::Compression::kNone:
      break;
  }
  return "uncompressed";
}

std::vector<Setting> settings_of(const Topic& topic) {
  return {{"cleanup.policy", "delete", ValueType::kList},
          {"compression.type", name_of(topic.compression), ValueType::kString},
          {"max.message.bytes", std::to_string(topic.max_record_bytes), ValueType::kInt},
          {"message.timestamp.type", "CreateTime", ValueType::kString},
          {"min.insync.replicas", "1", ValueType::kInt},
          {"retention.bytes", std::to_string(topic.retention_bytes), ValueType::kLong},
          {"retention.ms", std::to_string(topic.retention_ms), ValueType::kLong},
          {"segment.bytes", std::to_string(topic.segment_bytes), ValueType::kInt}};
}

// Without a version string: consoles would conclude from it that quotas can be asked for.
std::vector<Setting> broker_settings(const Call& call) {
  return {{"advertised.listeners",
           call.session.listener + "://" + call.session.advertised_host + ":" +
               std::to_string(call.session.advertised_port),
           ValueType::kString},
          {"auto.create.topics.enable", "false", ValueType::kBool},
          {"delete.topic.enable", "false", ValueType::kBool},
          {"log.retention.bytes", "-1", ValueType::kLong},
          {"log.retention.ms", "86400000", ValueType::kLong}};
}

void add_settings(const DescribeConfigsRequest& request,
                  const DescribeConfigsRequestResource& asked, std::vector<Setting> settings,
                  int8_t source, DescribeConfigsResult& out) {
  for (Setting& setting : settings) {
    const bool all = !asked.keys || asked.keys->empty();
    if (!all &&
        std::find(asked.keys->begin(), asked.keys->end(), setting.name) == asked.keys->end())
      continue;
    DescribeConfigsConfig& config = out.configs.emplace_back();
    config.name = setting.name;
    config.value = setting.value;
    config.read_only = true;
    config.source = source;
    config.value_type = static_cast<int8_t>(setting.type);
    if (request.include_synonyms)
      config.synonyms.push_back({setting.name, setting.value, kDefaultSource});
  }
}

DescribeConfigsResult describe(const Call& call, const DescribeConfigsRequest& request,
                               const DescribeConfigsRequestResource& asked) {
  DescribeConfigsResult out;
  out.type = asked.type;
  out.name = asked.name;
  if (asked.type == kTopicResource) {
    const TopicRef topic =
        describable_topic(call.server.backend, call.principal(), asked.name, out.error);
    if (topic != nullptr) add_settings(request, asked, settings_of(*topic), kTopicSource, out);
  } else if (asked.type == kBrokerResource) {
    const bool us = asked.name.empty() || asked.name == std::to_string(call.server.node_id);
    if (!call.principal().admin) {
      out.error = error::kClusterAuthorizationFailed;
    } else if (!us) {
      out.error = error::kInvalidRequest;
      out.message = "there is no such broker";
    } else {
      add_settings(request, asked, broker_settings(call), kBrokerSource, out);
    }
  } else {
    out.error = error::kInvalidRequest;
    out.message = "only topics and the broker have configurations here";
  }
  return out;
}

}  // namespace

DescribeConfigsResponse handle(const Call& call, const DescribeConfigsRequest& request) {
  DescribeConfigsResponse response;
  for (const DescribeConfigsRequestResource& asked : request.resources)
    response.results.push_back(describe(call, request, asked));
  return response;
}

DescribeLogDirsResponse handle(const Call& call, const DescribeLogDirsRequest& request) {
  DescribeLogDirsResponse response;
  if (!call.principal().admin) {
    response.error = error::kClusterAuthorizationFailed;
    return response;
  }
  DescribeLogDirsResult& dir = response.results.emplace_back();
  dir.dir = "data";  // a name, not a path: where files lie is nobody's business
  for (const TopicRef& topic : call.server.backend.topics_of(call.principal())) {
    const bool wanted =
        !request.topics ||
        std::any_of(request.topics->begin(), request.topics->end(),
                    [&](const DescribeLogDirsRequestTopic& t) { return t.topic == topic->name; });
    if (!wanted || topic->log == nullptr) continue;
    const auto size = static_cast<int64_t>(topic->log->view().bytes);
    dir.topics.push_back({topic->name, {{0, size, 0, false}}});
  }
  return response;
}

DescribeAclsResponse handle(const Call& call, const DescribeAclsRequest&) {
  DescribeAclsResponse response;
  response.error =
      call.principal().admin ? error::kSecurityDisabled : error::kClusterAuthorizationFailed;
  response.message = "rights follow from the groups; there are no ACLs";
  return response;
}

ListPartitionReassignmentsResponse handle(const Call&, const ListPartitionReassignmentsRequest&) {
  return {};
}

}  // namespace millrace::kafka
