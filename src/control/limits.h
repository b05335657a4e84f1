// SPDX-License-Identifier: Apache-2.0
// Every maximum of the HTTP side.
#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace::control {

inline constexpr size_t kMaxBodyBytes = 8 << 20;  // a task's schema file is the largest
inline constexpr uint32_t kMaxHeaderBytes = 16 << 10;
inline constexpr size_t kMaxHttpConnections = 512;
inline constexpr size_t kHttpWorkers = 6;
inline constexpr int kRequestTimeoutS = 30;  // from a connection's first byte to the request's last
inline constexpr int kIdleTimeoutS = 75;     // between requests
inline constexpr int kWriteTimeoutS = 60;    // a reader that takes nothing
inline constexpr size_t kMaxStreams = 64;    // tails that follow, each parked without a thread
inline constexpr size_t kStreamPieceBytes = 256 << 10;
inline constexpr int64_t kSessionLifeMs = int64_t{12} * 3'600'000;
inline constexpr size_t kMaxSessions = 200;
inline constexpr int64_t kLinkLifeMs = int64_t{30} * 60'000;  // of the link that serve prints
// A search in records reads about that much before it answers with what it has.
inline constexpr size_t kMaxSearchBytes = 32 << 20;
inline constexpr int64_t kMaxSearchRecords = 200;    // in one answer
inline constexpr size_t kMaxSearchAnswer = 4 << 20;  // bytes of it, about
inline constexpr size_t kMaxCellBytes = 64
                                        << 10;  // of one value in the browser; longer ones are cut
inline constexpr size_t kMaxListedTables = 1000;  // of a source, in one answer
// How much of a log is read to tell heartbeats from records when a group's delay is asked for.
inline constexpr size_t kMaxLagScanBytes = 4 << 20;

// An alarm is given once the next record that a group has to read has used that part of its
// retention.
inline constexpr double kRetentionAlarmShare = 0.75;
inline constexpr size_t kMaxShownDamage = 20;

}  // namespace millrace::control
