// SPDX-License-Identifier: Apache-2.0
// The four compressions of record batches, framed as Kafka clients expect (kafka-endpoint
// spec 2.6).
#pragma once

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/result.h"
#include "storage/batch.h"

namespace millrace::storage {

// Appends `bytes`, compressed. Not for kNone.
Status compress(Compression compression, Bytes bytes, Buffer& out);
// Appends what `bytes` hold; kTooLarge when that is more than `limit`, kCorrupt when they are
// damaged.
Status decompress(Compression compression, Bytes bytes, size_t limit, Buffer& out);

}  // namespace millrace::storage
