// SPDX-License-Identifier: Apache-2.0
// Random sequences of group requests under a clock that jumps. Whatever the order: a group has one
// leader and it is a member; its generation never goes back; nobody is in it twice; a join is
// parked only while the group prepares, a sync only while it completes; and no request is answered
// twice or never.
#pragma once

#include <array>
#include <deque>
#include <set>

#include "base/byte_reader.h"
#include "base/check.h"
#include "kafka/group/coordinator.h"
#include "kafka/testing.h"

namespace millrace::kafka::testing {

// One client's knowledge of its membership.
struct ScheduledClient {
  std::string member;
  int32_t generation = -1;
  std::string leader;
};

struct Schedule {
  FakePersistence store;
  Limits limits;
  int ids = 0;
  Now now{1000, 5000};
  std::unique_ptr<Coordinator> groups;
  std::deque<int> answers;  // of each request that was sent, how many it got
  std::array<ScheduledClient, 6> clients;
  int32_t generation = 0;

  Schedule() { restart(); }
  void restart() {
    // Those whose connections the restart cut are owed nothing.
    for (int& each : answers) each = 1;
    groups = std::make_unique<Coordinator>(store, limits, [this] { return std::to_string(++ids); });
    CHECK(static_cast<bool>(groups->load(now)));
    generation = 0;
  }

  template <class Response>
  Reply<Response> reply(std::function<void(const Response&)> then) {
    answers.push_back(0);
    return [count = &answers.back(), then](Response response) {
      CHECK(++*count == 1);
      then(response);
    };
  }
  void join(ScheduledClient& client, uint8_t how) {
    JoinGroupRequest request;
    request.group = "g";
    request.session_ms = 6000 + 1000 * (how & 3);
    request.rebalance_ms = 3000 * (how & 7);
    request.member = client.member;
    if ((how & 8) != 0) request.instance = "i" + std::to_string(&client - clients.data());
    request.protocol_type = "consumer";
    request.protocols = {{"range", {std::string(how & 1, 'x')}}};
    if ((how & 16) != 0) request.protocols.push_back({"sticky", {"y"}});
    const auto version = static_cast<int16_t>((how & 32) != 0 ? 3 : (how & 64) != 0 ? 8 : 9);
    groups->join(now, Caller{version, "c", "/h", static_cast<uint64_t>(how & 3)}, request,
                 reply<JoinGroupResponse>([&client](const JoinGroupResponse& response) {
                   if (response.error == 0 || response.error == 79) client.member = response.member;
                   if (response.error == 25) client.member.clear();
                   if (response.error == 0) {
                     client.generation = response.generation;
                     client.leader = response.leader;
                   }
                 }));
  }
  void sync(ScheduledClient& client, uint8_t how) {
    SyncGroupRequest request;
    request.group = "g";
    request.generation = client.generation - (how == 255 ? 1 : 0);
    request.member = client.member;
    for (const ScheduledClient& each : clients)
      request.assignments.push_back({each.member, {"share"}});
    groups->sync(now, Caller{3, "c", "/h", 1}, request,
                 reply<SyncGroupResponse>([](const SyncGroupResponse&) {}));
  }
  void commit(ScheduledClient& client, uint8_t how) {
    Commit commit{.group = "g",
                  .generation = how % 4 == 0 ? -1 : client.generation,
                  .member = how % 4 == 0 ? "" : client.member,
                  .instance = "",
                  .version = 8,
                  .offsets = {{"shop", 0, how, -1, "", 0}}};
    groups->commit(now, std::move(commit), reply<int16_t>([](const int16_t&) {}));
  }
  void step(uint8_t what, ScheduledClient& client, uint8_t how) {
    switch (what % 10) {
      case 0:
      case 1:
        return join(client, how);
      case 2:
      case 3:
        return sync(client, how);
      case 4: {
        HeartbeatRequest request{"g", client.generation, client.member, std::nullopt};
        groups->heartbeat(now, request);
        return;
      }
      case 5: {
        LeaveGroupRequest request;
        request.group = "g";
        request.member = client.member;
        request.members = {{client.member, std::nullopt, std::nullopt}};
        groups->leave(now, how % 2 == 0 ? 2 : 4, request);
        return;
      }
      case 6:
        now.ms += how * 100;
        now.wall_ms += how * 100;
        return groups->advance(now);
      case 7:
        commit(client, how);
        return how % 2 == 0 ? groups->flush() : void();
      case 8:
        return groups->connection_closed(now, how & 3);
      default:
        store.broken = how > 250;
        if (how < 4) restart();
        if (how == 249 && groups->delete_group("g", true) == 0) generation = 0;
    }
  }
  void check() {
    const Group* group = groups->find("g");
    if (group == nullptr) return;
    CHECK(group->generation >= generation, group->generation, generation);
    generation = group->generation;
    std::set<std::string> ids, instances;
    size_t leaders = 0;
    for (const Member& member : group->members) {
      CHECK(ids.insert(member.id).second, member.id);
      CHECK(!group->pending_joins.contains(member.id), member.id);
      CHECK(member.instance_id.empty() || instances.insert(member.instance_id).second);
      CHECK(member.join == nullptr || group->state == GroupState::kPreparingRebalance);
      CHECK(member.sync == nullptr || group->state == GroupState::kCompletingRebalance);
      leaders += member.id == group->leader ? 1 : 0;
    }
    CHECK(leaders <= 1);
    const bool led = group->state == GroupState::kStable;
    CHECK(!led || leaders == 1, leaders);
    CHECK((group->state == GroupState::kEmpty) <= group->members.empty());
  }
};

// One step after another, each a byte for what, for whom, and how much.
inline void run_schedule(Bytes steps) {
  Schedule schedule;
  ByteReader in(steps);
  while (!in.at_end()) {
    const uint8_t what = in.u8();
    ScheduledClient& client = schedule.clients[in.u8() % schedule.clients.size()];
    schedule.step(what, client, in.u8());
    schedule.check();
  }
  // In the end everybody has an answer.
  schedule.store.broken = false;
  schedule.groups->flush();
  for (int i = 0; i < 400; ++i) {
    schedule.now.ms += 10'000;
    schedule.groups->advance(schedule.now);
    schedule.check();
  }
  for (const int each : schedule.answers) CHECK(each == 1, each);
}

}  // namespace millrace::kafka::testing
