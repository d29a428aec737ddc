#include "gateway/exchange/renewed_record.hpp"

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

}  // namespace ketenpoort::exchange
