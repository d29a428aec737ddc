#include "gateway/cli/channel_check.hpp"

#include "adapters/magda/soap_signature.hpp"
#include "adapters/oauth/assertion_key.hpp"
#include "adapters/partner_adapter.hpp"
#include "gateway/base/files.hpp"

namespace ketenpoort::cli {
namespace {

Status check_signing(const config::MagdaSettings& magda) {
  const auto certificate = read_file(magda.certificate);
  if (!certificate) return fail(certificate.error());
  const auto key = read_file(magda.key);
  if (!key) return fail(key.error());
  const auto signer = adapters::magda::SoapSigner::open(*certificate, *key);
  if (!signer)
    return fail(ErrorCode::config,
                magda.certificate.string() + ", " + magda.key.string() + ": " + signer.error().message);
  return {};
}

Status check_channel(const config::Channel& channel) {
  if (channel.magda) return check_signing(*channel.magda);
  if (const auto adapter = adapters::make_adapter(channel.adapter, channel.rest); !adapter)
    return fail(adapter.error());
  if (!channel.authorization) return {};
  const auto& authorization = *channel.authorization;
  const auto pem = read_file(authorization.key);
  if (!pem) return fail(pem.error());
  const auto key = adapters::AssertionKey::from_pem(*pem, authorization.algorithm, authorization.key_id);
  if (!key) return fail(ErrorCode::config, authorization.key.string() + ": " + key.error().message);
  return {};
}

}  // namespace

std::vector<Issue> find_bad_channels(const config::Configuration& configuration) {
  std::vector<Issue> issues;
  const auto check = [&](const std::string& where, const config::Channel& channel) {
    if (const auto checked = check_channel(channel); !checked)
      issues.push_back({ErrorCode::config, where, checked.error().message});
  };
  for (const auto& partner : configuration.partners) {
    if (partner.has_address()) check("partner " + partner.id, partner.channel);
    for (const auto& [name, channel] : partner.channels) check("partner " + partner.id + ", channel " + name, channel);
  }
  return issues;
}

}  // namespace ketenpoort::cli
