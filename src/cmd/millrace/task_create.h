// SPDX-License-Identifier: Apache-2.0
// The words of `task create` as the request that the API takes.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace millrace::cmd {

struct TaskCreateWords {
  std::string name;
  std::vector<std::string> sources;
  std::string password_file;
  std::vector<std::string> objects;
  std::vector<std::string> data_types;
  std::string schema_scope = "instance";
  std::string topic;
  std::string format = "dts-avro";
  std::string from = "latest";
  std::string schema_file;
  std::string retention = "24h";
  std::string retention_bytes;
  std::string compression = "none";
  std::string online_ddl = "fold";
  std::string partial_rows = "stop";
  std::string tls_ca, tls_cert, tls_key;
  std::vector<std::string> listeners;
  std::vector<std::string> labels;
  std::vector<std::string> skip_checks;
  bool no_start = false;
};

// `password`: for sources whose URL has none. kInvalid: the words are wrong.
Result<json::Value> task_request(const TaskCreateWords& words, const std::string& password);
// Whether one of the URLs lacks a password; kInvalid: one is no URL.
Result<bool> needs_password(const TaskCreateWords& words);

}  // namespace millrace::cmd
