// SPDX-License-Identifier: Apache-2.0
// A copy of a source's binlog files, read for what the source has purged, and the source itself
// from where its own files begin: one stream, without a seam that a reader could see.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/buffer.h"
#include "base/result.h"
#include "capture/border_scan.h"
#include "change/position.h"
#include "io/files.h"
#include "mysql/binlog_file.h"
#include "mysql/event_stream.h"

namespace millrace::capture {

struct BinlogFolderOptions {
  std::string folder;
  change::Position start;  // by file and offset, where an event begins
  std::string first_live;  // the oldest file that the source still has
  uint32_t server_id = 0;  // that the files must be of
  mysql::Flavour flavour = mysql::Flavour::kMySql;
  // The source, from the beginning of `first_live`.
  std::function<Result<std::unique_ptr<mysql::EventStream>>()> live;
};

class BinlogFolder final : public mysql::EventStream {
 public:
  // Looks at the files that are needed: kLost names those that are not there, kDiverged one of
  // another server; kCorrupt, kTruncated and kUnsupported one that is no binlog file or encrypted.
  static Result<std::unique_ptr<BinlogFolder>> open(io::Files& files, BinlogFolderOptions options);

  ~BinlogFolder() override;

  // Also: kDiverged when a file does not continue the one before it.
  Result<Bytes> next() override;
  bool more_buffered() const override;
  void shutdown() override;

 private:
  class FileSource;
  struct Reading;
  BinlogFolder(io::Files& files, BinlogFolderOptions options);
  Status find_files();
  Status check_head(const std::string& name) const;
  Status open_file(uint64_t offset);
  Status check_whole(const std::string& name, const std::string& following);
  Result<Bytes> next_of_file();
  Status check_continues(const mysql::EventHeader& header, Bytes raw);
  Status end_file();
  std::string path(const std::string& name) const { return options_.folder + "/" + name; }

  io::Files& files_;
  const BinlogFolderOptions options_;
  std::map<uint64_t, std::string> names_;  // by number, those before `first_live`
  std::map<uint64_t, std::string>::const_iterator at_;
  std::unique_ptr<Reading> reading_;
  uint32_t begun_s_ = 0;  // the file that was last looked at
  BorderScan scan_;
  Buffer made_;  // an event that is in no file

  mutable std::mutex mutex_;
  bool stopped_ = false;                      // under mutex_
  std::unique_ptr<mysql::EventStream> live_;  // set under mutex_
};

}  // namespace millrace::capture
