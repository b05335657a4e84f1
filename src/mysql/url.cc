// SPDX-License-Identifier: Apache-2.0
// parse_url() and masked_url() of connection.h.
#include <fmt/format.h>

#include <charconv>

#include "mysql/connection.h"

namespace millrace::mysql {
namespace {

constexpr std::string_view kScheme = "mysql://";
constexpr std::string_view kForm = "mysql://user[:password]@host[:port][?tls=MODE]";

struct ModeName {
  TlsMode mode;
  std::string_view name;
};
constexpr ModeName kModes[] = {{TlsMode::kDisabled, "disabled"},
                               {TlsMode::kPreferred, "preferred"},
                               {TlsMode::kRequired, "required"},
                               {TlsMode::kVerifyCa, "verify-ca"},
                               {TlsMode::kVerifyIdentity, "verify-identity"}};

Error invalid(std::string_view what) {
  return {Errc::kInvalid, fmt::format("source URL: {}; the form is {}", what, kForm)};
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// False for a % that no two hexadecimal digits follow.
bool unescape(std::string_view text, std::string& out) {
  out.clear();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return false;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return false;
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return true;
}

std::string escape(std::string_view text) {
  std::string out;
  for (char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Status read_user(std::string_view text, ConnectOptions& options) {
  const size_t colon = text.find(':');
  if (!unescape(text.substr(0, colon), options.user))
    return invalid("a % in the user that is no escape");
  if (options.user.empty()) return invalid("no user");
  if (options.user.find('\0') != std::string::npos) return invalid("a zero byte in the user");
  if (colon == std::string_view::npos) return Done{};
  if (!unescape(text.substr(colon + 1), options.password))
    return invalid("a % in the password that is no escape (write a % as %25)");
  if (options.password.find('\0') != std::string::npos)
    return invalid("a zero byte in the password");
  return Done{};
}

Status read_port(std::string_view text, ConnectOptions& options) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), options.port);
  if (error != std::errc() || end != text.data() + text.size() || options.port == 0)
    return invalid(fmt::format("the port \"{}\" is no number from 1 to 65535", text.substr(0, 20)));
  return Done{};
}

Status read_host(std::string_view text, ConnectOptions& options) {
  std::string_view after;
  if (!text.empty() && text.front() == '[') {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return invalid("a [ without its ]");
    options.host = std::string(text.substr(1, close - 1));
    after = text.substr(close + 1);
    if (!after.empty() && after.front() != ':')
      return invalid("something else than a port after ]");
  } else {
    const size_t colon = text.find(':');
    if (colon != text.rfind(':')) return invalid("an IPv6 address stands in brackets, [::1]:3306");
    options.host = std::string(text.substr(0, colon));
    after = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (options.host.empty()) return invalid("no host");
  for (char c : options.host)
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7F' || c == '%')
      return invalid("a character in the host that no host has");
  return after.empty() ? Status(Done{}) : read_port(after.substr(1), options);
}

Status read_query(std::string_view query, ConnectOptions& options) {
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view item = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (item.empty()) continue;
    if (item.substr(0, 4) != "tls=")
      return invalid(fmt::format("\"{}\" is no option, the only one is tls",
                                 item.substr(0, item.find('=')).substr(0, 40)));
    const std::string_view wanted = item.substr(4);
    bool found = false;
    for (const ModeName& mode : kModes) {
      if (mode.name != wanted) continue;
      options.tls = mode.mode;
      found = true;
    }
    if (!found)
      return invalid(
          fmt::format("tls={} is none of disabled, preferred, required, verify-ca, "
                      "verify-identity",
                      wanted.substr(0, 40)));
  }
  return Done{};
}

}  // namespace

Result<ConnectOptions> parse_url(std::string_view url) {
  if (url.substr(0, kScheme.size()) != kScheme) return invalid("it does not begin with mysql://");
  url.remove_prefix(kScheme.size());
  ConnectOptions options;
  // A password may hold a bare '?' or '@': the last '@' ends it, unless that stands in the options.
  const size_t at = url.rfind('@');
  if (at == std::string_view::npos) return invalid("no user");
  TRY(read_user(url.substr(0, at), options));
  std::string_view rest = url.substr(at + 1);
  const size_t mark = rest.find('?');
  if (mark != std::string_view::npos) TRY(read_query(rest.substr(mark + 1), options));
  rest = rest.substr(0, mark);
  const size_t slash = rest.find('/');
  if (slash != std::string_view::npos && slash + 1 < rest.size())
    return invalid("a database has no place in it (choose objects instead)");
  TRY(read_host(rest.substr(0, slash), options));
  return options;
}

std::string masked_url(const ConnectOptions& options) {
  const bool brackets = options.host.find(':') != std::string::npos;
  std::string_view mode;
  for (const ModeName& name : kModes)
    if (name.mode == options.tls) mode = name.name;
  return fmt::format("{}{}@{}{}{}:{}?tls={}", kScheme, escape(options.user), brackets ? "[" : "",
                     options.host, brackets ? "]" : "", options.port, mode);
}

}  // namespace millrace::mysql
