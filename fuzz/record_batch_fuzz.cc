// SPDX-License-Identifier: Apache-2.0
// Any bytes are an error or whole records: with offsets inside the batch, and never more than the
// header's count. A batch rebuilt from its records holds the same values.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "storage/batch.h"
#include "storage/batch_layout.h"
#include "storage/batch_reader.h"

using namespace millrace;
using namespace millrace::storage;

namespace {
void require(bool condition) {
  if (!condition) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<std::byte> bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = std::byte{data[i]};
  if (size >= kBatchHeaderSize) {
    // A right length and CRC, so that what lies behind them is reached.
    write_be(bytes.data() + kAtLength, size - kBatchPrefixSize, 4);
    bytes[kAtMagic] = std::byte{2};
    patch_crc(bytes.data(), batch_crc(bytes));
  }
  BatchReader reader;
  if (!reader.open(bytes)) return 0;
  std::vector<std::string> values;
  BatchBuilder builder;
  for (;;) {
    auto record = reader.next();
    if (!record) return 0;
    if (!*record) break;
    require((*record)->offset.value >= reader.header().base_offset);
    require((*record)->offset.value < reader.header().next_offset());
    values.emplace_back(as_text((*record)->value.value_or(Bytes{})));
    builder.add(0, as_bytes(values.back()));
  }
  require(values.size() == static_cast<size_t>(reader.header().records));
  Batches rebuilt = builder.take();
  require(static_cast<bool>(seal(rebuilt, Compression::kLz4)));
  size_t seen = 0;
  for (size_t at = 0; at < rebuilt.bytes.size(); at += reader.header().size()) {
    require(static_cast<bool>(reader.open(rebuilt.bytes.view().subspan(at))));
    for (;;) {
      auto record = reader.next();
      require(static_cast<bool>(record));
      if (!*record) break;
      require(as_text(*(*record)->value) == values[seen++]);
    }
  }
  require(seen == values.size());
  return 0;
}
