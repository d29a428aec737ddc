#include "gateway/domain/partner_terms.hpp"

#include <algorithm>
#include <iterator>
#include <string>

#include "gateway/base/ascii.hpp"
#include "gateway/base/time.hpp"
#include "gateway/domain/ssin.hpp"

namespace ketenpoort {
namespace {

constexpr std::size_t longest_reference = 64;

bool is_reference_character(char c) {
  return is_digit(c) || is_letter(c) || c == '.' || c == '_' || c == ':' || c == '-';
}

}  // namespace

bool is_partner_reference(std::string_view text) {
  if (text.empty() || text.size() > longest_reference || !std::ranges::all_of(text, is_reference_character))
    return false;
  if (std::ranges::any_of(text, is_letter)) return true;
  std::string digits;
  std::ranges::copy_if(text, std::back_inserter(digits), is_digit);
  // The day only decides which century a number may be of: a late one accepts, that is recognises, most.
  constexpr Date late{std::chrono::year{2099}, std::chrono::December, std::chrono::day{31}};
  return !check_ssin(digits, true, late).ssin;
}

}  // namespace ketenpoort
