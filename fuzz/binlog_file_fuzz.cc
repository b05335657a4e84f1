// SPDX-License-Identifier: Apache-2.0
// Property: reading any bytes as a binlog file ends; the events lie back to back, each as long as
// its header says, and a file in other pieces gives the same.
#include <algorithm>
#include <cstdlib>

#include "mysql/binlog_file.h"

namespace {

using namespace millrace;
using namespace millrace::mysql;

class Pieces final : public ByteSource {
 public:
  Pieces(Bytes bytes, size_t piece) : rest_(bytes), piece_(piece) {}
  Result<size_t> read(std::byte* out, size_t size) override {
    const size_t count = std::min({size, piece_, rest_.size()});
    std::copy_n(rest_.begin(), count, out);
    rest_ = rest_.subspan(count);
    return count;
  }

 private:
  Bytes rest_;
  size_t piece_;
};

struct Seen {
  uint64_t events = 0;
  uint64_t end = 4;
  bool failed = false;
  bool operator==(const Seen&) const = default;
};

Seen read(Bytes bytes, size_t piece) {
  Pieces source(bytes, piece);
  BinlogReader reader(source, "input");
  Seen seen;
  for (;;) {
    const auto event = reader.next();
    if (!event) {
      seen.failed = true;
      return seen;
    }
    if (event->raw.empty()) return seen;
    if (event->position != seen.end) std::abort();
    if ((*decode_event_header(event->raw)).size != event->raw.size()) std::abort();
    seen.end += event->raw.size();
    if (seen.end > bytes.size()) std::abort();
    ++seen.events;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes bytes = as_bytes({reinterpret_cast<const char*>(data), size});
  if (!(read(bytes, SIZE_MAX) == read(bytes, 7))) std::abort();
  return 0;
}
