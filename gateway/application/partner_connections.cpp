#include "gateway/application/partner_connections.hpp"

#include <algorithm>
#include <utility>

#include "gateway/base/files.hpp"

namespace ketenpoort {
namespace {

std::vector<std::filesystem::path> files_of(const config::Channel& channel) {
  std::vector<std::filesystem::path> files{channel.ca, channel.certificate, channel.key};
  if (const auto& authorization = channel.authorization)
    for (const auto& file :
         {authorization->key, authorization->ca, authorization->certificate, authorization->certificate_key})
      files.push_back(file);
  if (channel.magda) files.insert(files.end(), {channel.magda->certificate, channel.magda->key});
  return files;
}

std::string place_of(const config::Partner& partner, const std::string& name) {
  return "partners, " + partner.id + (name.empty() ? std::string() : ", channel " + name);
}

}  // namespace

Result<std::shared_ptr<PartnerConnection>> PartnerConnections::find_or_open(const config::Partner& partner,
                                                                            const std::string& name,
                                                                            const config::Channel& channel,
                                                                            const Signing& signing) {
  Recipe recipe{partner.id, name, channel, partner.concurrency, partner.recalls.path, signing.key_id, {signing.digest}};
  for (const auto& file : files_of(channel)) {
    if (file.empty()) {
      recipe.files.emplace_back();
      continue;
    }
    const auto content = read_file(file);
    if (!content) return fail(content.error());
    recipe.files.push_back(sha256(as_bytes(*content)));
  }
  const auto known = std::ranges::find(open_, recipe, &Open::recipe);
  if (known != open_.end()) return known->connection;
  auto opened = PartnerConnection::open(channel, partner, signing.key, signing.key_id);
  if (!opened) return fail(std::move(opened.error()));
  return open_.emplace_back(std::move(recipe), std::move(*opened)).connection;
}

Status PartnerConnections::connect(const config::Configuration& configuration, exchange::Terms& terms) {
  const auto& key_file = configuration.settings.outbound_signing_key;
  const auto pem = read_file(key_file);
  if (!pem) return fail(pem.error());
  auto key = adapters::SigningKey::from_pem(*pem);
  if (!key) return fail(ErrorCode::config, key_file.string() + ": " + key.error().message);
  const Signing signing{std::make_shared<const adapters::SigningKey>(std::move(*key)),
                        configuration.settings.outbound_key_id, sha256(as_bytes(*pem))};
  std::vector<Issue> issues;
  const auto open = [&](const config::Partner& partner, const std::string& name, const config::Channel& channel) {
    auto opened = find_or_open(partner, name, channel, signing);
    if (opened) return std::move(*opened);
    issues.push_back({ErrorCode::config, place_of(partner, name), opened.error().message});
    return std::shared_ptr<PartnerConnection>();
  };
  for (const auto& partner : configuration.partners) {
    auto& recipient = terms.recipients.at(partner.recipient);
    if (partner.has_address()) {
      const auto own = open(partner, {}, partner.channel);
      if (partner.recalls.push) recipient.recalls = own;
      recipient.partner = own;
    }
    for (const auto& [name, channel] : partner.channels) recipient.channels[name] = open(partner, name, channel);
  }
  if (issues.empty()) return {};
  return fail(ErrorCode::config, "partners cannot be called so", std::move(issues));
}

void PartnerConnections::close_unused() {
  // Nobody but us holds it, so nobody else can come to: whoever does got it from terms that are in use.
  std::erase_if(open_, [](const Open& open) { return open.connection.use_count() == 1; });
}

void PartnerConnections::close() {
  for (const auto& open : open_) open.connection->close();
}

}  // namespace ketenpoort
