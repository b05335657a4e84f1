// SPDX-License-Identifier: Apache-2.0
// The numbers of binlog events (mysql-source spec 2.3 and 2.12), their flags, and what a reader
// does with those that it does not decode.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::mysql {

enum class Flavour : uint8_t { kUnknown, kMySql, kMariaDb };

enum class EventType : uint8_t {
  kUnknown = 0,
  kStartV3 = 1,
  kQuery = 2,
  kStop = 3,
  kRotate = 4,
  kIntvar = 5,
  kLoad = 6,
  kSlave = 7,
  kCreateFile = 8,
  kAppendBlock = 9,
  kExecLoad = 10,
  kDeleteFile = 11,
  kNewLoad = 12,
  kRand = 13,
  kUserVar = 14,
  kFormatDescription = 15,
  kXid = 16,
  kBeginLoadQuery = 17,
  kExecuteLoadQuery = 18,
  kTableMap = 19,
  kWriteRowsV0 = 20,
  kUpdateRowsV0 = 21,
  kDeleteRowsV0 = 22,
  kWriteRowsV1 = 23,
  kUpdateRowsV1 = 24,
  kDeleteRowsV1 = 25,
  kIncident = 26,
  kHeartbeat = 27,
  kIgnorable = 28,
  kRowsQuery = 29,
  kWriteRowsV2 = 30,
  kUpdateRowsV2 = 31,
  kDeleteRowsV2 = 32,
  kGtid = 33,
  kAnonymousGtid = 34,
  kPreviousGtids = 35,
  kTransactionContext = 36,
  kViewChange = 37,
  kXaPrepare = 38,
  kPartialUpdateRows = 39,
  kTransactionPayload = 40,
  kHeartbeatV2 = 41,
  kGtidTagged = 42,
  // MariaDB
  kAnnotateRows = 160,
  kBinlogCheckpoint = 161,
  kMariaDbGtid = 162,
  kGtidList = 163,
  kStartEncryption = 164,
  kQueryCompressed = 165,
  kWriteRowsCompressedV1 = 166,
  kUpdateRowsCompressedV1 = 167,
  kDeleteRowsCompressedV1 = 168,
  kWriteRowsCompressedV2 = 169,
  kUpdateRowsCompressedV2 = 170,
  kDeleteRowsCompressedV2 = 171,
  kPartialRowData = 172,
};

inline constexpr uint16_t kFlagInUse = 0x0001;           // FORMAT_DESCRIPTION of an open file
inline constexpr uint16_t kFlagThreadSpecific = 0x0004;  // temporary tables
inline constexpr uint16_t kFlagSuppressUse = 0x0008;
inline constexpr uint16_t kFlagArtificial = 0x0020;  // made up by the sender, not in the file
inline constexpr uint16_t kFlagIgnorable = 0x0080;

// The server's name of it, MariaDB's own with "M_" before it; "UNKNOWN" for other numbers.
std::string_view event_type_name(EventType type);

enum class EventAction : uint8_t {
  kDecode,  // there is a decoder, and it matters
  kSkip,    // known and without effect, or marked ignorable
  kRefuse,  // nobody knows what it changes: stop
};
EventAction what_to_do(EventType type, Flavour flavour, uint16_t flags);

// MariaDB's compressed statements and rows: decompress_event() makes plain ones of them.
inline bool is_compressed(EventType type) {
  return type >= EventType::kQueryCompressed && type <= EventType::kDeleteRowsCompressedV2;
}

}  // namespace millrace::mysql
