// SPDX-License-Identifier: Apache-2.0
// ddl_dump FILE [--server-collation NAME] [--fold N] [--timestamps-explicit 0|1]
// Follows a binlog file as a task does, events and all, and tells what its catalog holds. Each line
// of stdin is an offset in the file: events are read up to there, and one line of JSON says
// what the catalog has then: all names, and the definitions that changed since the line before. For
// tests/ddl, which asks the server itself the same.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_reader.h"
#include "base/charset.h"
#include "base/json.h"
#include "capture/assembler.h"
#include "capture/change_handler.h"
#include "schema/catalog.h"

namespace millrace {
namespace {

constexpr uint64_t kMagicBytes = 4;
constexpr size_t kHeaderBytes = 19;
constexpr size_t kSizeOffset = 9;  // of an event's size in its header

json::Value to_json(const schema::Column& column) {
  json::Value labels = json::array();
  for (const std::string& label : column.labels) labels.push(label);
  return json::object()
      .set("name", column.name)
      .set("type", static_cast<int>(column.type))
      .set("unsigned", column.is_unsigned)
      .set("octets", column.octets)
      .set("length_bytes", static_cast<int>(column.length_bytes))
      .set("precision", static_cast<int>(column.precision))
      .set("scale", static_cast<int>(column.scale))
      .set("fraction", static_cast<int>(column.fraction))
      .set("bits", static_cast<int>(column.bits))
      .set("charset", column.charset)
      .set("collation", column.collation)
      .set("labels", std::move(labels))
      .set("special", static_cast<int>(column.special))
      .set("nullable", column.nullable)
      .set("generated", column.generated)
      .set("invisible", column.invisible);
}

json::Value to_json(const schema::Table& table) {
  json::Value columns = json::array();
  for (const schema::Column& column : table.columns) columns.push(to_json(column));
  json::Value keys = json::array();
  for (const schema::Key& key : table.keys) {
    json::Value parts = json::array();
    for (const schema::KeyPart& part : key.parts) {
      json::Value pair = json::array();
      pair.push(table.columns[part.column].name).push(part.prefix);
      parts.push(std::move(pair));
    }
    keys.push(json::object()
                  .set("name", key.name)
                  .set("functional", key.functional)
                  .set("hashed", key.hashed)
                  .set("parts", std::move(parts)));
  }
  return json::object()
      .set("database", table.database)
      .set("name", table.name)
      .set("kind", static_cast<int>(table.kind))
      .set("collation", table.collation)
      .set("columns", std::move(columns))
      .set("keys", std::move(keys));
}

// Remembers the statements; rows are read, so that those of CREATE ... SELECT must fit its table.
class Statements final : public capture::ChangeHandler {
 public:
  Status begin(const change::Transaction&, const capture::EventPlace&) override { return Done{}; }
  Status rows(const change::Transaction&, const capture::EventPlace&, change::RowKind,
              const change::RowShape&, const change::RowColumns&, ByteReader&) override {
    return Done{};
  }
  Status commit(const change::Transaction&, const capture::EventPlace&) override { return Done{}; }
  void roll_back() override {}
  void savepoint(std::string_view) override {}
  bool roll_back_to(std::string_view) override { return false; }
  Status ddl(const change::Transaction&, const capture::EventPlace&,
             const change::Ddl& ddl) override {
    texts.emplace_back(ddl.statement);
    return Done{};
  }
  void history(std::vector<std::string>) override {}
  Status border(const capture::Border&) override { return Done{}; }
  void idle() override {}

  std::vector<std::string> texts;
};

class Dump {
 public:
  Dump(int fd, const std::string& name, schema::ServerDefaults server)
      : fd_(fd), catalog_(std::move(server)), assembler_({}, catalog_, statements_, xa_) {
    assembler_.start({name, kMagicBytes, ""}, mysql::Flavour::kUnknown);
  }

  Status read_to(uint64_t end) {
    while (offset_ < end) {
      std::vector<std::byte> event(kHeaderBytes);
      TRY(fill(event, 0));
      ByteReader header(event);
      header.skip(kSizeOffset);
      event.resize(std::max<size_t>(header.u32(), kHeaderBytes));
      TRY(fill(event, kHeaderBytes));
      TRY(assembler_.event(event));
      offset_ += event.size();
    }
    return Done{};
  }

  json::Value take() {
    json::Value names = json::array();
    json::Value changed = json::array();
    json::Value doubts = json::array();
    std::map<std::pair<std::string, std::string>, schema::TablePtr> now;
    catalog_.for_each_table([&](const schema::TablePtr& table) {
      std::pair key(table->database, table->name);
      json::Value name = json::array();
      name.push(table->database).push(table->name);
      if (catalog_.in_doubt(table->database, table->name)) doubts.push(name);
      names.push(std::move(name));
      const auto before = shown_.find(key);
      if (before == shown_.end() || before->second != table) changed.push(to_json(*table));
      now.emplace(std::move(key), table);
    });
    shown_ = std::move(now);
    json::Value databases = json::object();
    catalog_.for_each_database(
        [&](const schema::Database& d) { databases.set(d.name, d.collation); });
    json::Value texts = json::array();
    for (const std::string& text : std::exchange(statements_.texts, {})) texts.push(text);
    return json::object()
        .set("statements", std::move(texts))
        .set("databases", std::move(databases))
        .set("names", std::move(names))
        .set("doubts", std::move(doubts))
        .set("changed", std::move(changed));
  }

 private:
  Status fill(std::vector<std::byte>& event, size_t from) {
    while (from < event.size()) {
      const ssize_t got = ::pread(fd_, event.data() + from, event.size() - from,
                                  static_cast<off_t>(offset_ + from));
      if (got <= 0) return Error{Errc::kIo, fmt::format("the file ends at {}", offset_ + from)};
      from += static_cast<size_t>(got);
    }
    return Done{};
  }

  const int fd_;
  uint64_t offset_ = kMagicBytes;
  schema::Catalog catalog_;
  Statements statements_;
  capture::XaMemory xa_;
  capture::Assembler assembler_;
  std::map<std::pair<std::string, std::string>, schema::TablePtr> shown_;
};

int run(int argc, char** argv) {
  schema::ServerDefaults server;
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--server-collation") {
      const Collation* collation = find_collation(std::string_view(argv[i + 1]));
      if (collation == nullptr) return 2;
      server.charset = collation->charset->name;
      server.collation = collation->name;
    } else if (option == "--fold") {
      server.lower_case_table_names = static_cast<uint8_t>(std::atoi(argv[i + 1]));
    } else if (option == "--timestamps-explicit") {
      server.explicit_defaults_for_timestamp = std::string_view(argv[i + 1]) == "1";
    } else {
      return 2;
    }
  }
  const std::string path = argc < 2 ? "" : argv[1];
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 2;
  Dump dump(fd, path.substr(path.rfind('/') + 1), std::move(server));
  std::string line;
  while (std::getline(std::cin, line)) {
    const Status status = dump.read_to(std::strtoull(line.c_str(), nullptr, 10));
    json::Value out = dump.take();
    if (!status) out.set("error", status.error().what);
    fmt::print("{}\n", json::write(out));
    std::fflush(stdout);
    if (!status) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) { return millrace::run(argc, argv); }
