// SPDX-License-Identifier: Apache-2.0
#include "cmd/millrace/long_work.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "base/units.h"
#include "cmd/millrace/table.h"

namespace millrace::cmd {
namespace {

constexpr std::chrono::milliseconds kPoll{100};
constexpr size_t kBarCells = 24;
constexpr size_t kColumns = 79;

}  // namespace

uint64_t number_at(const json::Value& value, std::string_view name) {
  const json::Value* found = value.find(name);
  return found == nullptr ? 0 : static_cast<uint64_t>(found->integer().value_or(0));
}

std::string bar_text(const std::string& doing, uint64_t done, uint64_t total, size_t width) {
  total = std::max(total, done);
  const double part = total == 0 ? 1 : static_cast<double>(done) / static_cast<double>(total);
  const auto full = static_cast<size_t>(part * kBarCells);
  std::string text = fmt::format("{}  [{}{}] {:3.0f} %  {} of {}", doing, std::string(full, '#'),
                                 std::string(kBarCells - full, '.'), part * 100, bytes_text(done),
                                 bytes_text(total));
  text.resize(std::min(text.size(), width));
  return text;
}

Result<json::Value> wait_for_work(ApiClient& api, const std::string& path,
                                  const std::string& doing) {
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  for (;;) {
    json::Value now = TRY(api.get(path));
    const bool running = text_at(now, "running") == "true";
    if (terminal) {
      const std::string bar =
          bar_text(doing, number_at(now, "bytes_done"), number_at(now, "bytes_total"), kColumns);
      std::fputs(("\r" + bar + "\x1b[K" + (running ? "" : "\n")).c_str(), stderr);
    }
    if (!running) return now;
    std::this_thread::sleep_for(kPoll);
  }
}

}  // namespace millrace::cmd
