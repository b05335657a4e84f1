// SPDX-License-Identifier: Apache-2.0
#include "task/precheck/report.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace millrace::task {
namespace {

// `text` with each line after the first indented like the first.
std::string indented(std::string_view text, std::string_view indent) {
  std::string out(indent);
  for (const char c : text) {
    out += c;
    if (c == '\n') out += indent;
  }
  return out;
}

json::Value value_of(const PrecheckItem& item) {
  return json::object()
      .set("id", item.id)
      .set("title", item.title)
      .set("level", to_string(item.level))
      .set("evidence", item.evidence)
      .set("why", item.why)
      .set("fix", item.fix)
      .set("can_waive", item.can_waive)
      .set("source", item.source);
}

}  // namespace

std::string item_text(const PrecheckItem& item) {
  std::string out = fmt::format("{:4}  {}{}{}: {}\n", to_string(item.level), item.source,
                                item.source.empty() ? "" : "  ", item.title, item.evidence);
  constexpr std::string_view kIndent = "      ";
  if (!item.why.empty()) out += indented(item.why, kIndent) + "\n";
  if (!item.fix.empty()) out += indented(item.fix, "        ") + "\n";
  if (item.can_waive) {
    out += fmt::format("{}(or accept it: --skip-check {} --reason ...)\n", kIndent, item.id);
  }
  return out;
}

std::string report_text(const PrecheckReport& report) {
  std::string out;
  for (const PrecheckItem& item : report.items) out += item_text(item);
  return out;
}

json::Value report_value(const PrecheckReport& report) {
  json::Value items = json::array();
  for (const PrecheckItem& item : report.items) items.push(value_of(item));
  return json::object()
      .set("server_version", report.server_version)
      .set("flavour", report.flavour)
      .set("account", report.account)
      .set("seen_as", report.seen_as)
      .set("passed", report.passed())
      .set("items", std::move(items));
}

std::string report_json(const PrecheckReport& report) { return json::write(report_value(report)); }

}  // namespace millrace::task
