// SPDX-License-Identifier: Apache-2.0
#include "mysql/table_metadata.h"

#include <algorithm>

#include "base/byte_reader.h"

namespace millrace::mysql {
namespace {

using C = ColumnType;
using Columns = std::vector<uint32_t>;  // indexes in the table of the columns that a list is about

template <class Wanted>
Columns select(const TableMapEvent& event, Wanted wanted) {
  Columns columns;
  for (size_t i = 0; i < event.cells.size(); ++i)
    if (wanted(event.cells[i].type)) columns.push_back(static_cast<uint32_t>(i));
  return columns;
}

bool is_number(C type) {
  switch (type) {
    case C::kDecimal:
    case C::kTiny:
    case C::kShort:
    case C::kLong:
    case C::kFloat:
    case C::kDouble:
    case C::kLongLong:
    case C::kInt24:
    case C::kNewDecimal:
      return true;
    default:
      return false;
  }
}

bool is_label(C type) { return type == C::kEnum || type == C::kSet; }

// Which columns a list of character sets is about. The two flavours differ.
bool is_character(C type, bool mariadb) {
  switch (type) {
    case C::kVarchar:
    case C::kVarString:
    case C::kString:
    case C::kBlob:
      return true;
    case C::kVector:
      return !mariadb;
    case C::kGeometry:
    case C::kVarcharCompressed:
    case C::kBlobCompressed:
      return mariadb;
    default:
      return false;
  }
}

bool bit_at(Bytes bits, size_t index) {  // the first is the highest bit of the first byte
  return (std::to_integer<unsigned>(bits[index / 8]) >> (7 - index % 8) & 1) != 0;
}

bool read_bits(Bytes value, const Columns& columns, size_t all, std::vector<bool>& out) {
  if (value.size() != (columns.size() + 7) / 8) return false;
  std::vector<bool> bits(all);
  for (size_t i = 0; i < columns.size(); ++i) bits[columns[i]] = bit_at(value, i);
  out = std::move(bits);
  return true;
}

bool fits_u32(uint64_t number) { return number <= UINT32_MAX; }

// A default collation, then pairs of (index among `columns`, collation).
bool read_default_charset(Bytes value, const Columns& columns, std::vector<uint32_t>& collations) {
  ByteReader in(value);
  const uint64_t fallback = in.lenenc();
  if (!in.ok() || !fits_u32(fallback)) return false;
  std::vector<uint32_t> out(columns.size(), static_cast<uint32_t>(fallback));
  while (!in.at_end()) {
    const uint64_t index = in.lenenc();
    const uint64_t collation = in.lenenc();
    if (!in.ok() || index >= columns.size() || !fits_u32(collation)) return false;
    out[index] = static_cast<uint32_t>(collation);
  }
  if (!in.ok()) return false;
  for (size_t i = 0; i < columns.size(); ++i) collations[columns[i]] = out[i];
  return true;
}

// One number for each of `columns`.
bool read_numbers(Bytes value, const Columns& columns, std::vector<uint32_t>& numbers) {
  ByteReader in(value);
  std::vector<uint32_t> out;
  for (size_t i = 0; i < columns.size(); ++i) {
    const uint64_t number = in.lenenc();
    if (!in.ok() || !fits_u32(number)) return false;
    out.push_back(static_cast<uint32_t>(number));
  }
  if (!in.at_end()) return false;
  for (size_t i = 0; i < columns.size(); ++i) numbers[columns[i]] = out[i];
  return true;
}

bool read_names(Bytes value, size_t all, std::vector<std::string_view>& names) {
  ByteReader in(value);
  std::vector<std::string_view> out;
  for (size_t i = 0; i < all && in.ok(); ++i) out.push_back(as_text(in.lenenc_bytes()));
  if (!in.ok() || !in.at_end()) return false;
  names = std::move(out);
  return true;
}

bool read_labels(Bytes value, const Columns& columns, std::vector<TableMapEvent::Labels>& labels) {
  ByteReader in(value);
  std::vector<TableMapEvent::Labels> out(columns.size());
  for (TableMapEvent::Labels& of_column : out) {
    const uint64_t count = in.lenenc();
    if (!in.ok() || count > in.left()) return false;  // each has a length byte at least
    for (uint64_t i = 0; i < count; ++i) of_column.push_back(as_text(in.lenenc_bytes()));
  }
  if (!in.ok() || !in.at_end()) return false;
  for (size_t i = 0; i < columns.size(); ++i) labels[columns[i]] = std::move(out[i]);
  return true;
}

bool read_primary_key(Bytes value, bool prefixes, size_t all,
                      std::vector<TableMapEvent::KeyPart>& key) {
  ByteReader in(value);
  std::vector<TableMapEvent::KeyPart> out;
  while (!in.at_end()) {
    const uint64_t column = in.lenenc();
    const uint64_t prefix = prefixes ? in.lenenc() : 0;
    if (!in.ok() || column >= all || !fits_u32(prefix) || out.size() >= all) return false;
    out.push_back({static_cast<uint32_t>(column), static_cast<uint32_t>(prefix)});
  }
  if (!in.ok()) return false;
  key = std::move(out);
  return true;
}

class MetadataReader {
 public:
  MetadataReader(Flavour flavour, TableMapEvent& event)
      : mariadb_(flavour == Flavour::kMariaDb), event_(event), all_(event.cells.size()) {}

  // False when the value does not fit the columns.
  bool read(TableMetadata type, Bytes value) {
    switch (type) {
      case TableMetadata::kSignedness:
        return read_signedness(value);
      case TableMetadata::kDefaultCharset:
      case TableMetadata::kColumnCharset:
        return read_collations(type == TableMetadata::kDefaultCharset, value,
                               characters(mariadb_)) ||
               read_collations(type == TableMetadata::kDefaultCharset, value,
                               characters(!mariadb_));
      case TableMetadata::kLabelDefaultCharset:
      case TableMetadata::kLabelColumnCharset:
        return read_collations(type == TableMetadata::kLabelDefaultCharset, value,
                               select(event_, is_label));
      case TableMetadata::kColumnName:
        return read_names(value, all_, event_.names);
      case TableMetadata::kSetLabels:
      case TableMetadata::kEnumLabels:
        event_.labels.resize(all_);
        return read_labels(value, of_type(type == TableMetadata::kSetLabels ? C::kSet : C::kEnum),
                           event_.labels);
      case TableMetadata::kGeometryType:
        event_.geometry_types.resize(all_);
        return read_numbers(value, of_type(C::kGeometry), event_.geometry_types);
      case TableMetadata::kSimplePrimaryKey:
      case TableMetadata::kPrimaryKeyWithPrefix:
        return read_primary_key(value, type == TableMetadata::kPrimaryKeyWithPrefix, all_,
                                event_.primary_key);
      case TableMetadata::kVisibility:
        return read_bits(value, select(event_, [](C) { return true; }), all_, event_.visible);
      case TableMetadata::kVectorDimension:
        event_.vector_dimensions.resize(all_);
        return read_numbers(value, of_type(C::kVector), event_.vector_dimensions);
    }
    return true;
  }

 private:
  Columns of_type(C wanted) const {
    return select(event_, [wanted](C type) { return type == wanted; });
  }
  Columns characters(bool mariadb) const {
    return select(event_, [mariadb](C type) { return is_character(type, mariadb); });
  }
  // YEAR counts as a number; some writers leave it out.
  bool read_signedness(Bytes value) {
    const auto with_year = [](C type) { return is_number(type) || type == C::kYear; };
    return read_bits(value, select(event_, with_year), all_, event_.is_unsigned) ||
           read_bits(value, select(event_, is_number), all_, event_.is_unsigned);
  }
  bool read_collations(bool with_default, Bytes value, const Columns& columns) {
    std::vector<uint32_t> collations = event_.collations;
    collations.resize(all_);
    const bool fits = with_default ? read_default_charset(value, columns, collations)
                                   : read_numbers(value, columns, collations);
    if (fits) event_.collations = std::move(collations);
    return fits;
  }

  const bool mariadb_;
  TableMapEvent& event_;
  const size_t all_;
};

}  // namespace

void read_table_metadata(Bytes items, Flavour flavour, TableMapEvent& event) {
  MetadataReader reader(flavour, event);
  ByteReader in(items);
  while (!in.at_end()) {
    const auto type = static_cast<TableMetadata>(in.u8());
    const Bytes value = in.lenenc_bytes();
    if (!in.ok()) return;
    if (!reader.read(type, value)) event.dropped.push_back(type);
  }
}

}  // namespace millrace::mysql
