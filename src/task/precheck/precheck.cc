// SPDX-License-Identifier: Apache-2.0
#include "task/precheck/precheck.h"

#include <algorithm>
#include <utility>

#include "task/precheck/checks.h"

namespace millrace::task {
namespace precheck {
namespace {

PrecheckItem item_of(std::string_view id, std::string_view title, Finding finding, bool can_waive) {
  PrecheckItem item;
  item.id = id;
  item.title = title;
  item.level = finding.level;
  item.evidence = std::move(finding.evidence);
  item.why = std::move(finding.why);
  item.fix = std::move(finding.fix);
  item.can_waive = can_waive && finding.level == PrecheckLevel::kFail;
  return item;
}

std::string address_of(const mysql::ConnectOptions& options) {
  return options.host + ":" + std::to_string(options.port);
}

void add(PrecheckReport& report, PrecheckItem item,
         const std::function<void(const PrecheckItem&)>& progress) {
  if (progress) progress(item);
  report.items.push_back(std::move(item));
}

}  // namespace

AddressReport unreachable(const PrecheckInput& input, const Error& error,
                          const std::function<void(const PrecheckItem&)>& progress) {
  AddressReport out{.address = address_of(input.source), .report = {}, .facts = {}};
  add(out.report,
      item_of(kConnectivityId, kConnectivityTitle, connectivity_failure(input.source, error),
              false),
      progress);
  return out;
}

AddressReport run_checks(const PrecheckInput& input, Source& source,
                         const std::function<void(const PrecheckItem&)>& progress) {
  auto facts = read_facts(source.session);
  if (!facts) return unreachable(input, Error{facts.error().code, facts.error().what}, progress);
  recognise_address(*facts, input.source.host);
  AddressReport out{.address = address_of(input.source), .report = {}, .facts = std::move(*facts)};
  PrecheckReport& report = out.report;
  report.server_version = out.facts.version;
  report.flavour = out.facts.flavour;
  report.account = out.facts.account;
  report.seen_as = out.facts.seen_as;
  add(report,
      item_of(kConnectivityId, kConnectivityTitle,
              pass(mysql::masked_url(input.source) + " as " + out.facts.seen_as), false),
      progress);
  Context context{
      .input = input, .facts = out.facts, .source = source, .selection = input.selection};
  context.selection.fold_case = out.facts.number_of("lower_case_table_names") != 0;
  if (out.facts.binlog_source) read_context(context);
  for (const Check& check : kChecks) {
    Finding finding = check.run(context);
    add(report, item_of(check.id, check.title, std::move(finding), check.can_waive), progress);
    // What speaks the protocol and is no MySQL answers the other questions with nonsense.
    if (!out.facts.binlog_source && check.run == check_source_kind) break;
  }
  return out;
}

}  // namespace precheck

std::string_view to_string(PrecheckLevel level) {
  switch (level) {
    case PrecheckLevel::kPass:
      return "pass";
    case PrecheckLevel::kSkip:
      return "skip";
    case PrecheckLevel::kInfo:
      return "info";
    case PrecheckLevel::kWarn:
      return "warn";
    case PrecheckLevel::kFail:
      return "fail";
  }
  return "fail";
}

bool PrecheckReport::passed(const std::vector<std::string>& waived) const {
  return !items.empty() && std::none_of(items.begin(), items.end(), [&](const PrecheckItem& item) {
    const bool forgiven =
        item.can_waive && std::find(waived.begin(), waived.end(), item.id) != waived.end();
    return item.level == PrecheckLevel::kFail && !forgiven;
  });
}

PrecheckLevel PrecheckReport::worst() const {
  PrecheckLevel worst = PrecheckLevel::kPass;
  for (const PrecheckItem& item : items) worst = std::max(worst, item.level);
  return worst;
}

}  // namespace millrace::task
