// SPDX-License-Identifier: Apache-2.0
// The GTIDs of the transactions since the last journal entry, gathered into few words: MySQL's in
// runs
// (`uuid:5-9`), of MariaDB's each domain's last.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::task {

class GtidDelta {
 public:
  // `uuid:7`, `uuid:tag:7` or `domain-server-sequence`; empty is nothing.
  void add(std::string_view gtid);
  // Joined by commas; empties the delta.
  std::string take();
  bool empty() const { return runs_.empty(); }

 private:
  struct Run {
    std::string prefix;  // `uuid:` or `uuid:tag:`; MariaDB: `domain-`
    uint64_t first = 0;
    uint64_t last = 0;
    std::string rest;  // MariaDB: what follows the domain; empty on MySQL
  };
  std::vector<Run> runs_;
};

}  // namespace millrace::task
