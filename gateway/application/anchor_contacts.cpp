#include "gateway/application/anchor_contacts.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "gateway/base/url.hpp"
#include "gateway/net/blocking_client.hpp"

namespace ketenpoort {
namespace {

constexpr std::chrono::seconds connect_patience{5};
constexpr std::chrono::seconds answer_patience{10};
constexpr std::size_t largest_answer = 1U << 18;

Result<exchange::Ask> connect(const std::string& name, const std::string& base_url, const std::filesystem::path& ca) {
  net::ClientOptions options;
  options.base_url = base_url;
  options.ca_file = ca;
  options.connect_timeout = connect_patience;
  options.answer_timeout = answer_patience;
  options.max_connections = 1;
  options.max_answer_bytes = largest_answer;
  auto client = net::BlockingClient::open(std::move(options));
  if (!client) return fail(ErrorCode::config, fmt::format("ledger.anchors, {}: {}", name, client.error().message));
  const auto shared = std::make_shared<net::BlockingClient>(std::move(*client));
  return exchange::Ask([shared](Call call) { return shared->call(std::move(call)); });
}

Result<log::ConfiguredName> read_name(const std::string& name) {
  auto parsed = log::ConfiguredName::parse(name);
  if (!parsed) return fail(ErrorCode::config, fmt::format("ledger.anchors: {} is not a name for a log line", name));
  return *parsed;
}

Result<exchange::StampingAuthority> contact(const config::TimestampSettings& settings) {
  auto name = read_name(settings.name);
  if (!name) return fail(name.error());
  auto roots = ledger::TimestampRoots::load(settings.authorities);
  if (!roots) return fail(roots.error());
  const auto [base, path] = split_url(settings.url);
  auto ask = connect(settings.name, base, settings.ca);
  if (!ask) return fail(ask.error());
  return exchange::StampingAuthority{std::move(*name), path, std::move(*roots), std::move(*ask)};
}

Result<exchange::WitnessContact> contact(const config::WitnessSettings& settings) {
  auto name = read_name(settings.name);
  if (!name) return fail(name.error());
  auto key = ledger::WitnessKey::parse(settings.vkey);
  if (!key) return fail(ErrorCode::config, fmt::format("ledger.anchors, {}: {}", settings.name, key.error().message));
  auto ask = connect(settings.name, settings.url, settings.ca);
  if (!ask) return fail(ask.error());
  return exchange::WitnessContact{std::move(*name), std::move(*key), std::move(*ask)};
}

}  // namespace

Result<exchange::AnchoringPlan> make_anchoring_plan(const config::AnchorSettings& settings) {
  exchange::AnchoringPlan plan;
  plan.interval = settings.interval;
  for (const auto& authority : settings.timestamps) {
    auto made = contact(authority);
    if (!made) return fail(made.error());
    plan.authorities.push_back(std::move(*made));
  }
  for (const auto& witness : settings.witnesses) {
    auto made = contact(witness);
    if (!made) return fail(made.error());
    plan.witnesses.push_back(std::move(*made));
  }
  return plan;
}

}  // namespace ketenpoort
