// SPDX-License-Identifier: Apache-2.0
// The bodies of requests and answers, for the OpenAPI document: JSON, by the names that the route
// table uses.
#pragma once

#include <string_view>

namespace millrace::control {

inline constexpr std::string_view kSchemas = R"json({
"Problem": {"type": "object", "description": "RFC 9457", "required": ["type", "title", "status"], "properties": {
  "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
  "detail": {"type": "string", "description": "what, why, and what to do"},
  "code": {"type": "string", "description": "a stable word for programs"}}},
"NewSource": {"oneOf": [
  {"type": "string", "description": "mysql://user[:password]@host[:port][?tls=MODE]"},
  {"type": "object", "required": ["host", "user"], "additionalProperties": false, "properties": {
    "host": {"type": "string"}, "port": {"type": "integer", "default": 3306},
    "user": {"type": "string"}, "password": {"type": "string", "writeOnly": true},
    "tls": {"enum": ["disabled", "preferred", "required", "verify-ca", "verify-identity"], "default": "preferred"},
    "tls_ca": {"type": "string"}, "tls_cert": {"type": "string"}, "tls_key": {"type": "string"}}}]},
"NewTask": {"type": "object", "required": ["name", "sources", "objects"], "additionalProperties": false, "properties": {
  "name": {"type": "string"},
  "start": {"type": "boolean", "default": true},
  "sources": {"type": "array", "items": {"$ref": "#/components/schemas/NewSource"}},
  "objects": {"type": "array", "items": {"type": "string"}, "description": "DB or DB.TABLE, with backquotes for odd names"},
  "data_types": {"type": "array", "items": {"enum": ["data", "schema"]}},
  "schema_scope": {"enum": ["instance", "selected"], "default": "instance"},
  "from": {"type": "string", "default": "latest"},
  "topic": {"type": "string"},
  "format": {"enum": ["dts-avro"], "default": "dts-avro"},
  "compression": {"enum": ["none", "gzip", "snappy", "lz4", "zstd"], "default": "none"},
  "retention_ms": {"type": "integer", "default": 86400000},
  "retention_bytes": {"type": ["integer", "null"]},
  "online_ddl": {"enum": ["fold", "raw"], "default": "fold"},
  "partial_rows": {"enum": ["stop", "emit"], "default": "stop"},
  "listeners": {"type": "array", "items": {"type": "string"}},
  "labels": {"type": "object", "additionalProperties": {"type": "string"}},
  "skip_checks": {"type": "array", "items": {"type": "string"}}}},
"Start": {"type": "object", "additionalProperties": false, "properties": {
  "skip_checks": {"type": "array", "items": {"type": "string"}}, "reason": {"type": "string"}}},
"PrecheckItem": {"type": "object", "properties": {
  "id": {"type": "string"}, "title": {"type": "string"}, "level": {"enum": ["pass", "info", "warn", "fail"]},
  "evidence": {"type": "string"}, "why": {"type": "string"}, "fix": {"type": "string"}, "can_waive": {"type": "boolean"}}},
"Precheck": {"type": "object", "properties": {
  "running": {"type": "boolean"},
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/PrecheckItem"}},
  "report": {"type": ["object", "null"]}}},
"Task": {"type": "object", "properties": {
  "id": {"type": "string"}, "name": {"type": "string"},
  "state": {"enum": ["not_configured", "checking", "precheck_failed", "ready", "starting", "running", "retrying", "failed", "paused", "deleting"]},
  "reason": {"type": "string"}, "since": {"type": ["string", "null"], "format": "date-time"},
  "wanted": {"enum": ["running", "stopped"]},
  "next_attempt": {"type": ["string", "null"], "format": "date-time"},
  "source": {"type": ["string", "null"]}, "topic": {"type": "string"},
  "created": {"type": ["string", "null"], "format": "date-time"}, "server_id": {"type": "integer"},
  "tracking_delay_ms": {"type": ["integer", "null"], "description": "null before anything was read"},
  "read_to": {"type": ["string", "null"], "format": "date-time"},
  "source_clock_delta_ms": {"type": "integer"},
  "position": {"type": ["object", "null"], "properties": {
    "file": {"type": "string"}, "offset": {"type": "integer"}, "gtids": {"type": "string"}}},
  "log": {"type": ["object", "null"], "properties": {
    "start_offset": {"type": "integer"}, "end_offset": {"type": "integer"}, "leader_epoch": {"type": "integer"},
    "bytes": {"type": "integer"}, "newest_record": {"type": ["string", "null"], "format": "date-time"}}},
  "counters": {"type": "object", "additionalProperties": {"type": "integer"}},
  "prepared_xa": {"type": "array", "description": "transactions that wait for their XA COMMIT", "items": {"type": "object", "properties": {
    "xid": {"type": "string"}, "since": {"type": ["string", "null"], "format": "date-time"},
    "file": {"type": "string"}, "offset": {"type": "integer"}}}},
  "last_error": {"type": ["object", "null"], "properties": {
    "what": {"type": "string"}, "time": {"type": ["string", "null"], "format": "date-time"}}},
  "spec": {"type": "object", "description": "as in NewTask; of passwords only whether there is one"},
  "precheck": {"$ref": "#/components/schemas/Precheck"},
  "groups": {"type": "array", "items": {"type": "object", "properties": {
    "id": {"type": "string"}, "name": {"type": "string"}}}}}},
"Tasks": {"type": "object", "properties": {
  "tasks": {"type": "array", "items": {"$ref": "#/components/schemas/Task"}}}},
"NewGroup": {"type": "object", "required": ["task", "account", "password"], "additionalProperties": false, "properties": {
  "task": {"type": "string", "description": "an ID or a name that is unique"},
  "account": {"type": "string", "description": "1 to 16 letters, digits, underscores"},
  "name": {"type": "string", "description": "the account if absent"},
  "id": {"type": "string", "description": "dts and 12 random characters if absent"},
  "password": {"type": "string", "writeOnly": true}}},
"Password": {"type": "object", "required": ["password"], "additionalProperties": false, "properties": {
  "password": {"type": "string", "writeOnly": true}}},
"Group": {"type": "object", "properties": {
  "id": {"type": "string"}, "name": {"type": "string"}, "account": {"type": "string"},
  "user": {"type": "string", "description": "what its clients log in as"},
  "task_id": {"type": "string"}, "task": {"type": ["string", "null"]}, "topic": {"type": "string"},
  "created": {"type": ["string", "null"], "format": "date-time"},
  "state": {"enum": ["Empty", "PreparingRebalance", "CompletingRebalance", "Stable", "Dead"]},
  "members": {"type": "array", "items": {"type": "object", "properties": {
    "id": {"type": "string"}, "client_id": {"type": "string"}, "host": {"type": "string"}, "active": {"type": "boolean"}}}},
  "connections": {"type": "integer"},
  "position": {"type": ["object", "null"], "properties": {
    "offset": {"type": "integer"}, "leader_epoch": {"type": "integer"},
    "committed": {"type": ["string", "null"], "format": "date-time"},
    "read_to": {"type": ["string", "null"], "format": "date-time"}}},
  "lag": {"type": ["object", "null"], "properties": {
    "records": {"type": "integer"}, "heartbeats": {"type": "integer"},
    "exact": {"type": "boolean", "description": "false: too much is unread to tell all heartbeats apart"},
    "lost_records": {"type": "integer"}, "delay_ms": {"type": "integer"}}}}},
"Groups": {"type": "object", "properties": {
  "groups": {"type": "array", "items": {"$ref": "#/components/schemas/Group"}}}},
"Service": {"type": "object", "properties": {
  "version": {"type": "string"}, "cluster_id": {"type": "string"},
  "started": {"type": ["string", "null"], "format": "date-time"},
  "listeners": {"type": "array", "items": {"type": "object", "properties": {
    "name": {"type": "string"}, "address": {"type": "string"}, "security": {"type": "string"}}}}}}
})json";

}  // namespace millrace::control
