// SPDX-License-Identifier: Apache-2.0
#include "cmd/millrace/config.h"

#include <gtest/gtest.h>

namespace millrace::cmd {
namespace {

TEST(Config, IsLoopbackAndNothingElseByDefault) {
  const Config config = *parse_config("", "x.toml");
  ASSERT_EQ(config.listeners.size(), 1U);
  EXPECT_EQ(config.listeners[0].bind_host, "127.0.0.1");
  EXPECT_EQ(config.listeners[0].security, kafka::Security::kSaslPlaintext);
  EXPECT_EQ(config.http.host, "127.0.0.1");
  EXPECT_EQ(config.memory_bytes, 256U << 20);
}

TEST(Config, TakesEverySetting) {
  const Result<Config> config = parse_config(R"(
memory = "128MiB"
max_record_bytes = 8388608
disk_reserve = "10GiB"
scrub_every = "12h"
scrub_bytes_per_second = "1MiB"
max_tasks = 5
[http]
bind = "[::1]:8081"
[kafka]
threads = 3
max_groups_per_task = 7
admins = ["alex", "kim"]
[kafka.limits]
max_connections = 77
login_ms = 5000
max_frame_bytes = "1MiB"
[[kafka.listener]]
name = "internal"
bind = "0.0.0.0:9093"
advertised = "events.example.com:19093"
security = "sasl_ssl"
tls_certificate = "/c.pem"
tls_key = "/k.pem"
tls_client_ca = "/ca.pem"
networks = ["10.0.0.0/8"]
[[kafka.listener]]
name = "open"
bind = "127.0.0.1:9094"
security = "plaintext"
group = "dts123"
)",
                                             "x.toml");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->memory_bytes, 128U << 20);
  EXPECT_EQ(config->max_record_bytes, 8U << 20);
  EXPECT_EQ(config->disk_reserve_bytes, uint64_t{10} << 30);
  EXPECT_EQ(config->disk_reserve_share, 0);
  EXPECT_EQ(config->scrub_every_ms, 12 * 3'600'000);
  EXPECT_EQ(config->scrub_bytes_per_s, 1U << 20);
  EXPECT_EQ(parse_config("scrub_every = \"never\"", "x.toml")->scrub_every_ms, 0);
  EXPECT_EQ(config->max_tasks, 5U);
  EXPECT_EQ(config->http.host, "::1");
  EXPECT_EQ(config->kafka_threads, 3U);
  EXPECT_EQ(config->max_groups_per_task, 7U);
  EXPECT_EQ(config->kafka_admins, (std::vector<std::string>{"alex", "kim"}));
  EXPECT_EQ(config->kafka_limits.max_connections, 77U);
  EXPECT_EQ(config->kafka_limits.login_ms, 5000);
  EXPECT_EQ(config->kafka_limits.max_frame_bytes, 1U << 20);
  ASSERT_EQ(config->listeners.size(), 2U);
  EXPECT_EQ(config->listeners[0].advertised_host, "events.example.com");
  EXPECT_EQ(config->listeners[0].advertised_port, 19093);
  EXPECT_EQ(config->listeners[0].tls_client_ca_file, "/ca.pem");
  EXPECT_TRUE(allows(config->listeners[0].networks, "10.1.1.1"));
  EXPECT_FALSE(allows(config->listeners[0].networks, "11.1.1.1"));
  EXPECT_EQ(config->listeners[1].plaintext_group, "dts123");
}

struct Wrong {
  const char* text;
  const char* key;
  const char* value;
  const char* would_do;
};

TEST(Config, EveryMistakeNamesKeyValueAndWhatWouldDo) {
  const Wrong cases[] = {
      {"memroy = 1", "memroy", "1", "memory"},
      {"memory = \"lots\"", "memory", "lots", "MiB"},
      {"memory = 1", "memory", "1", "MiB"},
      {"max_tasks = \"5\"", "max_tasks", "5", "whole number"},
      {"disk_reserve = \"x\"", "disk_reserve", "x", "5%"},
      {"scrub_every = \"weekly\"", "scrub_every", "weekly", "7d"},
      {"disk_reserve = \"95%\"", "disk_reserve", "95%", "5%"},
      {"kafka = 5", "kafka", "5", "[kafka]"},
      {"[kafka]\nthreads = -1", "kafka.threads", "-1", "from 0"},
      {"[kafka]\ntreads = 1", "kafka.treads", "1", "kafka.threads"},
      {"[kafka]\nlistener = 1", "kafka.listener", "1", "[[kafka.listener]]"},
      {"[[kafka.listener]]\nbind = \"9092\"", "kafka.listener.bind", "9092", "0.0.0.0:9092"},
      {"[[kafka.listener]]\nsecurity = \"tls\"", "kafka.listener.security", "tls", "sasl_ssl"},
      {"[[kafka.listener]]\nsecurity = \"plaintext\"", "default", "log-in", "group"},
      {"[[kafka.listener]]\nsecurity = \"sasl_ssl\"", "default", "TLS", "tls_certificate"},
      {"[[kafka.listener]]\n[[kafka.listener]]", "default", "two listeners", "name"},
      {"[kafka]\nadmins = \"alex\"", "kafka.admins", "alex", "[\"alex\"]"},
      {"[kafka.limits]\nlogin_ms = 1", "kafka.limits.login_ms", "1", "from 100"},
      {"[[kafka.listener]]\nnetworks = [\"10.0.0.0/40\"]", "kafka.listener.networks", "10.0.0.0/40",
       "10.0.0.0/8"},
      {"[http]\nbind = \"x\"", "http.bind", "x", "127.0.0.1:8080"},
      {"memory = ", "x.toml", "line 1", "not TOML"},
  };
  for (const Wrong& wrong : cases) {
    const Result<Config> config = parse_config(wrong.text, "x.toml");
    ASSERT_FALSE(config) << wrong.text;
    for (const char* part : {wrong.key, wrong.value, wrong.would_do}) {
      EXPECT_NE(config.error().what.find(part), std::string::npos)
          << part << " in: " << config.error().what;
    }
  }
}

TEST(Config, TheCommandLineGoesBeforeTheFile) {
  Config config =
      *parse_config("[[kafka.listener]]\nname = \"a\"\n[[kafka.listener]]\nname = \"b\"", "x.toml");
  ASSERT_TRUE(override_kafka(config, "127.0.0.1:19092"));
  ASSERT_EQ(config.listeners.size(), 1U);
  EXPECT_EQ(config.listeners[0].bind_port, 19092);
  ASSERT_TRUE(override_http(config, "localhost:18080"));
  EXPECT_EQ(config.http.port, 18080);
  EXPECT_FALSE(override_kafka(config, "9092"));
  EXPECT_TRUE(override_http(config, ""));
}

}  // namespace
}  // namespace millrace::cmd
