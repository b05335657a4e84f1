// SPDX-License-Identifier: Apache-2.0
// millrace serve: builds the program. Read run() to see what it is made of.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>

#include "base/units.h"
#include "cmd/millrace/command.h"
#include "cmd/millrace/config.h"
#include "cmd/millrace/console_files.h"
#include "cmd/millrace/data_path.h"
#include "cmd/millrace/kafka_backend.h"
#include "control/address.h"
#include "control/api.h"
#include "control/backup.h"
#include "control/console.h"
#include "control/http_server.h"
#include "control/sessions.h"
#include "io/clock.h"
#include "io/random.h"
#include "io/real_files.h"
#include "store/backup_note.h"
#include "store/data_folder.h"
#include "store/groups.h"
#include "store/secrets.h"
#include "store/store.h"
#include "store/users.h"
#include "task/disk.h"
#include "task/pipeline_tracker.h"
#include "task/precheck/precheck.h"
#include "task/tasks.h"

namespace millrace::cmd {
namespace {

struct Words {
  std::string config;
  std::string data;
  std::string kafka;
  std::string http;
  std::string key_file;
  bool restored = false;
};

const io::RealClock& real_clock() {
  static const io::RealClock clock;
  return clock;
}

void log_line(const std::string& text) {
  std::string line = rfc3339_text(real_clock().wall_ms()) + " " + text;
  std::replace(line.begin(), line.end(), '\n', ' ');
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

// Taken by all threads that are made from here on: only wait_for_end() sees these signals.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

void wait_for_end(const sigset_t& signals) {
  int signal = 0;
  sigwait(&signals, &signal);
  log_line(fmt::format("{}: stopping", signal == SIGTERM ? "SIGTERM" : "SIGINT"));
}

// As many open files as we may have: each connection and each segment in use is one.
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Result<Config> read_config(const Words& words) {
  Result<Config> config = load_config(words.config);
  // The words of a file are not the command's: exit status 1.
  if (!config) return Error{Errc::kRefused, config.error().what};
  TRY(override_kafka(*config, words.kafka));
  TRY(override_http(*config, words.http));
  return config;
}

Result<store::Secrets> open_secrets(io::Files& files, const store::DataFolder& folder,
                                    const std::string& key_file) {
  // A key is made with a new folder only: without the old one, the passwords in control.db are
  // lost.
  const bool fresh = !TRY(io::exists(files, folder.file("control.db")));
  return store::Secrets::open(files, key_file.empty() ? folder.file("secret.key") : key_file,
                              fresh);
}

// A file of sessions that is damaged only makes people sign in again.
Result<std::unique_ptr<control::Sessions>> open_sessions(io::Files& files,
                                                         const std::string& path) {
  Result<std::unique_ptr<control::Sessions>> sessions = control::Sessions::open(files, path);
  if (sessions || sessions.error().code == Errc::kIo) return sessions;
  log_line("warning: everybody must sign in to the console again: " + sessions.error().what);
  TRY(files.unlink(path));
  return control::Sessions::open(files, path);
}

task::TasksOptions task_options(task::TrackerContext& trackers, const Config& config,
                                bool restored) {
  task::TasksOptions options;
  options.make_tracker = task::make_pipeline_trackers(trackers);
  options.run_precheck = task::run_precheck;
  options.now_ms = [] { return real_clock().wall_ms(); };
  options.log = log_line;
  options.max_tasks = config.max_tasks;
  options.restored = restored;
  options.scrub_every_ms = config.scrub_every_ms;
  options.scrub_bytes_per_s = config.scrub_bytes_per_s;
  options.max_record_bytes = config.max_record_bytes;
  return options;
}

// Every log goes on beyond what was seen of the original, and has said so on disk.
Status forget_backup(io::Files& files, const store::DataFolder& folder, const task::Tasks& tasks) {
  for (const task::TaskView& task : tasks.list()) {
    if (task.log != nullptr) continue;
    log_line(
        fmt::format("warning: the log of task {} does not open, so the next start needs "
                    "--restored again",
                    task.record.id));
    return Done{};
  }
  return store::remove_backup_note(files, folder.path());
}

kafka::ServerOptions kafka_options(const Config& config) {
  kafka::ServerOptions options;
  options.listeners = config.listeners;
  options.threads = config.kafka_threads;
  options.limits = config.kafka_limits;
  options.log = [](kafka::LogLevel level, const std::string& text) {
    log_line(level == kafka::LogLevel::kInfo ? text : "warning: " + text);
  };
  return options;
}

// They can be made later, without a restart; until then nobody logs in as one.
void warn_of_missing_admins(const std::vector<std::string>& admins, const store::Users& users) {
  for (const std::string& name : admins) {
    if (!users.find(name)) {
      log_line(fmt::format(
          "warning: kafka.admins names {}, who is no user: millrace user create {}", name, name));
    }
  }
}

std::string_view security_text(kafka::Security security) {
  switch (security) {
    case kafka::Security::kPlaintext:
      return "PLAINTEXT";
    case kafka::Security::kSaslPlaintext:
      return "SASL_PLAINTEXT";
    case kafka::Security::kSsl:
      return "SSL";
    case kafka::Security::kSaslSsl:
      return "SASL_SSL";
  }
  return "SASL_PLAINTEXT";
}

// What clients are told: the advertised address where there is one, else the one that is bound.
std::vector<control::ListenerView> listener_views(const Config& config,
                                                  const kafka::Server& server) {
  std::vector<control::ListenerView> out;
  for (const kafka::BoundListener& bound : server.listeners()) {
    for (const kafka::ListenerOptions& listener : config.listeners) {
      if (listener.name != bound.name) continue;
      const control::Address address{
          listener.advertised_host.empty() ? bound.host : listener.advertised_host,
          listener.advertised_port == 0 ? bound.port : listener.advertised_port};
      out.push_back({.name = bound.name,
                     .address = control::address_text(address),
                     .security = std::string(security_text(listener.security))});
    }
  }
  return out;
}

task::TasksHooks task_hooks(kafka::Server& server, store::Groups& groups) {
  task::TasksHooks hooks;
  hooks.topics_changed = [&server] { server.topics_changed(); };
  hooks.removing = [&server, &groups](const std::string& task_id, const std::string& topic) {
    Status forgotten = server.forget_topic(topic);
    if (!forgotten) log_line(forgotten.error().what);
    for (const store::GroupRow& group : groups.of_task(task_id)) {
      server.disconnect_group(group.id);
      forgotten = server.delete_group(group.id, true);
      if (!forgotten) log_line(forgotten.error().what);
    }
  };
  hooks.removed = [&server, &groups](const std::string& task_id) {
    const std::vector<store::GroupRow> gone = groups.of_task(task_id);
    groups.forget_task(task_id);
    // Whoever logged in while the task was being deleted.
    for (const store::GroupRow& group : gone) server.disconnect_group(group.id);
  };
  return hooks;
}

void say_where(const std::string& data, const std::string& url,
               const std::vector<control::ListenerView>& listeners) {
  log_line(fmt::format("millrace {} serves {}, pid {}", MILLRACE_VERSION, data, getpid()));
  for (const control::ListenerView& listener : listeners) {
    log_line(fmt::format("Kafka listener {}: {} {}", listener.name, listener.address,
                         listener.security));
  }
  log_line(fmt::format("API: {}/api/v1/, its token is in {}/admin.token", url, data));
}

Status run(const Words& words) {
  const Config config = TRY(read_config(words));
  const sigset_t signals = block_signals();
  raise_file_limit();
  umask(0077);

  io::RealFiles files;
  io::RealClock clock;
  io::RealRandom random;
  const store::DataFolder folder = TRY(store::DataFolder::open(files, data_path(words.data)));
  TRY(store::check_backup(files, folder.path(), words.restored));
  const bool first_start = !TRY(io::exists(files, folder.file("control.db")));
  const store::Secrets secrets = TRY(open_secrets(files, folder, words.key_file));
  const std::unique_ptr<store::Store> store = TRY(store::Store::open(folder.file("control.db")));
  const std::unique_ptr<store::Groups> groups =
      TRY(store::Groups::open(*store, config.max_groups_per_task));
  const std::unique_ptr<store::Users> users = TRY(store::Users::open(*store));
  warn_of_missing_admins(config.kafka_admins, *users);
  const std::string token = TRY(folder.admin_token());
  const std::unique_ptr<control::Sessions> sessions =
      TRY(open_sessions(files, folder.file("sessions.json")));

  Executor executor(std::max(1U, std::thread::hardware_concurrency()));
  Ticker ticker;
  task::Disk disk(
      files, folder.path(),
      {.reserve_bytes = config.disk_reserve_bytes, .reserve_share = config.disk_reserve_share},
      log_line);
  const TickerTicket disk_ticks(ticker, [&disk] { disk.tick(); });
  task::TrackerContext trackers{.files = files,
                                .clock = clock,
                                .random = random,
                                .executor = executor,
                                .ticker = ticker,
                                .disk = disk,
                                .memory_bytes = config.memory_bytes,
                                .max_record_bytes = config.max_record_bytes};
  const std::unique_ptr<task::Tasks> tasks = TRY(
      task::Tasks::open(*store, secrets, folder, task_options(trackers, config, words.restored)));
  if (words.restored) TRY(forget_backup(files, folder, *tasks));

  KafkaBackend backend(*tasks, *store, *groups, *users,
                       {.admins = config.kafka_admins,
                        .max_record_bytes = static_cast<int64_t>(config.max_record_bytes),
                        .now_ms = [&clock] { return clock.wall_ms(); }});
  const std::unique_ptr<kafka::Server> kafka =
      TRY(kafka::Server::start(backend, backend, kafka_options(config)));
  tasks->set_hooks(task_hooks(*kafka, *groups));

  control::Backup backup(*store, *tasks, folder, {.version = MILLRACE_VERSION, .now_ms = [&clock] {
                                                    return clock.wall_ms();
                                                  }});
  control::ApiContext context{.tasks = *tasks,
                              .store = *store,
                              .groups = *groups,
                              .users = *users,
                              .viewer = *kafka,
                              .commands = *kafka,
                              .sessions = *sessions,
                              .ticker = ticker,
                              .authenticate =
                                  [&token](std::string_view given) {
                                    return store::equal_secrets(given, token) ? std::string("admin")
                                                                              : std::string();
                                  },
                              .now_ms = [&clock] { return clock.wall_ms(); },
                              .version = MILLRACE_VERSION,
                              .listeners = listener_views(config, *kafka),
                              .started_ms = clock.wall_ms(),
                              .disk = &disk,
                              .backup = &backup};
  control::Router router(context.authenticate);
  control::add_routes(router, context);
  control::add_console(router, console_files());
  // Whoever finds the API answering finds the file that tells where it is, too.
  std::string url;
  control::HttpOptions http_options = config.http;
  http_options.bound = [&](uint16_t port) {
    url = "http://" + control::address_text({config.http.host, port});
    return folder.write_api({.url = url, .pid = getpid()});
  };
  const std::unique_ptr<control::HttpServer> http =
      TRY(control::HttpServer::start(http_options, [&router](const control::HttpRequest& request) {
        return router.handle(request);
      }));

  say_where(folder.path(), url, context.listeners);
  // After a '#' it is sent to no server and stands in no server's log.
  const std::string welcome =
      first_start ? "/welcome#" + sessions->make_link(clock.wall_ms()) : std::string("/login");
  log_line(fmt::format("console: {}{}{}", url, welcome,
                       first_start ? " (this link signs in once, within 30 minutes)" : ""));
  tasks->resume();
  wait_for_end(signals);
  http->stop();
  backup.stop();
  tasks->stop();
  kafka->stop();
  tasks->set_hooks({});
  log_line("stopped");
  return Done{};
}

}  // namespace

void add_serve(CLI::App& app, Action& action) {
  auto words = std::make_shared<Words>();
  CLI::App* command = app.add_subcommand(
      "serve", "the service: tasks, Kafka endpoint, console and API, until SIGTERM");
  command->add_option("--config", words->config,
                      "settings (TOML), else /etc/millrace/millrace.toml where there is one");
  command->add_option("--data", words->data,
                      "the data folder (MILLRACE_DATA, else /var/lib/millrace as root, else "
                      "~/.local/share/millrace)");
  command->add_option("--kafka", words->kafka,
                      "where Kafka clients connect, in place of the settings' listeners "
                      "(127.0.0.1:9092)");
  command->add_option("--http", words->http, "where console and API are (127.0.0.1:8080)");
  command->add_option("--key-file", words->key_file,
                      "the key to the passwords in control.db, else DATA/secret.key");
  command->add_flag("--restored", words->restored,
                    "the data folder is a backup, or otherwise older than what clients have seen "
                    "of it: no offset is used twice");
  command->footer(
      "Example:\n"
      "  millrace serve --data /tmp/mr --kafka 127.0.0.1:9092 --http 127.0.0.1:8080");
  command->callback([words, &action] { action = [words] { return run(*words); }; });
}

}  // namespace millrace::cmd
