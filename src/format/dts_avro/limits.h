// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace millrace::format::dts_avro {

// Prepared plans that an encoder keeps. Beyond, it starts anew: a plan costs microseconds.
inline constexpr size_t kMaxPlans = 4096;

// Of a record that is read: MySQL's most columns, and more tags than anyone writes.
inline constexpr size_t kMaxColumns = 4096;
inline constexpr size_t kMaxTags = 1024;
inline constexpr size_t kMaxProcessTimestamps = 1024;

}  // namespace millrace::format::dts_avro
