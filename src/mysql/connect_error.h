// SPDX-License-Identifier: Apache-2.0
// Why a log-in failed, in one line: what, why, what to do.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "mysql/connection.h"

namespace millrace::mysql {

struct ConnectFailure {
  unsigned code = 0;           // of the server or of the library
  std::string message;         // likewise
  std::string greeting;        // the first bytes that the peer sent, at most 600
  bool refused_clear = false;  // we cut the connection: TLS is a must and the server has none
};

Error connect_error(const ConnectFailure& failure, const ConnectOptions& options);

// A failed statement. `shut_down`: we cut the connection ourselves.
Error statement_error(unsigned code, std::string_view message, std::string_view sql,
                      bool shut_down);

// Whether a greeting's bytes offer TLS; false for what is no greeting at all.
bool greeting_offers_tls(Bytes greeting);
// Whether they can be the begin of a MySQL server's first packet.
bool is_greeting(Bytes greeting);

}  // namespace millrace::mysql
