// SPDX-License-Identifier: Apache-2.0
#include "mysql/table_map_event.h"

#include <fmt/format.h>

#include "base/byte_reader.h"
#include "mysql/limits.h"
#include "mysql/table_metadata.h"

namespace millrace::mysql {
namespace {

using C = ColumnType;

Error cut(Bytes body) {
  return {Errc::kTruncated,
          fmt::format("TABLE_MAP event: its body ends after {} bytes", body.size())};
}

// CHAR, BINARY, ENUM and SET share type 254. Of the two metadata bytes the first is the real type;
// where the length needs bits 8 and 9, they are folded into the type's bits 4 and 5, inverted.
Result<cell::CellType> unfold_string(uint8_t b0, uint8_t b1) {
  auto real = static_cast<C>(b0);
  uint16_t length = b1;
  if ((b0 & 0x30) != 0x30) {
    real = static_cast<C>(b0 | 0x30);
    length = static_cast<uint16_t>(b1 | ((b0 & 0x30) ^ 0x30) << 4);
  }
  const bool fits = (real == C::kEnum && (length == 1 || length == 2)) ||
                    (real == C::kSet && ((length >= 1 && length <= 4) || length == 8)) ||
                    real == C::kString || real == C::kVarString;
  if (!fits)
    return Error{Errc::kCorrupt, fmt::format("a string of real type {} and length {}",
                                             static_cast<int>(real), length)};
  return cell::CellType{real, length};
}

// Consumes the column's metadata. An early 8.0 could write type bytes of hidden columns for which
// the block has nothing left: missing metadata counts as 0.
uint8_t u8_or_0(ByteReader& in) { return in.at_end() ? uint8_t{0} : in.u8(); }
uint16_t u16_or_0(ByteReader& in) {
  const uint8_t low = u8_or_0(in);
  return static_cast<uint16_t>(low | u8_or_0(in) << 8);
}

Result<cell::CellType> read_length_bytes(C type, ByteReader& in) {
  const uint8_t bytes = u8_or_0(in);
  if (bytes < 1 || bytes > 4)
    return Error{Errc::kCorrupt,
                 fmt::format("type {} with a length of {} bytes", static_cast<int>(type), bytes)};
  return cell::CellType{type, bytes};
}

Result<cell::CellType> read_cell_type(uint8_t code, ByteReader& in) {
  const auto type = static_cast<C>(code);
  switch (type) {
    case C::kDecimal:
    case C::kTiny:
    case C::kShort:
    case C::kLong:
    case C::kNull:
    case C::kTimestamp:
    case C::kLongLong:
    case C::kInt24:
    case C::kDate:
    case C::kTime:
    case C::kDateTime:
    case C::kYear:
      return cell::CellType{type, 0};
    case C::kFloat:
    case C::kDouble:
      u8_or_0(in);  // its size, which the type tells
      return cell::CellType{type, 0};
    case C::kVarchar:
    case C::kVarString:
    case C::kVarcharCompressed:
      return cell::CellType{type, u16_or_0(in)};
    case C::kBit: {
      const uint8_t bits = u8_or_0(in);
      const uint8_t bytes = u8_or_0(in);
      if (bits > 7 || bytes > 8 || bytes * 8 + bits > 64)
        return Error{Errc::kCorrupt, fmt::format("BIT of {} bytes and {} bits", bytes, bits)};
      return cell::CellType{type, static_cast<uint16_t>(bytes * 8 + bits)};
    }
    case C::kTimestamp2:
    case C::kDateTime2:
    case C::kTime2: {
      const uint8_t fraction = u8_or_0(in);
      if (fraction > 6)
        return Error{Errc::kCorrupt, fmt::format("a time with {} fraction digits", fraction)};
      return cell::CellType{type, fraction};
    }
    case C::kNewDecimal: {
      const uint8_t precision = u8_or_0(in);
      const uint8_t scale = u8_or_0(in);
      if (precision < 1 || precision > 65 || scale > precision || scale > 38)
        return Error{Errc::kCorrupt, fmt::format("DECIMAL({},{})", precision, scale)};
      return cell::CellType{type, static_cast<uint16_t>(precision << 8 | scale)};
    }
    case C::kBlob:
    case C::kBlobCompressed:
    case C::kJson:
    case C::kGeometry:
    case C::kVector:
      return read_length_bytes(type, in);
    case C::kString:
    case C::kEnum:
    case C::kSet: {
      const uint8_t b0 = u8_or_0(in);
      return unfold_string(b0, u8_or_0(in));
    }
    case C::kTypedArray: {
      const uint8_t element = u8_or_0(in);
      if (element == static_cast<uint8_t>(C::kTypedArray))
        return Error{Errc::kCorrupt, "an array of arrays"};
      TRY(read_cell_type(element, in));
      return cell::CellType{type, 0};
    }
  }
  return Error{Errc::kUnsupported, fmt::format("column type {}", code)};
}

Status read_cells(Bytes types, Bytes metadata, TableMapEvent& event) {
  ByteReader in(metadata);
  event.cells.reserve(types.size());
  for (std::byte code : types) {
    auto cell = read_cell_type(std::to_integer<uint8_t>(code), in);
    if (!cell)
      return in_context(fmt::format("TABLE_MAP event of {}.{}, column {}", event.database,
                                    event.table, event.cells.size() + 1),
                        std::move(cell.error()));
    event.cells.push_back(*cell);
  }
  return Done{};
}

std::string_view read_name(ByteReader& in) {
  const std::string_view name = in.text(in.u8());
  if (in.u8() != 0) in.fail();
  return name;
}

}  // namespace

Result<uint64_t> table_map_id(Bytes body, const EventFormat& format) {
  ByteReader in(body);
  const uint64_t id = in.le(format.table_id_width(EventType::kTableMap));
  if (!in.ok()) return cut(body);
  return id;
}

Result<TableMapEvent> decode_table_map(Bytes body, const EventFormat& format) {
  ByteReader in(body);
  TableMapEvent event;
  event.table_id = in.le(format.table_id_width(EventType::kTableMap));
  event.flags = in.u16();
  event.database = read_name(in);
  event.table = read_name(in);
  const uint64_t columns = in.lenenc();
  const Bytes types = in.bytes(columns);
  const Bytes metadata = in.lenenc_bytes();
  event.null_bits = in.bytes((columns + 7) / 8);
  if (!in.ok()) return cut(body);
  if (columns > kMaxColumns)
    return Error{Errc::kTooLarge,
                 fmt::format("TABLE_MAP event of {}.{}: {} columns, a table has at most {}",
                             event.database, event.table, columns, kMaxColumns)};
  TRY(read_cells(types, metadata, event));
  read_table_metadata(in.rest(), format.flavour, event);
  return event;
}

}  // namespace millrace::mysql
