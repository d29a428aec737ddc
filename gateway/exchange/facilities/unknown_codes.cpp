#include "gateway/exchange/facilities/unknown_codes.hpp"

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/mapping/plan/plan.hpp"
#include "gateway/mapping/steps/code_list.hpp"

namespace ketenpoort::exchange {
namespace {

constexpr std::size_t longest_code = 20;
constexpr std::ptrdiff_t most_digits = 5;
constexpr int remembered_days = 7;

const mapping::CodeList* find_list(const mapping::Library& library, std::string_view name) {
  for (const auto& mapping : library.mappings()) {
    const auto& lists = mapping->plan().code_lists;
    if (const auto found = lists.find(name); found != lists.end()) return found->second.get();
  }
  return nullptr;
}

}  // namespace

bool looks_like_code(std::string_view text) {
  const auto fits = [](char c) { return is_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.'; };
  return !text.empty() && text.size() <= longest_code && std::ranges::all_of(text, fits) &&
         std::ranges::count_if(text, is_digit) <= most_digits;
}

std::vector<std::string> known_codes(const mapping::Library& library, std::string_view list, Date on) {
  std::vector<std::string> out;
  const auto* found = find_list(library, list);
  if (found == nullptr) return out;
  for (const auto& entry : found->entries())
    if ((!entry.from || *entry.from <= on) && (!entry.to || on <= *entry.to)) out.push_back(entry.source);
  return out;
}

void UnknownCodes::note(const std::string& recipient, const UnknownCode& code, Timestamp now) {
  const std::lock_guard lock(mutex_);
  ++items_;
  const Key key{code.list, code.code, recipient};
  auto at = seen_.find(key);
  if (at == seen_.end()) {
    if (seen_.size() >= most) return;
    at = seen_.emplace(key, Seen{recipient, code, 0, now, now}).first;
  }
  ++at->second.items;
  at->second.last = now;
}

std::vector<UnknownCodes::Seen> UnknownCodes::lacking(const mapping::Library& library, Date on) {
  const std::lock_guard lock(mutex_);
  std::erase_if(seen_, [&](const auto& one) {
    const auto& code = one.second.code;
    // What does not look like a code, or was a slip, nobody can add to a list.
    if (date_in_brussels(one.second.last) < add_days(on, -remembered_days)) return true;
    const auto* list = find_list(library, code.list);
    return list == nullptr || list->find(code.code, on) != nullptr;
  });
  std::vector<Seen> out;
  for (const auto& [key, seen] : seen_) out.push_back(seen);
  return out;
}

std::uint64_t UnknownCodes::items() const {
  const std::lock_guard lock(mutex_);
  return items_;
}

}  // namespace ketenpoort::exchange
