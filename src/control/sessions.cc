// SPDX-License-Identifier: Apache-2.0
#include "control/sessions.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/json.h"
#include "control/limits.h"
#include "store/secrets.h"

namespace millrace::control {
namespace {

constexpr uint64_t kMaxFileBytes = 1 << 20;

std::string hash_of(std::string_view secret) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(secret.data()),
                     secret.size());
  std::string out;
  for (const unsigned char byte : hash) out += fmt::format("{:02x}", byte);
  return out;
}

}  // namespace

Result<std::unique_ptr<Sessions>> Sessions::open(io::Files& files, std::string path) {
  std::unique_ptr<Sessions> out(new Sessions(files, std::move(path)));
  if (TRY(io::exists(files, out->path_))) TRY(out->load());
  return out;
}

Status Sessions::load() {
  const json::Value value = TRY(json::parse(TRY(io::read_file(files_, path_, kMaxFileBytes))));
  const json::Array* list = value.array();
  if (list == nullptr) return Error{Errc::kCorrupt, path_ + " holds no list of sessions"};
  for (const json::Value& item : *list) {
    json::Reader in(item, path_);
    Entry entry;
    entry.hash = TRY(in.text("hash")).value_or("");
    entry.session.who = TRY(in.text("who")).value_or("");
    entry.session.csrf = TRY(in.text("csrf")).value_or("");
    entry.session.expires_ms = TRY(in.integer("expires_ms")).value_or(0);
    const bool whole =
        !entry.hash.empty() && !entry.session.who.empty() && !entry.session.csrf.empty();
    if (!whole) return Error{Errc::kCorrupt, path_ + " holds a session that is not whole"};
    entries_.push_back(std::move(entry));
  }
  return Done{};
}

Status Sessions::write(const std::vector<Entry>& entries) const {
  json::Value list = json::array();
  for (const Entry& entry : entries) {
    list.push(json::object()
                  .set("hash", entry.hash)
                  .set("who", entry.session.who)
                  .set("csrf", entry.session.csrf)
                  .set("expires_ms", entry.session.expires_ms));
  }
  return io::replace_file(files_, path_, as_bytes(json::write(list) + "\n"));
}

Result<NewSession> Sessions::begin(const std::string& who, int64_t now_ms) {
  NewSession made{
      .secret = store::random_token(),
      .session = {.who = who, .csrf = store::random_id(), .expires_ms = now_ms + kSessionLifeMs}};
  const std::lock_guard lock(mutex_);
  std::vector<Entry> entries = entries_;
  std::erase_if(entries, [&](const Entry& e) { return e.session.expires_ms <= now_ms; });
  if (entries.size() >= kMaxSessions) entries.erase(entries.begin());
  entries.push_back({hash_of(made.secret), made.session});
  TRY(write(entries));
  entries_ = std::move(entries);
  return made;
}

std::optional<Session> Sessions::find(std::string_view secret, int64_t now_ms) const {
  if (secret.empty()) return std::nullopt;
  const std::string hash = hash_of(secret);
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : entries_) {
    if (entry.hash == hash && entry.session.expires_ms > now_ms) return entry.session;
  }
  return std::nullopt;
}

Status Sessions::end(std::string_view secret) {
  const std::string hash = hash_of(secret);
  const std::lock_guard lock(mutex_);
  std::vector<Entry> entries = entries_;
  if (std::erase_if(entries, [&](const Entry& e) { return e.hash == hash; }) == 0) return Done{};
  TRY(write(entries));
  entries_ = std::move(entries);
  return Done{};
}

std::string Sessions::make_link(int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  link_ = store::random_token();
  link_expires_ms_ = now_ms + kLinkLifeMs;
  return link_;
}

bool Sessions::use_link(std::string_view secret, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  if (link_.empty() || !store::equal_secrets(secret, link_)) return false;
  link_.clear();
  return now_ms < link_expires_ms_;
}

}  // namespace millrace::control
