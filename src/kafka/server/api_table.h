// SPDX-License-Identifier: Apache-2.0
// Every request that we serve, once: dispatch, the ApiVersions answer, the codec tests and the fuzz
// targets all read this table, so that no version is advertised and not served. Bounds and their
// reasons: kafka-endpoint spec 1.2. Produce 3 and Fetch 4 must be inside their ranges, or
// librdkafka before 2.11 never fetches.
//
// X(Name, key, first version, last version, first flexible version): messages NameRequest and
// NameResponse in kafka/wire/, handler in kafka/server/.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#define MILLRACE_KAFKA_APIS(X)               \
  X(Produce, 0, 0, 12, 9)                    \
  X(Fetch, 1, 4, 17, 12)                     \
  X(ListOffsets, 2, 1, 10, 6)                \
  X(Metadata, 3, 0, 13, 9)                   \
  X(OffsetCommit, 8, 1, 9, 8)                \
  X(OffsetFetch, 9, 1, 9, 6)                 \
  X(FindCoordinator, 10, 0, 6, 3)            \
  X(JoinGroup, 11, 0, 9, 6)                  \
  X(Heartbeat, 12, 0, 4, 4)                  \
  X(LeaveGroup, 13, 0, 5, 4)                 \
  X(SyncGroup, 14, 0, 5, 4)                  \
  X(DescribeGroups, 15, 0, 5, 5)             \
  X(ListGroups, 16, 0, 5, 3)                 \
  X(SaslHandshake, 17, 0, 1, kNever)         \
  X(ApiVersions, 18, 0, 4, 3)                \
  X(CreateTopics, 19, 0, 7, 5)               \
  X(InitProducerId, 22, 0, 5, 2)             \
  X(OffsetForLeaderEpoch, 23, 2, 4, 4)       \
  X(DescribeAcls, 29, 1, 3, 2)               \
  X(DescribeConfigs, 32, 1, 4, 4)            \
  X(DescribeLogDirs, 35, 1, 4, 2)            \
  X(SaslAuthenticate, 36, 0, 2, 2)           \
  X(DeleteGroups, 42, 0, 2, 2)               \
  X(ListPartitionReassignments, 46, 0, 0, 0) \
  X(OffsetDelete, 47, 0, 0, kNever)          \
  X(DescribeCluster, 60, 0, 1, 0)

namespace millrace::kafka {

inline constexpr int16_t kNever = 32767;  // no flexible version

struct Api {
  std::string_view name;
  int16_t key, min, max, flexible_from;
  constexpr bool serves(int16_t version) const { return min <= version && version <= max; }
  constexpr bool flexible(int16_t version) const { return version >= flexible_from; }
};

#define MILLRACE_KAFKA_ROW(name, key, min, max, flexible_from) \
  Api{#name, key, min, max, flexible_from},
inline constexpr Api kApis[] = {MILLRACE_KAFKA_APIS(MILLRACE_KAFKA_ROW)};
#undef MILLRACE_KAFKA_ROW

#define MILLRACE_KAFKA_KEY(name, key, min, max, flexible_from) k##name = (key),
enum class ApiKey : int16_t { MILLRACE_KAFKA_APIS(MILLRACE_KAFKA_KEY) };
#undef MILLRACE_KAFKA_KEY

constexpr const Api* find_api(int16_t key) {
  for (const Api& api : kApis)
    if (api.key == key) return &api;
  return nullptr;
}
constexpr bool apis_are_sorted() {
  for (size_t i = 1; i < std::size(kApis); ++i)
    if (kApis[i - 1].key >= kApis[i].key) return false;
  return true;
}
static_assert(apis_are_sorted(), "clients expect the keys in order");
static_assert(find_api(0)->serves(3) && find_api(1)->serves(4), "the gate of old librdkafka");

}  // namespace millrace::kafka
