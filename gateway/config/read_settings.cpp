// gateway.yaml.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "gateway/base/ascii.hpp"

#include "gateway/config/sections.hpp"

namespace ketenpoort::config {

namespace {

using std::chrono::milliseconds;

constexpr std::uint16_t highest_port = 65535;

std::chrono::seconds seconds(Section& section, std::string_view key, std::chrono::seconds fallback) {
  const auto value = section.duration(key, fallback);
  if (value % std::chrono::seconds{1} != milliseconds{0} || value == milliseconds{0})
    section.complain(key, fmt::format("`{}` must be whole seconds, at least 1s", key));
  return std::chrono::duration_cast<std::chrono::seconds>(value);
}

ServerLimits read_limits(Section limits) {
  ServerLimits read;
  read.header_bytes = limits.integer<std::size_t>("headerBytes", read.header_bytes, 1024, 1U << 20);
  read.body_bytes = limits.integer<std::size_t>("bodyBytes", read.body_bytes, 1024, 64U << 20);
  read.batch_bytes = limits.integer<std::uint64_t>("batchBytes", read.batch_bytes, 1024, std::uint64_t{1} << 40);
  read.connections = limits.integer<std::size_t>("connections", read.connections, 1, 1'000'000);
  read.requests_in_flight = limits.integer<std::size_t>("requestsInFlight", read.requests_in_flight, 1, 1'000'000);
  return read;
}

ServerDeadlines read_deadlines(Section deadlines) {
  ServerDeadlines read;
  read.handshake = seconds(deadlines, "handshake", read.handshake);
  read.request = seconds(deadlines, "request", read.request);
  read.idle = seconds(deadlines, "idle", read.idle);
  read.shutdown = seconds(deadlines, "shutdown", read.shutdown);
  return read;
}

ServerSettings read_server(Section server) {
  ServerSettings read;
  read.address = server.ip_address("address");
  read.port = server.integer<std::uint16_t>("port", read.port, 0, highest_port);
  read.certificate = server.existing_file("certificate");
  read.key = server.existing_file("key");
  read.client_authorities = server.existing_file("clientAuthorities");
  read.client_revocations = server.existing_file("clientRevocations", Need::optional);
  if (auto limits = server.section("limits")) read.limits = read_limits(std::move(*limits));
  if (auto deadlines = server.section("deadlines")) read.deadlines = read_deadlines(std::move(*deadlines));
  read.threads = server.integer<unsigned>("threads", read.threads, 1, 256);
  read.workers = server.integer<unsigned>("workers", read.workers, 1, 256);
  return read;
}

std::uint16_t read_metrics_port(Section& metrics, const ServerSettings& server) {
  const auto port = metrics.integer<std::uint16_t>("port", 0, 0, highest_port);
  if (port != 0 && port == server.port) metrics.complain("port", "`port` is server.port as well: give metrics its own");
  return port;
}

// A name that may stand in log lines and metrics.
std::string read_anchor_name(Section& anchor, std::set<std::string>& taken) {
  auto name = anchor.text("name");
  const auto is_plain = [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; };
  const bool begins_well = !name.empty() && ((name[0] | 0x20) >= 'a' && (name[0] | 0x20) <= 'z');
  if (!name.empty() && (!begins_well || name.size() > 64 || !std::ranges::all_of(name, is_plain)))
    anchor.complain("name", "`name` must be a letter, then letters, digits, '-', '_' or '.', 64 at most");
  if (!name.empty() && !taken.insert(name).second) anchor.complain("name", "`name` stands twice: give each its own");
  return name;
}

AnchorSettings read_anchors(Section anchors) {
  AnchorSettings read;
  std::set<std::string> names;
  for (auto& authority : anchors.sections("timestamps", Need::optional))
    read.timestamps.push_back({read_anchor_name(authority, names), authority.text("url"),
                               authority.existing_file("authorities"), authority.existing_file("ca", Need::optional)});
  for (auto& witness : anchors.sections("witnesses", Need::optional))
    read.witnesses.push_back({read_anchor_name(witness, names), witness.text("vkey"), witness.text("url"),
                              witness.existing_file("ca", Need::optional)});
  const auto count = static_cast<unsigned>(read.timestamps.size() + read.witnesses.size());
  if (count == 0) anchors.complain("`anchors` names nobody: give `timestamps` or `witnesses`, or take it away");
  read.quorum = anchors.integer<unsigned>("quorum", count, 1, std::max(count, 1U));
  read.interval = anchors.duration("interval", read.interval);
  read.max_age = seconds(anchors, "maxAge", std::chrono::duration_cast<std::chrono::seconds>(read.max_age));
  if (read.interval < std::chrono::seconds{1} || read.interval >= read.max_age)
    anchors.complain("interval", "`interval` must be at least 1s and shorter than `maxAge`");
  return read;
}

// RFC 9421 puts it into a quoted string (RFC 8941, section 3.3.3).
bool can_be_key_id(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

void read_outbound(Section outbound, Settings& settings) {
  settings.outbound_signing_key = outbound.existing_file("signingKey");
  settings.outbound_key_id = outbound.text("keyId", Need::optional);
  const bool is_node = settings.outbound_key_id.empty();
  if (is_node) settings.outbound_key_id = settings.node;
  if (can_be_key_id(settings.outbound_key_id)) return;
  outbound.complain("keyId", fmt::format("{} printable ASCII without '\"' and '\\': signatures name the key by it",
                                         is_node ? "`keyId` is left out, and `node`, which then stands for it, is not"
                                                 : "`keyId` must be"));
}

LedgerSettings read_ledger(Section ledger) {
  LedgerSettings read;
  read.origin = ledger.text("origin");
  // C2SP signed-note: key names hold no space and no plus sign.
  if (read.origin.find_first_of(" +\t\n") != std::string::npos)
    ledger.complain("origin", "`origin` must hold no space and no plus sign: it names the log in every checkpoint");
  read.signing_key = ledger.existing_file("signingKey");
  read.publish_interval = ledger.duration("publishInterval", read.publish_interval);
  if (read.publish_interval > std::chrono::seconds{1} || read.publish_interval < milliseconds{10})
    ledger.complain("publishInterval",
                    "`publishInterval` must be from 10ms to 1s: a checkpoint follows its entries so soon");
  if (auto anchors = ledger.section("anchors")) read.anchors = read_anchors(std::move(*anchors));
  if (auto witness = ledger.section("witness")) {
    read.witness = OwnWitnessSettings{witness->existing_file("key"), {}};
    for (auto& log : witness->sections("logs")) read.witness->logs.push_back(log.texts("vkeys"));
  }
  return read;
}

TokenSettings read_tokens(Section tokens) {
  TokenSettings read;
  constexpr std::string_view https = "https://";
  const auto jwks = tokens.text("jwks");
  if (!jwks.starts_with(https)) {
    read.jwks = tokens.existing_file("jwks");
  } else {
    read.jwks_url = jwks;
    read.ca = tokens.existing_file("ca", Need::optional);
    if (jwks.size() == https.size() || jwks.find_first_of(" #@") != std::string::npos)
      tokens.complain("jwks", "`jwks` must be a file, or https://host/path, with a port if need be");
  }
  read.issuer = tokens.text("issuer");
  read.audience = tokens.text("audience");
  return read;
}

TestSettings read_test(Section test) {
  TestSettings read;
  if (const auto now = test.text("now", Need::optional); !now.empty()) {
    read.now = parse_rfc3339(now);
    if (!read.now)
      test.complain("now", "`now` must be a date and time with an offset, as in 2026-11-24T12:00:00+01:00");
  }
  read.allow_mock_ssin = test.flag("allowMockSsin", false);
  read.running_figures = test.flag("runningFigures", false);
  return read;
}

std::chrono::days read_longest_hold(Section& gateway, std::chrono::days fallback) {
  auto holds = gateway.section("holds");
  if (!holds) return fallback;
  const auto value = std::chrono::duration_cast<std::chrono::days>(holds->duration("max", fallback));
  if (value < std::chrono::days{1}) holds->complain("max", "`max` must be at least 1d");
  return value;
}

std::chrono::days read_proposal_life(Section& gateway, std::chrono::days fallback) {
  auto rights = gateway.section("rights");
  if (!rights) return fallback;
  const auto value = std::chrono::duration_cast<std::chrono::days>(rights->duration("proposalsExpireAfter", fallback));
  if (value < std::chrono::days{1})
    rights->complain("proposalsExpireAfter", "`proposalsExpireAfter` must be at least 1d");
  return value;
}

std::chrono::days read_overdue_after(Section& gateway, std::chrono::days fallback) {
  auto events = gateway.section("events");
  if (!events) return fallback;
  const auto value = std::chrono::duration_cast<std::chrono::days>(events->duration("overdueAfter", fallback));
  if (value < std::chrono::days{1}) events->complain("overdueAfter", "`overdueAfter` must be at least 1d");
  return value;
}

void read_folders(Section& gateway, Settings& settings) {
  if (auto folders = gateway.section("folders")) {
    settings.config_dir = folders->path("config", Need::optional);
    settings.mappings = folders->path("mappings", Need::optional);
  }
}

}  // namespace

RetrySettings read_retry(Section retry, RetrySettings read) {
  read.first = retry.duration("first", read.first);
  read.factor = retry.decimal("factor", read.factor, 1.0, 10.0);
  read.max = retry.duration("max", read.max);
  read.attempts = retry.integer<unsigned>("attempts", read.attempts, 1, 1000);
  if (read.first < milliseconds{1} || read.max < read.first)
    retry.complain("first", "`first` must be at least 1ms and not longer than `max`");
  return read;
}

Settings read_settings(Section gateway) {
  Settings settings;
  settings.environment = gateway.one_of("environment", {"production", "acceptance", "test"});
  if (auto test = gateway.section("test")) {
    settings.test = read_test(std::move(*test));
    if (!settings.environment.empty() && !settings.is_test())
      gateway.complain("test", fmt::format("`test` is allowed in environment test only, this is {}: take it away",
                                           settings.environment));
  }
  settings.node = gateway.text("node");
  settings.organisation = gateway.kbo_number("organisation");
  if (auto server = gateway.section("server", Need::required)) settings.server = read_server(std::move(*server));
  if (auto metrics = gateway.section("metrics")) settings.metrics_port = read_metrics_port(*metrics, settings.server);
  if (auto tokens = gateway.section("tokens")) settings.tokens = read_tokens(std::move(*tokens));
  settings.state = gateway.path("state");
  settings.master_key = gateway.existing_file("masterKey");
  if (auto ledger = gateway.section("ledger", Need::required)) settings.ledger = read_ledger(std::move(*ledger));
  if (auto outbound = gateway.section("outbound", Need::required)) read_outbound(std::move(*outbound), settings);
  read_folders(gateway, settings);
  if (auto retry = gateway.section("retry")) settings.retry = read_retry(std::move(*retry), settings.retry);
  settings.longest_hold = read_longest_hold(gateway, settings.longest_hold);
  settings.proposal_life = read_proposal_life(gateway, settings.proposal_life);
  settings.overdue_after = read_overdue_after(gateway, settings.overdue_after);
  settings.drop_folders = read_drop_folders(gateway, settings.state);
  const auto owners = gateway.names("policyOwners");
  if (auto keys = gateway.section("policyOwners"))
    for (const auto& owner : owners) settings.policy_owners[owner] = keys->existing_file(owner);
  return settings;
}

}  // namespace ketenpoort::config
