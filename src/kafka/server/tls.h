// SPDX-License-Identifier: Apache-2.0
// TLS 1.2 and 1.3 for a listener: its certificate, and the transport of each connection.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/buffer.h"
#include "base/result.h"
#include "kafka/server/transport.h"

struct ssl_ctx_st;
struct ssl_st;

namespace millrace::kafka {

// PEM files.
struct TlsFiles {
  std::string certificate;  // chain included
  std::string key;
  std::string client_ca;  // empty: clients need no certificate
};

// A certificate with its key. When the files change, new connections get what is in them then. Any
// thread.
class TlsIdentity {
 public:
  // kInvalid: not a certificate chain and the key that belongs to it, in PEM.
  static Result<std::unique_ptr<TlsIdentity>> load(const TlsFiles& files);
  // Whether clients that check it will take it for this host name or address.
  bool names(const std::string& host);
  // Looks at the files' times; with files that do not load, the identity stays what it was and
  // `problem` says why.
  std::shared_ptr<ssl_ctx_st> current(std::string& problem);

 private:
  explicit TlsIdentity(TlsFiles files) : files_(std::move(files)) {}
  Result<std::shared_ptr<ssl_ctx_st>> read() const;
  int64_t changed() const;  // when one of the files last did

  const TlsFiles files_;
  std::mutex mutex_;
  std::shared_ptr<ssl_ctx_st> context_;
  int64_t loaded_ = 0;  // changed(), as it was loaded
};

class TlsTransport final : public Transport {
 public:
  // `socket` is non-blocking, and stays its owner's.
  TlsTransport(std::shared_ptr<ssl_ctx_st> context, int socket);
  ~TlsTransport() override;
  TlsTransport(const TlsTransport&) = delete;
  TlsTransport& operator=(const TlsTransport&) = delete;
  Io handshake() override;
  Io read(std::span<std::byte> into) override;
  Io write(Bytes bytes, bool more) override;
  Io send_file(int file, uint64_t position, size_t bytes, bool more) override;
  std::string failure() const override { return failure_; }

 private:
  Io outcome(int result);

  std::shared_ptr<ssl_ctx_st> context_;
  int socket_;  // what ssl_ reads from and writes to
  ssl_st* ssl_;
  Buffer scratch_;
  std::string failure_;
};

}  // namespace millrace::kafka
