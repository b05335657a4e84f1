// SPDX-License-Identifier: Apache-2.0
// One function for each request, found by its type (api_table.h). Those that return a response
// answer at once; those that take a Reply ask the coordinator, whose thread calls it. Fetch, SASL
// and ApiVersions concern the connection itself and are answered there.
#pragma once

#include "kafka/server/call.h"
#include "kafka/wire/messages.h"

namespace millrace::kafka {

ApiVersionsResponse handle(const Call& call, const ApiVersionsRequest& request);
MetadataResponse handle(const Call& call, const MetadataRequest& request);
DescribeClusterResponse handle(const Call& call, const DescribeClusterRequest& request);

ListOffsetsResponse handle(const Call& call, const ListOffsetsRequest& request);
OffsetForLeaderEpochResponse handle(const Call& call, const OffsetForLeaderEpochRequest& request);

FindCoordinatorResponse handle(const Call& call, const FindCoordinatorRequest& request);
void handle(const Call& call, JoinGroupRequest request, Reply<JoinGroupResponse> reply);
void handle(const Call& call, SyncGroupRequest request, Reply<SyncGroupResponse> reply);
void handle(const Call& call, HeartbeatRequest request, Reply<HeartbeatResponse> reply);
void handle(const Call& call, LeaveGroupRequest request, Reply<LeaveGroupResponse> reply);
void handle(const Call& call, const OffsetCommitRequest& request,
            Reply<OffsetCommitResponse> reply);
void handle(const Call& call, OffsetFetchRequest request, Reply<OffsetFetchResponse> reply);
void handle(const Call& call, DescribeGroupsRequest request, Reply<DescribeGroupsResponse> reply);
void handle(const Call& call, ListGroupsRequest request, Reply<ListGroupsResponse> reply);
void handle(const Call& call, DeleteGroupsRequest request, Reply<DeleteGroupsResponse> reply);
void handle(const Call& call, OffsetDeleteRequest request, Reply<OffsetDeleteResponse> reply);

DescribeConfigsResponse handle(const Call& call, const DescribeConfigsRequest& request);
DescribeLogDirsResponse handle(const Call& call, const DescribeLogDirsRequest& request);
DescribeAclsResponse handle(const Call& call, const DescribeAclsRequest& request);
ListPartitionReassignmentsResponse handle(const Call& call,
                                          const ListPartitionReassignmentsRequest& request);

ProduceResponse handle(const Call& call, const ProduceRequest& request);
InitProducerIdResponse handle(const Call& call, const InitProducerIdRequest& request);
CreateTopicsResponse handle(const Call& call, const CreateTopicsRequest& request);

}  // namespace millrace::kafka
