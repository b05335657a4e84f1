// SPDX-License-Identifier: Apache-2.0
// Where binlog events come from, one after another as a server sends them: each file announced by
// an artificial ROTATE and its FORMAT_DESCRIPTION.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace millrace::mysql {

// One thread at a time; shutdown() from any.
class EventStream {
 public:
  virtual ~EventStream() = default;
  // The next event: header, body, checksum. Valid until the next call. Empty: the end.
  virtual Result<Bytes> next() = 0;
  // True when next() will not wait.
  virtual bool more_buffered() const = 0;
  // From another thread: next() returns with kCancelled.
  virtual void shutdown() = 0;
};

}  // namespace millrace::mysql
