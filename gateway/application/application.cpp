#include "gateway/application/application.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/routes/records.hpp"
#include "gateway/application/anchor_contacts.hpp"
#include "gateway/application/application_parts.hpp"
#include "gateway/application/configured.hpp"
#include "gateway/application/notifications.hpp"
#include "gateway/application/test_clock.hpp"
#include "gateway/base/error_text.hpp"
#include "gateway/base/files.hpp"
#include "gateway/base/memory.hpp"
#include "gateway/cli/command.hpp"
#include "gateway/exchange/terms/activate.hpp"
#include "gateway/ledger/files/state_lock.hpp"
#include "gateway/ledger/writer/key_rotation.hpp"
#include "gateway/observability/log.hpp"
#include "gateway/storage/master_key.hpp"
#include "gateway/storage/vault/erasure_replay.hpp"

namespace ketenpoort {
namespace {

constexpr std::string_view software = "ketenpoort " KETENPOORT_VERSION;
constexpr std::size_t most_waiting_jobs = 1024;  // of one client half as many
// Beyond this much that SQLite has not taken yet, records are turned away with 503.
constexpr std::size_t most_pending_bytes = std::size_t{256} << 20;

net::ServerOptions to_server(const config::ServerSettings& settings, metrics::Registry& registry) {
  net::ServerOptions options;
  options.address = settings.address;
  options.port = settings.port;
  options.tls =
      net::ServerTls{settings.certificate, settings.key, settings.client_authorities, settings.client_revocations};
  options.limits.head_bytes = settings.limits.header_bytes;
  options.limits.body_bytes = settings.limits.body_bytes;
  options.limits.streamed_path = std::string(api::base_path) + "/batches";
  options.limits.streamed_bytes = settings.limits.batch_bytes;
  options.limits.connections = settings.limits.connections;
  options.limits.requests_in_flight = settings.limits.requests_in_flight;
  options.deadlines.handshake = settings.deadlines.handshake;
  options.deadlines.head = settings.deadlines.request;
  options.deadlines.body = settings.deadlines.request;
  options.deadlines.idle = settings.deadlines.idle;
  options.threads = settings.threads;
  options.registry = &registry;
  return options;
}

}  // namespace

// Vault and ledger: what a restart finds again. The lock comes first: a second gateway must not even open the vault.
Status Application::Parts::open_state(Clock& clock) {
  const auto& settings = at_start.settings;
  std::error_code error;
  std::filesystem::create_directories(settings.state, error);
  if (error) return fail(io_error("cannot make the state folder", settings.state, error.value()));
  auto lock = ledger::StateLock::take(settings.state);
  if (!lock) return fail(lock.error());
  auto opened_clock = open_clock(settings.state, settings.test ? settings.test->now : std::nullopt);
  if (!opened_clock) return fail(opened_clock.error());
  clock = *opened_clock;

  const auto master = storage::load_master_key(settings.master_key);
  if (!master) return fail(master.error());
  storage::VaultOptions vault_options;
  vault_options.clock = clock;
  auto opened_vault = storage::SqliteVault::open(settings.state / "vault.sqlite", *master, vault_options);
  if (!opened_vault) return fail(opened_vault.error());
  vault = std::move(*opened_vault);
  auto opened_batches = storage::BatchFiles::open(settings.state / "batches", *master);
  if (!opened_batches) return fail(opened_batches.error());
  batch_files = std::move(*opened_batches);

  audit::IndexOptions index_options{settings.state / "index.sqlite", settings.state / "ledger"};
  index_options.on_problem = [](const Error& error) {
    log::warning("index_not_written", log::field("code", error.code));
  };
  auto opened_index = audit::Index::open(std::move(index_options));
  if (!opened_index) return fail(opened_index.error());
  index = std::move(*opened_index);

  auto keys = ledger::load_signing_keys(settings.ledger.signing_key, settings.ledger.origin);
  if (!keys) return fail(keys.error());
  ledger::SequencerOptions options{settings.state, settings.node, settings.organisation, std::string(software),
                                   keys->front()};
  options.more_keys.assign(keys->begin() + 1, keys->end());
  options.now = [clock] { return clock.now(); };
  options.publish_every = settings.ledger.publish_interval;
  options.lock = std::make_shared<ledger::StateLock>(std::move(*lock));
  options.on_problem = [this](const Error& error) { note_ledger_trouble(error); };
  options.on_entries = [this](std::uint64_t first_seq, std::uint32_t count, std::string_view records) {
    index->offer(first_seq, count, records);
  };
  auto opened = ledger::Sequencer::open(std::move(options), *vault);
  if (!opened) return fail(opened.error());
  sequencer = std::move(*opened);
  const auto& start = sequencer->start_report();
  if (start.tiles_repaired > 0) log::warning("tiles_repaired", log::field("tiles", start.tiles_repaired));
  if (start.snapshot_passed_over) log::warning("projection_passed_over", log::field("replayed", start.replayed));
  log::info("ledger_opened", log::field("entries", start.entries), log::field("replayed", start.replayed));
  if (auto done = erase_again(); !done) return done;
  if (auto done = rotate_if_ordered(); !done) return done;
  return index->start(*sequencer);
}

// What the log says was erased is erased, also in a vault that comes from an older copy.
Status Application::Parts::erase_again() {
  const auto replayed = storage::replay_erasures(*sequencer, *vault);
  if (!replayed) return fail(replayed.error());
  if (*replayed > 0) log::warning("erasures_replayed", log::field("subjects", *replayed));
  purger = std::make_unique<storage::Purger>(*vault, *sequencer, [](const Error& error) {
    log::warning("erased_copies_remain", log::field("code", error.code));
  });
  return {};
}

// A next key beside the one in use is the order to rotate (ledger/key_rotation.hpp). Only when a checkpoint signed by
// it stands does it take the other's place: a crash before that finds both.
Status Application::Parts::rotate_if_ordered() {
  const auto& ledger = at_start.settings.ledger;
  auto keys = ledger::load_signing_keys(ledger.signing_key, ledger.origin);
  if (!keys) return fail(keys.error());
  if (keys->size() < 2) return {};
  const auto seq = sequencer->rotate_key(keys->back());
  if (!seq) return fail(seq.error());
  if (auto done = ledger::finish_rotation(ledger.signing_key); !done) return done;
  log::info("ledger_key_rotated", log::field("seq", *seq));
  return {};
}

Status Application::Parts::open_exchange(const Clock& clock) {
  const auto& settings = at_start.settings;
  auto formats = exchange::load_formats(settings.mappings, to_load_options(at_start));
  if (!formats) return fail(formats.error());
  auto terms = to_terms(at_start);
  if (auto connected = connections.connect(at_start, terms); !connected) return connected;
  facilities.reset(new exchange::Facilities{*sequencer,
                                            *vault,
                                            exchange::FormatsInUse(std::move(*formats)),
                                            exchange::KeptMappings(settings.state / "mappings"),
                                            clock,
                                            std::move(terms),
                                            {}});
  facilities->ended_at = [this](const TransferId& id) -> std::optional<Timestamp> {
    if (!index->wait_for(sequencer->size())) return std::nullopt;
    const auto row = index->use([&](audit::IndexReader& reader) { return reader.transfer(id); });
    return row && *row ? std::optional((*row)->changed) : std::nullopt;
  };
  facilities->past_transfer = [this](const TransferId& id) -> std::optional<exchange::Facilities::PastTransfer> {
    if (!index->wait_for(sequencer->size())) return std::nullopt;
    const auto row = index->use([&](audit::IndexReader& reader) { return reader.transfer(id); });
    if (!row || !*row) return std::nullopt;
    const auto& past = **row;
    return exchange::Facilities::PastTransfer{past.subject, past.recipient, past.purpose, past.message};
  };
  if (auto activated = exchange::activate(*facilities, to_policy(at_start)); !activated) return activated;
  stock = std::make_unique<storage::SqliteVaultStock>(*vault, *purger, settings.state / "vault.sqlite");
  retention = std::make_unique<exchange::RetentionRuns>(*facilities, *stock, to_retention(at_start.retention));
  dispatcher = std::make_unique<exchange::Dispatcher>(*facilities, settings.server.workers);
  if (auto started = dispatcher->start(); !started) return started;
  reload = std::make_unique<exchange::FormatsReload>(*facilities, settings.mappings, to_load_options(at_start),
                                                     [this] { dispatcher->wake_for_mappings(); });
  day_watch = std::make_unique<exchange::DayWatch>(
      *facilities, *stock, exchange::DayWatchOptions{settings.state / "last-day", [this] { dispatcher->wake_held(); }});
  day_watch->start();
  notifier = std::make_unique<exchange::Notifier>(*facilities, read_entries_with(*index));
  notifier->start();
  auto board = exchange::ActivityBoard::open(settings.state / "activities",
                                             settings.mappings / "schemas/activity-1.schema.json", clock);
  if (!board) return fail(board.error());
  activities = std::move(*board);
  return open_anchoring();
}

// Batches that a stop or crash interrupted go on here.
Status Application::Parts::open_batches() {
  exchange::BatchOptions options;
  options.render = api::render_receipt;
  options.on_changed = [this](const SubjectRef& subject) { dispatcher->wake_subject(subject); };
  options.may_go_on = [this] { return vault->pending_bytes() < most_pending_bytes / 2; };  // live calls come first
  batches = std::make_unique<exchange::Batches>(*facilities, *batch_files, std::move(options));
  return batches->start();
}

Status Application::Parts::open_anchoring() {
  if (const auto& others = at_start.settings.ledger.witness) {
    auto opened = ledger::Witness::open(at_start.settings.state / "witness", others->key, others->logs);
    if (!opened) return fail(opened.error());
    witness = std::move(*opened);
  }
  const auto& anchors = at_start.settings.ledger.anchors;
  if (!anchors) return {};
  auto plan = make_anchoring_plan(*anchors);
  if (!plan) return fail(plan.error());
  anchoring = std::make_unique<exchange::Anchoring>(*facilities, std::move(*plan),
                                                    [this] { dispatcher->wake_held_for(Reason::anchor_stale); });
  anchoring->start();
  return {};
}

Status Application::Parts::open_events() {
  const auto& settings = at_start.settings;
  events = std::make_unique<api::EventFeed>(*facilities, *index, settings.overdue_after);
  auto setup = webhook_setup(at_start);
  if (!setup) return fail(setup.error());
  auto started = Webhooks::start(at_start.clients, *events, std::move(*setup));
  if (!started) return fail(started.error());
  webhooks = std::move(*started);
  return {};
}

Status Application::Parts::open_tokens(const config::TokenSettings& settings) {
  api::TokenRules rules{settings.jwks, settings.issuer, settings.audience};
  if (!settings.jwks_url.empty()) {
    rules.jwks_file = at_start.settings.state / "token-keys.json";
    auto fetched = TokenKeys::open(settings, rules.jwks_file);
    if (!fetched) return fail(fetched.error());
    token_keys = std::move(*fetched);
    rules.on_unknown_key = [this] { token_keys->wake(); };
  }
  auto opened = api::TokenVerifier::open(std::move(rules));
  if (!opened) return fail(opened.error());
  tokens = std::move(*opened);
  if (token_keys)
    token_keys->start([this] {
      if (auto reread = tokens->reload(); reread)
        log::info("token_keys_changed");
      else
        log::warning("key_set_unreadable");
    });
  return {};
}

Status Application::Parts::open_front() {
  const auto& settings = at_start.settings;
  if (settings.tokens)
    if (auto opened = open_tokens(*settings.tokens); !opened) return opened;
  auto made = api::Authenticator::make(to_clients(at_start.clients), tokens.get());
  if (!made) return fail(made.error());
  authenticator = std::move(*made);
  workers = std::make_unique<api::Workers>(settings.server.workers, most_waiting_jobs);
  exports = std::make_unique<api::Workers>(1, most_waiting_jobs);
  router = std::make_unique<api::Router>(std::string(api::base_path), *authenticator,
                                         api::make_routes({*facilities,
                                                           *dispatcher,
                                                           *index,
                                                           *workers,
                                                           *exports,
                                                           health,
                                                           [this] { look_at_health(); },
                                                           [this] { purger->wake(); },
                                                           *retention,
                                                           *reload,
                                                           *notifier,
                                                           settings.mappings / "schemas",
                                                           anchoring.get(),
                                                           witness.get(),
                                                           events.get(),
                                                           &configuration,
                                                           &reloads,
                                                           batches.get(),
                                                           activities.get(),
                                                           &unknown_codes}),
                                         [this] {
                                           auto running = configuration.get();
                                           const auto* texts = &running->texts;
                                           return std::shared_ptr<const Texts>(std::move(running), texts);
                                         });
  return {};
}

// Last of all: whoever is answered here may look at the health and the metrics at once.
Status Application::Parts::open_server() {
  auto options = to_server(at_start.settings.server, registry);
  options.refuse_unread = [this](const api::Request& head) { return router->refuse_unread(head); };
  auto started = net::Server::start(std::move(options), [this](api::Request request, api::ReplyTo reply) {
    if (vault->pending_bytes() > most_pending_bytes)
      return reply(api::unavailable_reply("the gateway is catching up with its storage", std::chrono::seconds{1},
                                          request.trace));
    (*router)(std::move(request), std::move(reply));
  });
  if (!started) return fail(started.error());
  server = std::move(*started);
  return {};
}

Application::Application(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Application::~Application() {
  stop();
}

Result<std::unique_ptr<Application>> Application::start(const config::Configuration& configuration) {
  auto parts = std::make_unique<Parts>();
  parts->at_start = configuration;
  parts->configuration.put(std::make_shared<const config::Configuration>(configuration));
  Clock clock;
  if (auto opened = parts->open_state(clock); !opened) return fail(opened.error());
  std::unique_ptr<Application> application(new Application(std::move(parts)));  // from here on stop() tidies up
  auto& p = *application->parts_;
  if (auto opened = p.open_exchange(clock); !opened) return fail(opened.error());
  if (auto opened = p.open_events(); !opened) return fail(opened.error());
  if (auto opened = p.open_batches(); !opened) return fail(opened.error());
  if (auto opened = p.open_drop_folders(); !opened) return fail(opened.error());
  if (auto opened = p.open_front(); !opened) return fail(opened.error());
  p.note_certificates(p.at_start);
  p.note_policy_ends(p.at_start);
  if (auto opened = p.open_metrics(); !opened) return fail(opened.error());
  if (auto opened = p.open_server(); !opened) return fail(opened.error());
  p.health.set_ready(true);
  log::info("gateway_started", log::field("port", p.server->port()), log::field("entries", p.sequencer->size()));
  return application;
}

void Application::stop() {
  auto& p = *parts_;
  const auto drain =
      std::chrono::duration_cast<std::chrono::milliseconds>(p.at_start.settings.server.deadlines.shutdown);
  p.health.set_ready(false);
  if (p.server) p.server->stop(drain);
  p.server.reset();
  // Whoever waits for a checkpoint (an anchor, a purge, a retention run, a call) waits for no room on a full disk now.
  if (p.anchoring) p.anchoring->stop();
  if (p.sequencer) p.sequencer->wait_no_longer_for_room();
  if (p.workers) p.workers->stop();
  if (p.exports) p.exports->stop();
  if (p.webhooks) p.webhooks->stop();
  p.drop_folders.stop();
  if (p.batches) p.batches->stop();
  if (p.day_watch) p.day_watch->stop();
  if (p.dispatcher) p.dispatcher->stop(drain);
  if (p.notifier) p.notifier->stop(std::min<std::chrono::milliseconds>(drain, std::chrono::seconds{2}));
  p.retention.reset();
  p.purger.reset();
  if (p.sequencer) p.sequencer->stop();
  if (p.index) p.index->stop();
  // Ends the connections. A delivery that outlived the drain keeps its open permit; the next start closes that as an
  // attempt that may have arrived.
  p.connections.close();
  p.metrics_server.reset();
  p.anchoring.reset();
  p.notifier.reset();
  p.dispatcher.reset();
}

int run_gateway(const config::Configuration& configuration,
                const std::function<Result<config::Configuration>()>& reread) {
  if (!configuration.settings.is_test()) keep_out_of_core_files();
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread, so that all inherit it
  signal(SIGPIPE, SIG_IGN);
  auto application = Application::start(configuration);
  if (!application) {
    cli::report(application.error());
    // What is wrong with a key or a certificate shows only here, and does not get better by starting again.
    return application.error().code == ErrorCode::config ? cli::does_not_hold : cli::environment;
  }
  int received = 0;
  constexpr timespec between_looks{1, 0};
  while (true) {
    received = sigtimedwait(&signals, nullptr, &between_looks);
    if (received == SIGHUP)
      (*application)->reload(reread());
    else if (received > 0)
      break;
    (*application)->tidy();
  }
  log::info("gateway_stopping", log::field("signal", received));
  (*application)->stop();
  log::info("gateway_stopped");
  return cli::done;
}

}  // namespace ketenpoort
