#include "gateway/exchange/delivery/renewed_record.hpp"

namespace ketenpoort::exchange {

std::string renew_record(formats::JsonView newest, formats::JsonView asked) {
  std::string json;
  formats::JsonWriter writer(json);
  writer.begin_object();
  for (const auto& [key, value] : newest.members())
    if (key != "referrals") writer.member(key, value);
  if (const auto referrals = asked.find("referrals")) writer.member("referrals", referrals);
  writer.end_object();
  return json;
}

policy::Facts renew_facts(const policy::Facts& asked, policy::Facts newest) {
  // Who moved here left the other centre, not this one.
  if (newest.stay_end_reason == policy::ended_by_move && newest.centre != asked.centre) {
    newest.stay_until = asked.stay_until;
    newest.stay_end_reason = asked.stay_end_reason;
  }
  newest.centre = asked.centre;  // that a permit names
  if (newest.region.empty() && newest.centre_municipality.empty()) {
    newest.centre_municipality = asked.centre_municipality;
    newest.region = asked.region;
  }
  if (newest.languages.empty()) newest.languages = asked.languages;
  // That somebody cannot read stays true when a record comes without a screening.
  if (asked.literacy) newest.literacy = renew(*asked.literacy, newest.literacy.value_or(Literacy{}));
  return newest;
}

}  // namespace ketenpoort::exchange
