// SPDX-License-Identifier: Apache-2.0
// MariaDB's COLUMN COMPRESSED values (mysql-source spec 3.9). The value, without its length prefix:
//
//   empty                 the empty string
//   0x00, bytes           as they are
//   0x8n, length, data    zlib; length is n bytes, big-endian: octets after inflating
//   0x8n | 0x08           the same without zlib's wrapper
#pragma once

#include "base/buffer.h"
#include "base/result.h"

namespace millrace::cell {

Status append_inflated(Bytes value, Buffer& out);

}  // namespace millrace::cell
