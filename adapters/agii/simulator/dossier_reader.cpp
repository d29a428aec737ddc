#include "adapters/agii/simulator/dossier_reader.hpp"

#include <algorithm>

#include "adapters/agii/simulator/dossier_schema.hpp"
#include "gateway/formats/pattern.hpp"

namespace ketenpoort::simulator {
namespace {

// As the schema's EmailType and PostCodeType, whose expressions have signs that formats::XsdText leaves to libxml2.
bool is_surely_email(std::string_view text) {
  static const auto pattern = formats::Pattern::compile(R"(.+@.+\..+)", true);
  constexpr std::size_t longest = 120;  // characters; no more of them than bytes
  return pattern && text.size() <= longest && pattern->matches(text);
}

bool is_surely_post_code(std::string_view text) {
  constexpr std::size_t longest = 6;
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == ' ' || c == '-';
  });
}

}  // namespace

const QuickXml& dossier_reader() {
  static const QuickXml reader(
      dossier_schema, "KBIDossier", {insz_at, sender_at, transfer_at},
      {{"email", is_surely_email}, {"PostCode", is_surely_post_code}, {"PostkantonCode", is_surely_post_code}});
  return reader;
}

}  // namespace ketenpoort::simulator
