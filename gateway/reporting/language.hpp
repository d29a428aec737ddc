// The languages the gateway speaks to people: Dutch, French, German and English.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace ketenpoort::reporting {

enum class Language : unsigned char { nl, fr, de, en };
constexpr std::size_t language_count = 4;

// The same in each of them.
using Words = std::array<std::string_view, language_count>;

constexpr std::string_view to_text(Language language) {
  return Words{"nl", "fr", "de", "en"}[static_cast<std::size_t>(language)];
}
constexpr std::string_view in(const Words& words, Language language) {
  return words[static_cast<std::size_t>(language)];
}

// Of "nl", "nld", "nl-BE"; nothing for a language that is not one of the four.
std::optional<Language> parse_language(std::string_view tag);

// A language tag as RFC 5646 spells them, whether or not we speak it.
bool is_language_tag(std::string_view text);

// The one asked for, or the best of Accept-Language (RFC 9110 section 12.5.4), or English: of the four it is the one
// that most people who speak none of the others read.
Language choose_language(std::string_view wanted, std::string_view accept_language);

}  // namespace ketenpoort::reporting
