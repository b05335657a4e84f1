// SPDX-License-Identifier: Apache-2.0
#include "cmd/millrace/api_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "cmd/millrace/data_path.h"
#include "io/real_files.h"
#include "store/data_folder.h"

namespace millrace::cmd {
namespace {

constexpr size_t kMaxAnswerBytes = 256 << 20;

// What the service calls its errors, as ours.
Errc code_of(const json::Value& problem, long status) {
  const json::Value* code = problem.find("code");
  const std::string word = code != nullptr && code->text() != nullptr ? *code->text() : "";
  if (word == "not_found") return Errc::kNotFound;
  if (word == "exists") return Errc::kExists;
  if (status == 401) return Errc::kDenied;
  return Errc::kRefused;
}

struct CurlList {
  curl_slist* list = nullptr;
  ~CurlList() { curl_slist_free_all(list); }
  void add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
};

}  // namespace

struct ApiClient::State {
  std::string url;
  std::string token;
  std::string hint;  // for a service that does not answer
  CURL* curl = nullptr;
  std::string answer;
  const std::function<bool(std::string_view)>* take = nullptr;
  bool stopped = false;  // by `take`
  ~State() { curl_easy_cleanup(curl); }

  static size_t on_bytes(char* data, size_t size, size_t count, void* self) {
    return static_cast<State*>(self)->keep({data, size * count});
  }
  size_t keep(std::string_view bytes) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (take != nullptr && status == 200) {
      stopped = !(*take)(bytes);
      return stopped ? 0 : bytes.size();
    }
    if (answer.size() + bytes.size() > kMaxAnswerBytes) return 0;
    answer += bytes;
    return bytes.size();
  }

  Result<long> perform(const std::string& method, const std::string& path,
                       const std::string* body) {
    answer.clear();
    curl_easy_reset(curl);
    CurlList headers;
    headers.add("Authorization: Bearer " + token);
    headers.add("Content-Type: application/json");
    headers.add("Expect:");
    const std::string target = url + path;
    curl_easy_setopt(curl, CURLOPT_URL, target.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "127.0.0.1,localhost,::1");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.list);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &State::on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
    if (body != nullptr) {
      curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body->size()));
      curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->c_str());
    }
    const CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK && !stopped) {
      return Error{Errc::kUnavailable,
                   fmt::format("{} does not answer: {}{}", url, curl_easy_strerror(code), hint)};
    }
    return status;
  }

  Result<json::Value> parsed(long status) const {
    Result<json::Value> value = json::parse(answer);
    if (status / 100 == 2) return value;
    const json::Value* detail = value ? value->find("detail") : nullptr;
    if (detail == nullptr || detail->text() == nullptr) {
      return Error{Errc::kRefused,
                   fmt::format("{} answers {}: is it a millrace serve?", url, status)};
    }
    return Error{code_of(*value, status), *detail->text()};
  }
};

void add_api_options(CLI::App& command, ApiWords& words) {
  command.add_option(
      "--data", words.data,
      "the service's data folder (MILLRACE_DATA, else /var/lib/millrace as root, else "
      "~/.local/share/millrace)");
  command.add_option("--api", words.api,
                     "a service elsewhere, such as https://tracker.example.com");
  command.add_option("--token-file", words.token_file, "a file that holds its token");
}

ApiClient::ApiClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
ApiClient::ApiClient(ApiClient&&) noexcept = default;
ApiClient::~ApiClient() = default;

Result<ApiClient> ApiClient::open(const ApiWords& words) {
  io::RealFiles files;
  auto state = std::make_unique<State>();
  const std::string data = data_path(words.data);
  if (words.api.empty()) {
    const store::ApiAddress address = TRY(store::read_api(files, data));
    state->url = address.url;
    state->hint = fmt::format("; DATA/api.json names pid {}, is it still there?", address.pid);
  } else {
    state->url = words.api;
    while (state->url.ends_with('/')) state->url.pop_back();
    if (words.token_file.empty()) {
      return Error{Errc::kInvalid, "--api needs --token-file FILE, the token of that service"};
    }
  }
  state->token = TRY(store::read_token(
      files, words.token_file.empty() ? data + "/admin.token" : words.token_file));
  curl_global_init(CURL_GLOBAL_DEFAULT);
  state->curl = curl_easy_init();
  if (state->curl == nullptr) return Error{Errc::kIo, "libcurl does not start"};
  return ApiClient(std::move(state));
}

Result<json::Value> ApiClient::get(const std::string& path) {
  const long status = TRY(state_->perform("GET", path, nullptr));
  return state_->parsed(status);
}

Result<json::Value> ApiClient::send(const std::string& method, const std::string& path,
                                    const json::Value& body) {
  const std::string text = json::write(body);
  const long status = TRY(state_->perform(method, path, &text));
  return state_->parsed(status);
}

Status ApiClient::stream(const std::string& path,
                         const std::function<bool(std::string_view)>& take) {
  state_->take = &take;
  state_->stopped = false;
  const Result<long> status = state_->perform("GET", path, nullptr);
  state_->take = nullptr;
  if (!status) return status.error();
  if (*status == 200) return Done{};
  return state_->parsed(*status).error();
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace millrace::cmd
