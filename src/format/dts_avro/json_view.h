// SPDX-License-Identifier: Apache-2.0
// A dts-avro record as one line of JSON: the format `json` of `track`, `tail` and `binlog`.
//
// Keys are the schema's, in its order; operation and sourceType by name; tags an object. An image
// is an object, column name to value, without the columns that it lacks:
//   numbers with all their digits (integers, BIT, YEAR, DECIMAL, FLOAT, DOUBLE)
//   text in UTF-8, converted from the column's character set; ENUM, SET, JSON as their text
//   binary values and WKB in base64
//   DATE, TIME, DATETIME, TIMESTAMP (in UTC) as MySQL prints them, with six fraction digits if the
//   fraction is not zero
// A DDL's afterImages is its statement.
#pragma once

#include "base/buffer.h"
#include "base/result.h"
#include "format/dts_avro/reader.h"

namespace millrace::format::dts_avro {

// One item of an image as it stands there: a number, a string or null.
void append_json(int32_t type_number, const Value& value, Buffer& out);
// Both append the object without a line's end.
void append_json(const Record& record, Buffer& out);
Status append_json(Bytes record, Buffer& out);

}  // namespace millrace::format::dts_avro
