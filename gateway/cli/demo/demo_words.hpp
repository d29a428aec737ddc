// The demo's plain English: what states, reasons, partners and dates are called for people who do not know the codes.
#pragma once

#include <string>
#include <string_view>

#include "gateway/base/time.hpp"
#include "gateway/cli/demo/demo_story.hpp"
#include "gateway/cli/terminal.hpp"

namespace ketenpoort::cli {

std::string partner_name(std::string_view recipient);             // "VDAB"; the id itself when it has no name
std::string message_name(std::string_view message);               // "jobseeker profile"
std::string purpose_name(std::string_view purpose);               // "guidance to work"
std::string spell(Date date);                                     // "10 January 2027"
std::string spell_iso(std::string_view iso);                      // the same of "2027-01-10"; any other text as it is
std::string count_of(std::size_t number, std::string_view noun);  // "1 transfer", "3 transfers"
std::string join(const std::vector<std::string>& texts);          // "a, b and c"

Colour state_colour(std::string_view state);

// Why a transfer stands where it stands, in words with the dates and facts of the record that was sent.
std::string explain_reason(std::string_view reason, const DemoTransfer& transfer, const DemoResident& resident);
// What would move a held transfer on; empty when nothing is known.
std::string explain_release(const DemoTransfer& transfer);

}  // namespace ketenpoort::cli
