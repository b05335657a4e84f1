// SPDX-License-Identifier: Apache-2.0
#include "store/backup_note.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/units.h"

namespace millrace::store {
namespace {

constexpr int64_t kFormat = 1;
constexpr uint64_t kMaxNoteBytes = 64 << 10;

std::string path_of(const std::string& folder, std::string_view name) {
  return fmt::format("{}/{}", folder, name);
}

Result<BackupNote> parse_note(const std::string& text, const std::string& path) {
  const Result<json::Value> value = json::parse(text);
  if (!value) return Error{Errc::kCorrupt, path + ": " + value.error().what};
  const json::Value* format = value->find("format");
  if (format == nullptr || !format->integer()) {
    return Error{Errc::kCorrupt, path + " is not what millrace backup writes"};
  }
  if (*format->integer() != kFormat) {
    return Error{Errc::kUnsupported,
                 fmt::format("{}: format version {}, this program knows {}: it was written by a "
                             "newer one",
                             path, *format->integer(), kFormat)};
  }
  json::Reader in(*value, path);
  BackupNote note;
  in.member("format");
  const std::string made = TRY(in.text("made")).value_or("");
  note.version = TRY(in.text("version")).value_or("");
  note.has_key = TRY(in.boolean("has_key")).value_or(false);
  TRY(in.done());
  note.made_ms = TRY(parse_rfc3339_us(made)) / 1000;
  return note;
}

}  // namespace

Status write_backup_note(io::Files& files, const std::string& folder, const BackupNote& note) {
  const json::Value value = json::object()
                                .set("format", kFormat)
                                .set("made", rfc3339_text(note.made_ms))
                                .set("version", note.version)
                                .set("has_key", note.has_key);
  return io::replace_file(files, path_of(folder, kBackupNote), as_bytes(json::write(value) + "\n"));
}

Result<std::optional<BackupNote>> read_backup_note(io::Files& files, const std::string& folder) {
  const std::string path = path_of(folder, kBackupNote);
  if (!TRY(io::exists(files, path))) return std::optional<BackupNote>();
  Result<BackupNote> note = parse_note(TRY(io::read_file(files, path, kMaxNoteBytes)), path);
  if (!note && note.error().code == Errc::kInvalid) note.error().code = Errc::kCorrupt;
  if (!note) return std::move(note.error());
  return std::optional(std::move(*note));
}

Status check_backup(io::Files& files, const std::string& folder, bool restored) {
  if (TRY(io::exists(files, path_of(folder, kBackupUnfinished)))) {
    return Error{
        Errc::kRefused,
        fmt::format("{} is a backup that was never finished: it lacks records. Use another "
                    "one, or make it again",
                    folder)};
  }
  const auto note = TRY(read_backup_note(files, folder));
  if (!note || restored) return Done{};
  return Error{Errc::kRefused,
               fmt::format("{} is a backup of {}: serve it with --restored once, so that no offset "
                           "is used twice",
                           folder, rfc3339_text(note->made_ms))};
}

Status remove_backup_note(io::Files& files, const std::string& folder) {
  const std::string path = path_of(folder, kBackupNote);
  if (!TRY(io::exists(files, path))) return Done{};
  TRY(files.unlink(path));
  return files.sync_folder(folder);
}

}  // namespace millrace::store
