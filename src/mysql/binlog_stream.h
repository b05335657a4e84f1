// SPDX-License-Identifier: Apache-2.0
// The binlog over the network, as a replica reads it: registers, asks for the dump, gives one event
// after another. The only user of libmariadb's raw packets and of its read-ahead buffer
// (ma_pvio.h), which are semi-private.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "change/position.h"
#include "mysql/connection.h"
#include "mysql/event_stream.h"
#include "mysql/event_type.h"

namespace millrace::mysql {

struct DumpOptions {
  ConnectOptions connect;
  change::Position start;
  // By `start.gtids`, which is the set of all that was read (empty: from the first there is); else
  // from `start.file` at `start.offset`, which must be a border between events. Offsets past 4 GiB
  // are reached by reading over the file's beginning.
  bool by_gtid = false;
  uint32_t server_id = 0;    // of ours: unique among the source's replicas
  std::string replica_uuid;  // likewise; stable for a task, so that a dead link of ours is replaced
  uint32_t heartbeat_ms = 1000;  // the server's own sign of life
  bool non_blocking = false;     // end at the end of the log instead of waiting there
};

// One thread at a time; shutdown() from any.
class BinlogStream final : public EventStream {
 public:
  static Result<std::unique_ptr<BinlogStream>> open(const DumpOptions& options);
  ~BinlogStream() override;
  BinlogStream(const BinlogStream&) = delete;
  BinlogStream& operator=(const BinlogStream&) = delete;

  // The next event as it came: header, body, checksum. Valid until the next call; not copied. Waits
  // as long as the server says that it lives. Empty: the end of the log (non_blocking only).
  // kUnavailable: the link is gone, or silent for 30 s; kLost, kDiverged, kDenied, kCorrupt,
  // kRefused: the server's refusal (dump_error.h); kCancelled after shutdown().
  Result<Bytes> next() override;

  // True when next() will not wait for the server to write: a whole packet is buffered here, or
  // bytes are waiting on the socket. May be false in spite of bytes that TLS holds; never the other
  // way round.
  bool more_buffered() const override;

  Flavour flavour() const { return flavour_; }
  const std::string& server_version() const { return server_version_; }

  // From another thread: next() returns.
  void shutdown() override;

 private:
  struct State;
  BinlogStream();
  Result<Bytes> read_packet();
  Status prepare(const DumpOptions& options);
  Status send_dump(const DumpOptions& options);
  Status send_register(const DumpOptions& options);

  std::unique_ptr<State> state_;
  Flavour flavour_ = Flavour::kUnknown;
  std::string server_version_;
};

}  // namespace millrace::mysql
