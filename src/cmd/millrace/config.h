// SPDX-License-Identifier: Apache-2.0
// The settings of `millrace serve`: millrace.toml, then the command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/http_server.h"
#include "kafka/server/server.h"

namespace millrace::cmd {

struct Config {
  size_t memory_bytes = 256 << 20;
  size_t max_record_bytes = 64 << 20;
  uint64_t disk_reserve_bytes = uint64_t{2} << 30;
  double disk_reserve_share = 0.05;
  int64_t scrub_every_ms = int64_t{7} * 24 * 3'600'000;  // 0: never
  uint64_t scrub_bytes_per_s = 32 << 20;
  size_t max_tasks = 1000;
  size_t max_groups_per_task = 20;
  unsigned kafka_threads = 0;
  kafka::Limits kafka_limits;
  std::vector<std::string> kafka_admins;  // users who may administer groups over Kafka
  std::vector<kafka::ListenerOptions> listeners = {kafka::ListenerOptions{}};
  control::HttpOptions http;
};

// kInvalid names the key, its value and one that would do.
Result<Config> parse_config(std::string_view text, const std::string& path);
// The file, or the defaults when `path` is empty and there is no /etc/millrace/millrace.toml.
Result<Config> load_config(const std::string& path);
// --kafka ADDR: one listener there, in place of those of the file. --http ADDR likewise.
Status override_kafka(Config& config, const std::string& address);
Status override_http(Config& config, const std::string& address);

}  // namespace millrace::cmd
