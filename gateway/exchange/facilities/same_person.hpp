// One person who is several subjects in the log, by what was decided about numbers (POST /subjects/{ref}/link).
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {

// The subject first, then whoever is one person with it: what protects the one protects all.
inline std::vector<SubjectRef> person_of(const ledger::History& history, const SubjectRef& subject) {
  auto all = history.same_person(subject);
  std::stable_partition(all.begin(), all.end(), [&](const SubjectRef& one) { return one == subject; });
  return all;
}

// And whoever a number passed to or from by a decision, and kept another: they may be one person, which nobody has
// said. What holds for one of them is held for all, until an officer lifts it for who is somebody else.
inline std::vector<SubjectRef> protected_together(const ledger::History& history, const SubjectRef& subject) {
  auto all = person_of(history, subject);
  const auto add = [&](const SubjectRef& one) {
    if (std::ranges::find(all, one) == all.end()) all.push_back(one);
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const auto& other : history.numbers_passed_between(all[i])) add(other);
    for (const auto& one : history.same_person(all[i])) add(one);
  }
  return all;
}

// Without those that were erased.
inline std::vector<SubjectRef> kept_same_person(const ledger::History& history, const SubjectRef& subject) {
  auto all = person_of(history, subject);
  std::erase_if(all, [&](const SubjectRef& one) { return history.is_erased(one); });
  return all;
}

// And without the subject.
inline std::vector<SubjectRef> kept_others(const ledger::History& history, const SubjectRef& subject) {
  auto all = kept_same_person(history, subject);
  std::erase(all, subject);
  return all;
}

inline std::optional<ledger::History::RecordInfo> newest_record_of_person(const ledger::History& history,
                                                                          const SubjectRef& subject) {
  std::optional<ledger::History::RecordInfo> newest;
  for (const auto& one : kept_same_person(history, subject)) {
    const auto record = history.latest_record(one);
    if (record && (!newest || record->seq > newest->seq)) newest = record;
  }
  return newest;
}

inline bool somebody_has_data_of_person(const ledger::History& history, const SubjectRef& subject) {
  return std::ranges::any_of(kept_same_person(history, subject),
                             [&](const SubjectRef& one) { return !history.holdings(one).empty(); });
}

}  // namespace ketenpoort::exchange
