// SPDX-License-Identifier: Apache-2.0
// What one value may be at most. A value beyond these is damage.
#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace::cell {

inline constexpr unsigned kMaxDecimalDigits = 65;  // MySQL's
// Sign, 65 digits, a point, and a zero before it.
inline constexpr size_t kMaxDecimalText = kMaxDecimalDigits + 3;
inline constexpr int kMaxJsonDepth = 100;  // MySQL's
// A JSON document is read by following offsets, so a crafted one can lead to the same bytes again
// and again. What is visited may be this many times the document; an honest one is visited once.
inline constexpr size_t kMaxJsonVisits = 4;
inline constexpr size_t kMaxJsonDocument = size_t{1} << 30;  // MySQL's greatest packet
// Neighbours that move up or down while a difference is applied; an honest one inserts and removes
// in few places.
inline constexpr size_t kMaxJsonMoves = size_t{1} << 28;
// zlib cannot do better than 1032 to 1.
inline constexpr uint64_t kMaxInflateRatio = 1032;

}  // namespace millrace::cell
