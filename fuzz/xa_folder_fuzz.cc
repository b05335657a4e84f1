// SPDX-License-Identifier: Apache-2.0
// Any bytes as a prepared XA transaction's files: the folder opens or names the file, and events
// that are given back lie inside what is there. Input: one byte says which file gets the rest.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "capture/xa_folder.h"
#include "io/clock.h"
#include "io/sim_files.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace;
  if (size == 0) return 0;
  const Bytes bytes(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
  const change::Position end{"bin.000009", 1, ""};
  io::SimClock clock;
  io::SimFiles files(clock);
  {
    auto made = capture::XaFolder::open(files, "/xa", end);
    capture::PreparedXa xa;
    xa.xid = {1, "g", "b"};
    xa.prepared = {"bin.000001", 100, ""};
    const std::string event(19, '\0');
    if (!made || !(*made)->append(as_bytes(event)) || !(*made)->prepare(xa)) std::abort();
  }
  constexpr const char* kSuffixes[] = {".xa", ".prepared", ".done"};
  const std::string path = std::string("/xa/00000000000000000001") + kSuffixes[data[0] % 3];
  if (data[0] % 3 == 2 && !files.open(path, io::OpenMode::kCreate)) std::abort();
  if (!files.set_content(path, bytes)) std::abort();
  auto opened = capture::XaFolder::open(files, "/xa", end);
  if (!opened) {
    if (opened.error().what.find("/xa/") == std::string::npos) std::abort();
    return 0;
  }
  for (const capture::PreparedXa& xa : (*opened)->list()) {
    size_t total = 0;
    const Status done = (*opened)->replay(xa.xid, [&](Bytes event) -> Status {
      total += event.size();
      return Done{};
    });
    if (done && total > size + 64) std::abort();
  }
  return 0;
}
