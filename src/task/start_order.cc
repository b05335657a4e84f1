// SPDX-License-Identifier: Apache-2.0
#include "task/start_order.h"

#include <fmt/format.h>

#include "schema/catalog.h"
#include "schema/script.h"

namespace millrace::task {

Status check_order(const StartOrder& order) {
  const auto invalid = [](const char* what) { return Error{Errc::kInvalid, what}; };
  if (!order.binlog_dir.empty() && order.from)
    return invalid(
        "--binlog-dir goes on where the task stands, --from somewhere else: give one of them");
  if (!order.binlog_dir.empty() && order.accept_gap)
    return invalid("--binlog-dir leaves no gap that --accept-gap could accept: give one of them");
  if (!order.binlog_dir.empty() && order.accept_server)
    return invalid(
        "--binlog-dir holds files of the server that the task read: give --accept-server "
        "afterwards, when they have been read");
  if (!order.binlog_dir.empty() && order.binlog_dir.front() != '/')
    return invalid(
        "--binlog-dir: give a whole path, such as /backup/binlogs, on the machine of "
        "the service");
  if (!order.schema_sql.empty() && order.accept_gap && !order.from)
    return invalid(
        "--schema gives definitions of where reading goes on: with --accept-gap say where "
        "(--from), or leave one of them out");
  if (!order.schema_sql.empty()) {
    schema::Catalog scratch;
    Status status = schema::apply_script(order.schema_sql, scratch);
    if (!status) return in_context("schema", std::move(status.error()));
  }
  return Done{};
}

Status check_order(const StartOrder& order, bool has_begun, const std::string& position) {
  const auto refused = [](std::string what) { return Error{Errc::kRefused, std::move(what)}; };
  if (!has_begun) {
    const char* word = order.accept_gap            ? "--accept-gap"
                       : order.accept_server       ? "--accept-server"
                       : !order.binlog_dir.empty() ? "--binlog-dir"
                                                   : nullptr;
    if (word != nullptr)
      return refused(fmt::format(
          "{}: the task has read nothing yet, so there is nothing to go on from; leave it out, or "
          "say with --from where to begin",
          word));
    return Done{};
  }
  if (order.from && !order.accept_gap)
    return refused(fmt::format(
        "the task has read up to {}; to go on at {} instead leaves out, or repeats, what lies "
        "between. Leave --from out to go on where it stands, or add --accept-gap: a marker in the "
        "topic then says so",
        position, capture::start_point_text(*order.from)));
  return Done{};
}

}  // namespace millrace::task
