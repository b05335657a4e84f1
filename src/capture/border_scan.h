// SPDX-License-Identifier: Apache-2.0
// Walks a stretch of binlog for its borders: where transactions begin and end, what they are called
// and when they were committed. Looks at no rows and no definitions.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "capture/log_place.h"
#include "mysql/event.h"
#include "mysql/gtid_set.h"
#include "mysql/mariadb_gtids.h"

namespace millrace::capture {

class BorderScan {
 public:
  // From the beginning of a file on: a dump of it by file and offset 4.
  BorderScan(mysql::Flavour flavour, std::string file);

  // One event as it came, header, body and checksum.
  Status event(Bytes raw);

  // Whether the last event ended between two transactions.
  bool at_border() const { return !open_; }
  // Whether it opened one; then group_start() and group_time_us() are its.
  bool opened() const { return opened_; }
  const std::string& file() const { return at_.file; }
  uint64_t offset() const { return at_.offset; }
  uint64_t group_start() const { return group_start_; }
  // Its commit time; in whole seconds, cut off, where the server tells no more.
  int64_t group_time_us() const { return group_time_us_; }
  // When it was committed on the server where it began.
  int64_t group_original_time_us() const { return original_time_us_; }
  // Its name, as a server writes it: `uuid:7`, `0-1-7`; empty: it has none.
  std::string group_gtid() const;
  bool whole_seconds() const { return whole_seconds_; }
  // When the file at hand was begun, microseconds; 0 before its first event.
  int64_t file_time_us() const { return file_time_us_; }
  // Whether the file at hand has said what lies before it.
  bool has_gtids() const { return has_gtids_; }
  // Of everything up to the last border, as the files tell it; empty without GTIDs.
  std::string gtids() const;

 private:
  Status on_gtid(const mysql::EventView& event);
  Status on_query(const mysql::EventView& event);
  void open(const mysql::EventHeader& header);
  void close();

  const mysql::Flavour flavour_;
  mysql::EventFormat format_;
  LogPlace at_;
  bool open_ = false;
  bool opened_ = false;
  bool in_rows_ = false;  // BEGIN was there
  bool has_gtids_ = false;
  uint64_t group_start_ = 0;
  int64_t group_time_us_ = 0;
  int64_t original_time_us_ = 0;
  bool whole_seconds_ = true;
  int64_t file_time_us_ = 0;
  mysql::Uuid uuid_{};  // of the open group; number 0: it has no GTID
  std::string tag_;
  int64_t number_ = 0;
  mysql::MariaDbGtid domain_gtid_;
  mysql::GtidSet mysql_;
  mysql::MariaDbGtids mariadb_;
};

}  // namespace millrace::capture
