// The configuration read again while the gateway runs (SIGHUP): first everything that can fail, then the swap, which
// cannot. What runs is untouched until all of the next one is known to hold.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include "gateway/application/application_parts.hpp"
#include "gateway/application/configured.hpp"
#include "gateway/base/error_text.hpp"
#include "gateway/base/files.hpp"
#include "gateway/cli/command.hpp"
#include "gateway/config/reread.hpp"
#include "gateway/exchange/terms/change_terms.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort {
namespace {

// "/etc/x/partners/vdab.yaml:12:3" -> "vdab.yaml:12:3": anybody may read the health, and folders are nobody's business.
std::string without_folders(std::string_view where) {
  const auto slash = where.rfind('/');
  return std::string(slash == std::string_view::npos ? where : where.substr(slash + 1));
}

std::string in_short(const std::vector<Issue>& mistakes) {
  const auto more = mistakes.size() - 1;
  return fmt::format("what the files say was refused, what ran before goes on: {}{}; GET /configuration tells all",
                     without_folders(mistakes.front().where), more > 0 ? fmt::format(" and {} more", more) : "");
}

// A line for each place; the texts go to stderr, where they may say what stood there.
void log_places(const std::vector<Issue>& mistakes) {
  for (const auto& mistake : mistakes) {
    const auto place = without_folders(mistake.where);
    const auto colon = place.find(':');
    const auto file = log::ConfiguredName::parse(place.substr(0, colon));
    if (!file || colon == std::string::npos) continue;
    log::error("configuration_mistake", log::field("file", *file),
               log::field("line", std::strtol(place.c_str() + colon + 1, nullptr, 10)));
  }
}

std::vector<Issue> mistakes_of(const Error& error) {
  if (!error.issues.empty()) return error.issues;
  return {{error.code, "the configuration", error.message}};
}

}  // namespace

Result<Webhooks::Setup> Application::Parts::webhook_setup(const config::Configuration& from) const {
  const auto& file = from.settings.outbound_signing_key;
  const auto pem = read_file(file);
  if (!pem) return fail(pem.error());
  auto key = adapters::SigningKey::from_pem(*pem);
  if (!key) return fail(ErrorCode::config, file.string() + ": " + key.error().message);
  return Webhooks::Setup{at_start.settings.state / "webhooks", to_plan(from.settings.retry),
                         std::make_shared<const adapters::SigningKey>(std::move(*key)), from.settings.outbound_key_id};
}

// With a connection to each partner; a rate that stays is kept by who keeps it now.
Result<std::shared_ptr<const exchange::Terms>> Application::Parts::make_terms(const config::Configuration& next) {
  auto terms = std::make_shared<exchange::Terms>(to_terms(next));
  if (auto connected = connections.connect(next, *terms); !connected) return fail(std::move(connected.error()));
  const auto running = facilities->terms.get();
  for (auto& [id, recipient] : terms->recipients)
    if (const auto* before = running->find_recipient(id); before != nullptr && before->pace && recipient.pace &&
                                                          before->pace->per_second() == recipient.pace->per_second())
      recipient.pace = before->pace;
  return terms;
}

// What the front needs: certificates, token keys, clients and their webhooks.
Result<std::vector<Application::Parts::Step>> Application::Parts::prepare_front(const config::Configuration& next) {
  std::vector<Step> steps;
  auto certificates = server->prepare_reload();
  if (!certificates) return fail(std::move(certificates.error()));
  steps.push_back(std::move(*certificates));
  if (tokens) {
    auto keys = tokens->prepare_reload();
    if (!keys) return fail(std::move(keys.error()));
    steps.push_back(std::move(*keys));
    if (token_keys) steps.emplace_back([this] { token_keys->wake(); });
  }
  auto clients = to_clients(next.clients);
  if (auto distinct = api::Authenticator::check(clients); !distinct) return fail(std::move(distinct.error()));
  steps.emplace_back([this, clients = std::move(clients)] { authenticator->use(clients); });
  auto setup = webhook_setup(next);
  if (!setup) return fail(std::move(setup.error()));
  auto told = webhooks->prepare(next.clients, std::move(*setup));
  if (!told) return fail(std::move(told.error()));
  steps.push_back(std::move(*told));
  return steps;
}

// Between two entries of the log.
void Application::Parts::swap_terms(const exchange::Terms& running, const exchange::Terms& next) {
  for (const auto& [id, recipient] : next.recipients)
    if (const auto* before = running.find_recipient(id); before != nullptr && before->pace && recipient.pace)
      recipient.pace->follow(*before->pace);
  dispatcher->use(next);
  notifier->use(next);
}

Status Application::Parts::take_over(config::Configuration next, bool& mappings_at_fault) {
  const auto running = configuration.get();
  if (auto same = config::check_same_environment(*running, next); !same) return same;
  const auto held = config::keep_what_needs_a_restart(*running, next);
  const auto terms = make_terms(next);
  if (!terms) return fail(terms.error());
  const auto front = prepare_front(next);
  if (!front) return fail(front.error());
  auto drops = make_drop_folders(next);
  if (!drops) return fail(drops.error());
  const auto formats = reload->look_at_next(**terms, to_load_options(next));
  mappings_at_fault = !formats;
  if (!formats) return fail(formats.error());

  const auto before = facilities->terms.get();
  const exchange::NextTerms all{*terms, formats->formats, to_policy(next), notifier->untold()};
  auto swapped = exchange::change_terms(*facilities, all, [&] { swap_terms(*before, **terms); });
  if (!swapped) return swapped;
  for (const auto& step : *front) step();
  drop_folders.use(std::move(*drops));
  events->use(next.settings.overdue_after);
  retention->use(to_retention(next.retention));
  reload->note_use(*formats, to_load_options(next));
  note_certificates(next);
  note_policy_ends(next);
  configuration.put(std::make_shared<const config::Configuration>(std::move(next)));
  dispatcher->wake_held();
  for (const auto key : held)
    if (const auto name = log::ConfiguredName::parse(key))
      log::warning("needs_a_restart", log::field("setting", *name));
  reloads.note_swap({held.begin(), held.end()});
  return {};
}

// Where the mappings are at fault and no other file has changed, what runs is what the configuration says.
void Application::Parts::note_refusal(const Error& error, bool is_what_runs) {
  cli::report(error);
  const auto mistakes = is_what_runs ? std::vector<Issue>{} : mistakes_of(error);
  log::error("reload_refused", log::field("mistakes", mistakes_of(error).size()), log::field("code", error.code));
  log_places(mistakes);
  reloads.note_refusal(mistakes);
}

Status Application::Parts::reload_all(const Result<config::Configuration>& read) {
  bool mappings_at_fault = false;
  auto done = read ? take_over(*read, mappings_at_fault) : Status(fail(read.error()));
  if (!done) note_refusal(done.error(), mappings_at_fault && read->digest == configuration.get()->digest);
  connections.close_unused();
  return done;
}

void Application::reload(const Result<config::Configuration>& configuration) {
  if (auto rotated = parts_->rotate_if_ordered(); !rotated) {  // an order of its own, whatever the files say
    cli::report(rotated.error());
    log::error("ledger_key_not_rotated", log::field("code", rotated.error().code));
  }
  if (!parts_->reload_all(configuration)) return;
  const auto now = parts_->configuration.get();
  log::info("reloaded", log::field("partners", now->partners.size()), log::field("clients", now->clients.size()),
            log::field("connections", parts_->connections.size()));
}

void Application::tidy() {
  parts_->connections.close_unused();
}

// ---- what an operator sees of it ----

void Application::Parts::look_at_reloads() {
  const auto standing = reloads.standing();
  if (standing.swapped + standing.refused == 0) return;
  const bool refused = !standing.mistakes.empty();
  health.report("configuration", refused ? Health::degraded : Health::up,
                refused ? in_short(standing.mistakes) : std::string());
}

void Application::Parts::observe_reloads() {
  auto& swapped = registry.gauge("ketenpoort_configuration_reloads", "Times the configuration was read and put to use");
  auto& refused = registry.gauge("ketenpoort_configuration_refusals", "Times a reload was refused");
  auto& stale = registry.gauge("ketenpoort_configuration_refused", "1 while the files hold what was refused");
  auto& waits = registry.gauge("ketenpoort_configuration_needs_restart", "Settings that count from the next start");
  registry.before_render([this, &swapped, &refused, &stale, &waits] {
    const auto standing = reloads.standing();
    swapped.set(static_cast<std::int64_t>(standing.swapped));
    refused.set(static_cast<std::int64_t>(standing.refused));
    stale.set(standing.mistakes.empty() ? 0 : 1);
    waits.set(static_cast<std::int64_t>(standing.needs_restart.size()));
  });
}

}  // namespace ketenpoort
