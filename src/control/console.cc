// SPDX-License-Identifier: Apache-2.0
#include "control/console.h"

#include <zlib.h>

#include <algorithm>
#include <string>

#include "base/check.h"
#include "control/problem.h"

namespace millrace::control {
namespace {

// console.md, section 7: nothing but our own files, and no HTML made from text.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'";

constexpr std::string_view kWithoutConsole = R"(<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Millrace</title></head>
<body>
<h1>Millrace</h1>
<p>This build has no console: <code>make build</code> makes one that has.</p>
<p>The API is below <code>/api/v1/</code>, described in <a href="/api/v1/openapi.json">openapi.json</a>;
its token is in <code>DATA/admin.token</code>. On the command line: <code>millrace task list</code>.</p>
</body>
</html>
)";

std::string unzipped(std::span<const unsigned char> gzip) {
  z_stream stream{};
  CHECK(inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK, "zlib");
  stream.next_in = const_cast<unsigned char*>(gzip.data());
  stream.avail_in = static_cast<unsigned>(gzip.size());
  std::string out;
  int state = Z_OK;
  while (state == Z_OK) {
    const size_t at = out.size();
    out.resize(at + (size_t{64} << 10));
    stream.next_out = reinterpret_cast<unsigned char*>(out.data() + at);
    stream.avail_out = static_cast<unsigned>(out.size() - at);
    state = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  CHECK(state == Z_STREAM_END, "an embedded file is whole", state);
  return out;
}

HttpResponse file_response(const HttpRequest& request, const ConsoleFile& file, bool is_shell) {
  HttpResponse response;
  response.content_type = file.type;
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (request.takes_gzip) {
    response.body.assign(file.gzip.begin(), file.gzip.end());
    response.headers.emplace_back("Content-Encoding", "gzip");
  } else {
    response.body = unzipped(file.gzip);
  }
  if (is_shell) {
    response.headers.emplace_back("Content-Security-Policy", kPolicy);
    response.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  } else {
    response.headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
  }
  return response;
}

HttpResponse without_console() {
  HttpResponse response;
  response.content_type = "text/html; charset=utf-8";
  response.body = kWithoutConsole;
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; base-uri 'none'; form-action 'none'; "
                                "frame-ancestors 'none'");
  return response;
}

}  // namespace

void add_console(Router& router, std::span<const ConsoleFile> files) {
  router.set_fallback([files](const HttpRequest& request, const Target& target) {
    if (files.empty()) return without_console();
    std::string path;
    for (const std::string& segment : target.segments) {
      if (!path.empty()) path += '/';
      path += segment;
    }
    const auto named = [&](std::string_view name) {
      return std::find_if(files.begin(), files.end(),
                          [&](const ConsoleFile& file) { return file.path == name; });
    };
    if (const auto file = named(path); file != files.end() && path != "index.html") {
      return file_response(request, *file, false);
    }
    if (path.starts_with("assets/")) return problem(404, "not_found", "no such file");
    const auto shell = named("index.html");
    CHECK(shell != files.end(), "the console has its shell");
    return file_response(request, *shell, true);
  });
}

}  // namespace millrace::control
