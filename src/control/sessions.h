// SPDX-License-Identifier: Apache-2.0
// Who is signed in to the console: sessions by cookie, and the link that `serve` prints at its
// first start. Kept in a file of the data folder, so that a restart signs nobody out; of a
// session's secret only the hash. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/files.h"

namespace millrace::control {

struct Session {
  std::string who;
  std::string csrf;  // what a write must bring in its X-Millrace-CSRF header
  int64_t expires_ms = 0;
};

struct NewSession {
  std::string secret;  // the cookie's value
  Session session;
};

class Sessions {
 public:
  // `path` need not exist; `files` outlives this. kCorrupt: it holds something else.
  static Result<std::unique_ptr<Sessions>> open(io::Files& files, std::string path);

  // The oldest session ends when there are too many.
  Result<NewSession> begin(const std::string& who, int64_t now_ms);
  std::optional<Session> find(std::string_view secret, int64_t now_ms) const;
  Status end(std::string_view secret);

  // A secret that signs in once, until kLinkLifeMs from now.
  std::string make_link(int64_t now_ms);
  // Whether it is that secret; it is none from then on.
  bool use_link(std::string_view secret, int64_t now_ms);

 private:
  struct Entry {
    std::string hash;  // of the secret
    Session session;
  };
  Sessions(io::Files& files, std::string path) : files_(files), path_(std::move(path)) {}
  Status load();
  Status write(const std::vector<Entry>& entries) const;

  io::Files& files_;
  const std::string path_;
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;  // oldest first
  std::string link_;
  int64_t link_expires_ms_ = 0;
};

}  // namespace millrace::control
