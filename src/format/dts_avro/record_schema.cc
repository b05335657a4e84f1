// SPDX-License-Identifier: Apache-2.0
#include "format/dts_avro/record_schema.h"

namespace millrace::format::dts_avro {

// The order of fields, symbols and branches is the wire's.
std::string_view record_schema() {
  return R"avsc([
  {"type": "record", "name": "Integer", "namespace": "com.alibaba.dts.formats.avro", "fields": [
    {"name": "precision", "type": "int"},
    {"name": "value", "type": "string"}]},
  {"type": "record", "name": "Character", "namespace": "com.alibaba.dts.formats.avro", "fields": [
    {"name": "charset", "type": "string"},
    {"name": "value", "type": "bytes"}]},
  {"type": "record", "name": "Decimal", "namespace": "com.alibaba.dts.formats.avro", "fields": [
    {"name": "value", "type": "string"},
    {"name": "precision", "type": "int"},
    {"name": "scale", "type": "int"}]},
  {"type": "record", "name": "Float", "namespace": "com.alibaba.dts.formats.avro", "fields": [
    {"name": "value", "type": "double"},
    {"name": "precision", "type": "int"},
    {"name": "scale", "type": "int"}]},
  {"type": "record", "name": "Timestamp", "namespace": "com.alibaba.dts.formats.avro", "fields": [
    {"name": "timestamp", "type": "long"},
    {"name": "millis", "type": "int"}]},
  {"type": "record", "name": "DateTime", "namespace": "com.alibaba.dts.formats.avro", "fields": [
    {"name": "year", "type": ["null", "int"], "default": null},
    {"name": "month", "type": ["null", "int"], "default": null},
    {"name": "day", "type": ["null", "int"], "default": null},
    {"name": "hour", "type": ["null", "int"], "default": null},
    {"name": "minute", "type": ["null", "int"], "default": null},
    {"name": "second", "type": ["null", "int"], "default": null},
    {"name": "millis", "type": ["null", "int"], "default": null}]},
  {"type": "record", "name": "TimestampWithTimeZone", "namespace": "com.alibaba.dts.formats.avro", "fields": [
    {"name": "value", "type": "DateTime"},
    {"name": "timezone", "type": "string"}]},
  {"type": "record", "name": "BinaryGeometry", "namespace": "com.alibaba.dts.formats.avro", "fields": [
    {"name": "type", "type": "string"},
    {"name": "value", "type": "bytes"}]},
  {"type": "record", "name": "TextGeometry", "namespace": "com.alibaba.dts.formats.avro", "fields": [
    {"name": "type", "type": "string"},
    {"name": "value", "type": "string"}]},
  {"type": "record", "name": "BinaryObject", "namespace": "com.alibaba.dts.formats.avro", "fields": [
    {"name": "type", "type": "string"},
    {"name": "value", "type": "bytes"}]},
  {"type": "record", "name": "TextObject", "namespace": "com.alibaba.dts.formats.avro", "fields": [
    {"name": "type", "type": "string"},
    {"name": "value", "type": "string"}]},
  {"type": "enum", "name": "EmptyObject", "namespace": "com.alibaba.dts.formats.avro",
    "symbols": ["NULL", "NONE"]},
  {"type": "record", "name": "Field", "namespace": "com.alibaba.dts.formats.avro", "fields": [
    {"name": "name", "type": "string"},
    {"name": "dataTypeNumber", "type": "int"}]},
  {"type": "enum", "name": "SourceType", "namespace": "com.alibaba.dts.formats.avro", "symbols": [
    "MySQL", "Oracle", "SQLServer", "PostgreSQL", "MongoDB", "Redis", "DB2", "PPAS", "DRDS",
    "HBASE", "HDFS", "FILE", "OTHER"]},
  {"type": "record", "name": "Source", "namespace": "com.alibaba.dts.formats.avro", "fields": [
    {"name": "sourceType", "type": "SourceType"},
    {"name": "version", "type": "string"}]},
  {"type": "enum", "name": "Operation", "namespace": "com.alibaba.dts.formats.avro", "symbols": [
    "INSERT", "UPDATE", "DELETE", "DDL", "BEGIN", "COMMIT", "ROLLBACK", "ABORT", "HEARTBEAT",
    "CHECKPOINT", "COMMAND", "FILL", "FINISH", "CONTROL", "RDB", "NOOP", "INIT"]},
  {"type": "record", "name": "Record", "namespace": "com.alibaba.dts.formats.avro",
    "doc": "One change of a source, or one of the marks between changes.", "fields": [
    {"name": "version", "type": "int", "doc": "0"},
    {"name": "id", "type": "long", "doc": "counts changes and marks from 1; a HEARTBEAT repeats the last"},
    {"name": "sourceTimestamp", "type": "long", "doc": "commit time, seconds since the epoch"},
    {"name": "sourcePosition", "type": "string", "doc": "end of the event: offset@number of the binlog file"},
    {"name": "safeSourcePosition", "type": "string", "default": "", "doc": "after the transaction's BEGIN"},
    {"name": "sourceTxid", "type": "string", "default": "", "doc": "0 for MySQL; GTIDs are in tags"},
    {"name": "source", "type": "Source"},
    {"name": "operation", "type": "Operation"},
    {"name": "objectName", "type": ["null", "string"], "default": null,
      "doc": "database.table, or the database of a DDL; a dot in a name is \\u002E"},
    {"name": "processTimestamps", "type": ["null", {"type": "array", "items": "long"}], "default": null},
    {"name": "tags", "type": {"type": "map", "values": "string"}, "default": {}},
    {"name": "fields", "type": ["null", "string", {"type": "array", "items": "Field"}], "default": null,
      "doc": "the columns of the images"},
    {"name": "beforeImages", "type": ["null", "string", {"type": "array", "items": [
      "null", "Integer", "Character", "Decimal", "Float", "Timestamp", "DateTime",
      "TimestampWithTimeZone", "BinaryGeometry", "TextGeometry", "BinaryObject", "TextObject",
      "EmptyObject"]}], "default": null},
    {"name": "afterImages", "type": ["null", "string", {"type": "array", "items": [
      "null", "Integer", "Character", "Decimal", "Float", "Timestamp", "DateTime",
      "TimestampWithTimeZone", "BinaryGeometry", "TextGeometry", "BinaryObject", "TextObject",
      "EmptyObject"]}], "default": null, "doc": "a DDL's statement as a string"},
    {"name": "bornTimestamp", "type": "long", "default": 0, "doc": "as sourceTimestamp"}]}
])avsc";
}

}  // namespace millrace::format::dts_avro
