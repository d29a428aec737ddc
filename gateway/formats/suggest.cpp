#include "gateway/formats/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/ascii.hpp"

namespace ketenpoort::formats {
namespace {

constexpr std::size_t longest = 100;  // longer names are compared by their beginning: the work stays bounded

// Edit distance with swaps of neighbours (optimal string alignment); letters of different case differ by nothing here.
std::size_t distance(std::string_view a, std::string_view b) {
  a = a.substr(0, longest);
  b = b.substr(0, longest);
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = to_lower(a[i - 1]) == to_lower(b[j - 1]);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
      if (i > 1 && j > 1 && to_lower(a[i - 1]) == to_lower(b[j - 2]) && to_lower(a[i - 2]) == to_lower(b[j - 1]))
        now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(now);
  }
  return last[b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view given, const std::vector<std::string_view>& names) {
  std::string_view nearest;
  // Of what is compared: a text that is long enough would be near to anything.
  std::size_t least = std::max<std::size_t>(1, std::min(given.size(), longest) / 3) + 1;
  for (const auto name : names) {
    const auto d = distance(given, name);
    if (d >= least) continue;
    least = d;
    nearest = name;
  }
  return nearest.empty() ? std::string{} : fmt::format(" (did you mean {}?)", nearest);
}

std::string name_to_tell(std::string_view given) {
  constexpr std::size_t longest_told = 40;
  constexpr std::ptrdiff_t most_digits = 4;  // "address2", "iso639", a year: too few to be anybody's number
  const auto in_names = [](char c) {
    return is_letter_or_digit(c) || std::string_view("_-.:@$").find(c) != std::string_view::npos;
  };
  const bool harmless = !given.empty() && given.size() <= longest_told && std::ranges::all_of(given, in_names) &&
                        std::ranges::count_if(given, is_digit) <= most_digits;
  return harmless ? std::string(given) : "?";
}

}  // namespace ketenpoort::formats
