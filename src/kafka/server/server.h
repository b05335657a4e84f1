// SPDX-License-Identifier: Apache-2.0
// The Kafka endpoint as the program sees it: start, look, command, stop. One event loop a thread,
// connections pinned to theirs; the group coordinator has a thread of its own. Views and commands
// wait for these threads: do not call one while holding a lock that Backend or GroupPersistence
// takes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/network.h"
#include "base/result.h"
#include "kafka/group/commands.h"
#include "kafka/group/persistence.h"
#include "kafka/group/view.h"
#include "kafka/limits.h"
#include "kafka/server/backend.h"

namespace millrace::kafka {

enum class Security : uint8_t { kPlaintext, kSaslPlaintext, kSsl, kSaslSsl };

struct ListenerOptions {
  std::string name = "default";
  std::string bind_host = "127.0.0.1";
  uint16_t bind_port = 9092;     // 0: any free one
  std::string advertised_host;   // empty: the address that the client reached us at
  uint16_t advertised_port = 0;  // 0: the port that is bound
  Security security = Security::kSaslPlaintext;
  // Without SASL: the group whose rights the connections have.
  std::string plaintext_group;
  // Offer PLAIN off loopback without TLS.
  bool allow_plain_without_tls = false;
  std::string tls_certificate_file;  // PEM, chain included
  std::string tls_key_file;
  std::string tls_client_ca_file;  // clients must show a certificate that it signed
  std::vector<Network> networks;   // from where clients may come; empty: from anywhere
};

enum class LogLevel : uint8_t { kInfo, kWarning, kError };

struct ServerOptions {
  std::vector<ListenerOptions> listeners;
  unsigned threads = 0;  // 0: one a core
  int32_t node_id = 1;
  Limits limits;
  // Printable text without passwords or tokens; called from any thread.
  std::function<void(LogLevel, const std::string&)> log;
};

struct BoundListener {
  std::string name;
  std::string host;
  uint16_t port = 0;
};

class Server final : public GroupViewer, public GroupCommands {
 public:
  // Loads the groups, then opens the listeners. Both references must outlive the server.
  static Result<std::unique_ptr<Server>> start(Backend& backend, GroupPersistence& persistence,
                                               ServerOptions options);
  ~Server() override;
  // Answers parked fetches with what is there, flushes commits, closes. Also done by the
  // destructor.
  void stop();
  std::vector<BoundListener> listeners() const;
  // A topic came, went or changed: parked fetches look again, soon.
  void topics_changed();

  std::vector<GroupView> groups() const override;
  std::optional<GroupView> group(const std::string& id) const override;
  std::vector<ConnectionView> connections() const override;
  EndpointCounts counts() const override;

  Status delete_group(const std::string& group, bool even_if_active) override;
  Status reset_offset(const std::string& group, const std::string& topic, int64_t offset,
                      const std::string& metadata) override;
  Status clear_offset(const std::string& group, const std::string& topic) override;
  Status forget_topic(const std::string& topic) override;
  void disconnect(const std::string& principal) override;
  void disconnect_group(const std::string& group) override;

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::kafka
