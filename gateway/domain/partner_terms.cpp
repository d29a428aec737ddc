#include "gateway/domain/partner_terms.hpp"

#include <algorithm>
#include <string>

#include "gateway/base/ascii.hpp"
#include "gateway/base/time.hpp"
#include "gateway/base/uuid.hpp"
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
  if (parse_uuid(text)) return true;  // whatever its digits happen to look like
  constexpr Date late{std::chrono::year{2099}, std::chrono::December, std::chrono::day{31}};
  std::string written(text);
  std::ranges::replace_if(
      written, [](char c) { return c == '_' || c == ':'; }, '-');
  return !holds_ssin(written, late);
}

}  // namespace ketenpoort
