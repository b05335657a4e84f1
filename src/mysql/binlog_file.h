// SPDX-License-Identifier: Apache-2.0
// Binlog files as they lie on a server's disk: the magic FE 'b' 'i' 'n', then events back to back,
// a FORMAT_DESCRIPTION first. Refused by name: encrypted files, files of before MySQL 5.0.
#pragma once

#include <cstdint>
#include <string>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/result.h"
#include "mysql/event_format.h"

namespace millrace::mysql {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Up to `size` bytes into `out`; 0 is the end.
  virtual Result<size_t> read(std::byte* out, size_t size) = 0;
};

// Gives the events of one file. Frames only: sizes and where they lie; open_event() with the
// reader's format() checks the rest.
class BinlogReader {
 public:
  struct FileEvent {
    uint64_t position = 0;  // of its first byte
    Bytes raw;              // header, body, checksum; empty at the file's end
  };

  // `name` is for errors. Both outlive nothing: the source must live as long as the reader.
  BinlogReader(ByteSource& source, std::string name) : source_(source), name_(std::move(name)) {}

  // Valid until the next call. Errors name file, position and cause; after one the reader is done.
  Result<FileEvent> next();

  // That of the file's FORMAT_DESCRIPTION; after the first event.
  const EventFormat& format() const { return format_; }
  // After the end: the server has the file open and was in the middle of an event; what is read is
  // whole. 0 for a file that ends with its last event.
  uint64_t bytes_of_open_event() const { return open_bytes_; }
  // The file was not closed by its server: it is being written, or the server died.
  bool is_in_use() const { return in_use_; }

 private:
  Result<size_t> fill(size_t wanted);  // bytes there, at most `wanted`
  Status read_magic();
  Status read_format(Bytes raw);
  Error damaged(Errc code, const std::string& what) const;
  Result<FileEvent> end_of_file(size_t left, const std::string& what);

  ByteSource& source_;
  const std::string name_;
  EventFormat format_;
  Buffer buffer_;
  size_t begin_ = 0;  // of `buffer_`, what was already given away
  uint64_t position_ = 0;
  uint64_t open_bytes_ = 0;
  bool started_ = false;
  bool has_format_ = false;
  bool in_use_ = false;
  bool done_ = false;
};

}  // namespace millrace::mysql
