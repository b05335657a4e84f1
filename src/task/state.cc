// SPDX-License-Identifier: Apache-2.0
#include "task/state.h"

namespace millrace::task {
namespace {

constexpr std::array<std::string_view, kStates> kStateNames = {
    "not_configured", "checking", "precheck_failed", "ready",  "starting",
    "running",        "retrying", "failed",          "paused", "deleting"};
constexpr std::array<std::string_view, kEvents> kEventNames = {
    "check",   "check passed", "check failed", "start",         "tracking", "trouble",
    "gave up", "pause",        "log refused",  "service start", "delete"};

}  // namespace

std::string_view to_string(State state) { return kStateNames[static_cast<size_t>(state)]; }

std::optional<State> parse_state(std::string_view text) {
  for (size_t i = 0; i < kStateNames.size(); ++i) {
    if (kStateNames[i] == text) return static_cast<State>(i);
  }
  return std::nullopt;
}

std::string_view to_string(Event event) { return kEventNames[static_cast<size_t>(event)]; }

}  // namespace millrace::task
