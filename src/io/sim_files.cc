// SPDX-License-Identifier: Apache-2.0
#include "io/sim_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "base/check.h"
#include "io/random.h"

namespace millrace::io {
namespace {

constexpr uint64_t kSector = 512;
using Content = std::vector<std::byte>;

// Something done to a file's bytes that no sync has covered.
struct Edit {
  uint64_t position = 0;  // of a truncation: the new size
  Content bytes;
  bool truncation = false;
};

void replay(Content& content, const Edit& edit) {
  if (edit.truncation) {
    content.resize(edit.position);
    return;
  }
  content.resize(std::max<size_t>(content.size(), edit.position + edit.bytes.size()));
  std::copy(edit.bytes.begin(), edit.bytes.end(),
            content.begin() + static_cast<ptrdiff_t>(edit.position));
}

// The edit with some of its sectors lost. What is lost at the end is not part of the file either.
std::vector<Edit> lose_sectors(const Edit& edit, SimRandom& random) {
  std::vector<Edit> kept;
  for (uint64_t at = 0; at < edit.bytes.size();) {
    const uint64_t sector_end = ((edit.position + at) / kSector + 1) * kSector - edit.position;
    const uint64_t end = std::min<uint64_t>(sector_end, edit.bytes.size());
    if (random.below(2) == 0) {
      kept.push_back({edit.position + at,
                      Content(edit.bytes.begin() + static_cast<ptrdiff_t>(at),
                              edit.bytes.begin() + static_cast<ptrdiff_t>(end)),
                      false});
    }
    at = end;
  }
  return kept;
}

}  // namespace

struct SimFiles::Inode {
  Content live;
  Content durable;
  std::vector<Edit> unsynced;
  int64_t modified_ms = 0;
};

// One step in a folder: afterwards these names mean these things (null: nothing).
struct SimFiles::Change {
  std::vector<std::pair<
      std::string, std::variant<std::monostate, std::shared_ptr<Inode>, std::shared_ptr<Folder>>>>
      names;
};

struct SimFiles::Folder {
  using Node = std::variant<std::monostate, std::shared_ptr<Inode>, std::shared_ptr<Folder>>;
  std::map<std::string, Node> live;
  std::map<std::string, Node> durable;
  std::vector<Change> unsynced;

  static void apply(std::map<std::string, Node>& names, const Change& change) {
    for (const auto& [name, node] : change.names) {
      if (node.index() == 0) {
        names.erase(name);
      } else {
        names[name] = node;
      }
    }
  }
  void change(Change change) {
    apply(live, change);
    unsynced.push_back(std::move(change));
  }
};

struct SimFiles::State {
  explicit State(const Clock& sim_clock) : clock(sim_clock), root(std::make_shared<Folder>()) {}
  const Clock& clock;
  std::shared_ptr<Folder> root;
  uint64_t calls = 0;
  uint64_t syncs = 0;
  uint64_t life = 0;  // how many crashes: files of an earlier one are dead
  std::optional<uint64_t> power_off_after;
  std::map<uint64_t, Errc> failing;
  bool fail_reads = false;
  std::optional<uint64_t> capacity;
  std::set<std::string> locks;

  static std::vector<std::string> parts(const std::string& path) {
    std::vector<std::string> out;
    for (size_t at = 0; at <= path.size();) {
      const size_t slash = std::min(path.find('/', at), path.size());
      if (slash > at && path.substr(at, slash - at) != ".")
        out.push_back(path.substr(at, slash - at));
      at = slash + 1;
    }
    return out;
  }
  static Error missing(const std::string& path) {
    return {Errc::kNotFound, path + ": no such file or folder"};
  }
  Folder::Node find(const std::string& path) const {
    Folder::Node node = root;
    for (const std::string& part : parts(path)) {
      auto* folder = std::get_if<std::shared_ptr<Folder>>(&node);
      if (folder == nullptr) return {};
      const auto it = (*folder)->live.find(part);
      if (it == (*folder)->live.end()) return {};
      node = Folder::Node(it->second);
    }
    return node;
  }
  Result<std::shared_ptr<Folder>> folder(const std::string& path) const {
    const auto node = find(path);
    if (const auto* folder = std::get_if<std::shared_ptr<Folder>>(&node)) return *folder;
    return missing(path);
  }
  Result<std::shared_ptr<Inode>> file(const std::string& path) const {
    const auto node = find(path);
    if (const auto* file = std::get_if<std::shared_ptr<Inode>>(&node)) return *file;
    return missing(path);
  }
  static std::string name_of(const std::string& path) {
    const auto all = parts(path);
    return all.empty() ? "" : all.back();
  }
  // Counts a call that changes or syncs. An Error: it is to fail; `partly` then says whether a part
  // of its effect may stay.
  Status begin_call(const std::string& path, bool* partly = nullptr) {
    if (power_off_after && calls >= *power_off_after) {
      return Error{Errc::kIo, path + ": the power is off"};
    }
    ++calls;
    const auto it = failing.find(calls);
    if (it == failing.end()) return Done{};
    if (partly != nullptr) *partly = true;
    return Error{it->second, path + ": this call was told to fail"};
  }
  void walk(
      const std::shared_ptr<Folder>& at, const std::string& prefix,
      const std::function<void(const std::string&, const std::shared_ptr<Inode>&)>& visit) const {
    for (const auto& [name, node] : at->live) {
      if (const auto* inner = std::get_if<std::shared_ptr<Folder>>(&node)) {
        walk(*inner, prefix + name + "/", visit);
      } else if (const auto* inode = std::get_if<std::shared_ptr<Inode>>(&node)) {
        visit(prefix + name, *inode);
      }
    }
  }
  uint64_t used() const {
    uint64_t sum = 0;
    walk(root, "", [&](const std::string&, const auto& inode) { sum += inode->live.size(); });
    return sum;
  }
  void crash_inode(Inode& inode, CrashOrder order, SimRandom& random);
  void crash_folder(Folder& folder, CrashOrder order, SimRandom& random, std::set<Inode*>& seen);
};

void SimFiles::State::crash_inode(Inode& inode, CrashOrder order, SimRandom& random) {
  const auto& edits = inode.unsynced;
  switch (order) {
    case CrashOrder::kNothing:
    case CrashOrder::kNamesOnly:
      break;
    case CrashOrder::kEverything:
    case CrashOrder::kBytesOnly:
      for (const Edit& edit : edits) replay(inode.durable, edit);
      break;
    case CrashOrder::kPrefix: {
      const uint64_t whole = random.below(edits.size() + 1);
      for (uint64_t i = 0; i < whole; ++i) replay(inode.durable, edits[i]);
      if (whole < edits.size() && !edits[whole].bytes.empty()) {
        Edit torn = edits[whole];
        torn.bytes.resize(random.below(torn.bytes.size()));
        if (!torn.bytes.empty()) replay(inode.durable, torn);
      }
      break;
    }
    case CrashOrder::kRandom:
      for (const Edit& edit : edits) {
        if (edit.truncation) {
          if (random.below(2) == 0) replay(inode.durable, edit);
        } else {
          for (const Edit& piece : lose_sectors(edit, random)) replay(inode.durable, piece);
        }
      }
      break;
  }
  inode.live = inode.durable;
  inode.unsynced.clear();
}

void SimFiles::State::crash_folder(Folder& folder, CrashOrder order, SimRandom& random,
                                   std::set<Inode*>& seen) {
  uint64_t kept = 0;
  if (order == CrashOrder::kEverything || order == CrashOrder::kNamesOnly) {
    kept = folder.unsynced.size();
  } else if (order == CrashOrder::kPrefix || order == CrashOrder::kRandom) {
    kept = random.below(folder.unsynced.size() + 1);
  }
  for (uint64_t i = 0; i < kept; ++i) Folder::apply(folder.durable, folder.unsynced[i]);
  folder.unsynced.clear();
  folder.live = folder.durable;
  for (auto& [name, node] : folder.live) {
    if (auto* inner = std::get_if<std::shared_ptr<Folder>>(&node)) {
      crash_folder(**inner, order, random, seen);
    } else if (auto* inode = std::get_if<std::shared_ptr<Inode>>(&node)) {
      if (seen.insert(inode->get()).second) crash_inode(**inode, order, random);
    }
  }
}

class SimFile final : public File {
 public:
  SimFile(SimFiles& files, std::shared_ptr<SimFiles::Inode> inode, std::string path, bool writable)
      : files_(files),
        inode_(std::move(inode)),
        path_(std::move(path)),
        writable_(writable),
        life_(files.state_->life) {}

  Result<size_t> pread(uint64_t position, std::span<std::byte> into) const override {
    const std::lock_guard lock(files_.mutex_);
    TRY(alive());
    if (files_.state_->fail_reads) return Error{Errc::kIo, path_ + ": cannot read"};
    const Content& content = inode_->live;
    if (position >= content.size()) return size_t{0};
    const size_t count = std::min<size_t>(into.size(), content.size() - position);
    std::copy_n(content.begin() + static_cast<ptrdiff_t>(position), count, into.begin());
    return count;
  }
  Status pwrite(uint64_t position, Bytes bytes) override {
    const std::lock_guard lock(files_.mutex_);
    TRY(alive());
    CHECK(writable_, path_);
    bool partly = false;
    auto begun = files_.state_->begin_call(path_, &partly);
    if (partly) bytes = bytes.first(bytes.size() / 2);
    if (!begun && !partly) return begun;
    if (const auto& capacity = files_.state_->capacity) {
      const uint64_t used = files_.state_->used();
      const uint64_t grows =
          std::max<uint64_t>(inode_->live.size(), position + bytes.size()) - inode_->live.size();
      const uint64_t room = *capacity > used ? *capacity - used : 0;
      if (grows > room) {
        bytes = bytes.first(bytes.size() - std::min<uint64_t>(bytes.size(), grows - room));
        begun = Error{Errc::kNoSpace, path_ + ": the disk is full"};
      }
    }
    if (!bytes.empty()) edit({position, Content(bytes.begin(), bytes.end()), false});
    return begun;
  }
  Status truncate(uint64_t size) override {
    const std::lock_guard lock(files_.mutex_);
    TRY(alive());
    CHECK(writable_, path_);
    TRY(files_.state_->begin_call(path_));
    edit({size, {}, true});
    return Done{};
  }
  Status sync() override {
    const std::lock_guard lock(files_.mutex_);
    TRY(alive());
    bool forget = false;
    auto begun = files_.state_->begin_call(path_, &forget);
    if (forget) inode_->unsynced.clear();
    if (!begun) return begun;
    ++files_.state_->syncs;
    for (const Edit& edit : inode_->unsynced) replay(inode_->durable, edit);
    inode_->unsynced.clear();
    return Done{};
  }
  Result<uint64_t> size() const override {
    const std::lock_guard lock(files_.mutex_);
    TRY(alive());
    return inode_->live.size();
  }
  int fd() const override { return -1; }

 private:
  Status alive() const {
    if (life_ == files_.state_->life) return Done{};
    return Error{Errc::kIo, path_ + ": was open when the power went off"};
  }
  void edit(Edit edit) {
    replay(inode_->live, edit);
    inode_->modified_ms = files_.state_->clock.wall_ms();
    inode_->unsynced.push_back(std::move(edit));
  }
  SimFiles& files_;
  std::shared_ptr<SimFiles::Inode> inode_;
  std::string path_;
  bool writable_;
  uint64_t life_;
};

SimFiles::SimFiles(const Clock& clock) : state_(std::make_unique<State>(clock)) {}
SimFiles::~SimFiles() = default;

Result<std::unique_ptr<File>> SimFiles::open(const std::string& path, OpenMode mode) {
  const std::lock_guard lock(mutex_);
  if (mode != OpenMode::kCreate) {
    auto inode = TRY(state_->file(path));
    return std::unique_ptr<File>(
        new SimFile(*this, std::move(inode), path, mode == OpenMode::kReadWrite));
  }
  const auto folder = TRY(state_->folder(parent_of(path)));
  if (state_->find(path).index() != 0) return Error{Errc::kExists, path + " exists"};
  TRY(state_->begin_call(path));
  auto inode = std::make_shared<Inode>();
  inode->modified_ms = state_->clock.wall_ms();
  folder->change({{{State::name_of(path), inode}}});
  return std::unique_ptr<File>(new SimFile(*this, std::move(inode), path, true));
}

Status SimFiles::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  const auto from_folder = TRY(state_->folder(parent_of(from)));
  const auto to_folder = TRY(state_->folder(parent_of(to)));
  const auto node = state_->find(from);
  if (node.index() == 0) return State::missing(from);
  TRY(state_->begin_call(from));
  if (from_folder == to_folder) {
    to_folder->change({{{State::name_of(to), node}, {State::name_of(from), std::monostate{}}}});
  } else {
    to_folder->change({{{State::name_of(to), node}}});
    from_folder->change({{{State::name_of(from), std::monostate{}}}});
  }
  return Done{};
}

Status SimFiles::unlink(const std::string& path) {
  const std::lock_guard lock(mutex_);
  TRY(state_->file(path));
  const auto folder = TRY(state_->folder(parent_of(path)));
  TRY(state_->begin_call(path));
  folder->change({{{State::name_of(path), std::monostate{}}}});
  return Done{};
}

Status SimFiles::make_folder(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto folder = TRY(state_->folder(parent_of(path)));
  if (state_->find(path).index() != 0) return Error{Errc::kExists, path + " exists"};
  TRY(state_->begin_call(path));
  folder->change({{{State::name_of(path), std::make_shared<Folder>()}}});
  return Done{};
}

Status SimFiles::remove_folder(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto gone = TRY(state_->folder(path));
  if (!gone->live.empty()) return Error{Errc::kIo, path + " is not empty"};
  const auto folder = TRY(state_->folder(parent_of(path)));
  TRY(state_->begin_call(path));
  folder->change({{{State::name_of(path), std::monostate{}}}});
  return Done{};
}

Status SimFiles::sync_folder(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto folder = TRY(state_->folder(path));
  TRY(state_->begin_call(path));
  ++state_->syncs;
  for (const Change& change : folder->unsynced) Folder::apply(folder->durable, change);
  folder->unsynced.clear();
  return Done{};
}

Result<std::vector<std::string>> SimFiles::list(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto folder = TRY(state_->folder(path));
  std::vector<std::string> names;
  for (const auto& [name, node] : folder->live) names.push_back(name);
  return names;
}

Result<FileInfo> SimFiles::info(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto node = state_->find(path);
  if (const auto* file = std::get_if<std::shared_ptr<Inode>>(&node)) {
    return FileInfo{(*file)->live.size(), (*file)->modified_ms, false};
  }
  if (node.index() == 0) return State::missing(path);
  return FileInfo{.folder = true};
}

Result<Space> SimFiles::space(const std::string&) {
  const std::lock_guard lock(mutex_);
  const uint64_t total = state_->capacity.value_or(uint64_t{1} << 40);
  return Space{total, total - std::min(total, state_->used())};
}

Status SimFiles::sync_all(const std::string& path) {
  const std::lock_guard lock(mutex_);
  bool forget = false;
  auto begun = state_->begin_call(path, &forget);
  std::vector<std::shared_ptr<Folder>> folders{state_->root};
  while (!folders.empty()) {
    const auto folder = folders.back();
    folders.pop_back();
    if (begun) {
      for (const Change& change : folder->unsynced) Folder::apply(folder->durable, change);
      folder->unsynced.clear();
    }
    for (const auto& [name, node] : folder->live) {
      if (const auto* inner = std::get_if<std::shared_ptr<Folder>>(&node)) {
        folders.push_back(*inner);
      } else if (const auto* inode = std::get_if<std::shared_ptr<Inode>>(&node)) {
        if (begun) {
          for (const Edit& edit : (*inode)->unsynced) replay((*inode)->durable, edit);
        }
        if (begun || forget) (*inode)->unsynced.clear();
      }
    }
  }
  if (begun) ++state_->syncs;
  return begun;
}

namespace {
class SimLock final : public FileLock {
 public:
  explicit SimLock(std::function<void()> release) : release_(std::move(release)) {}
  ~SimLock() override { release_(); }

 private:
  std::function<void()> release_;
};
}  // namespace

Result<std::unique_ptr<FileLock>> SimFiles::lock(const std::string& path) {
  const std::lock_guard guard(mutex_);
  if (!state_->locks.insert(path).second) return Error{Errc::kRefused, path + " is locked"};
  return std::unique_ptr<FileLock>(new SimLock([this, path] {
    const std::lock_guard release(mutex_);
    state_->locks.erase(path);
  }));
}

uint64_t SimFiles::calls() const {
  const std::lock_guard lock(mutex_);
  return state_->calls;
}
uint64_t SimFiles::syncs() const {
  const std::lock_guard lock(mutex_);
  return state_->syncs;
}
void SimFiles::power_off_after(uint64_t call) {
  const std::lock_guard lock(mutex_);
  state_->power_off_after = call;
}
void SimFiles::crash(CrashOrder order, uint64_t seed) {
  const std::lock_guard lock(mutex_);
  SimRandom random(seed);
  std::set<Inode*> seen;
  state_->crash_folder(*state_->root, order, random, seen);
  state_->power_off_after.reset();
  state_->failing.clear();
  ++state_->life;
}
void SimFiles::fail_call(uint64_t call, Errc code) {
  const std::lock_guard lock(mutex_);
  state_->failing[call] = code;
}
void SimFiles::fail_reads(bool fail) {
  const std::lock_guard lock(mutex_);
  state_->fail_reads = fail;
}
void SimFiles::set_capacity(std::optional<uint64_t> bytes) {
  const std::lock_guard lock(mutex_);
  state_->capacity = bytes;
}
Result<std::string> SimFiles::content(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto inode = TRY(state_->file(path));
  return std::string(as_text(inode->live));
}
Status SimFiles::set_content(const std::string& path, Bytes bytes) {
  const std::lock_guard lock(mutex_);
  const auto inode = TRY(state_->file(path));
  inode->live.assign(bytes.begin(), bytes.end());
  inode->durable = inode->live;
  inode->unsynced.clear();
  return Done{};
}
std::vector<std::string> SimFiles::all_files() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> paths;
  state_->walk(state_->root, "",
               [&](const std::string& path, const auto&) { paths.push_back(path); });
  return paths;
}

}  // namespace millrace::io
