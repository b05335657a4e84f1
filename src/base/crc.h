// SPDX-License-Identifier: Apache-2.0
// The two checksums of our world: CRC-32C (Castagnoli) for Kafka batches and our own files, CRC-32
// (zlib's polynomial) for MySQL's binlog events.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace millrace {

// Continues `crc` (0 to begin) over `bytes`. "123456789" gives 0xE3069283.
uint32_t crc32c(Bytes bytes, uint32_t crc = 0);
// Continues `crc` (0 to begin) over `bytes`. "123456789" gives 0xCBF43926.
uint32_t crc32(Bytes bytes, uint32_t crc = 0);

}  // namespace millrace
