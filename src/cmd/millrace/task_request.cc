// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/units.h"
#include "cmd/millrace/schema_file.h"
#include "cmd/millrace/task_create.h"
#include "mysql/connection.h"
#include "task/spec.h"

namespace millrace::cmd {
namespace {

json::Value list_of(const std::vector<std::string>& texts) {
  json::Value out = json::array();
  for (const std::string& text : texts) out.push(text);
  return out;
}

Result<json::Value> labels_of(const std::vector<std::string>& labels) {
  json::Value out = json::object();
  for (const std::string& label : labels) {
    const size_t equals = label.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error{Errc::kInvalid,
                   fmt::format("--label \"{}\": give NAME=VALUE, for instance team=orders", label)};
    }
    out.set(label.substr(0, equals), label.substr(equals + 1));
  }
  return out;
}

}  // namespace

Result<bool> needs_password(const TaskCreateWords& words) {
  bool needed = false;
  for (const std::string& url : words.sources) {
    needed = TRY(mysql::parse_url(url)).password.empty() || needed;
  }
  return needed;
}

Result<json::Value> task_request(const TaskCreateWords& words, const std::string& password) {
  task::TaskSpec spec;
  for (const std::string& url : words.sources) {
    mysql::ConnectOptions source = TRY(mysql::parse_url(url));
    if (source.password.empty()) source.password = password;
    source.tls_ca = words.tls_ca;
    source.tls_cert = words.tls_cert;
    source.tls_key = words.tls_key;
    spec.sources.push_back(std::move(source));
  }
  json::Value out = task::spec_for_request(spec);
  out.set("name", words.name)
      .set("start", !words.no_start)
      .set("objects", list_of(words.objects))
      .set("schema_scope", words.schema_scope)
      .set("from", words.from)
      .set("topic", words.topic)
      .set("format", words.format)
      .set("retention_ms", TRY(parse_duration_ms(words.retention)))
      .set("compression", words.compression)
      .set("online_ddl", words.online_ddl)
      .set("partial_rows", words.partial_rows)
      .set("listeners", list_of(words.listeners))
      .set("labels", TRY(labels_of(words.labels)))
      .set("skip_checks", list_of(words.skip_checks));
  if (!words.schema_file.empty()) out.set("schema", TRY(read_schema_file(words.schema_file)));
  if (!words.data_types.empty()) out.set("data_types", list_of(words.data_types));
  if (!words.retention_bytes.empty()) {
    out.set("retention_bytes", TRY(parse_bytes(words.retention_bytes)));
  }
  return out;
}

}  // namespace millrace::cmd
