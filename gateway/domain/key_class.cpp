#include "gateway/domain/key_class.hpp"

#include <array>

namespace ketenpoort {
namespace {

// By the number of the class.
constexpr std::array<std::string_view, key_class_count> names_of = {"payload", "proof", "directory"};

}  // namespace

std::string_view to_text(KeyClass key_class) {
  return names_of[static_cast<std::size_t>(key_class)];
}

std::optional<KeyClass> parse_key_class(std::string_view text) {
  for (std::size_t i = 0; i < names_of.size(); ++i)
    if (names_of[i] == text) return static_cast<KeyClass>(i);
  return std::nullopt;
}

std::vector<std::string> KeyClassSet::names() const {
  std::vector<std::string> out;
  for (const auto one : {KeyClass::directory, KeyClass::payload, KeyClass::proof})
    if (contains(one)) out.emplace_back(to_text(one));
  return out;
}

}  // namespace ketenpoort
