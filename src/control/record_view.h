// SPDX-License-Identifier: Apache-2.0
// A record as the console shows it: with its offset, and every value as text, so that a browser
// loses no digit of it.
#pragma once

#include "base/json.h"
#include "format/dts_avro/reader.h"
#include "storage/batch_reader.h"

namespace millrace::control {

// {"offset", "time", "operation", "object", "position", "txid", "key": [names],
//  "statement" (DDL), "cells": [{"name", "kind", "before", "after"}]}. `before` and `after` are
//  text or
// null (NULL), and not there where the image has no such column; "binary" values are base64. A
// value over kMaxCellBytes is cut, and "cut" is its whole length.
json::Value record_view(const storage::RecordView& stored, const format::dts_avro::Record& record);

}  // namespace millrace::control
