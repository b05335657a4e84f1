// SPDX-License-Identifier: Apache-2.0
// Any bytes as a binlog: every event is handed on or refused, and what is handed on is whole
// transactions, BEGIN to COMMIT, with as many ends as beginnings.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "capture/assembler.h"
#include "mysql/binlog_file.h"

namespace {

using namespace millrace;

class WholeTransactions final : public capture::ChangeHandler {
 public:
  Status begin(const change::Transaction&, const capture::EventPlace&) override {
    if (open_) std::abort();
    open_ = true;
    return Done{};
  }
  Status rows(const change::Transaction&, const capture::EventPlace&, change::RowKind,
              const change::RowShape& shape, const change::RowColumns&, ByteReader&) override {
    if (!open_ || shape.cells.size() != shape.table->columns.size()) std::abort();
    return Done{};
  }
  Status commit(const change::Transaction&, const capture::EventPlace&) override {
    if (!open_) std::abort();
    open_ = false;
    return Done{};
  }
  void roll_back() override {
    if (!open_) std::abort();
    open_ = false;
  }
  void savepoint(std::string_view) override {
    if (!open_) std::abort();
  }
  bool roll_back_to(std::string_view name) override {
    if (!open_) std::abort();
    open_ = !name.empty();
    return open_;
  }
  Status ddl(const change::Transaction&, const capture::EventPlace&, const change::Ddl&) override {
    return Done{};
  }
  void history(std::vector<std::string>) override {}
  Status border(const capture::Border&) override {
    if (open_) std::abort();
    return Done{};
  }
  void idle() override {}

 private:
  bool open_ = false;
};

class Memory final : public mysql::ByteSource {
 public:
  explicit Memory(Bytes bytes) : rest_(bytes) {}
  Result<size_t> read(std::byte* out, size_t size) override {
    const size_t count = size < rest_.size() ? size : rest_.size();
    for (size_t i = 0; i < count; ++i) out[i] = rest_[i];
    rest_ = rest_.subspan(count);
    return count;
  }

 private:
  Bytes rest_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Memory source({reinterpret_cast<const std::byte*>(data), size});
  mysql::BinlogReader reader(source, "binlog.000001");
  schema::Catalog catalog;
  WholeTransactions handler;
  capture::AssemblerOptions options;
  options.nameless_tables = true;
  options.emit_partial_rows = true;
  capture::XaMemory xa;
  capture::Assembler assembler(options, catalog, handler, xa);
  assembler.start({"binlog.000001", 4, ""}, mysql::Flavour::kUnknown);
  for (;;) {
    const auto event = reader.next();
    if (!event || event->raw.empty()) return 0;
    if (!assembler.event(event->raw)) return 0;
  }
}
