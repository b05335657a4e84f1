// SPDX-License-Identifier: Apache-2.0
#include "storage/codec.h"

#include <fmt/format.h>
#include <lz4frame.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "base/byte_reader.h"
#include "base/check.h"

namespace millrace::storage {
namespace {

Error corrupt(const char* codec, std::string_view what) {
  return {Errc::kCorrupt, fmt::format("{}: {}", codec, what)};
}
Error too_large(const char* codec, size_t limit) {
  return {Errc::kTooLarge, fmt::format("{}: more than {} bytes when decompressed", codec, limit)};
}

// Room to decompress into, when its size is not known beforehand: doubles up to the limit.
constexpr size_t kFirstRoom = 64 << 10;
size_t next_room(size_t done, size_t limit) {
  return std::min(std::max(done, kFirstRoom), limit - done);
}

// -- gzip
// ------------------------------------------------------------------------------------------

constexpr int kGzipWindow = 15 + 16;  // 32 KiB, gzip framing

struct Deflater {
  z_stream stream{};
  ~Deflater() { deflateEnd(&stream); }
};
struct Inflater {
  z_stream stream{};
  ~Inflater() { inflateEnd(&stream); }
};
Bytef* zbytes(const std::byte* bytes) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes));
}

Status gzip(Bytes bytes, Buffer& out) {
  Deflater deflater;
  z_stream& z = deflater.stream;
  if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return Error{Errc::kIo, "gzip: out of memory"};
  }
  const size_t room = deflateBound(&z, bytes.size());
  z.next_in = zbytes(bytes.data());
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = zbytes(out.reserve(room));
  z.avail_out = static_cast<uInt>(room);
  const int ended = deflate(&z, Z_FINISH);
  CHECK(ended == Z_STREAM_END, ended);
  out.commit(room - z.avail_out);
  return Done{};
}

Status gunzip(Bytes bytes, size_t limit, Buffer& out) {
  Inflater inflater;
  z_stream& z = inflater.stream;
  if (inflateInit2(&z, kGzipWindow) != Z_OK) return Error{Errc::kIo, "gzip: out of memory"};
  z.next_in = zbytes(bytes.data());
  z.avail_in = static_cast<uInt>(bytes.size());
  for (size_t done = 0;;) {
    const size_t room = next_room(done, limit);
    if (room == 0) return too_large("gzip", limit);
    z.next_out = zbytes(out.reserve(room));
    z.avail_out = static_cast<uInt>(room);
    const int result = inflate(&z, Z_NO_FLUSH);
    const size_t got = room - z.avail_out;
    out.commit(got);
    done += got;
    if (result == Z_STREAM_END) {
      if (z.avail_in != 0) return corrupt("gzip", "bytes after the end");
      return Done{};
    }
    if (result != Z_OK || (got == 0 && z.avail_in == 0)) return corrupt("gzip", "damaged");
  }
}

// -- snappy, in the block framing of the Java library
// ----------------------------------------------

constexpr std::array<uint8_t, 16> kSnappyHead = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0,
                                                 0,    0,   0,   1,   0,   0,   0,   1};
constexpr size_t kSnappyBlock = 32 << 10;

Status snappy_blocks(Bytes bytes, Buffer& out) {
  out.append(std::as_bytes(std::span(kSnappyHead)));
  while (!bytes.empty()) {
    const Bytes block = bytes.first(std::min(bytes.size(), kSnappyBlock));
    size_t size = snappy_max_compressed_length(block.size());
    const size_t length_at = out.size();
    out.be(0, 4);
    std::byte* const to = out.reserve(size);
    const snappy_status status = snappy_compress(reinterpret_cast<const char*>(block.data()),
                                                 block.size(), reinterpret_cast<char*>(to), &size);
    CHECK(status == SNAPPY_OK, static_cast<int>(status));
    out.commit(size);
    for (size_t i = 0; i < 4; ++i) {
      out.data()[length_at + i] = static_cast<std::byte>(size >> (8 * (3 - i)));
    }
    bytes = bytes.subspan(block.size());
  }
  return Done{};
}

Status unsnappy_blocks(Bytes bytes, size_t limit, Buffer& out) {
  ByteReader in(bytes);
  const Bytes head = in.bytes(kSnappyHead.size());
  if (!in.ok() ||
      !std::equal(head.begin(), head.begin() + 8, std::as_bytes(std::span(kSnappyHead)).begin())) {
    return corrupt("snappy", "no block framing");
  }
  for (size_t done = 0; !in.at_end();) {
    const Bytes block = in.bytes(in.be(4));
    const char* from = reinterpret_cast<const char*>(block.data());
    size_t size = 0;
    if (!in.ok() || snappy_uncompressed_length(from, block.size(), &size) != SNAPPY_OK) {
      return corrupt("snappy", "damaged");
    }
    // A byte of snappy stands for at most 32 (a copy of 64 bytes takes two and more).
    if (size > block.size() * 32) return corrupt("snappy", "a length that its block cannot hold");
    if (size > limit - done) return too_large("snappy", limit);
    std::byte* const to = out.reserve(size);
    if (snappy_uncompress(from, block.size(), reinterpret_cast<char*>(to), &size) != SNAPPY_OK) {
      return corrupt("snappy", "damaged");
    }
    out.commit(size);
    done += size;
  }
  return Done{};
}

// -- lz4 frames
// ------------------------------------------------------------------------------------

Status lz4(Bytes bytes, Buffer& out) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.frameInfo.contentSize = bytes.size();
  const size_t room = LZ4F_compressFrameBound(bytes.size(), &preferences);
  const size_t size =
      LZ4F_compressFrame(out.reserve(room), room, bytes.data(), bytes.size(), &preferences);
  if (LZ4F_isError(size) != 0)
    return Error{Errc::kIo, fmt::format("lz4: {}", LZ4F_getErrorName(size))};
  out.commit(size);
  return Done{};
}

Status unlz4(Bytes bytes, size_t limit, Buffer& out) {
  LZ4F_dctx* made = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&made, LZ4F_VERSION)) != 0) {
    return Error{Errc::kIo, "lz4: out of memory"};
  }
  const std::unique_ptr<LZ4F_dctx, decltype(&LZ4F_freeDecompressionContext)> context(
      made, &LZ4F_freeDecompressionContext);
  for (size_t done = 0;;) {
    const size_t room = next_room(done, limit);
    if (room == 0) return too_large("lz4", limit);
    size_t got = room;
    size_t used = bytes.size();
    const size_t hint =
        LZ4F_decompress(context.get(), out.reserve(room), &got, bytes.data(), &used, nullptr);
    if (LZ4F_isError(hint) != 0) return corrupt("lz4", LZ4F_getErrorName(hint));
    out.commit(got);
    done += got;
    bytes = bytes.subspan(used);
    if (hint == 0) {
      if (!bytes.empty()) return corrupt("lz4", "bytes after the end");
      return Done{};
    }
    if (got == 0 && bytes.empty()) return corrupt("lz4", "ends too early");
  }
}

// -- zstd
// ------------------------------------------------------------------------------------------

// Contexts are large (about a megabyte); one a thread is made once.
struct ZstdContexts {
  ZSTD_CCtx* compress = ZSTD_createCCtx();
  ZSTD_DCtx* decompress = ZSTD_createDCtx();
  ZstdContexts() = default;
  ~ZstdContexts() {
    ZSTD_freeCCtx(compress);
    ZSTD_freeDCtx(decompress);
  }
  ZstdContexts(const ZstdContexts&) = delete;
  ZstdContexts& operator=(const ZstdContexts&) = delete;
};
ZstdContexts& zstd_contexts() {
  static thread_local ZstdContexts contexts;
  return contexts;
}
constexpr int kZstdLevel = 3;
constexpr int kZstdMaxWindowLog = 27;  // 128 MiB: above kMaxDecompressedBytes no window helps

Status zstd(Bytes bytes, Buffer& out) {
  const size_t room = ZSTD_compressBound(bytes.size());
  const size_t size = ZSTD_compressCCtx(zstd_contexts().compress, out.reserve(room), room,
                                        bytes.data(), bytes.size(), kZstdLevel);
  if (ZSTD_isError(size) != 0)
    return Error{Errc::kIo, fmt::format("zstd: {}", ZSTD_getErrorName(size))};
  out.commit(size);
  return Done{};
}

Status unzstd(Bytes bytes, size_t limit, Buffer& out) {
  ZSTD_DCtx* const context = zstd_contexts().decompress;
  ZSTD_DCtx_reset(context, ZSTD_reset_session_only);
  ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, kZstdMaxWindowLog);
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  for (size_t done = 0;;) {
    const size_t room = next_room(done, limit);
    if (room == 0) return too_large("zstd", limit);
    ZSTD_outBuffer to{out.reserve(room), room, 0};
    const size_t hint = ZSTD_decompressStream(context, &to, &in);
    if (ZSTD_isError(hint) != 0) return corrupt("zstd", ZSTD_getErrorName(hint));
    out.commit(to.pos);
    done += to.pos;
    if (hint == 0) {
      if (in.pos != in.size) return corrupt("zstd", "bytes after the end");
      return Done{};
    }
    if (to.pos == 0 && in.pos == in.size) return corrupt("zstd", "ends too early");
  }
}

}  // namespace

Status compress(Compression compression, Bytes bytes, Buffer& out) {
  switch (compression) {
    case Compression::kGzip:
      return gzip(bytes, out);
    case Compression::kSnappy:
      return snappy_blocks(bytes, out);
    case Compression::kLz4:
      return lz4(bytes, out);
    case Compression::kZstd:
      return zstd(bytes, out);
    case Compression::kNone:
      break;
  }
  CHECK(false, static_cast<int>(compression));
}

Status decompress(Compression compression, Bytes bytes, size_t limit, Buffer& out) {
  switch (compression) {
    case Compression::kGzip:
      return gunzip(bytes, limit, out);
    case Compression::kSnappy:
      return unsnappy_blocks(bytes, limit, out);
    case Compression::kLz4:
      return unlz4(bytes, limit, out);
    case Compression::kZstd:
      return unzstd(bytes, limit, out);
    case Compression::kNone:
      break;
  }
  CHECK(false, static_cast<int>(compression));
}

}  // namespace millrace::storage
