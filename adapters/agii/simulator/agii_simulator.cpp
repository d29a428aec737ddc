// AgII as a receiver of civic-integration files, and of referrals through MAGDA.
#include <fmt/format.h>

#include <array>

#include "adapters/agii/simulator/dossier_reader.hpp"
#include "adapters/agii/simulator/dossier_schema.hpp"
#include "adapters/simulator/own_schema.hpp"
#include "adapters/simulator/partner_profile.hpp"
#include "gateway/domain/ssin.hpp"

namespace ketenpoort::simulator {
namespace {

const OwnSchema& compiled_schema() {
  static const OwnSchema schema(dossier_schema);
  return schema;
}

// What the schema cannot say: `texts` are those at the three places above.
std::optional<std::string> find_business_fault(std::span<const std::string_view> texts, std::string_view transfer_id) {
  const auto today = date_in_brussels(Clock{}.now());
  if (!check_ssin(texts[0], true, today).ssin)
    return "Personalia/INSZ: not a national number, the check digits do not fit";
  if (!is_kbo_number(texts[1])) return "ToeleidingPartner/Van/ExternID: not an enterprise number";
  if (texts[2] != transfer_id) return "ToeleidingPartner/ExterneID: not the transfer that the Idempotency-Key names";
  return std::nullopt;
}

// libxml2 reads what the quick reader does not take, and says what is wrong with it.
std::optional<std::string> find_fault(std::string_view body, std::string_view transfer_id) {
  if (const auto texts = dossier_reader().read(body)) return find_business_fault(*texts, transfer_id);
  const auto document = read_document(body);
  if (!document) return "the body is not XML";
  if (document->intSubset != nullptr) return "the body has a document type, which is not taken";
  if (auto fault = compiled_schema().find_fault(document.get())) return fault;
  const auto* root = xmlDocGetRootElement(document.get());
  const std::array texts{text_at(root, insz_at), text_at(root, sender_at), text_at(root, transfer_at)};
  return find_business_fault(std::array<std::string_view, 3>{texts[0], texts[1], texts[2]}, transfer_id);
}

std::string receipt(std::string_view reference) {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<kp:Ontvangstbevestiging "
      "xmlns:kp=\"urn:ketenpoort:kbi-push:1\"><Ontvangstnummer>{}</Ontvangstnummer></kp:Ontvangstbevestiging>",
      reference);
}

std::string refusal(std::string_view reason) {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<kp:Weigering xmlns:kp=\"urn:ketenpoort:kbi-push:1\"><Reden>{}</Reden></kp:Weigering>",
      escape(reason));
}

}  // namespace

const PartnerProfile& agii() {
  static constexpr PartnerProfile partner = {.name = "agii",
                                             .path = "/kbi/dossiers",
                                             .content_type = "application/xml",
                                             .uuid_header = {},
                                             .find_fault = find_fault,
                                             .answer_type = "application/xml",
                                             .receipt = receipt,
                                             .refusal = refusal,
                                             .magda_type = "KBI"};
  return partner;
}

}  // namespace ketenpoort::simulator
