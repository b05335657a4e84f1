// SPDX-License-Identifier: Apache-2.0
// MariaDB's position: for each domain the last transaction, `domain-server-sequence`. Not an
// interval set: inside a domain a sequence may go backwards where two masters wrote. A value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace millrace::mysql {

struct MariaDbGtid {
  uint32_t domain = 0;
  uint32_t server = 0;
  uint64_t sequence = 0;
  std::string text() const;
  friend bool operator==(const MariaDbGtid&, const MariaDbGtid&) = default;
};

class MariaDbGtids {
 public:
  // `0-1-5,1-2-7`, blanks allowed; a domain twice is kInvalid.
  static Result<MariaDbGtids> parse(std::string_view text);
  // GTID_LIST: of a domain that stands there more than once the last entry is the newest.
  static Result<MariaDbGtids> decode_gtid_list(Bytes body);

  // The domain's last transaction is now this one.
  void set(const MariaDbGtid& gtid);
  std::string text() const;  // by domain
  bool empty() const { return gtids_.empty(); }
  const std::vector<MariaDbGtid>& gtids() const { return gtids_; }
  friend bool operator==(const MariaDbGtids&, const MariaDbGtids&) = default;

 private:
  std::vector<MariaDbGtid> gtids_;  // by domain
};

}  // namespace millrace::mysql
