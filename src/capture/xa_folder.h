// SPDX-License-Identifier: Apache-2.0
// DATA/tasks/ID/xa/: prepared XA transactions on disk (docs/formats/xa.md). A number for each, and
// up to three files: N.xa, its events; N.prepared, which makes them count; N.done, once its end was
// read and until that is journaled.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/buffer.h"
#include "capture/xa_store.h"
#include "io/files.h"

namespace millrace::capture {

class XaFolder final : public XaStore {
 public:
  // Makes the folder if need be. What was prepared beyond `journaled` is dropped, since it will be
  // read again; an end beyond it is taken back. kCorrupt names the file.
  static Result<std::unique_ptr<XaFolder>> open(io::Files& files, std::string folder,
                                                const change::Position& journaled);

  Status append(Bytes event) override;
  Status replay_open(const Visit& visit) override;
  Status discard() override;
  Status prepare(PreparedXa xa) override;
  const PreparedXa* find(const schema::Xid& xid) const override;
  Status replay(const schema::Xid& xid, const Visit& visit) override;
  Status finish(const schema::Xid& xid, const change::Position& at) override;
  Status passed(const change::Position& at) override;
  std::vector<PreparedXa> list() const override;

 private:
  struct Entry {
    PreparedXa head;
    uint64_t number = 0;
    uint64_t bytes = 0;  // of events
    uint32_t crc = 0;    // CRC-32C of them
  };
  struct Finished {
    uint64_t number = 0;
    change::Position at;
  };

  XaFolder(io::Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}
  std::string path(uint64_t number, std::string_view suffix) const;
  Status load(const change::Position& journaled);
  Result<Entry> read_prepared(uint64_t number) const;
  Status remove(uint64_t number);
  Status replay_file(uint64_t number, uint64_t bytes, std::optional<uint32_t> crc,
                     const Visit& visit) const;
  Status flush();

  io::Files& files_;
  const std::string folder_;
  uint64_t next_ = 1;

  // The one that is being read.
  std::unique_ptr<io::File> file_;
  uint64_t written_ = 0;
  uint32_t crc_ = 0;
  Buffer pending_;  // of it, not yet written

  mutable std::mutex mutex_;  // of what follows: list() and passed() come from other threads
  std::map<schema::Xid, Entry> prepared_;
  std::vector<Finished> finished_;  // in order
};

}  // namespace millrace::capture
