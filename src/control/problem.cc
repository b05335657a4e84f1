// SPDX-License-Identifier: Apache-2.0
#include "control/problem.h"

#include "base/json.h"

namespace millrace::control {
namespace {

struct Mapping {
  std::string_view word;
  int status;
};

Mapping mapping(Errc code) {
  switch (code) {
    case Errc::kTruncated:
      return {"truncated", 500};
    case Errc::kCorrupt:
      return {"corrupt", 500};
    case Errc::kUnsupported:
      return {"unsupported", 400};
    case Errc::kRefused:
      return {"refused", 409};
    case Errc::kInvalid:
      return {"invalid", 400};
    case Errc::kNotFound:
      return {"not_found", 404};
    case Errc::kExists:
      return {"exists", 409};
    case Errc::kDenied:
      return {"denied", 403};
    case Errc::kUnavailable:
      return {"unavailable", 503};
    case Errc::kLost:
      return {"lost", 410};
    case Errc::kDiverged:
      return {"diverged", 409};
    case Errc::kMismatch:
      return {"mismatch", 409};
    case Errc::kTooLarge:
      return {"too_large", 409};
    case Errc::kIo:
      return {"io", 500};
    case Errc::kNoSpace:
      return {"no_space", 507};
    case Errc::kCancelled:
      return {"cancelled", 503};
  }
  return {"internal", 500};
}

std::string_view title(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 503:
      return "Service Unavailable";
    case 507:
      return "Insufficient Storage";
    default:
      return "Internal Server Error";
  }
}

}  // namespace

std::string_view code_word(Errc code) { return mapping(code).word; }
int http_status(Errc code) { return mapping(code).status; }

HttpResponse problem(int status, std::string_view code, const std::string& detail) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = json::write(json::object()
                                  .set("type", "about:blank")
                                  .set("title", title(status))
                                  .set("status", status)
                                  .set("detail", detail)
                                  .set("code", code));
  return response;
}

HttpResponse problem(const Error& error) {
  return problem(http_status(error.code), code_word(error.code), error.what);
}

}  // namespace millrace::control
