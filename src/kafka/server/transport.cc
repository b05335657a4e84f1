// SPDX-License-Identifier: Apache-2.0
#include "kafka/server/transport.h"

#include <sys/sendfile.h>
#include <sys/socket.h>

#include <cerrno>

namespace millrace::kafka {
namespace {

Io outcome(ssize_t moved, Io::Kind if_it_would_block) {
  if (moved > 0) return {Io::Kind::kDone, static_cast<size_t>(moved)};
  if (moved < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {if_it_would_block, 0};
  return {Io::Kind::kClosed, 0};
}

// Calls again when a signal came in between.
template <class Call>
ssize_t retry(Call call) {
  ssize_t moved = 0;
  do {
    moved = call();
  } while (moved < 0 && errno == EINTR);
  return moved;
}

}  // namespace

Io PlainTransport::read(std::span<std::byte> into) {
  return outcome(retry([&] { return ::recv(socket_, into.data(), into.size(), 0); }),
                 Io::Kind::kWantRead);
}

Io PlainTransport::write(Bytes bytes, bool more) {
  const int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
  return outcome(retry([&] { return ::send(socket_, bytes.data(), bytes.size(), flags); }),
                 Io::Kind::kWantWrite);
}

Io PlainTransport::send_file(int file, uint64_t position, size_t bytes, bool) {
  auto offset = static_cast<off_t>(position);
  return outcome(retry([&] { return ::sendfile(socket_, file, &offset, bytes); }),
                 Io::Kind::kWantWrite);
}

}  // namespace millrace::kafka
