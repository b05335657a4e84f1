// SPDX-License-Identifier: Apache-2.0
// For tests: a log over a temporary file, a backend and a group store in memory, and a client that
// speaks frames.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/buffer.h"
#include "base/crc.h"
#include "base/varint.h"
#include "kafka/group/persistence.h"
#include "kafka/server/backend.h"

namespace millrace::kafka::testing {

struct TestRecord {
  int64_t timestamp_ms = 0;
  std::string value;
};

// One uncompressed record batch (kafka-endpoint spec 2.3); `attributes` may say otherwise.
inline Buffer build_batch(int64_t base_offset, int32_t epoch,
                          const std::vector<TestRecord>& records, uint16_t attributes = 0) {
  Buffer body;
  for (size_t i = 0; i < records.size(); ++i) {
    Buffer record;
    const auto varint = [&](Buffer& out, int64_t value) {
      std::byte* begin = out.reserve(kMaxVarint);
      out.commit(static_cast<size_t>(write_varint(begin, value) - begin));
    };
    record.put(0);
    varint(record, records[i].timestamp_ms - records.front().timestamp_ms);
    varint(record, static_cast<int64_t>(i));
    varint(record, -1);
    varint(record, static_cast<int64_t>(records[i].value.size()));
    record.append(records[i].value);
    varint(record, 0);
    varint(body, static_cast<int64_t>(record.size()));
    body.append(record.view());
  }
  int64_t newest = records.front().timestamp_ms;
  for (const TestRecord& record : records) newest = std::max(newest, record.timestamp_ms);
  Buffer checked;
  checked.be(attributes, 2);
  checked.be(records.size() - 1, 4);
  checked.be(static_cast<uint64_t>(records.front().timestamp_ms), 8);
  checked.be(static_cast<uint64_t>(newest), 8);
  checked.be(~uint64_t{0}, 8);
  checked.be(~uint64_t{0}, 2);
  checked.be(~uint64_t{0}, 4);
  checked.be(records.size(), 4);
  checked.append(body.view());
  Buffer batch;
  batch.be(static_cast<uint64_t>(base_offset), 8);
  batch.be(9 + checked.size(), 4);
  batch.be(static_cast<uint64_t>(epoch), 4);
  batch.put(2);
  batch.be(crc32c(checked.view()), 4);
  batch.append(checked.view());
  return batch;
}

class FakeSegment final : public storage::SegmentHandle {
 public:
  FakeSegment() : file_(std::tmpfile()) {}
  ~FakeSegment() override { std::fclose(file_); }
  FakeSegment(const FakeSegment&) = delete;
  FakeSegment& operator=(const FakeSegment&) = delete;
  int fd() const override { return ::fileno(file_); }

 private:
  std::FILE* file_;
};

class FakeLog final : public storage::LogReader {
 public:
  // One batch; visible at once.
  void append(const std::vector<TestRecord>& records, uint16_t attributes = 0) {
    std::vector<std::function<void()>> wakes;
    {
      const std::lock_guard lock(mutex_);
      const Buffer bytes =
          build_batch(view_.high_watermark.value, view_.leader_epoch, records, attributes);
      if (::pwrite(segment_->fd(), bytes.data(), bytes.size(), static_cast<off_t>(view_.bytes)) !=
          static_cast<ssize_t>(bytes.size()))
        std::abort();
      batches_.push_back({view_.high_watermark.value, view_.bytes, bytes.size()});
      for (const TestRecord& record : records) {
        times_.push_back({view_.high_watermark, record.timestamp_ms, view_.leader_epoch});
        ++view_.high_watermark.value;
        view_.newest_timestamp_ms = std::max(view_.newest_timestamp_ms, record.timestamp_ms);
      }
      view_.bytes += bytes.size();
      for (const auto& [ticket, wake] : watchers_) wake();
    }
  }
  void append(const std::string& value, int64_t timestamp_ms = 1'700'000'000'000) {
    append(std::vector<TestRecord>{{timestamp_ms, value}});
  }
  void raise_epoch() {
    const std::lock_guard lock(mutex_);
    ++view_.leader_epoch;
  }
  void cut_before(int64_t offset) {
    const std::lock_guard lock(mutex_);
    view_.start.value = offset;
  }
  size_t watchers() const {
    const std::lock_guard lock(mutex_);
    return watchers_.size();
  }

  storage::LogView view() const override {
    const std::lock_guard lock(mutex_);
    return view_;
  }
  Result<storage::FileRange> read(storage::Offset from, size_t max_bytes,
                                  bool at_least_one) const override {
    const std::lock_guard lock(mutex_);
    if (from < view_.start || from > view_.high_watermark)
      return Error{Errc::kNotFound, "outside the log"};
    storage::FileRange range;
    range.segment = segment_;
    range.at_tail = from == view_.high_watermark;
    for (size_t i = 0; i < batches_.size(); ++i) {
      const Batch& batch = batches_[i];
      const int64_t end =
          i + 1 < batches_.size() ? batches_[i + 1].base : view_.high_watermark.value;
      if (end <= from.value) continue;
      const bool first = range.bytes == 0;
      if (range.bytes + batch.bytes > max_bytes && !(first && at_least_one)) break;
      if (first) range.position = batch.position;
      range.bytes += batch.bytes;
      range.at_tail = end == view_.high_watermark.value;
    }
    return range;
  }
  Result<std::optional<storage::TimeMatch>> find_time(int64_t timestamp_ms) const override {
    const std::lock_guard lock(mutex_);
    for (const storage::TimeMatch& each : times_)
      if (each.timestamp_ms >= timestamp_ms && each.offset >= view_.start)
        return std::optional<storage::TimeMatch>(each);
    return std::optional<storage::TimeMatch>();
  }
  std::optional<std::pair<int32_t, storage::Offset>> epoch_end(int32_t epoch) const override {
    const std::lock_guard lock(mutex_);
    if (epoch != view_.leader_epoch) return std::nullopt;
    return std::make_pair(epoch, view_.high_watermark);
  }
  uint64_t watch(std::function<void()> wake) override {
    const std::lock_guard lock(mutex_);
    watchers_[++tickets_] = std::move(wake);
    return tickets_;
  }
  void unwatch(uint64_t ticket) override {
    const std::lock_guard lock(mutex_);
    watchers_.erase(ticket);
  }

 private:
  struct Batch {
    int64_t base = 0;
    uint64_t position = 0;
    size_t bytes = 0;
  };
  mutable std::mutex mutex_;
  std::shared_ptr<FakeSegment> segment_ = std::make_shared<FakeSegment>();
  storage::LogView view_;
  std::vector<Batch> batches_;
  std::vector<storage::TimeMatch> times_;
  std::map<uint64_t, std::function<void()>> watchers_;
  uint64_t tickets_ = 0;
};

// Topic "shop" of task "t1"; group "dtsgroup", whose account logs in as "cache-dtsgroup" with
// "secret"; topic "other" of somebody else; "boss" with "bosspass" is an admin.
class FakeBackend final : public Backend {
 public:
  FakeBackend() {
    add("shop", "t1", std::byte{0x11});
    add("other", "t2", std::byte{0x22});
  }
  std::shared_ptr<FakeLog> log(const std::string& topic) { return logs_.at(topic); }
  void add(const std::string& name, const std::string& task, std::byte id) {
    auto topic = std::make_shared<Topic>();
    topic->name = name;
    topic->task_id = task;
    topic->id.fill(id);
    topic->log = logs_[name] = std::make_shared<FakeLog>();
    const std::lock_guard lock(mutex_);
    topics_[name] = topic;
  }
  void drop(const std::string& name) {
    const std::lock_guard lock(mutex_);
    topics_.erase(name);
  }
  void change(const std::string& name, const std::function<void(Topic&)>& how) {
    const std::lock_guard lock(mutex_);
    auto changed = std::make_shared<Topic>(*topics_.at(name));
    how(*changed);
    topics_[name] = changed;
  }
  static Principal consumer() { return {"cache-dtsgroup", "dtsgroup", "t1", false}; }
  static Principal admin() { return {"boss", "", "", true}; }

  std::optional<Principal> authenticate(std::string_view user, std::string_view password) override {
    if ((user == "cache-dtsgroup" || user == "cache") && password == "secret") return consumer();
    if (user == "boss" && password == "bosspass") return admin();
    return std::nullopt;
  }
  std::optional<ScramAccount> scram_account(std::string_view user,
                                            ScramMechanism mechanism) override {
    const auto found = scram_.find({std::string(user), mechanism});
    if (found == scram_.end()) return std::nullopt;
    return found->second;
  }
  void add_scram(const std::string& user, ScramMechanism mechanism, ScramVerifier verifier) {
    scram_[{user, mechanism}] = {consumer(), std::move(verifier)};
  }
  std::optional<Principal> principal_of_group(std::string_view group) override {
    if (group != "dtsgroup") return std::nullopt;
    return consumer();
  }
  bool admits(const Principal& who, std::string_view listener, std::string_view) override {
    const std::lock_guard lock(mutex_);
    return who.admin || !closed_.contains(std::string(listener));
  }
  // The consumer may no longer use this listener.
  void close_listener(const std::string& name) {
    const std::lock_guard lock(mutex_);
    closed_.insert(name);
  }
  std::vector<TopicRef> topics_of(const Principal& principal) override {
    const std::lock_guard lock(mutex_);
    std::vector<TopicRef> all;
    for (const auto& [name, topic] : topics_)
      if (principal.admin || topic->task_id == principal.task_id) all.push_back(topic);
    return all;
  }
  TopicRef topic_by_name(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    const auto found = topics_.find(std::string(name));
    return found == topics_.end() ? nullptr : found->second;
  }
  TopicRef topic_by_id(const TopicId& id) override {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, topic] : topics_)
      if (topic->id == id) return topic;
    return nullptr;
  }
  std::string cluster_id() override { return "bWlsbHJhY2UtY2x1c3Rlcg"; }
  int64_t now_ms() override {
    return now_ms_ >= 0 ? now_ms_ : std::time(nullptr) * 1000;  // negative: the real clock
  }
  void set_now(int64_t now_ms) { now_ms_ = now_ms; }

 private:
  std::mutex mutex_;
  std::set<std::string> closed_;
  std::map<std::string, TopicRef> topics_;
  std::map<std::string, std::shared_ptr<FakeLog>> logs_;
  std::map<std::pair<std::string, ScramMechanism>, ScramAccount> scram_;
  int64_t now_ms_ = 1'700'000'100'000;
};

class FakePersistence final : public GroupPersistence {
 public:
  Result<LoadedGroups> load() override {
    LoadedGroups loaded;
    for (const auto& [id, group] : groups) loaded.groups.push_back(group);
    for (const auto& [where, record] : offsets) loaded.offsets.push_back(record);
    return loaded;
  }
  Status save_group(const GroupRecord& group) override {
    if (broken) return Error{Errc::kIo, "broken"};
    ++saves;
    groups[group.id] = group;
    return Done{};
  }
  Status delete_group(const std::string& group) override {
    if (broken) return Error{Errc::kIo, "broken"};
    groups.erase(group);
    std::erase_if(offsets, [&](const auto& each) { return each.second.group == group; });
    return Done{};
  }
  Status commit_offsets(const std::vector<OffsetCommitRecord>& commits) override {
    if (broken) return Error{Errc::kIo, "broken"};
    ++commit_writes;
    for (const OffsetCommitRecord& each : commits)
      offsets[each.group + "/" + each.offset.topic + "/" + std::to_string(each.offset.partition)] =
          each;
    return Done{};
  }
  Status delete_offset(const std::string& group, const std::string& topic,
                       int32_t partition) override {
    if (broken) return Error{Errc::kIo, "broken"};
    offsets.erase(group + "/" + topic + "/" + std::to_string(partition));
    return Done{};
  }
  std::map<std::string, GroupRecord> groups;
  std::map<std::string, OffsetCommitRecord> offsets;
  int saves = 0;
  int commit_writes = 0;
  bool broken = false;
};

}  // namespace millrace::kafka::testing
