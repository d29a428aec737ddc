#include "gateway/cli/demo/demo_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace ketenpoort::cli {
namespace {

using Word = std::pair<std::string_view, std::string_view>;

constexpr std::array partners = {Word{"vdab", "VDAB"}, Word{"agii", "AgII"}, Word{"municipality", "the municipality"}};
constexpr std::array messages = {Word{"vdab-referral", "referral"}, Word{"vdab-profile", "jobseeker profile"},
                                 Word{"agii-referral", "referral"}, Word{"agii-dossier", "civic-integration file"},
                                 Word{"municipality-profile", "client profile"}};
constexpr std::array purposes = {Word{"work-guidance", "guidance to work"}, Word{"language-course", "a Dutch course"},
                                 Word{"civic-integration", "civic integration"},
                                 Word{"warm-handover", "a warm handover"}};
constexpr std::array months = {"January", "February", "March",     "April",   "May",      "June",
                               "July",    "August",   "September", "October", "November", "December"};

// {lodged}, {until}, {asOf}, {birth}, {status}, {track}, {profile} and {partner} are filled in.
constexpr std::array reasons = {
    Word{"no-agreement", "no agreement with {partner} covers this centre and purpose"},
    Word{"agreement-not-in-force", "the agreement with {partner} is not in force today"},
    Word{"purpose-not-covered", "the agreement with {partner} does not cover this purpose"},
    Word{"category-not-covered", "the resident's consent leaves out data that this purpose cannot do without"},
    Word{"centre-not-covered", "the agreement with {partner} does not cover this reception centre"},
    Word{"wrong-region", "{partner} is not competent for the region of this centre"},
    Word{"no-consent", "the resident has not been asked yet"},
    Word{"consent-withdrawn", "the resident withdrew the consent"},
    Word{"consent-expired", "the resident's consent has run out"},
    Word{"consent-refused", "the resident was asked and said no"},
    Word{"too-early", "the application was lodged on {lodged}; the law opens the labour market on {until}"},
    Word{"document-missing", "no document that gives access is valid today"},
    Word{"card-not-renewed",
         "the waiting time since {lodged} is over, but the residence card valid today still says "
         "\"labour market: no\""},
    Word{"procedure-stale", "the centre last checked the procedure on {asOf}; facts that old are not acted on"},
    Word{"not-in-target-group",
         "the law does not open this service to this resident (profile {profile}, procedure "
         "{status}, track {track})"},
    Word{"identifier-missing", "this message needs a national number (SSIN), and the resident has none yet"},
    Word{"identity-conflict", "two people claim the same number; a person must decide"},
    Word{"minor", "the resident, born on {birth}, is under 18, and this purpose is not for minors"},
    Word{"representative-missing", "the resident is a minor and no representative is known"},
    Word{"representative-lapsed", "the representative's appointment has ended"},
    Word{"stay-ended", "the resident has left the centre"},
    Word{"partner-rejected", "{partner} rejected the message"},
};

constexpr std::array releases = {
    Word{"no-consent", "It goes out by itself once the resident says yes."},
    Word{"too-early", "It goes out by itself on that day, after a fresh check of facts and consent."},
    Word{"document-missing", "A newer record with a valid document moves it on."},
    Word{"card-not-renewed", "A newer record with the renewed card moves it on."},
    Word{"procedure-stale", "A newer record with fresh facts moves it on."},
    Word{"identifier-missing", "A newer record with the number moves it on."},
    Word{"identity-conflict", "A person must decide who is meant."},
    Word{"representative-missing", "A newer record that names the representative moves it on."},
};

template <std::size_t n>
std::string_view find_word(const std::array<Word, n>& words, std::string_view code) {
  const auto* it = std::ranges::find(words, code, &Word::first);
  return it == words.end() ? std::string_view{} : it->second;
}

std::string blanks_for_dashes(std::string_view code) {
  std::string text(code);
  std::ranges::replace(text, '-', ' ');
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::string in_words(std::string_view code) {  // "CGRS_PENDING" -> "CGRS pending"
  auto text = blanks_for_dashes(code);
  const auto start = text.starts_with("CGRS") ? std::size_t{4} : std::size_t{0};
  for (auto i = start; i < text.size(); ++i)
    if (text[i] >= 'A' && text[i] <= 'Z') text[i] = static_cast<char>(text[i] - 'A' + 'a');
  return text.empty() ? "unknown" : text;
}

}  // namespace

std::string partner_name(std::string_view recipient) {
  const auto name = find_word(partners, recipient);
  return std::string(name.empty() ? recipient : name);
}

std::string message_name(std::string_view message) {
  const auto name = find_word(messages, message);
  return std::string(name.empty() ? message : name);
}

std::string purpose_name(std::string_view purpose) {
  const auto name = find_word(purposes, purpose);
  return name.empty() ? blanks_for_dashes(purpose) : std::string(name);
}

std::string spell(Date date) {
  return fmt::format("{} {} {}", static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()));
}

std::string spell_iso(std::string_view iso) {
  const auto date = parse_date(iso);
  return date ? spell(*date) : std::string(iso);
}

std::string count_of(std::size_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

std::string join(const std::vector<std::string>& texts) {
  std::string out;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out += i + 1 == texts.size() ? " and " : ", ";
    out += texts[i];
  }
  return out;
}

Colour state_colour(std::string_view state) {
  if (state == "delivered" || state == "acknowledged") return Colour::green;
  if (state == "held") return Colour::yellow;
  if (state == "refused" || state == "abandoned") return Colour::red;
  if (state == "cancelled") return Colour::magenta;
  return Colour::cyan;
}

std::string explain_reason(std::string_view reason, const DemoTransfer& transfer, const DemoResident& resident) {
  const auto words = find_word(reasons, reason);
  if (words.empty()) return blanks_for_dashes(reason);
  const auto birth = resident.document.root().find("resident").find("birth").find("date").as_string().value_or("");
  return fmt::format(fmt::runtime(words), fmt::arg("lodged", spell_iso(resident.text("procedure", "lodgedOn"))),
                     fmt::arg("until", transfer.held_until ? spell(*transfer.held_until) : "a day not known yet"),
                     fmt::arg("asOf", spell_iso(resident.text("procedure", "asOf"))),
                     fmt::arg("birth", spell_iso(birth)),
                     fmt::arg("profile", in_words(resident.text("procedure", "profile"))),
                     fmt::arg("status", in_words(resident.text("procedure", "status"))),
                     fmt::arg("track", in_words(resident.text("procedure", "track"))),
                     fmt::arg("partner", partner_name(transfer.recipient)));
}

std::string explain_release(const DemoTransfer& transfer) {
  return transfer.reasons.empty() ? std::string() : std::string(find_word(releases, transfer.reasons.front()));
}

}  // namespace ketenpoort::cli
