// The message of the mapping as MAGDA wants it asked: with the context of whoever sends it.
#pragma once

#include <string>
#include <string_view>

#include "adapters/magda/magda_adapter.hpp"
#include "gateway/base/result.hpp"

namespace ketenpoort::adapters::magda {

// The text of one element, the same for the same payload. Kept of the payload's own Context: Naam, Versie, Type,
// Tijdstip. ErrorCode::malformed when it is no RegistreerToeleiding whose Vraag carries `referte`.
Result<std::string> make_question(std::string_view payload, const MagdaParties& parties, std::string_view referte);

}  // namespace ketenpoort::adapters::magda
