// SPDX-License-Identifier: Apache-2.0
#include "cmd/millrace/config.h"

#include <fmt/format.h>
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>

#include "base/units.h"
#include "control/address.h"
#include "io/real_files.h"

namespace millrace::cmd {
namespace {

constexpr const char* kDefaultPath = "/etc/millrace/millrace.toml";
constexpr uint64_t kMaxConfigBytes = 1 << 20;

std::string text_of(const toml::node& node) {
  std::ostringstream out;
  node.visit([&](const auto& value) { out << value; });
  return out.str();
}

// Reads the settings of one table by name; done() refuses what nobody asked for.
class Settings {
 public:
  Settings(const toml::table& table, std::string path, std::string prefix)
      : table_(table), path_(std::move(path)), prefix_(std::move(prefix)) {}

  Status text(std::string_view name, std::string& out) {
    const toml::node* node = ask(name);
    if (node == nullptr) return Done{};
    const auto value = node->value_exact<std::string>();
    if (!value) return wrong(name, *node, "a text in quotes");
    out = *value;
    return Done{};
  }
  Status boolean(std::string_view name, bool& out) {
    const toml::node* node = ask(name);
    if (node == nullptr) return Done{};
    const auto value = node->value_exact<bool>();
    if (!value) return wrong(name, *node, "true or false");
    out = *value;
    return Done{};
  }
  template <class T>
  Status number(std::string_view name, int64_t least, int64_t most, T& out) {
    const toml::node* node = ask(name);
    if (node == nullptr) return Done{};
    const auto value = node->value_exact<int64_t>();
    if (!value || *value < least || *value > most) {
      return wrong(name, *node, fmt::format("a whole number from {} to {}", least, most));
    }
    out = static_cast<T>(*value);
    return Done{};
  }
  // "64MiB" or a number of bytes.
  template <class T>
  Status bytes(std::string_view name, int64_t least, int64_t most, T& out) {
    const toml::node* node = ask(name);
    if (node == nullptr) return Done{};
    std::optional<int64_t> value = node->value_exact<int64_t>();
    if (const auto text = node->value_exact<std::string>()) {
      if (const Result<int64_t> parsed = parse_bytes(*text)) value = *parsed;
    }
    if (!value || *value < least || *value > most) {
      return wrong(name, *node,
                   fmt::format("a size from {} to {}, for instance \"{}KiB\"",
                               bytes_text(static_cast<uint64_t>(least)),
                               bytes_text(static_cast<uint64_t>(most)), (most >> 10) / 2));
    }
    out = static_cast<T>(*value);
    return Done{};
  }
  // A list of texts.
  Status texts(std::string_view name, std::string_view wanted, std::vector<std::string>& out) {
    const toml::node* node = ask(name);
    if (node == nullptr) return Done{};
    if (node->as_array() == nullptr) return wrong(name, *node, std::string(wanted));
    out.clear();
    for (const toml::node& element : *node->as_array()) {
      const auto value = element.value_exact<std::string>();
      if (!value) return wrong(name, *node, std::string(wanted));
      out.push_back(*value);
    }
    return Done{};
  }
  // Null: not there. An error: there, and something else.
  Result<const toml::table*> table(std::string_view name) {
    const toml::node* node = ask(name);
    if (node == nullptr) return static_cast<const toml::table*>(nullptr);
    if (node->as_table() == nullptr)
      return wrong(name, *node, fmt::format("a table: [{}{}]", prefix_, name));
    return node->as_table();
  }
  Result<std::vector<const toml::table*>> tables(std::string_view name) {
    std::vector<const toml::table*> out;
    const toml::node* node = ask(name);
    if (node == nullptr) return out;
    const std::string wanted = fmt::format("tables: [[{}{}]]", prefix_, name);
    if (node->as_array() == nullptr) return wrong(name, *node, wanted);
    for (const toml::node& element : *node->as_array()) {
      if (element.as_table() == nullptr) return wrong(name, *node, wanted);
      out.push_back(element.as_table());
    }
    return out;
  }
  const toml::node* ask(std::string_view name) {
    asked_.emplace_back(name);
    return table_.get(name);
  }
  Error wrong(std::string_view name, const toml::node& node, const std::string& wanted) const {
    return {Errc::kInvalid,
            fmt::format("{}, line {}: {}{} = {} will not do: give {}", path_,
                        node.source().begin.line, prefix_, name, text_of(node), wanted)};
  }
  Status done() const {
    for (const auto& [key, node] : table_) {
      if (std::find(asked_.begin(), asked_.end(), key.str()) != asked_.end()) continue;
      return Error{Errc::kInvalid,
                   fmt::format("{}, line {}: {}{} = {} is no setting; there are {}{}", path_,
                               node.source().begin.line, prefix_, key.str(), text_of(node), prefix_,
                               fmt::join(asked_, ", " + prefix_))};
    }
    return Done{};
  }

 private:
  const toml::table& table_;
  const std::string path_, prefix_;
  std::vector<std::string> asked_;
};

Status take_disk_reserve(Settings& in, Config& config) {
  const toml::node* node = in.ask("disk_reserve");
  if (node == nullptr) return Done{};
  const std::string text = node->value_exact<std::string>().value_or("");
  if (text.ends_with('%')) {
    int percent = 0;
    const char* end = text.data() + text.size() - 1;
    const auto parsed = std::from_chars(text.data(), end, percent);
    if (parsed.ec == std::errc() && parsed.ptr == end && percent >= 0 && percent <= 90) {
      config.disk_reserve_share = percent / 100.0;
      return Done{};
    }
  } else if (const Result<int64_t> bytes = parse_bytes(text)) {
    config.disk_reserve_bytes = static_cast<uint64_t>(*bytes);
    config.disk_reserve_share = 0;
    return Done{};
  }
  return in.wrong("disk_reserve", *node, "a part or a size, for instance \"5%\" or \"10GiB\"");
}

Status take_scrub(Settings& in, Config& config) {
  TRY(in.bytes("scrub_bytes_per_second", 64 << 10, int64_t{1} << 40, config.scrub_bytes_per_s));
  const toml::node* node = in.ask("scrub_every");
  if (node == nullptr) return Done{};
  const std::string text = node->value_exact<std::string>().value_or("");
  if (text == "never") {
    config.scrub_every_ms = 0;
    return Done{};
  }
  const Result<int64_t> every = parse_duration_ms(text);
  if (!every || *every < 1000) {
    return in.wrong("scrub_every", *node,
                    "a time of a second or more, for instance \"7d\", or "
                    "\"never\"");
  }
  config.scrub_every_ms = *every;
  return Done{};
}

Result<kafka::Security> parse_security(Settings& in) {
  std::string text = "sasl_plaintext";
  TRY(in.text("security", text));
  if (text == "plaintext") return kafka::Security::kPlaintext;
  if (text == "sasl_plaintext") return kafka::Security::kSaslPlaintext;
  if (text == "ssl") return kafka::Security::kSsl;
  if (text == "sasl_ssl") return kafka::Security::kSaslSsl;
  return in.wrong("security", *in.ask("security"), "plaintext, sasl_plaintext, ssl or sasl_ssl");
}

Status take_networks(Settings& in, std::vector<Network>& out) {
  constexpr std::string_view kWanted = "networks, for instance [\"10.0.0.0/8\", \"::1\"]";
  std::vector<std::string> texts;
  TRY(in.texts("networks", kWanted, texts));
  Result<std::vector<Network>> networks = parse_networks(texts);
  if (!networks) return in.wrong("networks", *in.ask("networks"), std::string(kWanted));
  out = std::move(*networks);
  return Done{};
}

Status check_listener(const kafka::ListenerOptions& listener, const std::string& path) {
  const bool tls =
      listener.security == kafka::Security::kSsl || listener.security == kafka::Security::kSaslSsl;
  const bool open = listener.security == kafka::Security::kPlaintext ||
                    listener.security == kafka::Security::kSsl;
  if (open && listener.plaintext_group.empty()) {
    return Error{Errc::kInvalid,
                 fmt::format("{}: the listener {} has no log-in: give group = \"ID\", whose rights "
                             "its connections have, or security = \"sasl_plaintext\"",
                             path, listener.name)};
  }
  if (tls && (listener.tls_certificate_file.empty() || listener.tls_key_file.empty())) {
    return Error{Errc::kInvalid,
                 fmt::format("{}: the listener {} uses TLS and lacks tls_certificate or tls_key: "
                             "give both, PEM files",
                             path, listener.name)};
  }
  return Done{};
}

Result<kafka::ListenerOptions> listener_of(const toml::table& table, const std::string& path) {
  Settings in(table, path, "kafka.listener.");
  kafka::ListenerOptions out;
  TRY(in.text("name", out.name));
  std::string bind = "127.0.0.1:9092", advertised;
  TRY(in.text("bind", bind));
  TRY(in.text("advertised", advertised));
  out.security = TRY(parse_security(in));
  TRY(in.text("group", out.plaintext_group));
  TRY(in.boolean("allow_plain_without_tls", out.allow_plain_without_tls));
  TRY(in.text("tls_certificate", out.tls_certificate_file));
  TRY(in.text("tls_key", out.tls_key_file));
  TRY(in.text("tls_client_ca", out.tls_client_ca_file));
  TRY(take_networks(in, out.networks));
  TRY(in.done());
  const Result<control::Address> at = control::parse_address(bind);
  if (!at) return in.wrong("bind", *table.get("bind"), "host:port, for instance \"0.0.0.0:9092\"");
  out.bind_host = at->host;
  out.bind_port = at->port;
  if (!advertised.empty()) {
    const Result<control::Address> to = control::parse_address(advertised);
    if (!to) {
      return in.wrong("advertised", *table.get("advertised"),
                      "host:port, for instance \"db-events.example.com:9092\"");
    }
    out.advertised_host = to->host;
    out.advertised_port = to->port;
  }
  TRY(check_listener(out, path));
  return out;
}

// Defaults and reasons: kafka/limits.h.
Status take_limits(const toml::table& table, const std::string& path, kafka::Limits& out) {
  Settings in(table, path, "kafka.limits.");
  constexpr int64_t kMany = 1'000'000, kHourMs = 3'600'000;
  TRY(in.number("max_connections", 1, kMany, out.max_connections));
  TRY(in.number("max_connections_per_ip", 1, kMany, out.max_connections_per_ip));
  TRY(in.number("max_connections_per_principal", 1, kMany, out.max_connections_per_principal));
  TRY(in.number("connections_for_admins", 0, kMany, out.connections_for_admins));
  TRY(in.number("max_unauthenticated_per_ip", 1, kMany, out.max_unauthenticated_per_ip));
  TRY(in.number("max_connections_per_ip_per_s", 1, kMany, out.max_connections_per_ip_per_s));
  TRY(in.number("login_ms", 100, kHourMs, out.login_ms));
  TRY(in.number("frame_ms", 100, kHourMs, out.frame_ms));
  TRY(in.number("idle_ms", 1000, 24 * kHourMs, out.idle_ms));
  TRY(in.number("no_progress_ms", 1000, kHourMs, out.no_progress_ms));
  TRY(in.number("login_failure_delay_ms", 0, 10'000, out.login_failure_delay_ms));
  TRY(in.number("login_failure_delay_max_ms", 0, 60'000, out.login_failure_delay_max_ms));
  TRY(in.bytes("max_frame_bytes", 64 << 10, 100 << 20, out.max_frame_bytes));
  TRY(in.bytes("max_frame_bytes_before_login", 1 << 10, 1 << 20, out.max_frame_bytes_before_login));
  TRY(in.bytes("max_queued_bytes", 4 << 10, 64 << 20, out.max_queued_bytes));
  TRY(in.bytes("max_fetch_bytes", 1 << 10, 1 << 30, out.max_fetch_bytes));
  TRY(in.number("max_fetch_wait_ms", 0, kHourMs, out.max_fetch_wait_ms));
  TRY(in.number("max_fetch_sessions", 0, kMany, out.max_fetch_sessions));
  TRY(in.number("max_fetch_sessions_per_principal", 0, kMany,
                out.max_fetch_sessions_per_principal));
  TRY(in.number("min_session_timeout_ms", 1, kHourMs, out.min_session_timeout_ms));
  TRY(in.number("max_session_timeout_ms", 1000, 24 * kHourMs, out.max_session_timeout_ms));
  TRY(in.number("initial_rebalance_delay_ms", 0, 60'000, out.initial_rebalance_delay_ms));
  TRY(in.number("max_group_members", 1, 10'000, out.max_group_members));
  TRY(in.bytes("max_member_metadata_bytes", 1 << 10, 8 << 20, out.max_member_metadata_bytes));
  TRY(in.bytes("max_group_metadata_bytes", 1 << 10, 64 << 20, out.max_group_metadata_bytes));
  TRY(in.bytes("max_offset_metadata_bytes", 0, 32 << 10, out.max_offset_metadata_bytes));
  return in.done();
}

Status take_kafka(const toml::table& table, const std::string& path, Config& config) {
  Settings in(table, path, "kafka.");
  TRY(in.number("threads", 0, 256, config.kafka_threads));
  TRY(in.number("max_groups_per_task", 1, 10'000, config.max_groups_per_task));
  TRY(in.texts("admins", "names of users, for instance [\"alex\"]", config.kafka_admins));
  if (const toml::table* limits = TRY(in.table("limits")))
    TRY(take_limits(*limits, path, config.kafka_limits));
  const std::vector<const toml::table*> listeners = TRY(in.tables("listener"));
  TRY(in.done());
  if (listeners.empty()) return Done{};
  config.listeners.clear();
  for (const toml::table* listener : listeners) {
    config.listeners.push_back(TRY(listener_of(*listener, path)));
    const std::string& name = config.listeners.back().name;
    const auto same =
        std::count_if(config.listeners.begin(), config.listeners.end(),
                      [&](const kafka::ListenerOptions& other) { return other.name == name; });
    if (same > 1) {
      return Error{Errc::kInvalid, fmt::format("{}: two listeners are called {}: give each a name "
                                               "of its own, for instance name = \"internal\"",
                                               path, name)};
    }
  }
  return Done{};
}

Status take_http(const toml::table& table, const std::string& path, Config& config) {
  Settings in(table, path, "http.");
  std::string bind;
  TRY(in.text("bind", bind));
  TRY(in.done());
  if (bind.empty()) return Done{};
  const Result<control::Address> at = control::parse_address(bind);
  if (!at) {
    return in.wrong("bind", *table.get("bind"), "host:port, for instance \"127.0.0.1:8080\"");
  }
  config.http = {.host = at->host, .port = at->port};
  return Done{};
}

}  // namespace

Result<Config> parse_config(std::string_view text, const std::string& path) {
  const toml::parse_result parsed = toml::parse(text, path);
  if (!parsed) {
    return Error{Errc::kInvalid,
                 fmt::format("{}, line {}: not TOML: {}", path, parsed.error().source().begin.line,
                             parsed.error().description())};
  }
  Config config;
  Settings in(parsed.table(), path, "");
  TRY(in.bytes("memory", 8 << 20, int64_t{1} << 40, config.memory_bytes));
  TRY(in.bytes("max_record_bytes", 1 << 20, 1 << 30, config.max_record_bytes));
  TRY(take_disk_reserve(in, config));
  TRY(take_scrub(in, config));
  TRY(in.number("max_tasks", 1, 100'000, config.max_tasks));
  if (const toml::table* kafka = TRY(in.table("kafka"))) TRY(take_kafka(*kafka, path, config));
  if (const toml::table* http = TRY(in.table("http"))) TRY(take_http(*http, path, config));
  TRY(in.done());
  return config;
}

Result<Config> load_config(const std::string& path) {
  io::RealFiles files;
  if (path.empty() && !TRY(io::exists(files, kDefaultPath))) return Config();
  const std::string from = path.empty() ? kDefaultPath : path;
  return parse_config(TRY(io::read_file(files, from, kMaxConfigBytes)), from);
}

Status override_kafka(Config& config, const std::string& address) {
  if (address.empty()) return Done{};
  const control::Address at = TRY(control::parse_address(address));
  kafka::ListenerOptions listener;
  listener.bind_host = at.host;
  listener.bind_port = at.port;
  config.listeners = {listener};
  return Done{};
}

Status override_http(Config& config, const std::string& address) {
  if (address.empty()) return Done{};
  const control::Address at = TRY(control::parse_address(address));
  config.http = {.host = at.host, .port = at.port};
  return Done{};
}

}  // namespace millrace::cmd
