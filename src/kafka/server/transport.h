// SPDX-License-Identifier: Apache-2.0
// The bytes of one connection, below frames: plain here, TLS in tls.h. Never blocks; the connection
// waits for what `Io` says and tries again.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"

namespace millrace::kafka {

struct Io {
  enum class Kind : uint8_t { kDone, kWantRead, kWantWrite, kClosed };
  Kind kind = Kind::kDone;
  size_t bytes = 0;  // moved, with kDone
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Repeated until kDone, before anything else.
  virtual Io handshake() = 0;
  virtual Io read(std::span<std::byte> into) = 0;
  // `more`: more follows at once, so a small piece may wait for it.
  virtual Io write(Bytes bytes, bool more) = 0;
  virtual Io send_file(int file, uint64_t position, size_t bytes, bool more) = 0;
  // Why it is closed, where that is not simply that the peer went away.
  virtual std::string failure() const { return ""; }
};

class PlainTransport final : public Transport {
 public:
  // `socket` is non-blocking, and stays its owner's.
  explicit PlainTransport(int socket) : socket_(socket) {}
  Io handshake() override { return {}; }
  Io read(std::span<std::byte> into) override;
  Io write(Bytes bytes, bool more) override;
  Io send_file(int file, uint64_t position, size_t bytes, bool more) override;

 private:
  int socket_;
};

}  // namespace millrace::kafka
