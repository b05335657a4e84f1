// SPDX-License-Identifier: Apache-2.0
// The connection's bytes: reading frames, sending answers, deadlines. What is in the frames:
// requests.cc and login.cc.
#include "kafka/server/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/check.h"
#include "kafka/server/monotonic.h"

namespace millrace::kafka {
namespace {

constexpr size_t kReadChunk = 64 << 10;

// Printable, for a log line.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 64)) {
    if (c >= 0x20 && c < 0x7F && c != '\\' && c != '"') {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

// What somebody who speaks another protocol sent instead of a frame's length.
const char* hint_for(uint32_t length) {
  constexpr uint32_t kTls = 0x160300, kGet = 0x47455420, kPost = 0x504F5354;
  if (length >> 8 == kTls || length >> 8 == kTls + 1 || length >> 8 == kTls + 3)
    return "; this looks like a TLS client on a listener without TLS";
  if (length == kGet || length == kPost)
    return "; this looks like HTTP: the console and the API are on another port";
  return "";
}

}  // namespace

Connection::Connection(Loop& loop, boost::asio::ip::tcp::socket socket,
                       const ListenerOptions& listener, std::unique_ptr<Transport> transport,
                       Session session)
    : loop_(loop),
      endpoint_(loop.endpoint()),
      listener_(listener),
      socket_(std::move(socket)),
      timer_(loop.io()),
      transport_(std::move(transport)),
      session_(std::move(session)),
      login_(session_.principal.name.empty() ? Login::kStart : Login::kNotNeeded),
      out_(endpoint_.context.limits),
      since_wall_ms_(endpoint_.context.backend.now_ms()) {
  started_ms_ = last_request_ms_ = progress_ms_ = monotonic_ms();
  ++endpoint_.counters.connections;
}

Connection::~Connection() { CHECK(!parked_); }

void Connection::start() {
  loop_.connections()[session_.id] = shared_from_this();
  shake_hands();
}

void Connection::shake_hands() {
  const Io io = transport_->handshake();
  if (io.kind == Io::Kind::kClosed) {
    const std::string why = transport_->failure();
    if (why.empty()) return close();
    return close_with(LogLevel::kInfo, "no TLS connection: " + why);
  }
  if (io.kind == Io::Kind::kWantRead) return wait_readable();
  if (io.kind == Io::Kind::kWantWrite) return wait_writable();
  ready_ = true;
  on_readable();
}

void Connection::wait_readable() {
  if (reading_ || closed_) return;
  reading_ = true;
  socket_.async_wait(boost::asio::socket_base::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->reading_ = false;
                       if (self->closed_) return;
                       if (error) return self->close();
                       self->ready_ ? self->on_readable() : self->shake_hands();
                     });
}

void Connection::wait_writable() {
  if (writing_ || closed_) return;
  writing_ = true;
  socket_.async_wait(boost::asio::socket_base::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->writing_ = false;
                       if (self->closed_) return;
                       if (error) return self->close();
                       self->ready_ ? self->pump() : self->shake_hands();
                     });
}

bool Connection::may_read() const {
  if (closed_ || close_when_sent_) return false;
  return (!busy_ && out_.empty()) || unread() < endpoint_.context.limits.max_queued_bytes;
}

void Connection::on_readable() {
  if (closed_ || !may_read()) return;
  if (in_at_ > 0 && in_at_ == in_.size()) {
    in_.clear();
    in_at_ = 0;
    if (in_.capacity() > 4 * kReadChunk) in_ = Buffer();  // after an unusually large request
  } else if (in_at_ >= kReadChunk) {
    Buffer rest;
    rest.append(unread_bytes());
    in_ = std::move(rest);
    in_at_ = 0;
  }
  const bool empty_before = unread() == 0;
  const Io io = transport_->read({in_.reserve(kReadChunk), kReadChunk});
  if (io.kind == Io::Kind::kClosed) return close();
  if (io.kind == Io::Kind::kWantWrite) return wait_writable();
  if (io.kind == Io::Kind::kDone) {
    in_.commit(io.bytes);
    endpoint_.counters.bytes_in += io.bytes;
    if (empty_before) frame_ms_ = monotonic_ms();
  }
  pump();
}

// Everything that can go on, goes on: answers out, then the next requests, then more bytes in.
void Connection::pump() {
  if (closed_ || pumping_) return;
  const auto self = shared_from_this();
  pumping_ = true;
  constexpr int kAtOnce = 32;  // requests, before others have the loop
  int handled = 0;
  while (flush() && !busy_ && !close_when_sent_) {
    Bytes frame;
    if (front(frame) != Front::kWhole) break;
    if (++handled > kAtOnce) {
      loop_.post([self] { self->pump(); });
      break;
    }
    const size_t whole = frame.size() + 4;
    login_ == Login::kRawTokens ? on_raw_token(frame) : on_frame(frame);
    in_at_ += whole;
    frame_ms_ = last_request_ms_ = monotonic_ms();
    if (closed_) break;
  }
  pumping_ = false;
  if (closed_) return;
  if (parked_ && another_request_waits()) return finish_parked();
  if (may_read()) wait_readable();
}

bool Connection::flush() {
  if (closed_ || warming_) return false;
  if (out_.empty()) {
    if (close_when_sent_) close();
    return !closed_;
  }
  const uint64_t before = out_.sent();
  const Output::Flushed flushed = out_.flush(*transport_);
  endpoint_.counters.bytes_out += out_.sent() - before;
  switch (flushed) {
    case Output::Flushed::kAll:
      if (close_when_sent_) close();
      return !closed_;
    case Output::Flushed::kWantRead:
      wait_readable();
      return false;
    case Output::Flushed::kWantWrite:
      wait_writable();
      return false;
    case Output::Flushed::kYield:
      loop_.post([self = shared_from_this()] { self->pump(); });
      return false;
    case Output::Flushed::kCold:
      warm();
      return false;
    case Output::Flushed::kClosed:
      close();
      return false;
  }
  return false;
}

void Connection::warm() {
  warming_ = true;
  endpoint_.worker.post([self = shared_from_this(), cold = out_.cold()] {
    Output::warm(cold);
    self->loop_.post([self] {
      self->warming_ = false;
      self->out_.warmed();
      self->pump();
    });
  });
}

// The frame that stands first in the buffer. Closes the connection when it can never be one of
// ours, before its body is waited for.
Connection::Front Connection::front(Bytes& frame) {
  const Bytes bytes = unread_bytes();
  if (bytes.size() < 4) return Front::kIncomplete;
  ByteReader in(bytes);
  const auto length = static_cast<uint32_t>(in.be(4));
  if (!acceptable(in.rest(), length)) return Front::kClosed;
  if (in.left() < length) return Front::kIncomplete;
  frame = in.bytes(length);
  return Front::kWhole;
}

bool Connection::acceptable(Bytes start, uint32_t length) {
  const Limits& limits = endpoint_.context.limits;
  const size_t limit = logged_in() ? limits.max_frame_bytes : limits.max_frame_bytes_before_login;
  if (length > limit) {
    malformed(fmt::format("a frame of {} bytes is over the limit of {}{}", length, limit,
                          hint_for(length)));
    return false;
  }
  if (login_ == Login::kRawTokens) return true;
  if (length < kFixedHeaderBytes + 2) {
    malformed(fmt::format("a frame of {} bytes is shorter than a header", length));
    return false;
  }
  if (start.size() < kFixedHeaderBytes) return true;  // not here yet
  ByteReader in(start);
  const RequestHeader header = read_header_start(in);
  const Api* api = find_api(header.key);
  const bool versions = header.key == static_cast<int16_t>(ApiKey::kApiVersions);
  if (api == nullptr || (!versions && !api->serves(header.version))) {
    malformed(fmt::format("API key {} version {} is not served", header.key, header.version));
    return false;
  }
  const bool of_login = versions || header.key == static_cast<int16_t>(ApiKey::kSaslHandshake) ||
                        header.key == static_cast<int16_t>(ApiKey::kSaslAuthenticate);
  if (!logged_in() && !of_login) {
    malformed(fmt::format("{} before the login; does the client use SASL?", api->name));
    return false;
  }
  return true;
}

bool Connection::another_request_waits() const {
  const Bytes bytes = unread_bytes();
  if (bytes.size() < 4) return false;
  ByteReader in(bytes);
  const uint64_t length = in.be(4);
  const auto key = static_cast<int16_t>(in.be(2));
  return in.ok() && bytes.size() >= 4 + length && key != static_cast<int16_t>(ApiKey::kFetch);
}

void Connection::send(Frame frame, std::vector<storage::FileRange> ranges) {
  if (out_.empty()) progress_ms_ = monotonic_ms();
  out_.push(std::move(frame.bytes), frame.splices, std::move(ranges));
  busy_ = false;
  joining_ = false;
}

SendAnswer Connection::later() {
  busy_ = true;
  ++request_;
  return [weak = weak_from_this(), loop = &loop_, number = request_](std::optional<Frame> frame) {
    auto carried = std::make_shared<std::optional<Frame>>(std::move(frame));
    loop->post([weak, number, carried] {
      const auto self = weak.lock();
      if (!self || self->closed_ || !self->busy_ || self->request_ != number) return;
      if (!*carried) return self->close();
      self->send(std::move(**carried));
      self->pump();
    });
  };
}

void Connection::after(int64_t ms, std::function<void()> then) {
  timer_.expires_after(std::chrono::milliseconds(ms));
  timer_.async_wait([self = shared_from_this(), number = request_,
                     then = std::move(then)](const boost::system::error_code& error) {
    if (!error && !self->closed_ && self->request_ == number) then();
  });
}

void Connection::tick() {
  if (closed_) return;
  const int64_t now = monotonic_ms();
  const Limits& limits = endpoint_.context.limits;
  if (out_.sent() != progress_bytes_ || out_.empty()) {
    progress_bytes_ = out_.sent();
    progress_ms_ = now;
  }
  if (now - progress_ms_ > limits.no_progress_ms && !warming_)
    return close_with(LogLevel::kWarning, "took nothing of its answer for too long");
  if (!(ready_ && logged_in()) && now - started_ms_ > limits.login_ms)
    return close_with(LogLevel::kInfo, "did not log in in time");
  if (!busy_ && out_.empty() && unread() > 0 && now - frame_ms_ > limits.frame_ms)
    return close_with(LogLevel::kInfo, "did not finish a request in time");
  if (!busy_ && out_.empty() && now - last_request_ms_ > limits.idle_ms) return close();
}

void Connection::malformed(const std::string& what) {
  ++endpoint_.counters.malformed;
  close_with(LogLevel::kWarning, what);
}

void Connection::close_with(LogLevel level, const std::string& why) {
  if (!closed_ && endpoint_.admission.may_log(session_.peer_ip, monotonic_ms()))
    endpoint_.log(level,
                  fmt::format("Kafka client {}:{} on listener \"{}\" (client.id \"{}\"): {}; "
                              "closed",
                              session_.peer_ip, session_.peer_port, session_.listener,
                              escaped(session_.client_id), why));
  close();
}

void Connection::close() {
  if (closed_) return;
  closed_ = true;
  const auto self = shared_from_this();
  if (parked_) unpark();
  timer_.cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (joining_)
    endpoint_.context.groups.post(
        [id = session_.id](Coordinator& groups, Now now) { groups.connection_closed(now, id); });
  endpoint_.admission.leave(session_.peer_ip, logged_in() ? session_.principal.name : "");
  --endpoint_.counters.connections;
  loop_.connections().erase(session_.id);
}

void Connection::shut_down() {
  if (parked_) finish_parked();
  if (!closed_) close();
}

ConnectionView Connection::view() const {
  return {.id = session_.id,
          .listener = session_.listener,
          .peer = fmt::format("{}:{}", session_.peer_ip, session_.peer_port),
          .principal = session_.principal.name,
          .group_id = session_.principal.group_id,
          .client_id = session_.client_id,
          .software = session_.software,
          .since_ms = since_wall_ms_};
}

}  // namespace millrace::kafka
