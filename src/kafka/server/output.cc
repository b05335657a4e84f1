// SPDX-License-Identifier: Apache-2.0
#include "kafka/server/output.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/check.h"

namespace millrace::kafka {
namespace {

// Reads without waiting for a disk. False: not all of it is in the page cache, or the kernel cannot
// tell; `errno` says which.
bool read_cached(int file, std::byte* into, size_t bytes, uint64_t position) {
  const iovec target{into, bytes};
  const ssize_t got = ::preadv2(file, &target, 1, static_cast<off_t>(position), RWF_NOWAIT);
  if (got >= 0) errno = EAGAIN;
  return got == static_cast<ssize_t>(bytes);
}

}  // namespace

void Output::push_memory(Bytes bytes) {
  if (bytes.empty()) return;
  if (pieces_.empty() || pieces_.back().range.bytes > 0) pieces_.emplace_back();
  pieces_.back().memory.append(bytes);
}

void Output::push(Buffer memory, const std::vector<Splice>& splices,
                  std::vector<storage::FileRange> ranges) {
  CHECK(splices.size() == ranges.size(), splices.size(), ranges.size());
  if (splices.empty()) {
    Piece& piece = pieces_.emplace_back();
    piece.memory = std::move(memory);
    return;
  }
  size_t done = 0;
  for (size_t i = 0; i < splices.size(); ++i) {
    push_memory(memory.view().subspan(done, splices[i].at - done));
    done = splices[i].at;
    storage::FileRange& range = ranges[i];
    CHECK(range.bytes == splices[i].size, range.bytes, splices[i].size);
    // A small range is cheaper to copy than to hand to the kernel, and shares a packet with its
    // header.
    Buffer copy;
    if (range.segment->fd() < 0) {  // no file that the kernel could send from
      if (!storage::read_range(range, copy)) broken_ = true;
      push_memory(copy.view());
    } else if (range.bytes <= limits_.copy_below_bytes &&
               read_cached(range.segment->fd(), copy.reserve(range.bytes), range.bytes,
                           range.position)) {
      copy.commit(range.bytes);
      push_memory(copy.view());
    } else {
      pieces_.emplace_back().range = std::move(range);
    }
  }
  push_memory(memory.view().subspan(done));
}

size_t Output::slice() const {
  return std::min(pieces_.front().range.bytes, limits_.send_slice_bytes);
}

Output::Flushed Output::flush(Transport& transport) {
  if (broken_) return Flushed::kClosed;
  for (size_t budget = 4 * limits_.send_slice_bytes; !pieces_.empty();) {
    Piece& piece = pieces_.front();
    const bool more = pieces_.size() > 1;
    Io io;
    if (piece.range.bytes > 0) {
      if (!warm_ && !is_cached(piece.range, slice())) return Flushed::kCold;
      io = transport.send_file(piece.range.segment->fd(), piece.range.position, slice(), more);
    } else {
      io = transport.write(piece.memory.view().subspan(piece.at), more);
    }
    if (io.kind == Io::Kind::kWantRead) return Flushed::kWantRead;
    if (io.kind == Io::Kind::kWantWrite) return Flushed::kWantWrite;
    if (io.kind == Io::Kind::kClosed) return Flushed::kClosed;
    sent_ += io.bytes;
    warm_ = false;
    if (piece.range.bytes > 0) {
      piece.range.position += io.bytes;
      piece.range.bytes -= io.bytes;
      if (piece.range.bytes == 0) pieces_.pop_front();
    } else {
      piece.at += io.bytes;
      if (piece.at == piece.memory.size()) pieces_.pop_front();
    }
    if (io.bytes >= budget) return pieces_.empty() ? Flushed::kAll : Flushed::kYield;
    budget -= io.bytes;
  }
  return Flushed::kAll;
}

// Looks at some bytes of the slice only: what the kernel reads ahead and drops, it does in runs.
bool Output::is_cached(const storage::FileRange& range, size_t bytes) {
  constexpr size_t kStep = 128 << 10;
  std::byte probe{};
  for (size_t at = 0; at < bytes; at += kStep) {
    if (!read_cached(range.segment->fd(), &probe, 1, range.position + at)) return errno != EAGAIN;
  }
  return read_cached(range.segment->fd(), &probe, 1, range.position + bytes - 1) || errno != EAGAIN;
}

Output::Cold Output::cold() const {
  const Piece& piece = pieces_.front();
  return {piece.range.segment, piece.range.position, slice()};
}

void Output::warm(const Cold& cold) {
  Buffer scratch(256 << 10);
  size_t done = 0;
  while (done < cold.bytes) {
    const size_t want = std::min(cold.bytes - done, scratch.capacity());
    const ssize_t got =
        ::pread(cold.segment->fd(), scratch.data(), want, static_cast<off_t>(cold.position + done));
    if (got <= 0) return;  // sending it will meet the same error, and say so
    done += static_cast<size_t>(got);
  }
}

}  // namespace millrace::kafka
