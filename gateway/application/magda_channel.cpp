#include "gateway/application/magda_channel.hpp"

#include <fmt/format.h>

#include <utility>

#include "adapters/magda/magda_adapter.hpp"
#include "gateway/base/files.hpp"

namespace ketenpoort {

Result<std::shared_ptr<const adapters::PartnerAdapter>> open_magda(const config::MagdaSettings& settings) {
  const auto certificate = read_file(settings.certificate);
  if (!certificate) return fail(certificate.error());
  const auto key = read_file(settings.key);
  if (!key) return fail(key.error());
  auto signer = adapters::magda::SoapSigner::open(*certificate, *key);
  if (!signer)
    return fail(signer.error().code, fmt::format("{}, {}: {}", settings.certificate.string(), settings.key.string(),
                                                 signer.error().message));
  return std::shared_ptr<const adapters::PartnerAdapter>(std::make_shared<adapters::MagdaAdapter>(
      adapters::MagdaParties{settings.sender, settings.hoedanigheid, settings.receiver}, std::move(*signer)));
}

}  // namespace ketenpoort
