// SPDX-License-Identifier: Apache-2.0
// Writes are refused with the errors that clients show at once and do not repeat (kafka-endpoint
// spec 1.6). Payloads are never opened.
#include "kafka/server/handlers.h"
#include "kafka/wire/errors.h"

namespace millrace::kafka {
namespace {
constexpr const char* kReadOnly = "endpoint is read-only";
}

ProduceResponse handle(const Call&, const ProduceRequest& request) {
  ProduceResponse response;
  const int16_t error = request.txn_id ? error::kTransactionalIdAuthorizationFailed
                                       : error::kTopicAuthorizationFailed;
  for (const ProduceRequestTopic& topic : request.topics) {
    ProduceTopic& out = response.topics.emplace_back();
    out.name = topic.name;
    for (const ProduceRequestPartition& each : topic.partitions) {
      ProducePartition& refused = out.partitions.emplace_back();
      refused.index = each.index;
      refused.error = error;
      refused.message = kReadOnly;
    }
  }
  return response;
}

InitProducerIdResponse handle(const Call&, const InitProducerIdRequest& request) {
  InitProducerIdResponse response;
  response.error = request.txn_id ? error::kTransactionalIdAuthorizationFailed
                                  : error::kClusterAuthorizationFailed;
  return response;
}

CreateTopicsResponse handle(const Call&, const CreateTopicsRequest& request) {
  CreateTopicsResponse response;
  for (const CreateTopicsRequestTopic& topic : request.topics) {
    CreateTopicsTopic& refused = response.topics.emplace_back();
    refused.name = topic.name;
    refused.error = error::kTopicAuthorizationFailed;
    refused.message = kReadOnly;
  }
  return response;
}

}  // namespace millrace::kafka
