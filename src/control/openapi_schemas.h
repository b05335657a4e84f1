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
  "schema": {"type": "string", "description": "SQL with the definitions as of from, of the tables that were changed since"},
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
  "skip_checks": {"type": "array", "items": {"type": "string"}},
  "from": {"type": "string", "description": "go on there: latest, earliest, FILE:OFFSET, a GTID set or an RFC 3339 time; with accept_gap once something was read"},
  "schema": {"type": "string", "description": "SQL with the definitions as of from, else as of where the task stands"},
  "binlog_dir": {"type": "string", "description": "a folder of the service's machine with the binlog files that the source has purged"},
  "accept_gap": {"type": "boolean", "default": false, "description": "a marker in the topic says what is left out"},
  "accept_server": {"type": "boolean", "default": false, "description": "go on at a server that cannot show that it may"},
  "reason": {"type": "string", "description": "for the marker and the audit trail"}}},
"PrecheckItem": {"type": "object", "required": ["id", "title", "level", "evidence", "why", "fix", "can_waive"], "properties": {
  "id": {"type": "string"}, "title": {"type": "string"}, "level": {"enum": ["pass", "skip", "info", "warn", "fail"]},
  "evidence": {"type": "string"}, "why": {"type": "string"}, "fix": {"type": "string"}, "can_waive": {"type": "boolean"},
  "source": {"type": "string", "description": "host:port, where a task has several sources"}}},
"Precheck": {"type": "object", "required": ["running", "items"], "properties": {
  "running": {"type": "boolean"},
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/PrecheckItem"}},
  "report": {"type": ["object", "null"]}}},
"Task": {"type": "object", "required": ["id", "name", "state", "reason", "wanted", "topic", "counters", "spec"], "properties": {
  "id": {"type": "string"}, "name": {"type": "string"},
  "state": {"enum": ["not_configured", "checking", "precheck_failed", "ready", "starting", "running", "retrying", "failed", "paused", "deleting"]},
  "reason": {"type": "string"}, "since": {"type": ["string", "null"], "format": "date-time"},
  "wanted": {"enum": ["running", "stopped"]},
  "next_attempt": {"type": ["string", "null"], "format": "date-time"},
  "source": {"type": ["string", "null"], "description": "the one that is read, else the first"}, "topic": {"type": "string"},
  "sources": {"type": "array", "items": {"type": "string"}, "description": "in the order in which they are tried"},
  "server": {"type": ["object", "null"], "properties": {"uuid": {"type": ["string", "null"]}, "server_id": {"type": "integer"}}},
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
  "healed": {"type": "array", "description": "definitions that were found out for rows that fitted none, the newest last", "items": {"type": "object", "properties": {
    "table": {"type": "string"}, "how": {"enum": ["read_again", "given", "metadata"]},
    "time": {"type": ["string", "null"], "format": "date-time"},
    "file": {"type": "string"}, "offset": {"type": "integer"}, "gtid": {"type": ["string", "null"]},
    "read_at": {"type": ["string", "null"], "description": "the source's position when it was read again"},
    "statement": {"type": ["string", "null"], "description": "what put the table in doubt; null: nothing that was logged"}}}},
  "accepted": {"type": "array", "description": "what a person accepted, each with its marker in the topic", "items": {"type": "object", "properties": {
    "event": {"enum": ["gap", "lost_xa", "server", "repair", "damage"]}, "time": {"type": ["string", "null"], "format": "date-time"},
    "reason": {"type": "string"}, "from": {"type": "string"}, "to": {"type": "string"}}}},
  "last_error": {"type": ["object", "null"], "properties": {
    "what": {"type": "string"}, "time": {"type": ["string", "null"], "format": "date-time"}}},
  "waits_for_disk": {"type": "boolean", "description": "retrying until there is room"},
  "alarms": {"$ref": "#/components/schemas/Alarms"},
  "spec": {"type": "object", "description": "as in NewTask; of passwords only whether there is one"},
  "precheck": {"$ref": "#/components/schemas/Precheck"},
  "groups": {"type": "array", "items": {"type": "object", "properties": {
    "id": {"type": "string"}, "name": {"type": "string"}}}}}},
"Tasks": {"type": "object", "required": ["tasks"], "properties": {
  "tasks": {"type": "array", "items": {"$ref": "#/components/schemas/Task"}}}},
"NewGroup": {"type": "object", "required": ["task", "account", "password"], "additionalProperties": false, "properties": {
  "task": {"type": "string", "description": "an ID or a name that is unique"},
  "account": {"type": "string", "description": "1 to 16 letters, digits, underscores"},
  "name": {"type": "string", "description": "the account if absent"},
  "id": {"type": "string", "description": "dts and 12 random characters if absent"},
  "networks": {"type": "array", "items": {"type": "string"}, "description": "from where its clients may come, else from anywhere"},
  "password": {"type": "string", "writeOnly": true}}},
"Networks": {"type": "object", "required": ["networks"], "additionalProperties": false, "properties": {
  "networks": {"type": "array", "items": {"type": "string"}, "description": "10.0.0.0/8 ...; none: from anywhere"}}},
"Password": {"type": "object", "required": ["password"], "additionalProperties": false, "properties": {
  "password": {"type": "string", "writeOnly": true}}},
"Group": {"type": "object", "required": ["id", "name", "account", "user", "task_id", "topic", "state", "members", "connections", "clients"], "properties": {
  "id": {"type": "string"}, "name": {"type": "string"}, "account": {"type": "string"},
  "user": {"type": "string", "description": "what its clients log in as"},
  "task_id": {"type": "string"}, "task": {"type": ["string", "null"]}, "topic": {"type": "string"},
  "networks": {"type": "array", "items": {"type": "string"}, "description": "none: from anywhere"},
  "listeners": {"type": "array", "items": {"type": "string"}, "description": "the task's; none: all"},
  "created": {"type": ["string", "null"], "format": "date-time"},
  "state": {"enum": ["Empty", "PreparingRebalance", "CompletingRebalance", "Stable", "Dead"]},
  "members": {"type": "array", "items": {"type": "object", "properties": {
    "id": {"type": "string"}, "client_id": {"type": "string"}, "host": {"type": "string"}, "active": {"type": "boolean"}}}},
  "connections": {"type": "integer"},
  "clients": {"type": "array", "description": "its connections", "items": {"type": "object", "properties": {
    "peer": {"type": "string"}, "client_id": {"type": "string"},
    "software": {"type": "string", "description": "name and version, where the client told"},
    "since": {"type": ["string", "null"], "format": "date-time"}}}},
  "position": {"type": ["object", "null"], "properties": {
    "offset": {"type": "integer"}, "leader_epoch": {"type": "integer"},
    "committed": {"type": ["string", "null"], "format": "date-time"},
    "read_to": {"type": ["string", "null"], "format": "date-time"}}},
  "lag": {"type": ["object", "null"], "properties": {
    "records": {"type": "integer"}, "heartbeats": {"type": "integer"},
    "exact": {"type": "boolean", "description": "false: too much is unread to tell all heartbeats apart"},
    "lost_records": {"type": "integer"}, "delay_ms": {"type": "integer"}}},
  "retention": {"type": ["object", "null"], "description": "null: nothing is unread", "properties": {
    "used": {"type": "number", "description": "of the retention of the next record; it is removed at 1"},
    "removed": {"type": ["string", "null"], "format": "date-time", "description": "when, by its age"},
    "lost": {"type": "integer", "description": "offsets that were removed unread"},
    "alarm": {"type": "boolean"}}}}},
"Groups": {"type": "object", "required": ["groups"], "properties": {
  "groups": {"type": "array", "items": {"$ref": "#/components/schemas/Group"}}}},
"Reset": {"type": "object", "required": ["to"], "additionalProperties": false, "properties": {
  "to": {"type": "string", "description": "latest, earliest, an offset or an RFC 3339 time"},
  "preview": {"type": "boolean", "default": false}}},
"ResetResult": {"type": "object", "required": ["offset", "time", "now", "read_again", "skipped", "past_end", "clients", "first"], "properties": {
  "offset": {"type": "integer", "description": "of the record that the group reads next"},
  "time": {"type": ["string", "null"], "format": "date-time", "description": "that record's; null at the end of the log"},
  "now": {"type": ["integer", "null"], "description": "the position before; null: none"},
  "read_again": {"type": "integer"}, "skipped": {"type": "integer"},
  "past_end": {"type": "boolean", "description": "no record is as new as the time that was asked for"},
  "clients": {"type": "array", "items": {"type": "string"}, "description": "that are connected"},
  "first": {"anyOf": [{"$ref": "#/components/schemas/FoundRecord"}, {"type": "null"}], "description": "the next change; null: none among the next records"}}},
"Login": {"type": "object", "additionalProperties": false, "description": "one of the two", "properties": {
  "token": {"type": "string", "writeOnly": true}, "link": {"type": "string", "writeOnly": true, "description": "the secret of the link that serve prints"}}},
"Session": {"type": "object", "required": ["who", "csrf", "expires"], "properties": {
  "who": {"type": "string"}, "csrf": {"type": "string"}, "expires": {"type": "string", "format": "date-time"}}},
"SourceTest": {"type": "object", "required": ["source"], "additionalProperties": false, "properties": {
  "source": {"$ref": "#/components/schemas/NewSource"}}},
"SourceReport": {"type": "object", "required": ["passed", "connected", "server_version", "flavour", "account", "seen_as", "items"], "properties": {
  "passed": {"type": "boolean"}, "connected": {"type": "boolean"},
  "server_version": {"type": "string"}, "flavour": {"type": "string"},
  "account": {"type": "string", "description": "user@host that the server matched"},
  "seen_as": {"type": "string", "description": "user@host as the server sees our address"},
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/PrecheckItem"}}}},
"SourceSearch": {"type": "object", "required": ["source"], "additionalProperties": false, "properties": {
  "source": {"$ref": "#/components/schemas/NewSource"},
  "search": {"type": "string", "description": "part of database.table; with * it is a pattern of the whole"},
  "database": {"type": "string"}, "limit": {"type": "integer", "description": "tables in the answer; 0: only the counts"}}},
"SourceObjects": {"type": "object", "required": ["databases", "tables", "all"], "properties": {
  "databases": {"type": "array", "items": {"type": "object", "required": ["name", "tables", "matching"], "properties": {
    "name": {"type": "string"}, "tables": {"type": "integer"}, "matching": {"type": "integer"}}}},
  "tables": {"type": "array", "items": {"type": "object", "required": ["database", "name", "type", "engine", "has_key"], "properties": {
    "database": {"type": "string"}, "name": {"type": "string"}, "type": {"type": "string"},
    "engine": {"type": "string"}, "has_key": {"type": "boolean"}}}},
  "all": {"type": "boolean", "description": "false: more tables match than are listed"}}},
"FoundRecord": {"type": "object", "required": ["offset", "operation", "object", "position", "txid", "key", "cells"], "properties": {
  "offset": {"type": "integer"}, "time": {"type": ["string", "null"], "format": "date-time"},
  "operation": {"type": "string"}, "object": {"type": "string"}, "position": {"type": "string"}, "txid": {"type": "string"},
  "key": {"type": "array", "items": {"type": "string"}, "description": "columns of the primary key"},
  "statement": {"type": "string", "description": "of a DDL"},
  "cells": {"type": "array", "items": {"type": "object", "required": ["name", "kind"], "properties": {
    "name": {"type": "string"}, "kind": {"enum": ["number", "text", "time", "timestamp", "binary"]},
    "before": {"type": ["string", "null"]}, "after": {"type": ["string", "null"]},
    "cut": {"type": "integer", "description": "the whole length of a value that is cut"}}}}}},
"FoundRecords": {"type": "object", "required": ["records", "looked_at", "from", "to", "done"], "properties": {
  "records": {"type": "array", "items": {"$ref": "#/components/schemas/FoundRecord"}},
  "looked_at": {"type": "integer"}, "from": {"type": "integer"}, "to": {"type": "integer"},
  "done": {"type": "boolean", "description": "false: the search goes on below from, or with order=oldest above to"}}},
"Verify": {"type": "object", "required": ["running", "bytes_done", "bytes_total", "report"], "properties": {
  "running": {"type": "boolean"}, "bytes_done": {"type": "integer"}, "bytes_total": {"type": "integer", "description": "about"},
  "finished": {"type": ["string", "null"], "format": "date-time"},
  "report": {"type": ["object", "null"], "description": "of the last that was whole", "properties": {
    "bytes": {"type": "integer"}, "batches": {"type": "integer"}, "journal_entries": {"type": "integer"}, "history_entries": {"type": "integer"},
    "damaged": {"type": "integer"}, "damage": {"$ref": "#/components/schemas/Damage"}}},
  "error": {"type": ["string", "null"], "description": "why the last one was not whole"}}},
"Damage": {"type": "array", "description": "the first few", "items": {"type": "object", "required": ["file", "position", "what"], "properties": {
  "file": {"type": "string"}, "position": {"type": "integer"}, "what": {"type": "string"}}}},
"Repair": {"type": "object", "additionalProperties": false, "properties": {
  "preview": {"type": "boolean", "default": false, "description": "only say what would be"},
  "give_up": {"type": "boolean", "default": false, "description": "the records up to the damage go and what is behind it stays; nothing is read again"},
  "reason": {"type": "string", "description": "for the marker and the audit trail"}}},
"RepairResult": {"type": "object", "required": ["damaged", "damage", "from_offset", "next_offset"], "properties": {
  "damaged": {"type": "integer"}, "damage": {"$ref": "#/components/schemas/Damage"}, "give_up": {"type": "boolean"},
  "position": {"type": ["object", "null"], "description": "where the source is read again from", "properties": {
    "file": {"type": "string"}, "offset": {"type": "integer"}}},
  "from_offset": {"type": "integer", "description": "records from here on are read again; with give_up those before it are gone"},
  "end_offset": {"type": "integer", "description": "up to here offsets may have been seen"},
  "next_offset": {"type": "integer", "description": "what the next record gets, at least"}}},
"NewBackup": {"type": "object", "required": ["folder"], "additionalProperties": false, "properties": {
  "folder": {"type": "string", "description": "a whole path on the service's machine; empty or not there"}}},
"Backup": {"type": "object", "required": ["running", "folder", "bytes_done", "bytes_total"], "properties": {
  "running": {"type": "boolean"}, "folder": {"type": ["string", "null"]},
  "bytes_done": {"type": "integer"}, "bytes_total": {"type": "integer", "description": "about"},
  "started": {"type": ["string", "null"], "format": "date-time"}, "finished": {"type": ["string", "null"], "format": "date-time"},
  "has_key": {"type": "boolean", "description": "false: keep the key file with it"},
  "error": {"type": ["string", "null"]}}},
"Alarms": {"type": "array", "description": "what a person should look at", "items": {"type": "object", "required": ["alarm", "what"], "properties": {
  "alarm": {"enum": ["disk", "retention", "clock", "damage"]},
  "group": {"type": ["string", "null"], "description": "of retention: the group that it comes close to"}, "what": {"type": "string"}}}},
"Audit": {"type": "object", "required": ["entries"], "properties": {
  "entries": {"type": "array", "items": {"type": "object", "required": ["id", "who", "what", "object", "detail"], "properties": {
    "id": {"type": "integer"}, "time": {"type": ["string", "null"], "format": "date-time"},
    "who": {"type": "string"}, "what": {"type": "string"}, "object": {"type": "string"}, "detail": {"type": "string"}}}}}},
"NewUser": {"type": "object", "required": ["name", "password"], "additionalProperties": false, "properties": {
  "name": {"type": "string"}, "role": {"enum": ["admin", "operator", "viewer"], "default": "admin"},
  "password": {"type": "string", "writeOnly": true}}},
"User": {"type": "object", "properties": {
  "name": {"type": "string"}, "role": {"enum": ["admin", "operator", "viewer"]},
  "created": {"type": ["string", "null"], "format": "date-time"}}},
"Users": {"type": "object", "properties": {
  "users": {"type": "array", "items": {"$ref": "#/components/schemas/User"}}}},
"Service": {"type": "object", "required": ["version", "cluster_id", "listeners"], "properties": {
  "version": {"type": "string"}, "cluster_id": {"type": "string"},
  "started": {"type": ["string", "null"], "format": "date-time"},
  "listeners": {"type": "array", "items": {"type": "object", "required": ["name", "address", "security"], "properties": {
    "name": {"type": "string"}, "address": {"type": "string"}, "security": {"type": "string"}}}}}}
})json";

}  // namespace millrace::control
