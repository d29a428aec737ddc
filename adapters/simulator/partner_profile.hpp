// What tells one simulated partner from another: where it takes what, how it reads it, how it answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace ketenpoort::simulator {

// The answers of the partners that speak JSON: {"reference": "..."} and problem+json's members.
std::string json_receipt(std::string_view reference);
std::string json_refusal(std::string_view reason);

struct PartnerProfile {
  std::string_view name;
  std::string_view path;
  std::string_view content_type;   // or several, with '|' between them
  std::string_view uuid_header{};  // a header beyond everyone's that must carry a UUID; empty for none

  // The first fault of a body under its transfer id, as a sentence without values of the message.
  std::optional<std::string> (*find_fault)(std::string_view body, std::string_view transfer_id);

  std::string_view answer_type = "application/json";
  std::string (*receipt)(std::string_view reference) = json_receipt;
  std::string (*refusal)(std::string_view reason) = json_refusal;

  // Takes referrals through MAGDA too, as this type of partner (Naar/TypePartner); empty: it does not.
  std::string_view magda_type{};
};

const PartnerProfile& vdab();
const PartnerProfile& agii();
const PartnerProfile& municipality();
const PartnerProfile& coa();      // a municipality that speaks GGM
const PartnerProfile& fedasil();  // takes events, not messages

// ErrorCode::not_found with the known names otherwise.
Result<const PartnerProfile*> find_profile(std::string_view name);

}  // namespace ketenpoort::simulator
