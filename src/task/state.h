// SPDX-License-Identifier: Apache-2.0
// The states of a task and the one table that says how it moves between them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::task {

enum class State : uint8_t {
  kNotConfigured,   // no source yet
  kChecking,        // the precheck runs
  kPrecheckFailed,  // at least one item failed
  kReady,           // checked, not started
  kStarting,
  kRunning,
  kRetrying,  // a failure that trying again may overcome
  kFailed,    // going on would lose or guess something
  kPaused,    // on purpose
  kDeleting,
};
inline constexpr size_t kStates = 10;

enum class Event : uint8_t {
  kCheck,  // a precheck that decides about the state begins
  kCheckPassed,
  kCheckFailed,
  kStart,         // the tracker is told to begin
  kTracking,      // it reads
  kTrouble,       // it will try again
  kGaveUp,        // it will not
  kPause,         // the tracker was stopped on purpose
  kLogRefused,    // the log does not open
  kServiceStart,  // the process that ran it is gone
  kDelete,
};
inline constexpr size_t kEvents = 11;

// "not_configured", "checking" ...
std::string_view to_string(State state);
std::optional<State> parse_state(std::string_view text);
std::string_view to_string(Event event);

// Where `event` leads from `state`; nullopt: it cannot happen there and changes nothing.
constexpr std::optional<State> next_state(State state, Event event);

namespace internal {

// Short names for the table only.
inline constexpr uint8_t no = 0xFF;
inline constexpr auto nc = static_cast<uint8_t>(State::kNotConfigured);
inline constexpr auto ch = static_cast<uint8_t>(State::kChecking);
inline constexpr auto pf = static_cast<uint8_t>(State::kPrecheckFailed);
inline constexpr auto rd = static_cast<uint8_t>(State::kReady);
inline constexpr auto st = static_cast<uint8_t>(State::kStarting);
inline constexpr auto rn = static_cast<uint8_t>(State::kRunning);
inline constexpr auto rt = static_cast<uint8_t>(State::kRetrying);
inline constexpr auto fl = static_cast<uint8_t>(State::kFailed);
inline constexpr auto pa = static_cast<uint8_t>(State::kPaused);
inline constexpr auto de = static_cast<uint8_t>(State::kDeleting);

// clang-format off
inline constexpr std::array<std::array<uint8_t, kStates>, kEvents> kTransitions = {{
    //                  nc  ch  pf  rd  st  rn  rt  fl  pa  de
    /* kCheck        */ {no, no, ch, ch, no, no, no, no, no, no},
    /* kCheckPassed  */ {no, rd, no, no, no, no, no, no, no, no},
    /* kCheckFailed  */ {no, pf, no, no, no, no, no, no, no, no},
    /* kStart        */ {no, no, no, st, no, no, no, st, st, no},
    /* kTracking     */ {no, no, no, no, rn, rn, rn, no, no, no},
    /* kTrouble      */ {no, no, no, no, rt, rt, rt, no, no, no},
    /* kGaveUp       */ {no, no, no, no, fl, fl, fl, no, no, no},
    /* kPause        */ {no, no, no, no, pa, pa, pa, pa, pa, no},
    /* kLogRefused   */ {no, fl, fl, fl, fl, fl, fl, fl, fl, no},
    /* kServiceStart */ {nc, ch, pf, rd, st, st, st, fl, pa, de},
    /* kDelete       */ {de, de, de, de, de, de, de, de, de, de},
}};
// clang-format on

constexpr bool is_sound() {
  for (const auto& row : kTransitions) {
    for (const uint8_t to : row) {
      if (to != no && to >= kStates) return false;
    }
    // Nothing leads out of deleting.
    if (row[de] != no && row[de] != de) return false;
  }
  for (size_t from = 0; from < kStates; ++from) {
    // Everything can be deleted, and a start of the service leaves nothing undecided.
    if (kTransitions[static_cast<size_t>(Event::kDelete)][from] != de) return false;
    const uint8_t again = kTransitions[static_cast<size_t>(Event::kServiceStart)][from];
    // After a start of the service nothing can claim to be running before it is.
    if (again == no || again == rn || again == rt) return false;
  }
  return true;
}
static_assert(is_sound());

}  // namespace internal

constexpr std::optional<State> next_state(State state, Event event) {
  const uint8_t to = internal::kTransitions[static_cast<size_t>(event)][static_cast<size_t>(state)];
  if (to == internal::no) return std::nullopt;
  return static_cast<State>(to);
}

}  // namespace millrace::task
