// SPDX-License-Identifier: Apache-2.0
#include "task/spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "schema/script.h"
#include "task/topic_name.h"

namespace millrace::task {
namespace {

constexpr int64_t kMinRetentionMs = 60'000;
constexpr int64_t kMaxRetentionMs = int64_t{3650} * 86'400'000;
constexpr int64_t kMinRetentionBytes = 1 << 20;
constexpr size_t kMaxSources = 16;
constexpr size_t kMaxObjects = 10'000;
constexpr size_t kMaxLabels = 64;

struct TlsName {
  mysql::TlsMode mode;
  std::string_view name;
};
constexpr std::array kTlsNames = {
    TlsName{mysql::TlsMode::kDisabled, "disabled"},
    TlsName{mysql::TlsMode::kPreferred, "preferred"},
    TlsName{mysql::TlsMode::kRequired, "required"},
    TlsName{mysql::TlsMode::kVerifyCa, "verify-ca"},
    TlsName{mysql::TlsMode::kVerifyIdentity, "verify-identity"},
};

struct CompressionName {
  storage::Compression compression;
  std::string_view name;
};
constexpr std::array kCompressionNames = {
    CompressionName{storage::Compression::kNone, "none"},
    CompressionName{storage::Compression::kGzip, "gzip"},
    CompressionName{storage::Compression::kSnappy, "snappy"},
    CompressionName{storage::Compression::kLz4, "lz4"},
    CompressionName{storage::Compression::kZstd, "zstd"},
};

Error invalid(std::string what) { return {Errc::kInvalid, std::move(what)}; }

std::string_view tls_text(mysql::TlsMode mode) {
  for (const TlsName& known : kTlsNames) {
    if (known.mode == mode) return known.name;
  }
  return "preferred";
}

Result<mysql::TlsMode> parse_tls(std::string_view text) {
  for (const TlsName& known : kTlsNames) {
    if (known.name == text) return known.mode;
  }
  return invalid(
      fmt::format("tls \"{}\": give disabled, preferred, required, verify-ca or "
                  "verify-identity",
                  text));
}

// How a password goes into JSON, and comes out of it.
using PutPassword = std::function<void(json::Value& source, const std::string& password)>;
using TakePassword = std::function<Result<std::string>(json::Reader& source)>;

json::Value source_to_json(const mysql::ConnectOptions& source, const PutPassword& put) {
  json::Value out = json::object()
                        .set("host", source.host)
                        .set("port", source.port)
                        .set("user", source.user)
                        .set("tls", tls_text(source.tls));
  put(out, source.password);
  if (!source.tls_ca.empty()) out.set("tls_ca", source.tls_ca);
  if (!source.tls_cert.empty()) out.set("tls_cert", source.tls_cert);
  if (!source.tls_key.empty()) out.set("tls_key", source.tls_key);
  return out;
}

Result<mysql::ConnectOptions> source_from_json(const json::Value& value, const TakePassword& take) {
  if (value.text() != nullptr) return mysql::parse_url(*value.text());
  json::Reader in(value, "source");
  mysql::ConnectOptions out;
  out.host = TRY(in.text("host")).value_or("");
  const int64_t port = TRY(in.integer("port")).value_or(3306);
  out.user = TRY(in.text("user")).value_or("");
  out.password = TRY(take(in));
  out.tls = TRY(parse_tls(TRY(in.text("tls")).value_or("preferred")));
  out.tls_ca = TRY(in.text("tls_ca")).value_or("");
  out.tls_cert = TRY(in.text("tls_cert")).value_or("");
  out.tls_key = TRY(in.text("tls_key")).value_or("");
  TRY(in.done());
  if (port < 1 || port > 65535) return invalid(fmt::format("port {}: give 1 to 65535", port));
  out.port = static_cast<uint16_t>(port);
  return out;
}

json::Value to_json(const TaskSpec& spec, const PutPassword& put) {
  json::Value sources = json::array();
  for (const mysql::ConnectOptions& source : spec.sources) {
    sources.push(source_to_json(source, put));
  }
  json::Value objects = json::array();
  for (const capture::ObjectName& object : spec.selection.objects) {
    objects.push(capture::object_text(object));
  }
  json::Value types = json::array();
  if (spec.selection.data) types.push("data");
  if (spec.selection.schema) types.push("schema");
  json::Value listeners = json::array();
  for (const std::string& listener : spec.listeners) listeners.push(listener);
  json::Value labels = json::object();
  for (const auto& [key, value] : spec.labels) labels.set(key, value);
  json::Value skip = json::array();
  for (const std::string& check : spec.skip_checks) skip.push(check);
  json::Value out = json::object();
  out.set("sources", std::move(sources))
      .set("objects", std::move(objects))
      .set("data_types", std::move(types))
      .set("schema_scope", spec.selection.schema_of_instance ? "instance" : "selected")
      .set("from", capture::start_point_text(spec.from))
      .set("topic", spec.topic)
      .set("format", spec.format)
      .set("compression", compression_text(spec.compression))
      .set("retention_ms", spec.retention_ms)
      .set("retention_bytes", spec.retention_bytes)
      .set("online_ddl", spec.online_ddl == OnlineDdl::kFold ? "fold" : "raw")
      .set("partial_rows", spec.partial_rows == PartialRows::kStop ? "stop" : "emit")
      .set("listeners", std::move(listeners))
      .set("labels", std::move(labels))
      .set("skip_checks", std::move(skip));
  if (!spec.schema_sql.empty()) out.set("schema", spec.schema_sql);
  return out;
}

Status take_data_types(json::Reader& in, capture::Selection& selection) {
  const std::optional<std::vector<std::string>> types = TRY(in.texts("data_types"));
  if (!types) return Done{};
  selection.data = selection.schema = false;
  for (const std::string& type : *types) {
    if (type != "data" && type != "schema") {
      return invalid(fmt::format("data_types \"{}\": give data, schema or both", type));
    }
    (type == "data" ? selection.data : selection.schema) = true;
  }
  return Done{};
}

// One of two words.
Result<bool> is_first(json::Reader& in, std::string_view name, std::string_view first,
                      std::string_view second) {
  const std::string text = TRY(in.text(name)).value_or(std::string(first));
  if (text != first && text != second) {
    return invalid(fmt::format("{} \"{}\": give {} or {}", name, text, first, second));
  }
  return text == first;
}

Status take_labels(json::Reader& in, TaskSpec& spec) {
  const json::Value* labels = in.member("labels");
  if (labels == nullptr) return Done{};
  if (labels->object() == nullptr) return invalid("labels must be an object of texts");
  for (const json::Member& label : *labels->object()) {
    if (label.value.text() == nullptr) {
      return invalid(fmt::format("the label \"{}\" must be a text", label.name));
    }
    spec.labels.emplace_back(label.name, *label.value.text());
  }
  return Done{};
}

Result<TaskSpec> from_json(const json::Value& value, const TakePassword& take) {
  json::Reader in(value, "task");
  TaskSpec spec;
  if (const json::Value* sources = in.member("sources")) {
    if (sources->array() == nullptr) return invalid("sources must be a list");
    for (const json::Value& source : *sources->array()) {
      spec.sources.push_back(TRY(source_from_json(source, take)));
    }
  }
  for (const std::string& object : TRY(in.texts("objects")).value_or(std::vector<std::string>())) {
    spec.selection.objects.push_back(TRY(capture::parse_object(object)));
  }
  TRY(take_data_types(in, spec.selection));
  spec.selection.schema_of_instance = TRY(is_first(in, "schema_scope", "instance", "selected"));
  spec.from = TRY(capture::parse_start_point(TRY(in.text("from")).value_or("latest")));
  spec.schema_sql = TRY(in.text("schema")).value_or("");
  spec.topic = TRY(in.text("topic")).value_or("");
  spec.format = TRY(in.text("format")).value_or(spec.format);
  spec.compression = TRY(parse_compression(TRY(in.text("compression")).value_or("none")));
  spec.retention_ms = TRY(in.integer("retention_ms")).value_or(spec.retention_ms);
  spec.retention_bytes = TRY(in.integer("retention_bytes"));
  spec.online_ddl =
      TRY(is_first(in, "online_ddl", "fold", "raw")) ? OnlineDdl::kFold : OnlineDdl::kRaw;
  spec.partial_rows =
      TRY(is_first(in, "partial_rows", "stop", "emit")) ? PartialRows::kStop : PartialRows::kEmit;
  spec.listeners = TRY(in.texts("listeners")).value_or(spec.listeners);
  TRY(take_labels(in, spec));
  spec.skip_checks = TRY(in.texts("skip_checks")).value_or(spec.skip_checks);
  TRY(in.done());
  return spec;
}

Status check_sources(const std::vector<mysql::ConnectOptions>& sources) {
  if (sources.empty() || sources.size() > kMaxSources) {
    return invalid(
        fmt::format("a task has 1 to {} sources, not {}: give --source "
                    "mysql://user@host:3306",
                    kMaxSources, sources.size()));
  }
  for (const mysql::ConnectOptions& source : sources) {
    if (source.host.empty() || source.user.empty()) {
      return invalid(fmt::format("the source {} lacks {}: give mysql://user@host:3306",
                                 mysql::masked_url(source),
                                 source.host.empty() ? "a host" : "a user"));
    }
    if (source.tls_cert.empty() != source.tls_key.empty()) {
      return invalid("a client certificate needs both tls_cert and tls_key");
    }
  }
  return Done{};
}

}  // namespace

std::vector<std::string> record_formats() { return {"dts-avro"}; }

std::string compression_text(storage::Compression compression) {
  for (const CompressionName& known : kCompressionNames) {
    if (known.compression == compression) return std::string(known.name);
  }
  return "none";
}

Result<storage::Compression> parse_compression(std::string_view text) {
  for (const CompressionName& known : kCompressionNames) {
    if (known.name == text) return known.compression;
  }
  return invalid(fmt::format("compression \"{}\": give none, gzip, snappy, lz4 or zstd", text));
}

Status check(const TaskSpec& spec) {
  TRY(check_sources(spec.sources));
  if (spec.selection.objects.empty() || spec.selection.objects.size() > kMaxObjects) {
    return invalid(
        fmt::format("a task tracks 1 to {} objects, not {}: give --object DB or --object "
                    "DB.TABLE",
                    kMaxObjects, spec.selection.objects.size()));
  }
  for (const capture::ObjectName& object : spec.selection.objects) {
    if (capture::is_system_database(object.database)) {
      return invalid(
          fmt::format("{} is a database of the server itself: its changes are never "
                      "records",
                      object.database));
    }
  }
  if (!spec.selection.data && !spec.selection.schema) {
    return invalid("data_types is empty: give data, schema or both");
  }
  if (!spec.schema_sql.empty()) {
    schema::Catalog scratch;
    Status status = schema::apply_script(spec.schema_sql, scratch);
    if (!status) return in_context("schema", std::move(status.error()));
  }
  if (!spec.topic.empty()) TRY(check_topic_name(spec.topic));
  const std::vector<std::string> formats = record_formats();
  if (std::find(formats.begin(), formats.end(), spec.format) == formats.end()) {
    return invalid(
        fmt::format("format \"{}\": there is {}", spec.format, fmt::join(formats, ", ")));
  }
  if (spec.retention_ms < kMinRetentionMs || spec.retention_ms > kMaxRetentionMs) {
    return invalid(
        fmt::format("retention of {} ms: give 1m to 3650d, for instance 24h", spec.retention_ms));
  }
  if (spec.retention_bytes && *spec.retention_bytes < kMinRetentionBytes) {
    return invalid(fmt::format("retention of {} bytes: give 1MiB or more, for instance 10GiB",
                               *spec.retention_bytes));
  }
  if (spec.labels.size() > kMaxLabels) {
    return invalid(fmt::format("{} labels: at most {}", spec.labels.size(), kMaxLabels));
  }
  return Done{};
}

Result<TaskSpec> spec_from_request(const json::Value& value) {
  TaskSpec spec = TRY(from_json(value, [](json::Reader& source) -> Result<std::string> {
    return TRY(source.text("password")).value_or("");
  }));
  TRY(check(spec));
  return spec;
}

json::Value spec_for_request(const TaskSpec& spec) {
  return to_json(spec, [](json::Value& source, const std::string& password) {
    source.set("password", password);
  });
}

json::Value spec_for_people(const TaskSpec& spec) {
  return to_json(spec, [](json::Value& source, const std::string& password) {
    source.set("password_set", !password.empty());
  });
}

std::string spec_for_store(const TaskSpec& spec, const store::Secrets& secrets) {
  return json::write(to_json(spec, [&](json::Value& source, const std::string& password) {
    source.set("password_sealed", secrets.seal(password));
  }));
}

Result<TaskSpec> spec_from_store(std::string_view text, const store::Secrets& secrets) {
  const json::Value value = TRY(json::parse(text));
  return from_json(value, [&](json::Reader& source) -> Result<std::string> {
    const std::optional<std::string> sealed = TRY(source.text("password_sealed"));
    return sealed ? secrets.unseal(*sealed) : std::string();
  });
}

}  // namespace millrace::task
