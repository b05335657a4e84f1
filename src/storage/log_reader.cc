// SPDX-License-Identifier: Apache-2.0
#include "storage/log_reader.h"

#include <fmt/format.h>

#include "io/real_files.h"

namespace millrace::storage {

Result<size_t> SegmentHandle::read(uint64_t position, std::span<std::byte> into) const {
  return io::read_at(fd(), position, into);
}

Status read_range(const FileRange& range, Buffer& out) {
  if (range.bytes == 0) return Done{};
  const size_t got =
      TRY(range.segment->read(range.position, {out.reserve(range.bytes), range.bytes}));
  if (got != range.bytes) {
    return Error{Errc::kTruncated, fmt::format("segment ends {} bytes early", range.bytes - got)};
  }
  out.commit(got);
  return Done{};
}

}  // namespace millrace::storage
