// SPDX-License-Identifier: Apache-2.0
// One client's connection. It lives on one loop and answers one request after another, in order;
// what arrives meanwhile waits in a bounded buffer. A Fetch that finds too little waits for more,
// and gives way when another request comes in behind it.
//
//   login: kNotNeeded, or kStart -> kRawTokens | kTokens -> kDone; anything else out of turn
//   closes.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>

#include "kafka/server/dispatch.h"
#include "kafka/server/endpoint.h"
#include "kafka/server/fetch.h"
#include "kafka/server/output.h"
#include "kafka/server/sasl.h"
#include "kafka/server/transport.h"

namespace millrace::kafka {

class Connection final : public std::enable_shared_from_this<Connection>, private LogWaiter {
 public:
  Connection(Loop& loop, boost::asio::ip::tcp::socket socket, const ListenerOptions& listener,
             std::unique_ptr<Transport> transport, Session session);
  ~Connection() override;
  void start();
  void tick();  // now and then: deadlines that need no precision
  // Answers a parked Fetch with what is there, then closes.
  void shut_down();
  void close();
  void close_with(LogLevel level, const std::string& why);
  void topics_changed();
  const Session& session() const { return session_; }
  ConnectionView view() const;

 private:
  enum class Login : uint8_t { kNotNeeded, kStart, kRawTokens, kTokens, kDone };
  struct Fetching {
    RequestHeader header;
    FetchRequest request;
    FetchSessions::Use session;
  };
  struct Parked {
    Fetching fetch;
    std::vector<std::shared_ptr<storage::LogReader>> logs;
    bool repeats_errors = false;  // only the time or records end the wait
  };

  void log_moved() override;
  void shake_hands();
  void on_readable();
  void wait_readable();
  void wait_writable();
  void pump();
  bool flush();  // false: something is left, or the connection closed
  void warm();

  size_t unread() const { return in_.size() - in_at_; }
  Bytes unread_bytes() const { return in_.view().subspan(in_at_); }
  bool may_read() const;
  enum class Front : uint8_t { kIncomplete, kWhole, kClosed };
  Front front(Bytes& frame);
  bool acceptable(Bytes start, uint32_t length);
  bool another_request_waits() const;

  void on_frame(Bytes frame);
  void on_raw_token(Bytes token);
  void on_api_versions(const Api& api, const RequestHeader& header, Bytes body);
  void on_fetch(const Api& api, RequestHeader header, Bytes body);
  void on_handshake(const Api& api, const RequestHeader& header, Bytes body);
  void on_authenticate(const Api& api, const RequestHeader& header, Bytes body);
  void on_request(const Api& api, const RequestHeader& header, Bytes body);

  void park(Fetching fetch, FetchAnswer answer);
  Fetching unpark();
  void answer_fetch(const Fetching& fetch, FetchAnswer answer);
  void finish_parked();

  std::vector<std::string> mechanisms() const;
  bool logged_in() const { return login_ == Login::kNotNeeded || login_ == Login::kDone; }
  void run_sasl(std::string token, const Api* api, RequestHeader header);
  void finish_sasl(SaslOutcome outcome, const Api* api, const RequestHeader& header);
  void fail_login(std::optional<Frame> answer, int64_t delay_ms);

  void send(Frame frame, std::vector<storage::FileRange> ranges = {});
  // An answer that comes later, perhaps from another thread: goes out if the request still waits.
  SendAnswer later();
  Call call(int16_t version) const { return {endpoint_.context, session_, version}; }
  void malformed(const std::string& what);
  void after(int64_t ms, std::function<void()> then);

  Loop& loop_;
  Endpoint& endpoint_;
  const ListenerOptions& listener_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;  // of the one request that is being answered
  std::unique_ptr<Transport> transport_;
  Session session_;
  Login login_;
  std::unique_ptr<SaslExchange> sasl_;
  int api_versions_before_login_ = 0;

  Buffer in_;
  size_t in_at_ = 0;
  Output out_;
  std::optional<Parked> parked_;
  bool busy_ = false;         // a request is being answered
  uint64_t request_ = 0;      // its number
  bool joining_ = false;      // it is a JoinGroup
  bool only_errors_ = false;  // all that the last Fetch was answered
  bool ready_ = false;        // TLS is done
  bool reading_ = false, writing_ = false, warming_ = false, pumping_ = false;
  bool close_when_sent_ = false, closed_ = false;

  int64_t since_wall_ms_ = 0;
  int64_t sasl_step_ms_ = 0;  // when the latest token came
  int64_t started_ms_ = 0, last_request_ms_ = 0, frame_ms_ = 0, progress_ms_ = 0;
  uint64_t progress_bytes_ = 0;
};

}  // namespace millrace::kafka
