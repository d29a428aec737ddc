// The closed lists of breach.recorded, for who writes one and who reads one.
#pragma once

#include <array>
#include <string_view>

namespace ketenpoort::ledger {

inline constexpr std::array<std::string_view, 3> breach_natures = {"confidentiality", "integrity", "availability"};
inline constexpr std::array<std::string_view, 3> breach_risks = {"none", "risk", "high"};

}  // namespace ketenpoort::ledger
