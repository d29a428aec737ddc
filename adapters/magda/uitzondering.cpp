#include "adapters/magda/uitzondering.hpp"

#include <algorithm>
#include <array>

#include "gateway/base/ascii.hpp"

namespace ketenpoort::adapters::magda {
namespace {

using enum Treatment;

constexpr std::size_t longest_code_told = 5;  // all that are published have five digits

// The pages of the MAGDA users' wiki (vlaamseoverheid.atlassian.net/wiki/spaces/MG) that list them. That of
// RegistreerToeleiding itself is not public: services share these codes, and a code means the same everywhere.
constexpr std::string_view jobseeker = "GeefNietWerkendWerkzoekende-02.00";
constexpr std::string_view registration = "RegistreerInschrijving-02.01";
constexpr std::string_view family = "GeefHistoriekGezinssamenstelling-02.02";
constexpr std::string_view pension = "page 1208811526, of the pension register";
constexpr std::string_view transactions = "GeefTransacties-03.00";
constexpr std::string_view vehicle = "GeefVoertuig-02.00";

// What a source or MAGDA itself cannot do just now comes again; what is wrong with the question, the person's number or
// our authorisation does not go away by asking again.
constexpr std::array known = {
    KnownUitzondering{"99996", retry, "the source is not available for the moment, or asked too much at once",
                      jobseeker},
    KnownUitzondering{"60007", retry, "MAGDA cannot read the source's answer", jobseeker},
    KnownUitzondering{"60009", retry, "an internal or technical fault at MAGDA's", registration},
    KnownUitzondering{"40088", retry, "an internal fault while MAGDA registered", registration},
    KnownUitzondering{"16010", retry, "the source's answer has another form than MAGDA expects", transactions},

    KnownUitzondering{"20002", reject, "the national number is not well-formed", jobseeker},
    KnownUitzondering{"20003", reject, "a date or period is not valid", jobseeker},
    KnownUitzondering{"20004", reject, "a period is not valid", jobseeker},
    KnownUitzondering{"20005", reject, "Identificatie or Hoedanigheid differ from those of the Context", registration},
    KnownUitzondering{"20006", reject, "a date lies in the future", jobseeker},
    KnownUitzondering{"20007", reject, "an enterprise number is not well-formed", registration},
    KnownUitzondering{"25001", reject, "the language is not offered", transactions},
    KnownUitzondering{"30001", reject, "nothing is known for this question", jobseeker},
    KnownUitzondering{"30002", reject, "the national number was cancelled", pension},
    KnownUitzondering{"30003", reject, "the national number does not exist", pension},
    KnownUitzondering{"30004", reject, "the person has another national number by now", pension},
    KnownUitzondering{"40001", reject, "no valid legal context was given", family},
    KnownUitzondering{"40003", reject, "we have no dossier of this person registered (Repertorium)", family},
    KnownUitzondering{"40005", reject, "access is refused", vehicle},
    KnownUitzondering{"40006", reject, "a fault of authorisation", family},
    KnownUitzondering{"40035", reject, "more than one subject in a question", registration},
    KnownUitzondering{"50000", reject, "the question is not valid", registration},
    KnownUitzondering{"70002", reject, "the Crossroads Bank refuses", registration},
    KnownUitzondering{"99982", reject, "a code in the question is unknown", vehicle},
    KnownUitzondering{"99983", reject, "the source answers with a code that MAGDA does not know", vehicle},
    KnownUitzondering{"99986", reject, "the source answers with a fault that MAGDA does not know", jobseeker},
};

bool may_be_told(std::string_view code) {
  return !code.empty() && code.size() <= longest_code_told && std::ranges::all_of(code, is_digit);
}

}  // namespace

std::span<const KnownUitzondering> known_uitzonderingen() {
  return known;
}

// Why an unknown FOUT is rejected: MAGDA says with it that the request could not be granted, and most of its codes are
// about content and rights. To send it again would carry the same personal data to the same refusal; a person who looks
// can start it anew (docs/operations.md).
Treatment treat(const Uitzondering& uitzondering) {
  if (uitzondering.gravity != Gravity::fault) return note;
  const auto* const entry = std::ranges::find(known, uitzondering.code, &KnownUitzondering::code);
  return entry == known.end() ? reject : entry->treatment;
}

Treatment treat(const std::vector<Uitzondering>& all) {
  auto worst = note;
  for (const auto& one : all) {
    const auto treatment = treat(one);
    if (treatment == reject) return reject;
    if (treatment == retry) worst = retry;
  }
  return worst;
}

unsigned number_of(const Uitzondering& uitzondering) {
  unsigned number = 0;
  if (may_be_told(uitzondering.code))
    for (const char digit : uitzondering.code) number = number * 10 + static_cast<unsigned>(digit - '0');
  return number;
}

std::string class_of(const Uitzondering& uitzondering) {
  const auto& code = uitzondering.code;
  const auto& origin = uitzondering.origin;
  const bool tells_code = may_be_told(code);
  const bool tells_origin = !origin.empty() && std::ranges::none_of(origin, is_digit);
  return "magda-" + (tells_code ? code : "unknown") + "." + (tells_origin ? origin : "other");
}

}  // namespace ketenpoort::adapters::magda
