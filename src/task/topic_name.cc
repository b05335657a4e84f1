// SPDX-License-Identifier: Apache-2.0
#include "task/topic_name.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::task {
namespace {

constexpr size_t kMaxTopic = 249;

bool is_legal(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

// Every run of characters that Kafka does not know becomes one '-'.
std::string legalised(std::string_view name, size_t max_size) {
  std::string out;
  for (const char c : name) {
    if (out.size() == max_size) break;
    if (is_legal(c)) {
      out += c;
    } else if (!out.ends_with('-')) {
      out += '-';
    }
  }
  while (out.ends_with('-')) out.pop_back();
  return out.empty() ? "task" : out;
}

}  // namespace

Status check_topic_name(std::string_view topic) {
  const bool legal = !topic.empty() && topic.size() <= kMaxTopic && topic != "." && topic != ".." &&
                     !topic.starts_with("__") && std::all_of(topic.begin(), topic.end(), is_legal);
  if (legal) return Done{};
  return Error{Errc::kInvalid,
               fmt::format("\"{}\" is no topic name for Kafka: 1 to 249 letters, digits, '.', '_' "
                           "and '-', not beginning with \"__\", for instance {}",
                           topic, legalised(topic, 40))};
}

Result<std::string> choose_topic(const std::string& asked, const std::string& name,
                                 const std::string& id,
                                 const std::function<bool(const std::string&)>& taken) {
  if (!asked.empty()) {
    TRY(check_topic_name(asked));
    if (taken(asked)) {
      return Error{
          Errc::kExists,
          fmt::format("the topic {} is another task's: give another --topic, or none", asked)};
    }
    return asked;
  }
  if (check_topic_name(name) && !taken(name)) return name;
  std::string base = legalised(name, kMaxTopic - id.size() - 1);
  if (base.starts_with("__")) base = "task" + base;
  return base + "-" + id;
}

}  // namespace millrace::task
