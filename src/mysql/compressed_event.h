// SPDX-License-Identifier: Apache-2.0
// MariaDB's compressed statements and rows (log_bin_compress): the head of the event is plain, the
// statement or the rows are in a container:
//
//   0x80 | algorithm << 4 | n, then the length unpacked in n bytes (1 to 4), big-endian, then the
//   zlib stream (algorithm 0, the only one)
#pragma once

#include "base/buffer.h"
#include "base/result.h"
#include "mysql/event_format.h"

namespace millrace::mysql {

// The same event without compression: its body is in `storage`, its header has the plain type. The
// size in the header stays that of the event as it came. kTooLarge past 1 GiB.
Result<EventView> decompress_event(const EventView& event, const EventFormat& format,
                                   Buffer& storage);

}  // namespace millrace::mysql
