// SPDX-License-Identifier: Apache-2.0
// For the assembler's own files: a table id's meaning.
#pragma once

#include <cstdint>
#include <string>

#include "capture/assembler.h"
#include "change/row.h"

namespace millrace::capture {

// What is known of a table id while its TABLE_MAP stays the same, byte for byte.
struct Assembler::Mapping {
  std::string body;
  uint64_t statement = 0;  // the statement that it was last sent in
  bool selected = false;
  bool helper = false;  // of an online schema change: hidden
  change::RowShapePtr shape;
};

}  // namespace millrace::capture
