// SPDX-License-Identifier: Apache-2.0
// Starting past 4 GiB of a file. The dump command has 32 bits for the offset (spec 2.1), so the
// file is asked for from its beginning and read over up to the offset; what comes out is what a
// server would send if it could be asked: the artificial ROTATE names the offset, the
// FORMAT_DESCRIPTION has no position of its own, then the events from there.
#pragma once

#include <cstdint>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/result.h"

namespace millrace::mysql {

class FarStart {
 public:
  explicit FarStart(uint64_t offset) : offset_(offset) {}

  // Whether the offset is not reached yet.
  bool active() const { return active_; }
  // What to hand on in place of `raw`; empty: nothing. Valid until the next call. kDiverged when no
  // event begins at the offset, or the file ends before.
  Result<Bytes> filter(Bytes raw);

 private:
  Bytes rewrite_rotate(Bytes raw);
  Result<Bytes> rewrite_format(Bytes raw);

  uint64_t offset_;
  uint64_t at_ = 4;  // after the file's magic
  bool active_ = true;
  Buffer copy_;
};

}  // namespace millrace::mysql
