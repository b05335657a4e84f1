// SPDX-License-Identifier: Apache-2.0
#include "task/state.h"

#include <gtest/gtest.h>

#include <set>

namespace millrace::task {
namespace {

TEST(State, EveryNameReadsBack) {
  for (size_t i = 0; i < kStates; ++i) {
    const auto state = static_cast<State>(i);
    EXPECT_EQ(parse_state(to_string(state)), state);
  }
  EXPECT_EQ(parse_state("Running"), std::nullopt);
}

TEST(State, AnOrdinaryLifeGoesThroughItsStates) {
  State state = State::kPrecheckFailed;
  for (const auto& [event, to] : {std::pair(Event::kCheck, State::kChecking),
                                  {Event::kCheckPassed, State::kReady},
                                  {Event::kStart, State::kStarting},
                                  {Event::kTracking, State::kRunning},
                                  {Event::kTrouble, State::kRetrying},
                                  {Event::kTracking, State::kRunning},
                                  {Event::kPause, State::kPaused},
                                  {Event::kStart, State::kStarting},
                                  {Event::kGaveUp, State::kFailed},
                                  {Event::kStart, State::kStarting},
                                  {Event::kDelete, State::kDeleting}}) {
    const std::optional<State> next = next_state(state, event);
    ASSERT_TRUE(next) << to_string(state) << ", " << to_string(event);
    EXPECT_EQ(*next, to);
    state = *next;
  }
}

TEST(State, WhatATrackerSaysAfterAPauseChangesNothing) {
  for (const Event event : {Event::kTracking, Event::kTrouble, Event::kGaveUp}) {
    for (const State state : {State::kPaused, State::kFailed, State::kReady, State::kDeleting}) {
      EXPECT_EQ(next_state(state, event), std::nullopt);
    }
  }
}

TEST(State, NothingIsDeletedHalfway) {
  for (size_t event = 0; event < kEvents; ++event) {
    const std::optional<State> to = next_state(State::kDeleting, static_cast<Event>(event));
    EXPECT_TRUE(!to || *to == State::kDeleting);
  }
}

TEST(State, EveryStateButDraftsIsReachedFromTheFirstCheck) {
  std::set<State> reached = {State::kChecking};
  for (size_t round = 0; round < kStates; ++round) {
    for (const State state : std::set<State>(reached)) {
      for (size_t event = 0; event < kEvents; ++event) {
        if (const auto to = next_state(state, static_cast<Event>(event))) reached.insert(*to);
      }
    }
  }
  EXPECT_EQ(reached.size(), kStates - 1);
}

}  // namespace
}  // namespace millrace::task
