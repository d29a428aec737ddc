#include "gateway/exchange/record_changes.hpp"

#include "gateway/policy/facts.hpp"

namespace ketenpoort::exchange {
namespace {

using formats::JsonView;

bool has_ended(JsonView record, Date day) {
  if (!record) return false;
  const auto facts = policy::read_facts(record);
  return facts && facts->stay_ended(day);
}

bool differs(JsonView earlier, JsonView later, std::string_view number) {
  const auto identifiers = [&](JsonView record) {
    return record.find("resident").find("identifiers").find(number).as_string();
  };
  const auto before = identifiers(earlier);
  const auto after = identifiers(later);
  return before && after && *before != *after;
}

}  // namespace

RecordChanges compare_records(JsonView earlier, Date then, JsonView later, Date today) {
  RecordChanges changes;
  changes.stay_ended = has_ended(later, today) && !has_ended(earlier, then);
  if (differs(earlier, later, "ssin") || differs(earlier, later, "fedasilNumber"))
    changes.numbers.insert(Category::identity_core);
  if (differs(earlier, later, "immigrationOfficeNumber")) changes.numbers.insert(Category::identity_more);
  return changes;
}

}  // namespace ketenpoort::exchange
