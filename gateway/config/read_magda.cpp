// A channel's `magda:`: who we are to MAGDA, and what we sign its messages with.
#include <fmt/format.h>

#include "gateway/base/utf8.hpp"
#include "gateway/config/sections.hpp"

namespace ketenpoort::config {
namespace {

constexpr std::size_t longest_identification = 120;  // ApplicatieIdentificatieType
constexpr std::size_t longest_short_name = 24;       // NaamKortType

std::string read_name(Section& magda, std::string_view key, std::size_t longest) {
  auto name = magda.text(key);
  if (count_characters(name) > longest)
    magda.complain(key, fmt::format("`{}` may have {} characters: MAGDA takes no more", key, longest));
  return name;
}

}  // namespace

void read_magda(Section& section, Channel& channel) {
  constexpr std::string_view adapter = "magda";
  auto magda = section.section("magda", channel.adapter == adapter ? Need::required : Need::optional);
  if (!magda) return;
  if (channel.adapter != adapter) magda->complain("`magda` belongs to adapter magda: state both or neither");
  MagdaSettings settings;
  settings.sender = read_name(*magda, "sender", longest_identification);
  settings.hoedanigheid = read_name(*magda, "hoedanigheid", longest_short_name);
  settings.receiver = read_name(*magda, "receiver", longest_identification);
  settings.certificate = channel.certificate;
  settings.key = channel.key;
  if (auto signing = magda->section("signing")) {
    settings.certificate = signing->existing_file("certificate");
    settings.key = signing->existing_file("key");
  }
  channel.magda = std::move(settings);
}

}  // namespace ketenpoort::config
