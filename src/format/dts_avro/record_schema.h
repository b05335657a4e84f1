// SPDX-License-Identifier: Apache-2.0
// The Avro schema of our records: DTS's "Record" (spec 3.1, 3.2) in our words. Served at
// /api/v1/formats/dts-avro; a JSON array of all types, Record last.
#pragma once

#include <string_view>

namespace millrace::format::dts_avro {

std::string_view record_schema();

}  // namespace millrace::format::dts_avro
