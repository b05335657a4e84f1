// SPDX-License-Identifier: Apache-2.0
#include "cmd/millrace/binlog_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "cmd/millrace/schema_file.h"
#include "format/dts_avro/encoder.h"
#include "mysql/binlog_file.h"
#include "schema/script.h"
#include "task/record_writer.h"

namespace millrace::cmd {
namespace {

class FileSource final : public mysql::ByteSource {
 public:
  static Result<std::unique_ptr<FileSource>> open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
      return Error{errno == ENOENT ? Errc::kNotFound : Errc::kIo,
                   "cannot read " + path + ": " + std::strerror(errno)};
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return std::unique_ptr<FileSource>(new FileSource(fd, path));
  }
  ~FileSource() override { ::close(fd_); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  Result<size_t> read(std::byte* out, size_t size) override {
    for (;;) {
      const ssize_t got = ::read(fd_, out, size);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EINTR)
        return Error{Errc::kIo, "cannot read " + path_ + ": " + std::strerror(errno)};
    }
  }

 private:
  FileSource(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  const int fd_;
  const std::string path_;
};

Result<schema::Catalog> definitions(const std::string& path) {
  schema::Catalog catalog;
  if (!path.empty()) TRY(schema::apply_script(TRY(read_schema_file(path)), catalog));
  return catalog;
}

}  // namespace

Status decode_binlog_files(const BinlogFilesOptions& options, BinlogFilesReport& report) {
  schema::Catalog catalog = TRY(definitions(options.schema_file));
  format::dts_avro::DtsAvroEncoder encoder;
  RecordOutput output(options.format);
  task::RecordWriter writer(encoder, {}, 0, {}, {},
                            [&](sink::Batch batch) { return output.take(std::move(batch)); });
  capture::AssemblerOptions assembler_options;
  assembler_options.selection = options.selection;
  assembler_options.emit_partial_rows = true;
  assembler_options.fold_online_ddl = options.fold_online_ddl;
  assembler_options.nameless_tables = options.schema_file.empty();
  capture::XaMemory xa;
  capture::Assembler assembler(assembler_options, catalog, writer, xa);

  Status status = Done{};
  for (const std::string& path : options.files) {
    auto source = FileSource::open(path);
    if (!source) {
      status = std::move(source.error());
      break;
    }
    mysql::BinlogReader reader(**source, path);
    // What the server would announce before the file.
    assembler.start({std::filesystem::path(path).filename().string(), 4, ""},
                    mysql::Flavour::kUnknown);
    for (;;) {
      auto event = reader.next();
      if (!event) {
        status = std::move(event.error());
        break;
      }
      if (event->raw.empty()) break;
      status = assembler.event(event->raw);
      if (!status) break;
    }
    if (reader.is_in_use()) report.open_ended += (report.open_ended.empty() ? "" : ", ") + path;
    if (!status) break;
  }
  if (status) status = assembler.finish();
  const Status flushed = writer.flush();
  if (status && !flushed) status = flushed;
  const Status printed = output.flush();
  if (status && !printed) status = printed;
  report.read = assembler.counts();
  report.records = writer.counts().records;
  report.rows = writer.counts().rows;
  report.record_bytes = writer.counts().bytes;
  report.nameless = assembler.used_nameless_tables();
  report.open_transaction = assembler.in_transaction();
  return status;
}

}  // namespace millrace::cmd
