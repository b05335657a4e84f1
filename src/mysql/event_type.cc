// SPDX-License-Identifier: Apache-2.0
#include "mysql/event_type.h"

#include <array>

namespace millrace::mysql {
namespace {

using T = EventType;
using A = EventAction;

struct Entry {
  EventType type;
  Flavour flavour;  // kUnknown: of both
  EventAction action;
  std::string_view name;
};
constexpr auto kBoth = Flavour::kUnknown;
constexpr auto kMy = Flavour::kMySql;
constexpr auto kMaria = Flavour::kMariaDb;

// Every event that a reader may meet, once.
constexpr Entry kEntries[] = {
    {T::kUnknown, kBoth, A::kRefuse, "UNKNOWN"},
    {T::kStartV3, kBoth, A::kRefuse, "START_V3"},
    {T::kQuery, kBoth, A::kDecode, "QUERY"},
    {T::kStop, kBoth, A::kDecode, "STOP"},
    {T::kRotate, kBoth, A::kDecode, "ROTATE"},
    // What a statement needs beside its text: the statement itself is what is judged.
    {T::kIntvar, kBoth, A::kSkip, "INTVAR"},
    {T::kRand, kBoth, A::kSkip, "RAND"},
    {T::kUserVar, kBoth, A::kSkip, "USER_VAR"},
    // LOAD DATA as 4.x wrote it; no server of 5.0 and later does.
    {T::kLoad, kBoth, A::kRefuse, "LOAD"},
    {T::kSlave, kBoth, A::kRefuse, "SLAVE"},
    {T::kCreateFile, kBoth, A::kRefuse, "CREATE_FILE"},
    {T::kExecLoad, kBoth, A::kRefuse, "EXEC_LOAD"},
    {T::kNewLoad, kBoth, A::kRefuse, "NEW_LOAD"},
    // LOAD DATA in statement format: blocks of the file, then a statement that reads them.
    {T::kBeginLoadQuery, kBoth, A::kSkip, "BEGIN_LOAD_QUERY"},
    {T::kAppendBlock, kBoth, A::kSkip, "APPEND_BLOCK"},
    {T::kDeleteFile, kBoth, A::kSkip, "DELETE_FILE"},
    {T::kExecuteLoadQuery, kBoth, A::kDecode, "EXECUTE_LOAD_QUERY"},
    {T::kFormatDescription, kBoth, A::kDecode, "FORMAT_DESCRIPTION"},
    {T::kXid, kBoth, A::kDecode, "XID"},
    {T::kTableMap, kBoth, A::kDecode, "TABLE_MAP"},
    {T::kWriteRowsV0, kBoth, A::kDecode, "WRITE_ROWS_V0"},
    {T::kUpdateRowsV0, kBoth, A::kDecode, "UPDATE_ROWS_V0"},
    {T::kDeleteRowsV0, kBoth, A::kDecode, "DELETE_ROWS_V0"},
    {T::kWriteRowsV1, kBoth, A::kDecode, "WRITE_ROWS_V1"},
    {T::kUpdateRowsV1, kBoth, A::kDecode, "UPDATE_ROWS_V1"},
    {T::kDeleteRowsV1, kBoth, A::kDecode, "DELETE_ROWS_V1"},
    {T::kIncident, kBoth, A::kDecode, "INCIDENT"},
    {T::kHeartbeat, kBoth, A::kDecode, "HEARTBEAT"},
    {T::kIgnorable, kBoth, A::kSkip, "IGNORABLE"},
    {T::kRowsQuery, kBoth, A::kDecode, "ROWS_QUERY"},
    {T::kWriteRowsV2, kBoth, A::kDecode, "WRITE_ROWS"},
    {T::kUpdateRowsV2, kBoth, A::kDecode, "UPDATE_ROWS"},
    {T::kDeleteRowsV2, kBoth, A::kDecode, "DELETE_ROWS"},
    {T::kGtid, kMy, A::kDecode, "GTID"},
    {T::kAnonymousGtid, kMy, A::kDecode, "ANONYMOUS_GTID"},
    {T::kPreviousGtids, kMy, A::kDecode, "PREVIOUS_GTIDS"},
    {T::kTransactionContext, kMy, A::kSkip, "TRANSACTION_CONTEXT"},
    {T::kViewChange, kMy, A::kSkip, "VIEW_CHANGE"},
    {T::kXaPrepare, kBoth, A::kDecode, "XA_PREPARE"},
    {T::kPartialUpdateRows, kMy, A::kDecode, "PARTIAL_UPDATE_ROWS"},
    {T::kTransactionPayload, kMy, A::kDecode, "TRANSACTION_PAYLOAD"},
    {T::kHeartbeatV2, kMy, A::kDecode, "HEARTBEAT_V2"},
    {T::kGtidTagged, kMy, A::kDecode, "GTID_TAGGED"},
    // Aurora's own, and PolarDB-X's consensus and clock events: nothing of a table.
    {static_cast<T>(100), kMy, A::kSkip, "AURORA_100"},
    {static_cast<T>(101), kMy, A::kSkip, "POLARDBX_101"},
    {static_cast<T>(102), kMy, A::kSkip, "POLARDBX_102"},
    {static_cast<T>(103), kMy, A::kSkip, "POLARDBX_103"},
    {static_cast<T>(104), kMy, A::kSkip, "POLARDBX_104"},
    {static_cast<T>(105), kMy, A::kSkip, "POLARDBX_105"},
    {T::kAnnotateRows, kMaria, A::kDecode, "M_ANNOTATE_ROWS"},
    {T::kBinlogCheckpoint, kMaria, A::kSkip, "M_BINLOG_CHECKPOINT"},
    {T::kMariaDbGtid, kMaria, A::kDecode, "M_GTID"},
    {T::kGtidList, kMaria, A::kDecode, "M_GTID_LIST"},
    // Over a dump the events come decrypted and this one says nothing; files: binlog_file.h.
    {T::kStartEncryption, kMaria, A::kSkip, "M_START_ENCRYPTION"},
    {T::kQueryCompressed, kMaria, A::kDecode, "M_QUERY_COMPRESSED"},
    {T::kWriteRowsCompressedV1, kMaria, A::kDecode, "M_WRITE_ROWS_COMPRESSED_V1"},
    {T::kUpdateRowsCompressedV1, kMaria, A::kDecode, "M_UPDATE_ROWS_COMPRESSED_V1"},
    {T::kDeleteRowsCompressedV1, kMaria, A::kDecode, "M_DELETE_ROWS_COMPRESSED_V1"},
    {T::kWriteRowsCompressedV2, kMaria, A::kDecode, "M_WRITE_ROWS_COMPRESSED"},
    {T::kUpdateRowsCompressedV2, kMaria, A::kDecode, "M_UPDATE_ROWS_COMPRESSED"},
    {T::kDeleteRowsCompressedV2, kMaria, A::kDecode, "M_DELETE_ROWS_COMPRESSED"},
    {T::kPartialRowData, kMaria, A::kDecode, "M_PARTIAL_ROW_DATA"},
};

constexpr uint8_t kNoEntry = 0xFF;

constexpr bool each_type_once() {
  for (size_t i = 0; i < std::size(kEntries); ++i)
    for (size_t j = i + 1; j < std::size(kEntries); ++j)
      if (kEntries[i].type == kEntries[j].type) return false;
  return std::size(kEntries) < kNoEntry;
}
static_assert(each_type_once());

constexpr std::array<uint8_t, 256> make_index() {
  std::array<uint8_t, 256> index{};
  index.fill(kNoEntry);
  for (size_t i = 0; i < std::size(kEntries); ++i)
    index[static_cast<uint8_t>(kEntries[i].type)] = static_cast<uint8_t>(i);
  return index;
}
constexpr std::array<uint8_t, 256> kIndex = make_index();

const Entry* find(EventType type) {
  const uint8_t at = kIndex[static_cast<uint8_t>(type)];
  return at == kNoEntry ? nullptr : &kEntries[at];
}

}  // namespace

std::string_view event_type_name(EventType type) {
  const Entry* entry = find(type);
  return entry == nullptr ? "UNKNOWN" : entry->name;
}

EventAction what_to_do(EventType type, Flavour flavour, uint16_t flags) {
  const Entry* entry = find(type);
  const bool known = entry != nullptr &&
                     (entry->flavour == kBoth || flavour == kBoth || entry->flavour == flavour);
  const EventAction action = known ? entry->action : A::kRefuse;
  return action == A::kRefuse && (flags & kFlagIgnorable) != 0 ? A::kSkip : action;
}

}  // namespace millrace::mysql
