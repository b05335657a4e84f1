// SPDX-License-Identifier: Apache-2.0
#include "task/accepted.h"

#include <array>

#include "base/json.h"

namespace millrace::task {
namespace {

constexpr std::array kWhats = {Accepted::What::kGap, Accepted::What::kLostXa,
                               Accepted::What::kServer, Accepted::What::kRepair,
                               Accepted::What::kDamage};

}  // namespace

std::string_view to_string(Accepted::What what) {
  switch (what) {
    case Accepted::What::kGap:
      return "gap";
    case Accepted::What::kLostXa:
      return "lost_xa";
    case Accepted::What::kServer:
      return "server";
    case Accepted::What::kRepair:
      return "repair";
    case Accepted::What::kDamage:
      return "damage";
  }
  return "";
}

std::string accepted_text(const Accepted& accepted) {
  return json::write(json::object()
                         .set("what", to_string(accepted.what))
                         .set("reason", accepted.reason)
                         .set("from", accepted.from)
                         .set("to", accepted.to)
                         .set("time_ms", accepted.time_ms)
                         .set("file", accepted.place.file)
                         .set("offset", accepted.place.offset)
                         .set("gtid", accepted.place.gtids));
}

Result<Accepted> parse_accepted(std::string_view text) {
  const json::Value value = TRY(json::parse(text));
  json::Reader in(value, "an accepted gap");
  Accepted out;
  const std::string what = TRY(in.text("what")).value_or("");
  bool known = false;
  for (const Accepted::What one : kWhats) {
    if (to_string(one) != what) continue;
    out.what = one;
    known = true;
  }
  if (!known) return Error{Errc::kUnsupported, "an accepted \"" + what + "\" is not known"};
  out.reason = TRY(in.text("reason")).value_or("");
  out.from = TRY(in.text("from")).value_or("");
  out.to = TRY(in.text("to")).value_or("");
  out.time_ms = TRY(in.integer("time_ms")).value_or(0);
  out.place.file = TRY(in.text("file")).value_or("");
  out.place.offset = static_cast<uint64_t>(TRY(in.integer("offset")).value_or(0));
  out.place.gtids = TRY(in.text("gtid")).value_or("");
  TRY(in.done());
  return out;
}

std::vector<format::Tag> marker_tags(const Accepted& accepted) {
  return {{"millrace.event", to_string(accepted.what)},
          {"millrace.reason", accepted.reason},
          {"millrace.from", accepted.from},
          {"millrace.to", accepted.to}};
}

std::string position_text(const change::Position& position) {
  std::string out = position.file + ":" + std::to_string(position.offset);
  if (!position.gtids.empty()) out += " " + position.gtids;
  return out;
}

}  // namespace millrace::task
