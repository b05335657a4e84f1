// SPDX-License-Identifier: Apache-2.0
// Decodes binlog files to stdout: `millrace binlog`.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "capture/assembler.h"
#include "cmd/millrace/record_output.h"

namespace millrace::cmd {

struct BinlogFilesOptions {
  std::vector<std::string> files;  // in their order
  OutputFormat format = OutputFormat::kJson;
  capture::Selection selection;
  bool fold_online_ddl = true;
  std::string schema_file;  // SQL that makes the definitions as of the first file; empty: none
};

// What was done, for the last line on stderr; also after an error, up to it.
struct BinlogFilesReport {
  capture::AssemblerCounts read;
  uint64_t records = 0;
  uint64_t rows = 0;
  uint64_t record_bytes = 0;
  bool nameless = false;          // columns were named @1, @2, ...
  std::string open_ended;         // files whose server still wrote, told apart from damage
  bool open_transaction = false;  // the last file ends inside a transaction, which was left out
};

Status decode_binlog_files(const BinlogFilesOptions& options, BinlogFilesReport& report);

}  // namespace millrace::cmd
