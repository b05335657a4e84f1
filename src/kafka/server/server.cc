// SPDX-License-Identifier: Apache-2.0
#include "kafka/server/server.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/rand.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <exception>

#include "base/check.h"
#include "kafka/server/connection.h"
#include "kafka/server/endpoint.h"
#include "kafka/server/monotonic.h"
#include "kafka/server/tls.h"
#include "kafka/wire/errors.h"

namespace millrace::kafka {
namespace {

using boost::asio::ip::tcp;

constexpr unsigned kWorkerThreads = 2;
constexpr unsigned kHashThreads = 2;

// As people write it: an IPv4 client of a socket that takes both is no IPv6 address.
std::string text_of(const boost::asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6())
        .to_string();
  return address.to_string();
}

void set_int(int socket, int level, int name, int value) {
  // Each only makes a good connection better: a kernel that refuses loses us nothing.
  (void)::setsockopt(socket, level, name, &value, sizeof value);
}

void tune(int socket) {
  set_int(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set_int(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_int(socket, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set_int(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);
}

int32_t random_number() {
  int32_t number = 0;
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) == 1);
  return number;
}

bool needs_login(Security security) {
  return security == Security::kSaslPlaintext || security == Security::kSaslSsl;
}

bool has_tls(Security security) {
  return security == Security::kSsl || security == Security::kSaslSsl;
}

bool is_wildcard(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

Status to_status(int16_t error, const std::string& group) {
  switch (error) {
    case error::kNone:
      return Done{};
    case error::kNonEmptyGroup:
    case error::kUnknownMemberId:
    case error::kGroupSubscribedToTopic:
      return Error{Errc::kRefused,
                   "group " + group + " has active members: stop its consumers first"};
    case error::kInvalidGroupId:
      return Error{Errc::kInvalid, "\"" + group + "\" is not a group ID"};
    default:
      return Error{Errc::kIo, "group " + group + ": the control database refused the change"};
  }
}

}  // namespace

class Server::Impl {
 public:
  Impl(Backend& backend, GroupPersistence& persistence, ServerOptions given)
      : options(std::move(given)),
        groups(persistence, options.limits, [&backend] { return backend.now_ms(); }),
        endpoint{.context = {backend, groups, options.limits, options.node_id},
                 .options = options,
                 .admission = Admission(options.limits),
                 .worker = Worker(kWorkerThreads),
                 .hashes = Worker(kHashThreads),
                 .sessions = FetchSessions(options.limits, random_number),
                 .counters = {},
                 .next_connection = 1} {}
  ~Impl() {
    try {
      stop();
    } catch (...) {
      std::terminate();  // threads that may still run hold what would be destroyed here
    }
  }

  Status start();
  void stop();
  // Runs `job` for each connection, each on its own loop, and waits.
  void for_each(const std::function<void(Connection&)>& job);

  struct Listener {
    const ListenerOptions& options;
    tcp::acceptor acceptor;
    tcp::endpoint bound;
    std::unique_ptr<TlsIdentity> identity;  // with TLS only
  };

  ServerOptions options;
  GroupThread groups;
  Endpoint endpoint;
  std::vector<std::unique_ptr<Loop>> loops;
  std::vector<std::unique_ptr<Listener>> listeners;

 private:
  Status open(const ListenerOptions& listener);
  void accept(Listener& listener);
  void refuse(const std::string& ip, const std::string& why);
  void take(Listener& listener, Loop& loop, tcp::socket socket);

  size_t next_loop_ = 0;
  bool stopped_ = false;
};

Status Server::Impl::start() {
  TRY(groups.start());
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const unsigned threads = options.threads == 0 ? cores : options.threads;
  for (unsigned i = 0; i < threads; ++i) loops.push_back(std::make_unique<Loop>(endpoint));
  for (const ListenerOptions& listener : options.listeners) TRY(open(listener));
  for (auto& loop : loops) loop->start();
  for (auto& listener : listeners) loops.front()->post([this, &listener] { accept(*listener); });
  return Done{};
}

Status Server::Impl::open(const ListenerOptions& listener) {
  const std::string where = fmt::format("{}:{}", listener.bind_host, listener.bind_port);
  if (is_wildcard(listener.advertised_host))
    return Error{Errc::kInvalid,
                 fmt::format("Kafka listener \"{}\": {} cannot be advertised: give the name or "
                             "address that clients reach this machine at",
                             listener.name, listener.advertised_host)};
  if (!needs_login(listener.security) && listener.plaintext_group.empty())
    return Error{Errc::kInvalid,
                 fmt::format("Kafka listener \"{}\" has no login: name the group whose rights its "
                             "connections have",
                             listener.name)};
  std::unique_ptr<TlsIdentity> identity;
  if (has_tls(listener.security))
    identity = TRY(TlsIdentity::load({.certificate = listener.tls_certificate_file,
                                      .key = listener.tls_key_file,
                                      .client_ca = listener.tls_client_ca_file}));
  if (identity && !listener.advertised_host.empty() && !identity->names(listener.advertised_host))
    endpoint.log(LogLevel::kWarning,
                 fmt::format("Kafka listener \"{}\": its certificate does not name {}, which it "
                             "advertises: most clients will refuse it",
                             listener.name, listener.advertised_host));
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(listener.bind_host, error);
  if (error)
    return Error{Errc::kInvalid,
                 fmt::format("Kafka listener \"{}\": \"{}\" is not an IP address to "
                             "bind to, such as 127.0.0.1 or 0.0.0.0",
                             listener.name, listener.bind_host)};
  if (listener.allow_plain_without_tls && listener.security == Security::kSaslPlaintext &&
      !address.is_loopback())
    endpoint.log(
        LogLevel::kWarning,
        fmt::format("Kafka listener \"{}\": allow_plain_without_tls shows the passwords of "
                    "clients that use PLAIN to the network",
                    listener.name));
  const tcp::endpoint wanted(address, listener.bind_port);
  auto opened = std::make_unique<Listener>(
      Listener{listener, tcp::acceptor(loops.front()->io()), wanted, std::move(identity)});
  tcp::acceptor& acceptor = opened->acceptor;
  acceptor.open(wanted.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(wanted, error);
  if (!error) acceptor.listen(1024, error);
  if (error == boost::asio::error::address_in_use)
    return Error{Errc::kUnavailable,
                 fmt::format("Kafka listener \"{}\": {} is in use by another program: stop it, or "
                             "choose another port with --kafka {}:PORT",
                             listener.name, where, listener.bind_host)};
  if (error)
    return Error{Errc::kUnavailable, fmt::format("Kafka listener \"{}\": cannot listen on {}: {}",
                                                 listener.name, where, error.message())};
  opened->bound = acceptor.local_endpoint();
  listeners.push_back(std::move(opened));
  return Done{};
}

void Server::Impl::accept(Listener& listener) {
  Loop& loop = *loops[next_loop_++ % loops.size()];
  listener.acceptor.async_accept(loop.io(), [this, &listener, &loop](
                                                const boost::system::error_code& error,
                                                tcp::socket socket) {
    if (!listener.acceptor.is_open()) return;
    if (!error) {
      auto carried = std::make_shared<tcp::socket>(std::move(socket));
      loop.post([this, &listener, &loop, carried] { take(listener, loop, std::move(*carried)); });
    } else if (error == boost::asio::error::no_descriptors) {
      endpoint.log(LogLevel::kError, "Kafka: no descriptor left for a new connection");
    }
    accept(listener);
  });
}

void Server::Impl::refuse(const std::string& ip, const std::string& why) {
  ++endpoint.counters.refused;
  if (endpoint.admission.may_log(ip, monotonic_ms()))
    endpoint.log(LogLevel::kWarning, fmt::format("Kafka: refused {}: {}", ip, why));
}

void Server::Impl::take(Listener& listener, Loop& loop, tcp::socket socket) {
  boost::system::error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  const tcp::endpoint local = error ? tcp::endpoint() : socket.local_endpoint(error);
  if (!error) socket.non_blocking(true, error);
  if (error) return;  // gone already
  const std::string ip = text_of(peer.address());
  ++endpoint.counters.accepted;
  const ListenerOptions& how = listener.options;
  if (!allows(how.networks, ip))
    return refuse(ip, fmt::format("listener \"{}\" is not for its network", how.name));
  if (!endpoint.admission.arrive(ip, monotonic_ms())) return refuse(ip, "too many connections");
  Session session;
  session.id = endpoint.next_connection++;
  session.listener = how.name;
  session.peer_ip = ip;
  session.peer_port = peer.port();
  session.advertised_host =
      how.advertised_host.empty() ? text_of(local.address()) : how.advertised_host;
  session.advertised_port = how.advertised_port == 0 ? listener.bound.port() : how.advertised_port;
  if (!needs_login(how.security)) {
    const auto principal = endpoint.context.backend.principal_of_group(how.plaintext_group);
    if (principal && !endpoint.context.backend.admits(*principal, how.name, ip)) {
      endpoint.admission.leave(ip, "");
      return refuse(ip, fmt::format("group {} may not use listener \"{}\" from there",
                                    how.plaintext_group, how.name));
    }
    if (!principal || !endpoint.admission.log_in(ip, principal->name, principal->admin)) {
      endpoint.admission.leave(ip, "");
      if (!principal)
        endpoint.log(LogLevel::kWarning, fmt::format("Kafka listener \"{}\": there is no group {}",
                                                     how.name, how.plaintext_group));
      return;
    }
    session.principal = *principal;
  }
  tune(socket.native_handle());
  std::unique_ptr<Transport> transport;
  if (listener.identity) {
    std::string problem;
    transport =
        std::make_unique<TlsTransport>(listener.identity->current(problem), socket.native_handle());
    if (!problem.empty()) endpoint.log(LogLevel::kError, "Kafka: kept the old one: " + problem);
  } else {
    transport = std::make_unique<PlainTransport>(socket.native_handle());
  }
  std::make_shared<Connection>(loop, std::move(socket), how, std::move(transport),
                               std::move(session))
      ->start();
}

void Server::Impl::for_each(const std::function<void(Connection&)>& job) {
  for (auto& loop : loops)
    loop->ask([&] {
      for (const auto& connection : loop->all()) job(*connection);
    });
}

void Server::Impl::stop() {
  if (std::exchange(stopped_, true)) return;
  if (!loops.empty())
    loops.front()->ask([this] {
      boost::system::error_code ignored;
      for (auto& listener : listeners) listener->acceptor.close(ignored);
    });
  groups.stop();
  for_each([](Connection& connection) { connection.shut_down(); });
  endpoint.worker.stop();
  endpoint.hashes.stop();
  for (auto& loop : loops) loop->stop();
  listeners.clear();
}

Result<std::unique_ptr<Server>> Server::start(Backend& backend, GroupPersistence& persistence,
                                              ServerOptions options) {
  auto impl = std::make_unique<Impl>(backend, persistence, std::move(options));
  TRY(impl->start());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
void Server::stop() { impl_->stop(); }

std::vector<BoundListener> Server::listeners() const {
  std::vector<BoundListener> all;
  for (const auto& listener : impl_->listeners)
    all.push_back(
        {listener->options.name, listener->bound.address().to_string(), listener->bound.port()});
  return all;
}

void Server::topics_changed() {
  for (auto& loop : impl_->loops)
    loop->post([&loop = *loop] {
      for (const auto& connection : loop.all()) connection->topics_changed();
    });
}

std::vector<GroupView> Server::groups() const {
  return impl_->groups.ask([](Coordinator& groups, Now) {
    std::vector<GroupView> views;
    for (const Group* group : groups.all()) views.push_back(group->view());
    return views;
  });
}

std::optional<GroupView> Server::group(const std::string& id) const {
  return impl_->groups.ask([id](Coordinator& groups, Now) {
    const Group* group = groups.find(id);
    return group == nullptr ? std::nullopt : std::optional<GroupView>(group->view());
  });
}

std::vector<ConnectionView> Server::connections() const {
  std::vector<ConnectionView> views;
  impl_->for_each([&](Connection& connection) { views.push_back(connection.view()); });
  return views;
}

EndpointCounts Server::counts() const {
  const Counters& from = impl_->endpoint.counters;
  return {.connections = from.connections,
          .accepted = from.accepted,
          .refused = from.refused,
          .malformed = from.malformed,
          .authentication_failures = from.failed_logins,
          .requests = from.requests,
          .fetches = from.fetches,
          .bytes_in = from.bytes_in,
          .bytes_out = from.bytes_out,
          .parked_fetches = from.parked,
          .fetch_sessions = impl_->endpoint.sessions.size()};
}

Status Server::delete_group(const std::string& group, bool even_if_active) {
  const int16_t error = impl_->groups.ask(
      [=](Coordinator& groups, Now) { return groups.delete_group(group, even_if_active); });
  return error == error::kGroupIdNotFound ? Status(Done{}) : to_status(error, group);
}

Status Server::reset_offset(const std::string& group, const std::string& topic, int64_t offset,
                            const std::string& metadata) {
  const int16_t error = impl_->groups.ask([=](Coordinator& groups, Now now) {
    Commit commit;
    commit.group = group;
    commit.offsets.push_back({topic, 0, offset, -1, metadata, 0});
    int16_t outcome = error::kNone;
    groups.commit(now, std::move(commit), [&](int16_t error) { outcome = error; });
    groups.flush();
    return outcome;
  });
  return to_status(error, group);
}

Status Server::clear_offset(const std::string& group, const std::string& topic) {
  const int16_t error = impl_->groups.ask([=](Coordinator& groups, Now) {
    const Group* known = groups.find(group);
    if (known == nullptr) return error::kNone;
    if (known->state != GroupState::kEmpty) return error::kNonEmptyGroup;
    return groups.delete_offset(group, topic, 0);
  });
  return to_status(error, group);
}

Status Server::forget_topic(const std::string& topic) {
  const int16_t error =
      impl_->groups.ask([=](Coordinator& groups, Now) { return groups.forget_topic(topic); });
  topics_changed();
  return to_status(error, "of topic " + topic);
}

void Server::disconnect(const std::string& principal) {
  impl_->for_each([&](Connection& connection) {
    if (connection.session().principal.name == principal) connection.close();
  });
}

void Server::disconnect_group(const std::string& group) {
  impl_->for_each([&](Connection& connection) {
    if (!group.empty() && connection.session().principal.group_id == group) connection.close();
  });
}

}  // namespace millrace::kafka
