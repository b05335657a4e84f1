// SPDX-License-Identifier: Apache-2.0
#include "io/files.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::io {

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status make_folders(Files& files, const std::string& path) {
  const std::string parent = parent_of(path);
  const auto there = files.info(path);
  if (there) {
    if (!there->folder) return Error{Errc::kExists, path + " is no folder"};
    // Whoever made it may have died, or failed, before this. A parent that we may not read is not
    // one that we made it in.
    auto synced = files.sync_folder(parent);
    if (!synced && synced.error().code == Errc::kDenied) return Done{};
    return synced;
  }
  if (there.error().code != Errc::kNotFound) return there.error();
  TRY(make_folders(files, parent));
  auto made = files.make_folder(path);
  if (!made && made.error().code != Errc::kExists) return std::move(made.error());
  return files.sync_folder(parent);
}

Result<bool> exists(Files& files, const std::string& path) {
  const auto info = files.info(path);
  if (info) return true;
  if (info.error().code == Errc::kNotFound) return false;
  return info.error();
}

Result<std::vector<std::string>> list_or_nothing(Files& files, const std::string& path) {
  auto names = files.list(path);
  if (!names && names.error().code == Errc::kNotFound) return std::vector<std::string>();
  return names;
}

Result<std::string> read_file(Files& files, const std::string& path, uint64_t limit) {
  const auto file = TRY(files.open(path, OpenMode::kRead));
  const uint64_t size = TRY(file->size());
  if (size > limit) {
    return Error{Errc::kTooLarge, fmt::format("{} has {} bytes, at most {}", path, size, limit)};
  }
  std::string text(size, '\0');
  const size_t got = TRY(file->pread(0, {reinterpret_cast<std::byte*>(text.data()), text.size()}));
  text.resize(got);
  return text;
}

Status replace_file(Files& files, const std::string& path, Bytes bytes) {
  const std::string draft = path + ".new";
  if (TRY(exists(files, draft))) TRY(files.unlink(draft));
  {
    const auto file = TRY(files.open(draft, OpenMode::kCreate));
    TRY(file->pwrite(0, bytes));
    TRY(file->sync());
  }
  TRY(files.rename(draft, path));
  return files.sync_folder(parent_of(path));
}

Status copy_file(Files& files, const std::string& from, const std::string& to, uint64_t bytes,
                 const CopyProgress& progress) {
  constexpr uint64_t kPiece = 1 << 20;
  const auto source = TRY(files.open(from, OpenMode::kRead));
  const auto target = TRY(files.open(to, OpenMode::kCreate));
  std::vector<std::byte> piece(std::min(bytes, kPiece));
  for (uint64_t at = 0; at < bytes;) {
    const size_t wanted = std::min<uint64_t>(piece.size(), bytes - at);
    const size_t got = TRY(source->pread(at, std::span(piece).first(wanted)));
    if (got != wanted) {
      return Error{Errc::kTruncated,
                   fmt::format("{} ends at {}, {} bytes were to be copied", from, at + got, bytes)};
    }
    TRY(target->pwrite(at, Bytes(piece).first(got)));
    at += got;
    if (progress && !progress(got)) return Error{Errc::kCancelled, "copying was stopped"};
  }
  return target->sync();
}

Status copy_tree(Files& files, const std::string& from, const std::string& to,
                 const CopyProgress& progress) {
  TRY(make_folders(files, to));
  for (const std::string& name : TRY(files.list(from))) {
    const std::string path = from + "/" + name;
    const FileInfo info = TRY(files.info(path));
    if (info.folder) {
      TRY(copy_tree(files, path, to + "/" + name, progress));
    } else {
      TRY(copy_file(files, path, to + "/" + name, info.size, progress));
    }
  }
  return files.sync_folder(to);
}

Result<uint64_t> bytes_below(Files& files, const std::string& path) {
  const auto info = files.info(path);
  if (!info) return info.error().code == Errc::kNotFound ? Result<uint64_t>(0) : info.error();
  if (!info->folder) return info->size;
  uint64_t sum = 0;
  for (const std::string& name : TRY(files.list(path))) {
    sum += TRY(bytes_below(files, path + "/" + name));
  }
  return sum;
}

Status remove_tree(Files& files, const std::string& path) {
  const auto info = files.info(path);
  if (!info) {
    if (info.error().code == Errc::kNotFound) return Done{};
    return info.error();
  }
  if (!info->folder) return files.unlink(path);
  for (const std::string& name : TRY(files.list(path))) TRY(remove_tree(files, path + "/" + name));
  return files.remove_folder(path);
}

}  // namespace millrace::io
