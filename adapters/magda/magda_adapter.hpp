// MAGDA: RegistreerToeleiding 01.00 over SOAP 1.1 with WS-Security (adapters/magda/README.md says what of this is known
// and what is assumed).
#pragma once

#include <string>

#include "adapters/magda/soap_signature.hpp"
#include "adapters/partner_adapter.hpp"

namespace ketenpoort::adapters {

// Who we are to MAGDA, and who is to take the question: agreed with Digitaal Vlaanderen.
struct MagdaParties {
  std::string sender;        // Afzender/Identificatie: a URI of the application, up to 120 characters
  std::string hoedanigheid;  // Afzender/Hoedanigheid: the capacity the authorisation was given for, up to 24
  std::string receiver;      // Ontvanger/Identificatie; empty: no Ontvanger
};

class MagdaAdapter final : public PartnerAdapter {
 public:
  MagdaAdapter(MagdaParties parties, magda::SoapSigner signer)
      : parties_(std::move(parties)), signer_(std::move(signer)) {}

  // Throws std::invalid_argument when the payload is no RegistreerToeleiding: make_call says so instead.
  [[nodiscard]] Call to_call(const Delivery& delivery) const override;
  [[nodiscard]] Result<Call> make_call(const Delivery& delivery) const override;
  [[nodiscard]] bool writes_slowly() const override { return true; }

  // An answer means nothing without the question it answers: use judge_reply.
  [[nodiscard]] Verdict judge(const Answer& answer) const override;
  [[nodiscard]] Verdict judge_reply(const Delivery& delivery, const Answer& answer) const override;

 private:
  MagdaParties parties_;
  magda::SoapSigner signer_;
};

}  // namespace ketenpoort::adapters
