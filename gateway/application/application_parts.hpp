// What a running gateway is made of, in the order it is made; it goes in the opposite order.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/api/access/authentication.hpp"
#include "gateway/api/access/jwt.hpp"
#include "gateway/api/http/workers.hpp"
#include "gateway/api/router.hpp"
#include "gateway/api/routes/event_feed.hpp"
#include "gateway/application/application.hpp"
#include "gateway/application/drop_folders.hpp"
#include "gateway/application/partner_connections.hpp"
#include "gateway/application/partner_figures.hpp"
#include "gateway/application/token_keys.hpp"
#include "gateway/application/webhooks.hpp"
#include "gateway/audit/index.hpp"
#include "gateway/base/in_use.hpp"
#include "gateway/base/now_and_then.hpp"
#include "gateway/base/remembered.hpp"
#include "gateway/cli/certificate_check.hpp"
#include "gateway/config/reload_board.hpp"
#include "gateway/exchange/anchoring.hpp"
#include "gateway/exchange/delivery/dispatch.hpp"
#include "gateway/exchange/facilities/unknown_codes.hpp"
#include "gateway/exchange/intake/batches.hpp"
#include "gateway/exchange/notices/notifier.hpp"
#include "gateway/exchange/outcomes/activity_board.hpp"
#include "gateway/exchange/retention/day_watch.hpp"
#include "gateway/exchange/retention/retention_runs.hpp"
#include "gateway/exchange/terms/formats_reload.hpp"
#include "gateway/ledger/published/witness.hpp"
#include "gateway/ledger/writer/sequencer.hpp"
#include "gateway/net/server.hpp"
#include "gateway/observability/health.hpp"
#include "gateway/observability/metrics.hpp"
#include "gateway/reporting/breaches.hpp"
#include "gateway/storage/files/batch_files.hpp"
#include "gateway/storage/vault/purger.hpp"
#include "gateway/storage/vault/vault.hpp"
#include "gateway/storage/vault/vault_stock.hpp"

namespace ketenpoort {

struct Application::Parts {
  config::Configuration at_start;  // what a restart alone changes is as it stands here
  InUse<config::Configuration> configuration;
  config::ReloadBoard reloads;
  metrics::Registry registry;
  HealthBoard health;
  NowAndThen ledger_trouble_said{std::chrono::minutes{1}};  // before the sequencer, whose threads note it
  std::unique_ptr<storage::SqliteVault> vault;
  std::unique_ptr<audit::Index> index;  // before the sequencer, whose thread feeds it
  std::unique_ptr<ledger::Sequencer> sequencer;
  std::unique_ptr<storage::Purger> purger;
  PartnerConnections connections;  // after whom their answers are told
  std::unique_ptr<exchange::Facilities> facilities;
  std::unique_ptr<storage::SqliteVaultStock> stock;
  std::unique_ptr<exchange::RetentionRuns> retention;
  std::unique_ptr<exchange::Dispatcher> dispatcher;
  std::unique_ptr<exchange::DayWatch> day_watch;
  std::unique_ptr<exchange::Notifier> notifier;
  std::unique_ptr<storage::BatchFiles> batch_files;
  std::unique_ptr<exchange::Batches> batches;
  DropFolders drop_folders;
  std::atomic<bool> had_drop_folders{false};
  std::unique_ptr<exchange::ActivityBoard> activities;
  exchange::UnknownCodes unknown_codes;  // that partners reported with
  std::unique_ptr<exchange::FormatsReload> reload;
  std::unique_ptr<exchange::Anchoring> anchoring;  // null: nobody confirms the log
  std::unique_ptr<ledger::Witness> witness;        // null: we witness no other log
  std::unique_ptr<api::EventFeed> events;
  std::unique_ptr<Webhooks> webhooks;
  std::unique_ptr<api::TokenVerifier> tokens;
  std::unique_ptr<TokenKeys> token_keys;  // null: they lie in a file
  std::unique_ptr<api::Authenticator> authenticator;
  std::unique_ptr<api::Workers> workers;
  std::unique_ptr<api::Workers> exports;
  std::unique_ptr<api::Router> router;
  std::unique_ptr<net::Server> server;
  InUse<std::vector<cli::OurCertificate>> our_certificates;
  InUse<std::optional<cli::RevocationLists>> revocation_lists;  // as they were put to use
  std::unique_ptr<net::Server> metrics_server;
  // Both look at all there is of something, and anybody may ask for the health.
  Remembered<exchange::Notifier::Figures> notices{std::chrono::seconds{1}};
  Remembered<std::uint64_t> overdue_requests{std::chrono::seconds{1}};
  Remembered<std::uint64_t> unanswered{std::chrono::seconds{10}};
  Remembered<reporting::BreachFigures> breaches{std::chrono::seconds{10}};
  Remembered<PartnerFigures> partners{std::chrono::seconds{1}};
  Remembered<bool> looked_at_health{std::chrono::seconds{1}};

  Status open_state(Clock& clock);
  Status erase_again();
  Status rotate_if_ordered();

  // application_reload.cpp
  Status reload_all(const Result<config::Configuration>& read);
  Status take_over(config::Configuration next, bool& mappings_at_fault);
  Result<std::shared_ptr<const exchange::Terms>> make_terms(const config::Configuration& next);
  using Step = std::function<void()>;  // cannot fail
  Result<std::vector<Step>> prepare_front(const config::Configuration& next);
  void swap_terms(const exchange::Terms& running, const exchange::Terms& next);
  void note_refusal(const Error& error, bool is_what_runs);
  Result<Webhooks::Setup> webhook_setup(const config::Configuration& from) const;

  Status open_exchange(const Clock& clock);
  Status open_anchoring();
  Status open_events();
  Status open_batches();
  // application_drops.cpp
  Result<std::vector<DropFolders::Wanted>> make_drop_folders(const config::Configuration& from);
  Status open_drop_folders();
  Status open_tokens(const config::TokenSettings& settings);
  Status open_front();
  Status open_server();

  // application_metrics.cpp
  Status open_metrics();
  void observe();
  void observe_anchors();
  void observe_batches();
  void observe_breaches();
  void observe_drop_folders();  // application_drops.cpp
  void observe_health();
  void look_at_drop_folders();
  void observe_recipients();
  void observe_transfers();
  void observe_reloads();  // application_reload.cpp
  void look_at_reloads();
  // application_certificates.cpp
  void note_certificates(const config::Configuration& from);
  void look_at_certificates();
  void observe_certificates();
  // application_policy.cpp
  void note_policy_ends(const config::Configuration& from) const;
  void look_at_policy();
  // application_disk.cpp
  void note_ledger_trouble(const Error& error);
  void look_at_disk();
  void observe_disk();
  void look_at_health();
  std::vector<std::string> lists_that_lack_codes();
  std::uint64_t count_overdue_requests();  // a second ago at most
};

}  // namespace ketenpoort
