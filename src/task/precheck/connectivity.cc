// SPDX-License-Identifier: Apache-2.0
// Why a source could not be logged in to. The words are those of mysql/connect_error.h.
#include <string>
#include <string_view>
#include <utility>

#include "task/precheck/checks.h"

namespace millrace::task::precheck {
namespace {

struct Cause {
  std::string_view words;  // found in the error's text
  std::string_view why;
  std::string_view fix;  // {user}, {host}, {port} and {from} are filled in
};
constexpr Cause kCauses[] = {
    {"without TLS (else tls=required)",
     "The account or the password is wrong, or there is no such account for our address, or it "
     "demands TLS, which tls=disabled in the source's URL forbids.",
     "tls=required in the source's URL                     -- if the account demands TLS\n"
     "CREATE USER '{user}'@'{from}' IDENTIFIED BY '...';   -- if it is missing\n"
     "ALTER USER '{user}'@'{from}' IDENTIFIED BY '...';    -- if the password is wrong"},
    {"Access denied",
     "The account or the password is wrong, or there is no such account for our address.",
     "CREATE USER '{user}'@'{from}' IDENTIFIED BY '...';   -- if it is missing\n"
     "ALTER USER '{user}'@'{from}' IDENTIFIED BY '...';    -- if the password is wrong"},
    {"no account of the server allows", "No account of the source may come from our address.",
     "CREATE USER '{user}'@'{from}' IDENTIFIED BY '...';\n"
     "Where the source has a list of allowed addresses, add {from} to it."},
    {"the server has blocked", "The source blocked our address after failed connections.",
     "FLUSH HOSTS;   -- MySQL 8 and later: TRUNCATE TABLE performance_schema.host_cache;"},
    {"account is locked", "The account exists and is locked.",
     "ALTER USER '{user}'@'{from}' ACCOUNT UNLOCK;"},
    {"has expired", "The account's password has expired.",
     "ALTER USER '{user}'@'{from}' IDENTIFIED BY '...' PASSWORD EXPIRE NEVER;"},
    {"max_connections", "The source has no connection free; tracking needs three.",
     "SET GLOBAL max_connections = ...;   -- or end connections that nobody needs"},
    {"name cannot be found", "The name of the host has no address.",
     "Correct the host in the source's URL, or this machine's DNS."},
    {"connection refused", "Nothing listens at {host}:{port}.",
     "Is the server running, and is bind_address open to us and skip_networking off?"},
    {"no answer within",
     "Nothing answers at {host}:{port}: no server listens there, or a firewall drops our packets.",
     "Start the server, or open port {port} of {host} to this machine."},
    {"no route to this host", "There is no route to {host}.", "Ask those who run the network."},
    {"not a MySQL server", "Something else listens at {host}:{port}.",
     "Correct host and port in the source's URL."},
    {"speak MySQL's protocol", "Something else listens at {host}:{port}.",
     "Correct host and port in the source's URL."},
    {"sent no greeting", "Something listens at {host}:{port} and says nothing.",
     "Correct host and port in the source's URL; see whether the server hangs."},
    {"use an account with", "The account logs in by a plugin that is not available here.",
     "ALTER USER '{user}'@'{from}' IDENTIFIED WITH caching_sha2_password BY '...';   -- MySQL 8 "
     "and "
     "later\nALTER USER '{user}'@'{from}' IDENTIFIED VIA mysql_native_password USING "
     "PASSWORD('...');   -- MariaDB"},
    {"takes only TLS", "The source wants TLS.", "Give the source's URL ?tls=required."},
    {"certificate", "The encrypted connection could not be made as asked.",
     "Check the CA (--tls-ca), the server's certificate and its name, or the ?tls= of the URL."},
    {"TLS", "The encrypted connection could not be made as asked.",
     "Check the CA (--tls-ca), the server's certificate and its name, or the ?tls= of the URL."},
};

// Our address as the server's message shows it: "'cdc'@'10.0.0.5'" or "the address 10.0.0.5;".
std::string seen_address(const std::string& words) {
  for (const auto& [before, after] : {std::pair<std::string_view, char>{"'@'", '\''},
                                      std::pair<std::string_view, char>{"the address ", ';'}}) {
    const size_t at = words.find(before);
    if (at == std::string::npos) continue;
    const size_t begin = at + before.size();
    const size_t end = words.find(after, begin);
    if (end != std::string::npos) return words.substr(begin, end - begin);
  }
  return "%";
}

// The message without the advice after its semicolon: that is said here in a place of its own.
std::string without_advice(const std::string& words) { return words.substr(0, words.find("; ")); }

void replace_all(std::string& text, std::string_view name, const std::string& value) {
  for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
    text.replace(at, name.size(), value);
    at += value.size();
  }
}

std::string filled(std::string_view text, const mysql::ConnectOptions& options,
                   const std::string& words) {
  std::string out(text);
  std::string user = literal(options.user);
  replace_all(out, "{user}", user.substr(1, user.size() - 2));
  replace_all(out, "{host}", options.host);
  replace_all(out, "{port}", std::to_string(options.port));
  replace_all(out, "{from}", seen_address(words));
  return out;
}

}  // namespace

Finding connectivity_failure(const mysql::ConnectOptions& options, const Error& error) {
  for (const Cause& cause : kCauses) {
    if (error.what.find(cause.words) == std::string::npos) continue;
    return fail(without_advice(error.what), filled(cause.why, options, error.what),
                filled(cause.fix, options, error.what));
  }
  return fail(error.what, "The source cannot be tracked without logging in to it.",
              "Try the same log-in with another client from this machine.");
}

}  // namespace millrace::task::precheck
