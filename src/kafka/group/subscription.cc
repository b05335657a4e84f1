// SPDX-License-Identifier: Apache-2.0
#include "kafka/group/subscription.h"

#include "kafka/wire/codec.h"

namespace millrace::kafka {
namespace {

struct Subscription {
  int16_t version = 0;
  std::vector<std::string> topics;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.version);
    f(m.topics);
  }
};

struct AssignedTopic {
  std::string topic;
  std::vector<int32_t> partitions;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.topic);
    f(m.partitions);
  }
};

struct Assignment {
  int16_t version = 0;
  std::vector<AssignedTopic> topics;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.version);
    f(m.topics);
  }
};

// The blobs are never flexible, and newer versions only append.
template <class T>
std::optional<T> parse(std::string_view blob) {
  T value;
  Reader in(as_bytes(blob), 0, false);
  in.message(value);
  if (!in.ok() || value.version < 0) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::vector<std::string>> subscribed_topics(std::string_view blob) {
  auto parsed = parse<Subscription>(blob);
  if (!parsed) return std::nullopt;
  return std::move(parsed->topics);
}

std::optional<std::vector<MemberView::Partition>> assigned_partitions(std::string_view blob) {
  const auto parsed = parse<Assignment>(blob);
  if (!parsed) return std::nullopt;
  std::vector<MemberView::Partition> all;
  for (const AssignedTopic& topic : parsed->topics)
    for (const int32_t partition : topic.partitions) all.push_back({topic.topic, partition});
  return all;
}

}  // namespace millrace::kafka
