// SPDX-License-Identifier: Apache-2.0
// Who we are and what there is.
#include <algorithm>

#include "kafka/server/api_table.h"
#include "kafka/server/handlers.h"
#include "kafka/server/rights.h"

namespace millrace::kafka {
namespace {

// Sums of 1 << operation: READ 3, DESCRIBE 8, DESCRIBE_CONFIGS 10.
constexpr int32_t kTopicOps = 1 << 3 | 1 << 8 | 1 << 10;
constexpr int32_t kAdminTopicOps = 1 << 8 | 1 << 10;
constexpr int32_t kAdminClusterOps = 1 << 8;

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// [A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?
bool is_software_word(const std::string& text) {
  return !text.empty() && is_alnum(text.front()) && is_alnum(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alnum(c) || c == '.' || c == '-'; });
}

bool is_topic_name(const std::string& name) {
  return !name.empty() && name.size() <= kMaxTopicName && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_alnum(c) || c == '.' || c == '_' || c == '-'; });
}

MetadataTopic shown(const Call& call, const Topic& topic, bool with_ops) {
  MetadataTopic out;
  out.name = topic.name;
  out.topic_id = topic.id;
  if (with_ops) out.topic_ops = call.principal().admin ? kAdminTopicOps : kTopicOps;
  MetadataPartition partition;
  const int32_t node = call.server.node_id;
  const bool opening = topic.log == nullptr && !topic.storage_error;
  partition.error = opening ? error::kLeaderNotAvailable : error::kNone;
  partition.leader = opening ? -1 : node;
  partition.leader_epoch = topic.log == nullptr ? 0 : topic.log->view().leader_epoch;
  partition.replicas = {node};
  partition.isr = {node};
  out.partitions.push_back(std::move(partition));
  return out;
}

MetadataTopic by_name(const Call& call, const std::string& name, bool with_ops) {
  MetadataTopic out;
  if (!is_topic_name(name)) {
    out.error = error::kInvalidTopic;
  } else if (const TopicRef topic =
                 describable_topic(call.server.backend, call.principal(), name, out.error)) {
    return shown(call, *topic, with_ops);
  }
  out.name = name;
  return out;
}

MetadataTopic by_id(const Call& call, const Uuid& id, bool with_ops) {
  const TopicRef topic = call.server.backend.topic_by_id(id);
  if (topic != nullptr && may_describe(call.principal(), *topic))
    return shown(call, *topic, with_ops);
  MetadataTopic out;
  out.topic_id = id;
  out.error = topic == nullptr ? error::kUnknownTopicId : error::kTopicAuthorizationFailed;
  return out;
}

}  // namespace

ApiVersionsResponse handle(const Call& call, const ApiVersionsRequest& request) {
  ApiVersionsResponse response;
  if (call.version >= 3 &&
      !(is_software_word(request.software_name) && is_software_word(request.software_version))) {
    response.error = error::kInvalidRequest;
    return response;
  }
  for (const Api& api : kApis) response.keys.push_back({api.key, api.min, api.max});
  return response;
}

MetadataResponse handle(const Call& call, const MetadataRequest& request) {
  MetadataResponse response;
  MetadataBroker broker;
  broker.node_id = call.server.node_id;
  broker.host = call.session.advertised_host;
  broker.port = call.session.advertised_port;
  response.brokers.push_back(std::move(broker));
  response.cluster_id = call.server.backend.cluster_id();
  response.controller_id = call.server.node_id;
  if (request.include_cluster_ops)
    response.cluster_ops = call.principal().admin ? kAdminClusterOps : 0;

  const bool with_ops = request.include_topic_ops;
  if (!request.topics || (call.version == 0 && request.topics->empty())) {
    for (const TopicRef& topic : call.server.backend.topics_of(call.principal()))
      response.topics.push_back(shown(call, *topic, with_ops));
    return response;
  }
  for (const MetadataRequestTopic& topic : *request.topics)
    response.topics.push_back(topic.name ? by_name(call, *topic.name, with_ops)
                                         : by_id(call, topic.topic_id, with_ops));
  return response;
}

DescribeClusterResponse handle(const Call& call, const DescribeClusterRequest& request) {
  DescribeClusterResponse response;
  response.endpoint_type = request.endpoint_type;
  response.cluster_id = call.server.backend.cluster_id();
  if (request.endpoint_type != 1) {
    response.error = request.endpoint_type == 2 ? error::kMismatchedEndpointType
                                                : error::kUnsupportedEndpointType;
    response.message = "there are only brokers here";
    return response;
  }
  response.controller = call.server.node_id;
  DescribeClusterBroker broker;
  broker.id = call.server.node_id;
  broker.host = call.session.advertised_host;
  broker.port = call.session.advertised_port;
  response.brokers.push_back(std::move(broker));
  if (request.include_ops) response.cluster_ops = call.principal().admin ? kAdminClusterOps : 0;
  return response;
}

}  // namespace millrace::kafka
