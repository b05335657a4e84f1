// SPDX-License-Identifier: Apache-2.0
// A coordinator's group record as bytes for control.db:
//
//   version  1 byte, 1
//   protocol type, protocol, leader   texts
//   generation 4, state since 8, members 4
//   for each member: id, instance id, client id, host (texts), session timeout 4, rebalance
//   timeout 4, metadata, assignment (texts)
//
// Numbers are little-endian, a text is its length in 4 bytes and its bytes. Invariant: success
// means that every byte was used.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "kafka/group/persistence.h"

namespace millrace::cmd {

std::string encode_group(const kafka::GroupRecord& group);
Result<kafka::GroupRecord> decode_group(const std::string& id, std::string_view bytes);

}  // namespace millrace::cmd
