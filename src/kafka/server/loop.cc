// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/post.hpp>
#include <future>

#include "base/check.h"
#include "kafka/server/connection.h"
#include "kafka/server/endpoint.h"

namespace millrace::kafka {
namespace {
constexpr std::chrono::milliseconds kTick{500};
}

Loop::Loop(Endpoint& endpoint)
    : endpoint_(endpoint), watches_([this](std::function<void()> job) { post(std::move(job)); }) {}

Loop::~Loop() { CHECK(!running_); }

void Loop::start() {
  running_ = true;
  tick();
  thread_ = std::thread([this] { io_.run(); });
}

void Loop::post(std::function<void()> job) { boost::asio::post(io_, std::move(job)); }

void Loop::ask(const std::function<void()>& job) {
  if (!running_) return job();
  std::promise<void> done;
  post([&] {
    job();
    done.set_value();
  });
  done.get_future().wait();
}

void Loop::stop() {
  if (!running_.exchange(false)) return;
  io_.stop();
  thread_.join();
  // Somebody may wait in ask() for what was posted last.
  io_.restart();
  io_.poll();
}

std::vector<std::shared_ptr<Connection>> Loop::all() const {
  std::vector<std::shared_ptr<Connection>> all;
  all.reserve(connections_.size());
  for (const auto& [id, connection] : connections_) all.push_back(connection);
  return all;
}

void Loop::tick() {
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    for (const auto& connection : all()) connection->tick();
    tick();
  });
}

}  // namespace millrace::kafka
