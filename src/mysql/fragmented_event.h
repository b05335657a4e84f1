// SPDX-License-Identifier: Apache-2.0
// PARTIAL_ROW_DATA (MariaDB 12.3, binlog_row_event_fragment_threshold): a large rows event in
// pieces, one after another. Body:
//
//   offset  size  field
//        0     4  fragments of the whole
//        4     4  number of this one, from 1
//        8     1  flags     1: the whole's size follows (the first fragment's only)
//     9/17     …  the piece
//
// The pieces together are the rows event as it would stand in the log, its header included. Whether
// that ends with a checksum of its own is told by its header's size and the checksum itself.
#pragma once

#include <cstdint>
#include <optional>

#include "base/buffer.h"
#include "base/result.h"
#include "mysql/event_format.h"

namespace millrace::mysql {

class FragmentedEvent {
 public:
  // Takes the next fragment. After the last one the rows event, which may be a compressed one;
  // valid until the next call. kCorrupt for a fragment that does not follow and for a whole that is
  // no rows event, kTooLarge past 1 GiB; then begin anew with clear().
  Result<std::optional<EventView>> add(const EventView& fragment);
  // Whether fragments are missing.
  bool pending() const { return taken_ != 0; }
  void clear();

 private:
  Result<EventView> whole() const;

  uint32_t count_ = 0;  // of the whole
  uint32_t taken_ = 0;
  std::optional<uint64_t> size_;  // of the whole, where it was told
  Buffer pieces_;
};

}  // namespace millrace::mysql
