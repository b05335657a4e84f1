// SPDX-License-Identifier: Apache-2.0
// Fetch sessions (KIP-227): a client lists its partitions once, then sends and gets what changed.
// Every session belongs to a principal; to all others it does not exist. Their number is bounded,
// in all and for each principal, and so is the number of partitions in one: who finds no room gets
// ID 0 and lists everything each time, which every client does then. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "kafka/limits.h"
#include "kafka/server/backend.h"
#include "kafka/wire/fetch.h"

namespace millrace::kafka {

class FetchSessions {
 public:
  // `random` makes IDs; any numbers will do.
  FetchSessions(const Limits& limits, std::function<int32_t()> random)
      : limits_(limits), random_(std::move(random)) {}

  // How one request goes with its session.
  struct Use {
    int16_t error = 0;        // of the request as a whole: nothing is read
    int32_t id = 0;           // of the session that it goes on with
    bool begins_one = false;  // asks for a new session
    bool incremental() const { return id != 0; }
  };
  // Before reading: applies to the session what the request says of it. When the request goes on
  // with a session, its topics become all of the session's, in the order to read them.
  Use begin(const Principal& who, int16_t version, FetchRequest& request, int64_t now_ms);
  // After reading, once: makes the session that was asked for, or leaves out of the answer what the
  // client knows already. A partition that gave records goes behind the others, so that a busy one
  // starves none.
  void finish(const Use& use, const Principal& who, int16_t version, const FetchRequest& request,
              FetchResponse& response, int64_t now_ms);
  size_t size() const;

 private:
  struct Partition {
    std::string topic;  // its name, also where the client goes by ID
    Uuid topic_id{};
    FetchRequestPartition asked;
    // What the client was told last; -1: tell it again.
    int64_t high_watermark = -1;
    int64_t log_start = -1;
    bool gave_records = false;
  };
  struct Session {
    std::string principal;
    bool by_id = false;
    int32_t next_epoch = 1;
    int64_t created_ms = 0, used_ms = 0;
    std::vector<Partition> partitions;
    Partition* find(const std::string& topic, const Uuid& id, int32_t partition);
  };
  Session* own(const Principal& who, int32_t id);
  void remove(const Principal& who, int32_t id);
  bool apply(Session& session, const FetchRequest& request) const;
  void create(const Principal& who, int16_t version, const FetchRequest& request,
              FetchResponse& response, int64_t now_ms);
  bool make_room(const Principal& who, size_t partitions, int64_t now_ms);
  static bool is_news(Partition& known, const FetchPartition& read);

  const Limits limits_;
  const std::function<int32_t()> random_;
  mutable std::mutex mutex_;
  std::unordered_map<int32_t, Session> sessions_;
};

}  // namespace millrace::kafka
