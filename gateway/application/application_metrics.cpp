// How the gateway is: health, and what an operator counts.
#include <fmt/format.h>
#include <string>
#include <vector>
#include "gateway/api/http/problem.hpp"
#include "gateway/application/application_parts.hpp"
#include "gateway/application/notifications.hpp"
#include "gateway/observability/process.hpp"

namespace ketenpoort {
namespace {

void show_recipient(metrics::Registry& registry, const metrics::ConfiguredName& name,
                    const exchange::RecipientFigures& figures) {
  const metrics::Tags tags{{"recipient", name}};
  const auto show = [&](log::Label gauge, log::Label help, auto value) {
    registry.gauge(gauge, help, tags).set(static_cast<std::int64_t>(value));
  };
  show("ketenpoort_recipient_attempts", "Deliveries tried since the start", figures.attempts);
  show("ketenpoort_recipient_delivered", "Deliveries that the recipient took, since the start", figures.delivered);
  show("ketenpoort_recipient_failed", "Deliveries that failed or were refused, since the start", figures.failed);
  show("ketenpoort_recipient_given_up", "Transfers given up since the start: a person looks", figures.given_up);
  show("ketenpoort_recipient_last_answer_milliseconds", "How long the last call to this recipient took",
       figures.last_answer.count());
  show("ketenpoort_recipient_silent", "1 while this recipient does not answer: its circuit breaker is open",
       figures.answers ? 0 : 1);
  show("ketenpoort_recipient_refuses", "1 while this recipient refuses one message after the other",
       figures.refuses ? 1 : 0);
}

// "paused: agii, vdab"; of nobody nothing.
std::string named(std::string_view what, const std::vector<std::string>& recipients) {
  return recipients.empty() ? std::string() : fmt::format("{}: {}", what, fmt::join(recipients, ", "));
}

// With the class of the last failure: it may not be the recipient itself that is away, but who gives tokens for it.
std::vector<std::string> find_silent(const exchange::Dispatcher& dispatcher) {
  auto out = dispatcher.recipients_not_answering();
  const auto figures = dispatcher.recipients().figures();
  for (auto& recipient : out)
    if (const auto known = figures.find(recipient); known != figures.end() && !known->second.last_failure.empty())
      recipient += fmt::format(" ({})", known->second.last_failure);
  return out;
}

std::vector<std::string> find_refusing(const exchange::Dispatcher& dispatcher) {
  std::vector<std::string> out;
  for (const auto& [recipient, figures] : dispatcher.recipients().figures())
    if (figures.refuses) out.push_back(recipient);
  return out;
}

void report_named(HealthBoard& health, log::Label part, std::string detail) {
  health.report(part, detail.empty() ? Health::up : Health::degraded, std::move(detail));
}

}  // namespace

// A recipient that does not answer or a vault that is behind degrades the service; a vault that cannot be written ends
// it.
void Application::Parts::look_at_health() {
  const auto state = vault->state();
  const bool passing = state || state.error().code == ErrorCode::unavailable;
  health.report("vault", state ? Health::up : passing ? Health::degraded : Health::down);
  health.report("mappings", reload->figures().last_refused ? Health::degraded : Health::up);
  report_named(health, "codeLists", named("codes that partners sent are not in", lists_that_lack_codes()));
  look_at_reloads();
  look_at_certificates();
  look_at_policy();
  look_at_disk();
  if (token_keys) health.report("tokenKeys", token_keys->is_failing() ? Health::degraded : Health::up);
  if (webhooks->size() > 0) report_named(health, "webhooks", named("does not take events", webhooks->not_answering()));
  if (anchoring) health.report("anchors", anchoring->is_stale() ? Health::degraded : Health::up);
  const auto figures = notices.get([this] { return notifier->figures(); });
  health.report("notifications", figures.overdue + figures.failed > 0 ? Health::degraded : Health::up);
  look_at_drop_folders();
  health.report("requests", count_overdue_requests() > 0 ? Health::degraded : Health::up);
  const auto partner_figures = partners.get([this] { return count_partners(*facilities, *dispatcher); });
  report_named(health, "pausedPartners", named("paused", partner_figures.paused));
  report_named(health, "mailboxes", named("not fetched for too long", partner_figures.unfetched));
  const auto silent = named("does not answer", find_silent(*dispatcher));
  const auto refusing = named("refuses one message after the other", find_refusing(*dispatcher));
  report_named(health, "recipients", silent + (silent.empty() || refusing.empty() ? "" : "; ") + refusing);
}

std::vector<std::string> Application::Parts::lists_that_lack_codes() {
  std::vector<std::string> lists;
  const auto today = date_in_brussels(facilities->clock.now());
  for (auto& one : unknown_codes.lacking(facilities->formats->mappings, today))
    if (lists.empty() || lists.back() != one.code.list) lists.push_back(std::move(one.code.list));
  return lists;
}

std::uint64_t Application::Parts::count_overdue_requests() {
  return overdue_requests.get([this] {
    const auto today = date_in_brussels(facilities->clock.now());
    return sequencer->read([&](const ledger::History& history) { return history.overdue_requests(today); });
  });
}

void Application::Parts::observe() {
  auto& entries = registry.gauge("ketenpoort_ledger_entries", "Durable entries in the ledger");
  auto& published = registry.gauge("ketenpoort_ledger_published_entries", "Entries under the last signed checkpoint");
  auto& pending =
      registry.gauge("ketenpoort_vault_pending_bytes", "Changes in memory that the vault file has not taken yet");
  auto& unpurged = registry.gauge("ketenpoort_vault_unpurged_subjects", "Erased subjects of whom a copy may be left");
  auto& index_entries = registry.gauge("ketenpoort_index_entries_behind", "Durable entries that the index lacks");
  auto& index_time =
      registry.gauge("ketenpoort_index_behind_milliseconds", "How long the oldest entry that the index lacks waits");
  auto& transfers = registry.gauge("ketenpoort_transfers", "Transfers ever requested");
  auto& under_way = registry.gauge("ketenpoort_deliveries_under_way", "Deliveries with a permit and no result yet");
  auto& swapped = registry.gauge("ketenpoort_mappings_reloads", "Times the mappings were read again and put to use");
  auto& refused = registry.gauge("ketenpoort_mappings_refusals", "Times changed mappings were refused");
  auto& stale = registry.gauge("ketenpoort_mappings_refused", "1 while the folder of mappings holds what was refused");
  registry.before_render([this, &swapped, &refused, &stale] {
    const auto figures = reload->figures();
    swapped.set(static_cast<std::int64_t>(figures.swapped));
    refused.set(static_cast<std::int64_t>(figures.refused));
    stale.set(figures.last_refused ? 1 : 0);
  });
  auto& left_out = registry.gauge("ketenpoort_outcomes_unknown_code",
                                  "Items of reports left out since the start: a code of theirs is in no list");
  registry.before_render([this, &left_out] { left_out.set(static_cast<std::int64_t>(unknown_codes.items())); });
  auto& open_requests = registry.gauge("ketenpoort_requests_open", "Requests of data subjects that wait for an answer");
  auto& overdue =
      registry.gauge("ketenpoort_requests_overdue", "Requests of data subjects of which the deadline has passed");
  registry.before_render([this, &open_requests, &overdue] {
    const auto open = sequencer->read([](const ledger::History& history) { return history.open_requests(); });
    open_requests.set(static_cast<std::int64_t>(open));
    overdue.set(static_cast<std::int64_t>(count_overdue_requests()));
  });
  auto& shown = registry.gauge("ketenpoort_activities", "Activities of partners that are shown");
  registry.before_render([this, &shown] { shown.set(static_cast<std::int64_t>(activities->size())); });
  auto& unanswered_referrals =
      registry.gauge("ketenpoort_referrals_overdue", "Referrals that arrived and that nobody reported on for too long");
  registry.before_render([this, &unanswered_referrals] {
    unanswered_referrals.set(static_cast<std::int64_t>(unanswered.get([this] {
      const auto since = facilities->clock.now() - configuration->settings.overdue_after;
      const auto count = index->use([&](audit::IndexReader& reader) { return reader.count_unanswered(since); });
      return count.value_or(0);
    })));
  });
  auto& silent = registry.gauge("ketenpoort_recipients_not_answering",
                                "Recipients that do not answer: their circuit breaker is open");
  registry.before_render(
      [this, &entries, &published, &pending, &unpurged, &index_entries, &index_time, &transfers, &under_way, &silent] {
        entries.set(static_cast<std::int64_t>(sequencer->size()));
        published.set(static_cast<std::int64_t>(sequencer->published_size()));
        pending.set(static_cast<std::int64_t>(vault->pending_bytes()));
        unpurged.set(static_cast<std::int64_t>(vault->unpurged().size()));
        index_entries.set(static_cast<std::int64_t>(index->entries_behind()));
        index_time.set(static_cast<std::int64_t>(index->behind().count()));
        transfers.set(
            static_cast<std::int64_t>(sequencer->read([](const ledger::History& h) { return h.transfer_count(); })));
        under_way.set(static_cast<std::int64_t>(dispatcher->deliveries_under_way()));
        silent.set(static_cast<std::int64_t>(dispatcher->recipients_not_answering().size()));
      });
  metrics::observe_process(registry);
  registry.gauge("ketenpoort_build_info", "1; the version is the tag", {{"version", log::Label(KETENPOORT_VERSION)}})
      .set(1);
  observe_health();
  observe_transfers();
  observe_recipients();
  observe_reloads();
  observe_certificates();
  observe_disk();
  auto& told = registry.gauge("ketenpoort_webhook_events", "Events that a webhook took since the start");
  auto& deaf = registry.gauge("ketenpoort_webhooks_not_answering", "Webhooks that did not take what was sent last");
  registry.before_render([this, &told, &deaf] {
    told.set(static_cast<std::int64_t>(webhooks->sent()));
    deaf.set(static_cast<std::int64_t>(webhooks->not_answering().size()));
  });
  observe_notifications(registry, *notifier);
  observe_partners(registry, *facilities, *dispatcher);
  observe_batches();
  observe_breaches();
  observe_drop_folders();
  if (anchoring) observe_anchors();
}

// Also when nobody asks for the health: whoever alerts on metrics misses none of its parts.
void Application::Parts::observe_health() {
  registry.before_render([this] {
    looked_at_health.get([this] {
      look_at_health();
      return true;
    });
    for (const auto& [part, state] : health.parts())
      if (const auto name = log::ConfiguredName::parse(part))
        registry.show("ketenpoort_health", "Of each part: 0 UP, 1 DEGRADED, 2 DOWN", {{"part", *name}},
                      static_cast<std::int64_t>(state.health));
  });
}

void Application::Parts::observe_transfers() {
  registry.before_render([this] {
    const auto counts = sequencer->read([](const ledger::History& history) { return history.counts(); });
    for (std::size_t state = 0; state < counts.transfers.size(); ++state)
      registry.show("ketenpoort_transfers_by_state", "Transfers that stand in this state",
                    {{"state", static_cast<TransferState>(state)}}, static_cast<std::int64_t>(counts.transfers[state]));
  });
}

// Of each recipient, so that who is in trouble has a name; also of those that a reload brings.
void Application::Parts::observe_recipients() {
  registry.before_render([this] {
    for (const auto& [recipient, figures] : dispatcher->recipients().figures())
      if (const auto name = log::ConfiguredName::parse(recipient)) show_recipient(registry, *name, figures);
  });
}

void Application::Parts::observe_batches() {
  auto& running = registry.gauge("ketenpoort_batches_running", "Batches accepted and not yet taken to their last row");
  auto& arriving = registry.gauge("ketenpoort_batches_arriving", "Batches whose body is on its way in");
  auto& accepted = registry.gauge("ketenpoort_batch_rows_accepted", "Rows of batches taken since the start");
  auto& rejected = registry.gauge("ketenpoort_batch_rows_rejected", "Rows of batches refused since the start");
  registry.before_render([this, &running, &arriving, &accepted, &rejected] {
    const auto figures = batches->figures();
    running.set(static_cast<std::int64_t>(figures.running));
    arriving.set(static_cast<std::int64_t>(figures.arriving));
    accepted.set(static_cast<std::int64_t>(figures.rows_accepted));
    rejected.set(static_cast<std::int64_t>(figures.rows_rejected));
  });
}

// Not a part of the health, which anybody may read: that a breach waits to be told is not for everybody.
void Application::Parts::observe_breaches() {
  auto& untold = registry.gauge("ketenpoort_breaches_untold",
                                "Personal data breaches that the authority must be told of, and was not yet");
  auto& overdue = registry.gauge("ketenpoort_breaches_overdue", "Of these, ones that are known for more than 72 hours");
  registry.before_render([this, &untold, &overdue] {
    const auto figures = breaches.get([this] {
      const auto all = reporting::read_breaches(*index);
      return all ? reporting::count_untold(*all, facilities->clock.now()) : reporting::BreachFigures{};
    });
    untold.set(static_cast<std::int64_t>(figures.untold));
    overdue.set(static_cast<std::int64_t>(figures.overdue));
  });
}

void Application::Parts::observe_anchors() {
  auto& age =
      registry.gauge("ketenpoort_anchor_age_seconds", "Seconds since the ledger was last confirmed by enough others");
  auto& stale = registry.gauge("ketenpoort_anchor_stale",
                               "1 while transfers are held because too few others confirmed the ledger");
  auto& stamps = registry.gauge("ketenpoort_anchor_stamps", "Time stamps written down since the start");
  auto& cosignatures = registry.gauge("ketenpoort_anchor_cosignatures", "Cosignatures written down since the start");
  auto& failures = registry.gauge("ketenpoort_anchor_failures", "Anchors that did not confirm when asked");
  registry.before_render([this, &age, &stale, &stamps, &cosignatures, &failures] {
    const auto figures = anchoring->figures();
    if (const auto last = anchoring->confirmed_at())
      age.set(std::chrono::duration_cast<std::chrono::seconds>(facilities->clock.now() - *last).count());
    stale.set(anchoring->is_stale() ? 1 : 0);
    stamps.set(static_cast<std::int64_t>(figures.stamps));
    cosignatures.set(static_cast<std::int64_t>(figures.cosignatures));
    failures.set(static_cast<std::int64_t>(figures.failures));
  });
}

Status Application::Parts::open_metrics() {
  observe();
  if (!at_start.settings.metrics_port) return {};
  net::ServerOptions options;
  options.port = *at_start.settings.metrics_port;
  auto started = net::Server::start(std::move(options), [this](const api::Request& request, const api::ReplyTo& reply) {
    if (request.method != "GET" && request.method != "HEAD")
      return reply(api::method_not_allowed_reply("GET, HEAD", request.trace));
    if (request.path == "/metrics") return reply({200, std::string(metrics::content_type), registry.render()});
    if (request.path == "/ready")
      return reply({health.ready() ? 200 : 503, "text/plain", health.ready() ? "ready\n" : "not ready\n"});
    reply(api::status_reply(404, "there is /metrics and /ready", request.trace));
  });
  if (!started) return fail(started.error());
  metrics_server = std::move(*started);
  return {};
}

}  // namespace ketenpoort
