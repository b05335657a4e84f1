// SPDX-License-Identifier: Apache-2.0
// SCRAM-SHA-256 and SCRAM-SHA-512 (RFC 5802, 7677) as Kafka speaks it: no channel binding, no
// SASLprep, no delegation tokens.
#pragma once

#include <memory>
#include <string>

#include "kafka/server/sasl.h"

namespace millrace::kafka {

// `nonce` is the server's part; tests give one, the server makes it at random.
std::unique_ptr<SaslExchange> start_scram(ScramMechanism mechanism, std::string nonce);

// 24 random characters.
std::string random_nonce();

}  // namespace millrace::kafka
