#include "gateway/exchange/facilities/recent_records.hpp"

#include "gateway/exchange/facilities/identity.hpp"

namespace ketenpoort::exchange {

OpenRecordPtr open_record(const Vault& vault, std::string text, formats::JsonDocument document) {
  auto facts = policy::read_facts(document.root());
  auto numbers = read_identifiers(vault, document.root().find("resident").find("identifiers")).matching;
  return std::make_shared<const OpenRecord>(
      OpenRecord{std::move(text), std::move(document), std::move(facts), std::move(numbers)});
}

}  // namespace ketenpoort::exchange
