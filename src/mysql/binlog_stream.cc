// SPDX-License-Identifier: Apache-2.0
#include "mysql/binlog_stream.h"

#include <errmsg.h>
#include <fmt/format.h>
#include <mysql.h>
// The library's own order: ma_pvio.h needs mysql.h before it.
#include <ma_pvio.h>
#include <poll.h>

#include <algorithm>
#include <optional>

#include "base/buffer.h"
#include "mysql/dump_error.h"
#include "mysql/far_start.h"
#include "mysql/gtid_set.h"
#include "mysql/limits.h"
#include "mysql/mariadb_gtids.h"

namespace millrace::mysql {
namespace {

constexpr int kRegisterReplica = 0x15;
constexpr int kDump = 0x12;
constexpr int kDumpGtid = 0x1E;
constexpr uint16_t kNonBlocking = 0x01;
constexpr uint16_t kSendAnnotations = 0x02;  // MariaDB's meaning of the bit
constexpr size_t kPacketHeader = 4;
constexpr uint64_t kFirstOffset = 4;  // after the magic

bool send_command(MYSQL* mysql, int command, Bytes payload) {
  return mysql->methods->db_command(mysql, static_cast<enum_server_command>(command),
                                    reinterpret_cast<const char*>(payload.data()), payload.size(),
                                    1, nullptr) == 0;
}

std::string place_text(const DumpOptions& options) {
  if (!options.by_gtid) return fmt::format("{}:{}", options.start.file, options.start.offset);
  if (options.start.gtids.empty()) return "the first GTID";
  return fmt::format("GTID {}", std::string_view(options.start.gtids).substr(0, 200));
}

// Whether the server adds checksums and asks its replicas to understand them.
bool knows_checksums(Connection& connection) {
  const std::vector<int> version = connection.version();
  return version >=
         (connection.is_mariadb() ? std::vector<int>{5, 3, 0} : std::vector<int>{5, 6, 2});
}

Status set_variables(Connection& connection, const DumpOptions& options) {
  if (knows_checksums(connection))
    TRY(
        connection.query("SET @master_binlog_checksum=@@global.binlog_checksum, "
                         "@source_binlog_checksum=@@global.binlog_checksum"));
  const uint64_t period_ns = uint64_t{options.heartbeat_ms} * 1000000;
  TRY(connection.query(
      fmt::format("SET @master_heartbeat_period={0}, @source_heartbeat_period={0}", period_ns)));
  if (!options.replica_uuid.empty()) {
    const std::string uuid = uuid_text(TRY(parse_uuid(options.replica_uuid)));
    TRY(connection.query(fmt::format("SET @slave_uuid='{0}', @replica_uuid='{0}'", uuid)));
  }
  return Done{};
}

Status set_mariadb_variables(Connection& connection, const DumpOptions& options) {
  TRY(connection.query("SET @mariadb_slave_capability=4"));
  if (!options.by_gtid) return Done{};
  const std::string state = TRY(MariaDbGtids::parse(options.start.gtids)).text();
  TRY(connection.query(fmt::format("SET @slave_connect_state='{}'", state)));
  TRY(connection.query("SET @slave_gtid_strict_mode=1"));
  TRY(connection.query("SET @slave_gtid_ignore_duplicates=0"));
  return Done{};
}

}  // namespace

struct BinlogStream::State {
  std::unique_ptr<Connection> connection;
  std::string from;  // for errors
  bool non_blocking = false;
  bool ended = false;
  std::optional<FarStart> far_start;

  MYSQL* mysql() const { return connection->handle(); }
};

BinlogStream::BinlogStream() : state_(std::make_unique<State>()) {}
BinlogStream::~BinlogStream() {
  // No farewell: the server does not read from a dump connection.
  if (state_->connection != nullptr) state_->connection->shutdown();
}

Result<std::unique_ptr<BinlogStream>> BinlogStream::open(const DumpOptions& options) {
  ConnectOptions connect = options.connect;
  connect.read_timeout_s = std::max(kReadTimeoutSeconds, 3 * ((options.heartbeat_ms + 999) / 1000));
  std::unique_ptr<BinlogStream> stream(new BinlogStream);
  State& state = *stream->state_;
  state.connection = TRY(Connection::open(connect));
  state.from = place_text(options);
  state.non_blocking = options.non_blocking;
  stream->flavour_ = state.connection->is_mariadb() ? Flavour::kMariaDb : Flavour::kMySql;
  stream->server_version_ = state.connection->server_version();
  TRY(stream->prepare(options));
  TRY(stream->send_register(options));
  TRY(stream->send_dump(options));
  return stream;
}

Status BinlogStream::prepare(const DumpOptions& options) {
  TRY(set_variables(*state_->connection, options));
  if (flavour_ == Flavour::kMariaDb) TRY(set_mariadb_variables(*state_->connection, options));
  return Done{};
}

// Server id 4, host, user and password (length 1 and bytes each), port 2, rank 4, master's id 4.
// The host is a label; user and password would be shown to whoever lists the replicas.
Status BinlogStream::send_register(const DumpOptions& options) {
  constexpr std::string_view kLabel = "millrace";
  Buffer payload;
  payload.le(options.server_id, 4);
  payload.put(static_cast<uint8_t>(kLabel.size()));
  payload.append(kLabel);
  payload.put(0);
  payload.put(0);
  payload.le(0, 2 + 4);
  payload.le(0, 4);
  if (!send_command(state_->mysql(), kRegisterReplica, payload.view()) ||
      mysql_net_read_packet(state_->mysql()) == packet_error)
    return dump_error(mysql_errno(state_->mysql()), mysql_error(state_->mysql()), state_->from);
  return Done{};
}

Status BinlogStream::send_dump(const DumpOptions& options) {
  const bool mariadb = flavour_ == Flavour::kMariaDb;
  const auto flags = static_cast<uint16_t>((options.non_blocking ? kNonBlocking : 0) |
                                           (mariadb ? kSendAnnotations : 0));
  Buffer payload;
  int command = kDump;
  if (options.by_gtid && !mariadb) {
    const GtidSet set = TRY(GtidSet::parse(options.start.gtids));
    if (set.has_tags() && state_->connection->version() < std::vector<int>{8, 3, 0})
      return Error{Errc::kInvalid,
                   fmt::format("the GTID set has tags, which server version {} does not know",
                               server_version_)};
    command = kDumpGtid;
    Buffer block;
    set.encode(block);
    payload.le(flags, 2);
    payload.le(options.server_id, 4);
    payload.le(0, 4);  // no file: the set decides
    payload.le(kFirstOffset, 8);
    payload.le(block.size(), 4);
    payload.append(block.view());
  } else {
    uint64_t offset = options.by_gtid ? kFirstOffset : std::max(options.start.offset, kFirstOffset);
    if (offset > UINT32_MAX) {
      state_->far_start.emplace(offset);
      offset = kFirstOffset;
    }
    payload.le(offset, 4);
    payload.le(flags, 2);
    payload.le(options.server_id, 4);
    if (!options.by_gtid) payload.append(options.start.file);
  }
  if (!send_command(state_->mysql(), command, payload.view()))
    return dump_error(mysql_errno(state_->mysql()), mysql_error(state_->mysql()), state_->from);
  return Done{};
}

// One packet: 0 and an event, or 0xFE (short) at the end of the log. An error packet is the
// library's error.
Result<Bytes> BinlogStream::read_packet() {
  if (state_->ended) return Bytes{};
  MYSQL* const mysql = state_->mysql();
  const unsigned long length = mysql_net_read_packet(mysql);
  if (state_->connection->was_shut_down())
    return Error{Errc::kCancelled, "the binlog stream was shut down"};
  if (length == packet_error || length == 0) {
    const unsigned code = mysql_errno(mysql);
    return dump_error(code == 0 ? CR_SERVER_LOST : code, mysql_error(mysql), state_->from);
  }
  const Bytes packet(reinterpret_cast<const std::byte*>(mysql->net.read_pos), length);
  if (packet[0] == std::byte{0xFE} && length < 9) {
    if (!state_->non_blocking)
      return Error{Errc::kUnavailable,
                   "the server ended the binlog stream: it is shutting down, or "
                   "another reader uses our server id"};
    state_->ended = true;
    return Bytes{};
  }
  if (packet[0] != std::byte{0})
    return Error{Errc::kCorrupt, fmt::format("a packet of the binlog stream begins with {:#04x}",
                                             std::to_integer<unsigned>(packet[0]))};
  if (length == 1) return Error{Errc::kCorrupt, "a packet of the binlog stream without an event"};
  return packet.subspan(1);
}

Result<Bytes> BinlogStream::next() {
  for (;;) {
    const Bytes raw = TRY(read_packet());
    if (raw.empty() || !state_->far_start) return raw;
    const Bytes out = TRY(state_->far_start->filter(raw));
    if (!state_->far_start->active()) state_->far_start.reset();
    if (!out.empty()) return out;
  }
}

bool BinlogStream::more_buffered() const {
  if (state_->ended) return false;
  const MARIADB_PVIO* const pvio = state_->mysql()->net.pvio;
  if (pvio == nullptr) return false;
  if (pvio->cache != nullptr && pvio->cache + pvio->cache_size > pvio->cache_pos) {
    const auto left = static_cast<size_t>(pvio->cache + pvio->cache_size - pvio->cache_pos);
    if (left >= kPacketHeader) {
      const unsigned char* at = pvio->cache_pos;
      const size_t packet = size_t{at[0]} | size_t{at[1]} << 8 | size_t{at[2]} << 16;
      if (left >= kPacketHeader + packet) return true;
    }
  }
  pollfd waiting{mysql_get_socket(state_->mysql()), POLLIN, 0};
  return ::poll(&waiting, 1, 0) > 0;
}

void BinlogStream::shutdown() { state_->connection->shutdown(); }

}  // namespace millrace::mysql
