// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "store/database.h"
#include "store/schema.h"
#include "store/secrets.h"

namespace millrace::store {
namespace {

constexpr std::string_view kTaskColumns =
    "id, name, spec, run, state, reason, since_ms, created_ms, server_id, topic, topic_id, "
    "first_offset, first_epoch, precheck";
constexpr std::string_view kGroupColumns =
    "id, task_id, account, name, created_ms, sha256_salt, sha256_iterations, sha256_stored, "
    "sha256_server, sha512_salt, sha512_iterations, sha512_stored, sha512_server, networks";

Result<TopicId> topic_id_at(const Statement& row, int column) {
  const std::vector<std::byte> bytes = row.blob(column);
  TopicId id{};
  if (bytes.size() != id.size()) {
    return Error{Errc::kCorrupt,
                 fmt::format("control.db: a topic ID has {} bytes, not 16", bytes.size())};
  }
  std::copy(bytes.begin(), bytes.end(), id.begin());
  return id;
}

ScramVerifier verifier_at(const Statement& row, int column) {
  return {.salt = row.blob(column),
          .iterations = static_cast<int32_t>(row.integer(column + 1)),
          .stored_key = row.blob(column + 2),
          .server_key = row.blob(column + 3)};
}

void bind_verifier(Statement& statement, const ScramVerifier& verifier) {
  statement.bind_blob(verifier.salt)
      .bind(verifier.iterations)
      .bind_blob(verifier.stored_key)
      .bind_blob(verifier.server_key);
}

Result<TaskRow> task_at(const Statement& row) {
  return TaskRow{.id = row.text(0),
                 .name = row.text(1),
                 .spec = row.text(2),
                 .run = row.integer(3) != 0,
                 .state = row.text(4),
                 .reason = row.text(5),
                 .since_ms = row.integer(6),
                 .created_ms = row.integer(7),
                 .server_id = static_cast<uint32_t>(row.integer(8)),
                 .topic = row.text(9),
                 .topic_id = TRY(topic_id_at(row, 10)),
                 .first_offset = row.integer(11),
                 .first_epoch = static_cast<int32_t>(row.integer(12)),
                 .precheck = row.text(13)};
}

// Networks hold no blanks.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream in(text);
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

Result<GroupRow> group_at(const Statement& row) {
  return GroupRow{.id = row.text(0),
                  .task_id = row.text(1),
                  .account = row.text(2),
                  .name = row.text(3),
                  .created_ms = row.integer(4),
                  .sha256 = verifier_at(row, 5),
                  .sha512 = verifier_at(row, 9),
                  .networks = words_of(row.text(13))};
}

Result<OffsetRow> offset_at(const Statement& row) {
  const std::vector<std::byte> metadata = row.blob(5);
  return OffsetRow{.group_id = row.text(0),
                   .topic_id = TRY(topic_id_at(row, 1)),
                   .partition = static_cast<int32_t>(row.integer(2)),
                   .offset = row.integer(3),
                   .leader_epoch = static_cast<int32_t>(row.integer(4)),
                   .metadata = std::string(as_text(metadata)),
                   .commit_time_ms = row.integer(6)};
}

Result<CoordinatorRow> coordinator_at(const Statement& row) {
  const std::vector<std::byte> state = row.blob(1);
  return CoordinatorRow{.group_id = row.text(0), .state = std::string(as_text(state))};
}

Result<UserRow> user_at(const Statement& row) {
  return UserRow{.name = row.text(0),
                 .role = row.text(1),
                 .password = row.text(2),
                 .created_ms = row.integer(3)};
}

Result<AuditRow> audit_at(const Statement& row) {
  return AuditRow{.id = row.integer(0),
                  .time_ms = row.integer(1),
                  .who = row.text(2),
                  .what = row.text(3),
                  .object = row.text(4),
                  .detail = row.text(5)};
}

// All rows of a statement that is bound already.
Error no_such_user(const std::string& name) {
  return {Errc::kNotFound, fmt::format("there is no user {}: millrace user list shows them", name)};
}

template <class Row>
Result<std::vector<Row>> rows_of(Statement& statement, Result<Row> (*at)(const Statement&)) {
  std::vector<Row> out;
  while (TRY(statement.step())) {
    Result<Row> row = at(statement);
    if (!row) {
      statement.reset();
      return std::move(row.error());
    }
    out.push_back(std::move(*row));
  }
  statement.reset();
  return out;
}

}  // namespace

// Prepared once. Two connections to the one file: what `lazy` commits is not synced by itself.
struct Store::Statements {
  std::unique_ptr<Database> db;
  std::unique_ptr<Database> lazy;
  Statement tasks, add_task, update_task, remove_task;
  Statement topic_end, put_topic_end;
  Statement groups, add_group, set_password, set_networks, remove_group, remove_groups_of_task;
  Statement offsets, put_offset, remove_offset, remove_offsets_of_group, remove_offsets_of_task;
  Statement coordinators, put_coordinator, remove_coordinator, remove_coordinators_of_task;
  Statement users, add_user, set_user_password, remove_user;
  Statement audit, audit_trail;

  static Result<std::unique_ptr<Statements>> prepare(std::unique_ptr<Database> db,
                                                     std::unique_ptr<Database> lazy) {
    constexpr std::string_view kOfTask = "group_id IN (SELECT id FROM groups WHERE task_id=?)";
    const auto sql = [&db](const std::string& text) { return db->prepare(text); };
    std::unique_ptr<Statements> out(new Statements{
        .db = nullptr,
        .lazy = nullptr,
        .tasks =
            TRY(sql(fmt::format("SELECT {} FROM tasks ORDER BY created_ms, id", kTaskColumns))),
        .add_task = TRY(sql(fmt::format(
            "INSERT INTO tasks ({}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", kTaskColumns))),
        .update_task = TRY(
            sql("UPDATE tasks SET name=?, spec=?, run=?, state=?, reason=?, "
                "since_ms=?, server_id=?, first_offset=?, first_epoch=?, precheck=? WHERE id=?")),
        .remove_task = TRY(sql("DELETE FROM tasks WHERE id=?")),
        .topic_end = TRY(sql("SELECT offset, leader_epoch FROM topic_ends WHERE topic=?")),
        .put_topic_end = TRY(sql("INSERT INTO topic_ends SELECT topic, ?, ? FROM tasks WHERE id=? "
                                 "ON CONFLICT (topic) DO UPDATE SET "
                                 "offset=max(offset, excluded.offset), "
                                 "leader_epoch=max(leader_epoch, excluded.leader_epoch)")),
        .groups =
            TRY(sql(fmt::format("SELECT {} FROM groups ORDER BY created_ms, id", kGroupColumns))),
        .add_group = TRY(sql(fmt::format(
            "INSERT INTO groups ({}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", kGroupColumns))),
        .set_password = TRY(sql("UPDATE groups SET sha256_salt=?, sha256_iterations=?, "
                                "sha256_stored=?, sha256_server=?, sha512_salt=?, "
                                "sha512_iterations=?, sha512_stored=?, sha512_server=? "
                                "WHERE id=?")),
        .set_networks = TRY(sql("UPDATE groups SET networks=? WHERE id=?")),
        .remove_group = TRY(sql("DELETE FROM groups WHERE id=?")),
        .remove_groups_of_task = TRY(sql("DELETE FROM groups WHERE task_id=?")),
        .offsets = TRY(sql("SELECT group_id, topic_id, partition, offset, leader_epoch, metadata, "
                           "commit_time_ms FROM offsets")),
        .put_offset = TRY(lazy->prepare("INSERT OR REPLACE INTO offsets VALUES (?,?,?,?,?,?,?)")),
        .remove_offset = TRY(sql("DELETE FROM offsets WHERE group_id=? AND topic_id=? AND "
                                 "partition=?")),
        .remove_offsets_of_group = TRY(sql("DELETE FROM offsets WHERE group_id=?")),
        .remove_offsets_of_task = TRY(sql(fmt::format("DELETE FROM offsets WHERE {}", kOfTask))),
        .coordinators = TRY(sql("SELECT group_id, state FROM coordinators")),
        .put_coordinator = TRY(sql("INSERT OR REPLACE INTO coordinators VALUES (?,?)")),
        .remove_coordinator = TRY(sql("DELETE FROM coordinators WHERE group_id=?")),
        .remove_coordinators_of_task =
            TRY(sql(fmt::format("DELETE FROM coordinators WHERE {}", kOfTask))),
        .users = TRY(sql("SELECT name, role, password, created_ms FROM users ORDER BY name")),
        .add_user = TRY(sql("INSERT INTO users VALUES (?,?,?,?)")),
        .set_user_password = TRY(sql("UPDATE users SET password=? WHERE name=?")),
        .remove_user = TRY(sql("DELETE FROM users WHERE name=?")),
        .audit = TRY(sql("INSERT INTO audit (time_ms, who, what, object, detail) VALUES "
                         "(?,?,?,?,?)")),
        .audit_trail = TRY(sql("SELECT id, time_ms, who, what, object, detail FROM audit "
                               "ORDER BY id DESC LIMIT ?")),
    });
    out->db = std::move(db);
    out->lazy = std::move(lazy);
    return out;
  }
};

Store::Store() = default;
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::string& path) {
  std::unique_ptr<Database> db = TRY(Database::open(path, Database::Sync::kEveryCommit));
  TRY(upgrade_schema(*db));
  std::unique_ptr<Database> lazy = TRY(Database::open(path, Database::Sync::kCheckpoints));
  std::unique_ptr<Store> store(new Store);
  store->path_ = path;
  store->statements_ = TRY(Statements::prepare(std::move(db), std::move(lazy)));
  TRY(store->load_meta());
  return store;
}

Status Store::load_meta() {
  Database& db = *statements_->db;
  Statement make = TRY(db.prepare("INSERT OR IGNORE INTO meta VALUES ('cluster_id', ?)"));
  TRY(make.bind(random_id()).run());
  Statement read = TRY(db.prepare("SELECT value FROM meta WHERE name='cluster_id'"));
  const bool there = TRY(read.step());
  if (!there) return Error{Errc::kCorrupt, "control.db has no cluster ID"};
  cluster_id_ = read.text(0);
  return Done{};
}

Result<std::vector<TaskRow>> Store::tasks() {
  const std::lock_guard lock(mutex_);
  return rows_of(statements_->tasks, task_at);
}

Status Store::add_task(const TaskRow& task) {
  const std::lock_guard lock(mutex_);
  Status added = statements_->add_task.bind(task.id)
                     .bind(task.name)
                     .bind(task.spec)
                     .bind(task.run ? 1 : 0)
                     .bind(task.state)
                     .bind(task.reason)
                     .bind(task.since_ms)
                     .bind(task.created_ms)
                     .bind(task.server_id)
                     .bind(task.topic)
                     .bind_blob(task.topic_id)
                     .bind(task.first_offset)
                     .bind(task.first_epoch)
                     .bind(task.precheck)
                     .run();
  if (!added && added.error().code == Errc::kExists) {
    return Error{Errc::kExists, fmt::format("a task with the ID {} or the topic {} is there",
                                            task.id, task.topic)};
  }
  return added;
}

Status Store::update_task(const TaskRow& task) {
  const std::lock_guard lock(mutex_);
  TRY(statements_->update_task.bind(task.name)
          .bind(task.spec)
          .bind(task.run ? 1 : 0)
          .bind(task.state)
          .bind(task.reason)
          .bind(task.since_ms)
          .bind(task.server_id)
          .bind(task.first_offset)
          .bind(task.first_epoch)
          .bind(task.precheck)
          .bind(task.id)
          .run());
  if (statements_->db->changes() == 0) {
    return Error{Errc::kNotFound, fmt::format("there is no task {}", task.id)};
  }
  return Done{};
}

Status Store::remove_task(const std::string& id, const TopicEnd& end) {
  const std::lock_guard lock(mutex_);
  Statements& s = *statements_;
  DatabaseTransaction transaction = TRY(DatabaseTransaction::begin(*s.db));
  TRY(s.put_topic_end.bind(end.offset).bind(end.leader_epoch).bind(id).run());
  TRY(s.remove_offsets_of_task.bind(id).run());
  TRY(s.remove_coordinators_of_task.bind(id).run());
  TRY(s.remove_groups_of_task.bind(id).run());
  TRY(s.remove_task.bind(id).run());
  return transaction.commit();
}

Result<std::optional<TopicEnd>> Store::topic_end(const std::string& topic) {
  const std::lock_guard lock(mutex_);
  Statement& read = statements_->topic_end.bind(topic);
  std::optional<TopicEnd> out;
  if (TRY(read.step())) out = {read.integer(0), static_cast<int32_t>(read.integer(1))};
  read.reset();
  return out;
}

Result<std::vector<GroupRow>> Store::groups() {
  const std::lock_guard lock(mutex_);
  return rows_of(statements_->groups, group_at);
}

Status Store::add_group(const GroupRow& group) {
  const std::lock_guard lock(mutex_);
  Statement& add = statements_->add_group;
  add.bind(group.id)
      .bind(group.task_id)
      .bind(group.account)
      .bind(group.name)
      .bind(group.created_ms);
  bind_verifier(add, group.sha256);
  bind_verifier(add, group.sha512);
  add.bind(fmt::format("{}", fmt::join(group.networks, " ")));
  Status added = add.run();
  if (!added && added.error().code == Errc::kExists) {
    return Error{Errc::kExists, fmt::format("the group ID {} is taken, or its task {} is gone",
                                            group.id, group.task_id)};
  }
  return added;
}

Status Store::set_group_password(const std::string& id, const ScramVerifier& sha256,
                                 const ScramVerifier& sha512) {
  const std::lock_guard lock(mutex_);
  Statement& set = statements_->set_password;
  bind_verifier(set, sha256);
  bind_verifier(set, sha512);
  TRY(set.bind(id).run());
  if (statements_->db->changes() == 0) {
    return Error{Errc::kNotFound, fmt::format("there is no group {}", id)};
  }
  return Done{};
}

Status Store::set_group_networks(const std::string& id, const std::vector<std::string>& networks) {
  const std::lock_guard lock(mutex_);
  TRY(statements_->set_networks.bind(fmt::format("{}", fmt::join(networks, " "))).bind(id).run());
  if (statements_->db->changes() == 0) {
    return Error{Errc::kNotFound, fmt::format("there is no group {}", id)};
  }
  return Done{};
}

Status Store::remove_group(const std::string& id) {
  const std::lock_guard lock(mutex_);
  Statements& s = *statements_;
  DatabaseTransaction transaction = TRY(DatabaseTransaction::begin(*s.db));
  TRY(s.remove_offsets_of_group.bind(id).run());
  TRY(s.remove_coordinator.bind(id).run());
  TRY(s.remove_group.bind(id).run());
  if (s.db->changes() == 0) return Error{Errc::kNotFound, fmt::format("there is no group {}", id)};
  return transaction.commit();
}

Result<std::vector<OffsetRow>> Store::offsets() {
  const std::lock_guard lock(mutex_);
  return rows_of(statements_->offsets, offset_at);
}

Status Store::put_offsets(const std::vector<OffsetRow>& offsets) {
  if (offsets.empty()) return Done{};
  const std::lock_guard lock(mutex_);
  Statements& s = *statements_;
  DatabaseTransaction transaction = TRY(DatabaseTransaction::begin(*s.lazy));
  for (const OffsetRow& row : offsets) {
    TRY(s.put_offset.bind(row.group_id)
            .bind_blob(row.topic_id)
            .bind(row.partition)
            .bind(row.offset)
            .bind(row.leader_epoch)
            .bind_blob(as_bytes(row.metadata))
            .bind(row.commit_time_ms)
            .run());
  }
  return transaction.commit();
}

Status Store::remove_offset(const std::string& group_id, const TopicId& topic_id,
                            int32_t partition) {
  const std::lock_guard lock(mutex_);
  return statements_->remove_offset.bind(group_id).bind_blob(topic_id).bind(partition).run();
}

Result<std::vector<CoordinatorRow>> Store::coordinators() {
  const std::lock_guard lock(mutex_);
  return rows_of(statements_->coordinators, coordinator_at);
}

Status Store::put_coordinator(const CoordinatorRow& row) {
  const std::lock_guard lock(mutex_);
  return statements_->put_coordinator.bind(row.group_id).bind_blob(as_bytes(row.state)).run();
}

Status Store::remove_coordinator(const std::string& group_id) {
  const std::lock_guard lock(mutex_);
  Statements& s = *statements_;
  DatabaseTransaction transaction = TRY(DatabaseTransaction::begin(*s.db));
  TRY(s.remove_offsets_of_group.bind(group_id).run());
  TRY(s.remove_coordinator.bind(group_id).run());
  return transaction.commit();
}

Result<std::vector<UserRow>> Store::users() {
  const std::lock_guard lock(mutex_);
  return rows_of(statements_->users, user_at);
}

Status Store::add_user(const UserRow& user) {
  const std::lock_guard lock(mutex_);
  Status added = statements_->add_user.bind(user.name)
                     .bind(user.role)
                     .bind(user.password)
                     .bind(user.created_ms)
                     .run();
  if (!added && added.error().code == Errc::kExists) {
    return Error{Errc::kExists, fmt::format("there is a user {} already", user.name)};
  }
  return added;
}

Status Store::set_user_password(const std::string& name, const std::string& hash) {
  const std::lock_guard lock(mutex_);
  TRY(statements_->set_user_password.bind(hash).bind(name).run());
  if (statements_->db->changes() == 0) return no_such_user(name);
  return Done{};
}

Status Store::remove_user(const std::string& name) {
  const std::lock_guard lock(mutex_);
  TRY(statements_->remove_user.bind(name).run());
  if (statements_->db->changes() == 0) return no_such_user(name);
  return Done{};
}

// Over a connection of its own: a reader of a WAL file stops no writer.
Status Store::back_up(const std::string& path) const {
  const std::unique_ptr<Database> db = TRY(Database::open(path_, Database::Sync::kCheckpoints));
  Statement copy = TRY(db->prepare("VACUUM INTO ?"));
  return copy.bind(path).run();
}

Status Store::audit(const AuditRow& row) {
  const std::lock_guard lock(mutex_);
  return statements_->audit.bind(row.time_ms)
      .bind(row.who)
      .bind(row.what)
      .bind(row.object)
      .bind(row.detail)
      .run();
}

Result<std::vector<AuditRow>> Store::audit_trail(size_t newest) {
  const std::lock_guard lock(mutex_);
  return rows_of(statements_->audit_trail.bind(static_cast<int64_t>(newest)), audit_at);
}

}  // namespace millrace::store
