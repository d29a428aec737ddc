#include "adapters/simulator/partner_profile.hpp"

#include <fmt/format.h>

#include <array>

#include "gateway/formats/json.hpp"

namespace ketenpoort::simulator {

Result<const PartnerProfile*> find_profile(std::string_view name) {
  for (const auto* profile : std::array{&vdab(), &agii(), &municipality(), &coa(), &fedasil()})
    if (profile->name == name) return profile;
  return fail(ErrorCode::not_found,
              fmt::format("no partner is called \"{}\": use vdab, agii, municipality, coa, fedasil or token", name));
}

std::string json_receipt(std::string_view reference) {
  std::string text;
  formats::JsonWriter(text).begin_object().member("reference", reference).end_object();
  return text;
}

std::string json_refusal(std::string_view reason) {
  std::string text;
  formats::JsonWriter(text)
      .begin_object()
      .member("title", "The message is refused")
      .member("detail", reason)
      .end_object();
  return text;
}

}  // namespace ketenpoort::simulator
