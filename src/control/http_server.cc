// SPDX-License-Identifier: Apache-2.0
// The one file that knows Boost.Beast.
//
// A connection belongs to the I/O thread. What takes time (the handler, a stream's next piece) runs
// on a worker and comes back by post(); meanwhile the connection does nothing else, so that no two
// threads ever have it at once.
#include "control/http_server.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <chrono>
#include <optional>
#include <thread>

#include "control/address.h"
#include "control/limits.h"

namespace millrace::control {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

std::string text_of(beast::string_view view) { return {view.data(), view.size()}; }

// What connections share. Outlives all of them; the counters outlive the loop, whose end destroys
// the last connections.
struct Shared {
  HttpHandler handler;
  std::atomic<size_t> connections = 0;
  std::atomic<size_t> streams = 0;
  std::atomic<bool> stopping = false;
  asio::io_context io{1};
  asio::thread_pool workers{kHttpWorkers};
};

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(Shared& shared, tcp::socket socket) : shared_(shared), stream_(std::move(socket)) {
    ++shared_.connections;
    error_code error;
    const tcp::endpoint peer = stream_.socket().remote_endpoint(error);
    if (!error) peer_ = address_text({peer.address().to_string(), peer.port()});
  }
  ~HttpSession() {
    end_stream();
    --shared_.connections;
  }
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  void begin() { read(kRequestTimeoutS); }

 private:
  using Parser = http::request_parser<http::string_body>;
  using Response = http::response<http::string_body>;

  void read(int timeout_s) {
    parser_.emplace();
    parser_->body_limit(kMaxBodyBytes);
    parser_->header_limit(kMaxHeaderBytes);
    stream_.expires_after(std::chrono::seconds(timeout_s));
    http::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](error_code error, size_t) { self->on_read(error); });
  }

  void on_read(error_code error) {
    if (shared_.stopping) return close();
    if (error == http::error::body_limit || error == http::error::header_limit) {
      return refuse(413, "Content Too Large", "the request is larger than 8 MiB");
    }
    if (error == http::error::end_of_stream || error == http::error::partial_message) {
      return close();
    }
    if (error && error.category() == error_code(http::error::bad_method).category()) {
      return refuse(400, "Bad Request", "this is not HTTP/1.1");
    }
    if (error) return close();
    auto& message = parser_->get();
    http_1_1_ = message.version() == 11;
    keep_alive_ = message.keep_alive() && http_1_1_;
    auto request = std::make_shared<HttpRequest>();
    request->method = text_of(message.method_string());
    request->target = text_of(message.target());
    request->authorization = text_of(message[http::field::authorization]);
    request->cookie = text_of(message[http::field::cookie]);
    request->csrf = text_of(message["X-Millrace-CSRF"]);
    request->takes_gzip =
        text_of(message[http::field::accept_encoding]).find("gzip") != std::string::npos;
    request->body = std::move(message.body());
    request->peer = peer_;
    stream_.expires_never();
    asio::post(shared_.workers, [self = shared_from_this(), request] {
      auto answer = std::make_shared<HttpResponse>(self->shared_.handler(*request));
      asio::post(self->stream_.get_executor(), [self, answer] { self->answer(*answer); });
    });
  }

  void refuse(int status, const char* title, const char* detail) {
    keep_alive_ = false;
    HttpResponse response;
    response.status = status;
    response.content_type = "application/problem+json";
    response.body =
        fmt::format(R"({{"type":"about:blank","title":"{}","status":{},"detail":"{}"}})", title,
                    status, detail);
    answer(response);
  }

  template <class Message>
  void set_head(Message& message, const HttpResponse& response) {
    message.result(static_cast<unsigned>(response.status));
    message.version(11);
    message.set(http::field::server, "millrace");
    message.set(http::field::content_type, response.content_type);
    message.set("X-Content-Type-Options", "nosniff");
    message.set(http::field::cache_control, "no-store");
    message.set("Referrer-Policy", "no-referrer");
    for (const auto& [name, value] : response.headers) message.set(name, value);
    message.keep_alive(keep_alive_);
  }

  void answer(HttpResponse& response) {
    if (response.stream != nullptr) return begin_stream(response);
    response_.emplace();
    set_head(*response_, response);
    response_->body() = std::move(response.body);
    response_->prepare_payload();
    stream_.expires_after(std::chrono::seconds(kWriteTimeoutS));
    http::async_write(stream_, *response_, [self = shared_from_this()](error_code error, size_t) {
      if (error || !self->keep_alive_ || self->shared_.stopping) return self->close();
      self->read(kIdleTimeoutS);
    });
  }

  // -- streams ------------------------------------------------------------------------------------

  void begin_stream(HttpResponse& response) {
    if (shared_.streams.fetch_add(1) >= kMaxStreams) {
      --shared_.streams;
      return refuse(503, "Service Unavailable", "too many tails are open already");
    }
    body_ = std::move(response.stream);
    keep_alive_ = false;
    body_->on_ready([weak = weak_from_this(), executor = stream_.get_executor()] {
      asio::post(executor, [weak] {
        if (const std::shared_ptr<HttpSession> self = weak.lock()) self->on_wake();
      });
    });
    head_.emplace();
    set_head(*head_, response);
    head_->chunked(http_1_1_);
    serializer_.emplace(*head_);
    stream_.expires_after(std::chrono::seconds(kWriteTimeoutS));
    http::async_write_header(stream_, *serializer_,
                             [self = shared_from_this()](error_code error, size_t) {
                               if (error) return self->close();
                               self->watch_client();
                               self->pull();
                             });
  }

  // A client that goes away says so by an end of its stream; nobody else would notice while there
  // is nothing to send. One that sends more has no business here either. This wait is also what
  // keeps the session alive while there is nothing to do for it.
  void watch_client() {
    stream_.socket().async_wait(tcp::socket::wait_read,
                                [self = shared_from_this()](error_code error) {
                                  if (!error) self->on_readable();
                                });
  }

  void on_readable() {
    // The wait may end for bytes that were read before it began.
    char byte = 0;
    const ssize_t got = ::recv(stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return watch_client();
    gone_ = true;
    on_wake();
  }

  void pull() {
    woken_ = waiting_ = false;
    if (gone_ || shared_.stopping) return close();
    asio::post(shared_.workers, [self = shared_from_this()] {
      self->piece_.clear();
      const BodyStream::Next next = self->body_->next(self->piece_);
      asio::post(self->stream_.get_executor(), [self, next] { self->on_piece(next); });
    });
  }

  void on_piece(BodyStream::Next next) {
    ended_ = next == BodyStream::Next::kEnd;
    broken_ = next == BodyStream::Next::kBroken;
    if (!piece_.empty()) return write_piece();
    if (broken_) return close();
    if (ended_) return write_end();
    if (woken_ || next == BodyStream::Next::kData) return pull();
    waiting_ = true;
    stream_.expires_never();
  }

  void on_wake() {
    woken_ = true;
    if (waiting_) pull();
  }

  void write_piece() {
    stream_.expires_after(std::chrono::seconds(kWriteTimeoutS));
    auto done = [self = shared_from_this()](error_code error, size_t) {
      if (error || self->broken_) return self->close();
      if (self->ended_) return self->write_end();
      self->pull();
    };
    if (http_1_1_) {
      asio::async_write(stream_, http::make_chunk(asio::buffer(piece_)), std::move(done));
    } else {
      asio::async_write(stream_, asio::buffer(piece_), std::move(done));
    }
  }

  void write_end() {
    if (!http_1_1_) return close();
    stream_.expires_after(std::chrono::seconds(kWriteTimeoutS));
    asio::async_write(stream_, http::make_chunk_last(),
                      [self = shared_from_this()](error_code, size_t) { self->close(); });
  }

  void end_stream() {
    if (body_ == nullptr) return;
    body_.reset();
    --shared_.streams;
  }

  void close() {
    end_stream();
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.close();
  }

  Shared& shared_;
  beast::tcp_stream stream_;
  std::string peer_;
  beast::flat_buffer buffer_{kMaxBodyBytes + kMaxHeaderBytes};
  std::optional<Parser> parser_;
  std::optional<Response> response_;
  bool http_1_1_ = true;
  bool keep_alive_ = false;
  // Of a stream:
  std::shared_ptr<BodyStream> body_;
  std::optional<http::response<http::empty_body>> head_;
  std::optional<http::response_serializer<http::empty_body>> serializer_;
  std::string piece_;
  bool woken_ = false;    // since the last pull()
  bool waiting_ = false;  // for on_wake()
  bool ended_ = false;
  bool broken_ = false;
  bool gone_ = false;
};

}  // namespace

class HttpServer::Impl {
 public:
  explicit Impl(HttpHandler handler) : acceptor_(shared_.io), timer_(shared_.io) {
    shared_.handler = std::move(handler);
  }
  ~Impl() { stop(); }

  Status listen(const HttpOptions& options) {
    error_code error;
    const std::string host = options.host == "localhost" ? "127.0.0.1" : options.host;
    const tcp::endpoint endpoint(asio::ip::make_address(host, error), options.port);
    if (!error) acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return Error{Errc::kIo, fmt::format("the console and API cannot listen on {}:{}: {}; give "
                                          "another address with --http",
                                          options.host, options.port, error.message())};
    }
    port_ = acceptor_.local_endpoint().port();
    if (options.bound) TRY(options.bound(port_));
    accept();
    thread_ = std::thread([this] { shared_.io.run(); });
    return Done{};
  }

  void stop() {
    if (shared_.stopping.exchange(true)) return;
    // Workers first: what they post is dropped with the loop, and nothing of a session runs then.
    shared_.workers.join();
    shared_.io.stop();
    if (thread_.joinable()) thread_.join();
  }

  uint16_t port() const { return port_; }

 private:
  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (shared_.stopping) return;
      if (error) return accept_later();
      if (shared_.connections < kMaxHttpConnections) {
        std::make_shared<HttpSession>(shared_, std::move(socket))->begin();
      }
      accept();
    });
  }
  // Out of descriptors, most likely: trying again at once would only burn a core.
  void accept_later() {
    timer_.expires_after(std::chrono::milliseconds(100));
    timer_.async_wait([this](error_code error) {
      if (!error) accept();
    });
  }

  Shared shared_;
  tcp::acceptor acceptor_;
  asio::steady_timer timer_;
  uint16_t port_ = 0;
  std::thread thread_;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;
void HttpServer::stop() { impl_->stop(); }
uint16_t HttpServer::port() const { return impl_->port(); }

Result<std::unique_ptr<HttpServer>> HttpServer::start(const HttpOptions& options,
                                                      HttpHandler handler) {
  if (!is_loopback(options.host)) {
    return Error{Errc::kRefused,
                 fmt::format("http.bind \"{}:{}\" is not on loopback, and HTTP off loopback needs "
                             "TLS, which this version cannot do: give 127.0.0.1:{} and put a TLS "
                             "proxy before it",
                             options.host, options.port, options.port)};
  }
  auto impl = std::make_unique<Impl>(std::move(handler));
  TRY(impl->listen(options));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

}  // namespace millrace::control
