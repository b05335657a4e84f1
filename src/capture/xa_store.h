// SPDX-License-Identifier: Apache-2.0
// Where XA transactions wait between XA PREPARE and XA COMMIT, as the events that came: hours and
// restarts may lie between the two (design section 5).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "change/position.h"
#include "schema/statement.h"

namespace millrace::capture {

struct PreparedXa {
  schema::Xid xid;
  change::Position prepared;         // the border after its XA PREPARE
  int64_t prepared_us = 0;           // when, by the log
  std::vector<std::string> history;  // entries that make the definitions of its tables
};

// As XA RECOVER CONVERT XID and the binlog write it: X'6162',X'',1.
std::string xid_text(const schema::Xid& xid);

// One thread at a time, but for list() and passed().
class XaStore {
 public:
  using Visit = std::function<Status(Bytes event)>;
  virtual ~XaStore() = default;

  // An event of the XA transaction that is being read.
  virtual Status append(Bytes event) = 0;
  // The events of the one that is being read: it ended in one phase after all.
  virtual Status replay_open(const Visit& visit) = 0;
  // It left nothing, or was replayed.
  virtual Status discard() = 0;
  // It is prepared: durable when this returns.
  virtual Status prepare(PreparedXa xa) = 0;

  // Null: none of this name was prepared since tracking began.
  virtual const PreparedXa* find(const schema::Xid& xid) const = 0;
  virtual Status replay(const schema::Xid& xid, const Visit& visit) = 0;
  // It was committed or rolled back, as of the border `at`: kept until passed() says that reading
  // never comes back before it.
  virtual Status finish(const schema::Xid& xid, const change::Position& at) = 0;
  // Everything up to here is journaled.
  virtual Status passed(const change::Position& at) = 0;
  virtual std::vector<PreparedXa> list() const = 0;
};

// For a reader that ends with its process.
class XaMemory final : public XaStore {
 public:
  Status append(Bytes event) override {
    open_.emplace_back(as_text(event));
    return Done{};
  }
  Status replay_open(const Visit& visit) override { return replay(open_, visit); }
  Status discard() override {
    open_.clear();
    return Done{};
  }
  Status prepare(PreparedXa xa) override {
    const schema::Xid xid = xa.xid;
    prepared_[xid] = {std::move(xa), std::move(open_)};
    open_.clear();
    return Done{};
  }
  const PreparedXa* find(const schema::Xid& xid) const override {
    const auto found = prepared_.find(xid);
    return found == prepared_.end() ? nullptr : &found->second.head;
  }
  Status replay(const schema::Xid& xid, const Visit& visit) override {
    return replay(prepared_.at(xid).events, visit);
  }
  Status finish(const schema::Xid& xid, const change::Position&) override {
    prepared_.erase(xid);
    return Done{};
  }
  Status passed(const change::Position&) override { return Done{}; }
  std::vector<PreparedXa> list() const override {
    std::vector<PreparedXa> all;
    all.reserve(prepared_.size());
    for (const auto& [xid, entry] : prepared_) all.push_back(entry.head);
    return all;
  }

 private:
  struct Entry {
    PreparedXa head;
    std::vector<std::string> events;
  };
  static Status replay(const std::vector<std::string>& events, const Visit& visit) {
    for (const std::string& event : events) TRY(visit(as_bytes(event)));
    return Done{};
  }
  std::vector<std::string> open_;
  std::map<schema::Xid, Entry> prepared_;
};

}  // namespace millrace::capture
