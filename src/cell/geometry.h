// SPDX-License-Identifier: Apache-2.0
// GEOMETRY: four bytes SRID, little-endian, then WKB. Or nothing at all: what MySQL 5.6 and MariaDB
// put into a NOT NULL column that was given no value.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "cell/integer.h"

namespace millrace::cell {

struct Geometry {
  uint32_t srid = 0;
  Bytes wkb;
};

// Nothing when the value is too short for its SRID.
inline std::optional<Geometry> split_geometry(Bytes value) {
  if (value.empty()) return Geometry{};
  if (value.size() < 4) return std::nullopt;
  return Geometry{static_cast<uint32_t>(read_unsigned(value.data(), 4)), value.subspan(4)};
}

}  // namespace millrace::cell
