#include <fmt/format.h>

#include <array>

#include "adapters/agii/agii_adapter.hpp"
#include "adapters/municipality/municipality_adapter.hpp"
#include "adapters/partner_adapter.hpp"
#include "adapters/vdab/vdab_adapter.hpp"

namespace ketenpoort::adapters {
namespace {

struct Entry {
  std::string_view name;
  std::unique_ptr<PartnerAdapter> (*make)();
};
constexpr std::array entries = {
    Entry{"vdab", [] { return std::unique_ptr<PartnerAdapter>(std::make_unique<VdabAdapter>()); }},
    Entry{"agii", [] { return std::unique_ptr<PartnerAdapter>(std::make_unique<AgiiAdapter>()); }},
    Entry{"municipality", [] { return std::unique_ptr<PartnerAdapter>(std::make_unique<MunicipalityAdapter>()); }},
};

}  // namespace

Result<std::unique_ptr<PartnerAdapter>> make_adapter(std::string_view name) {
  for (const auto& entry : entries)
    if (entry.name == name) return entry.make();
  return fail(ErrorCode::config,
              fmt::format("no adapter is called \"{}\": use {}", name, fmt::join(adapter_names(), ", ")));
}

std::vector<std::string_view> adapter_names() {
  std::vector<std::string_view> names;
  for (const auto& entry : entries) names.push_back(entry.name);
  return names;
}

}  // namespace ketenpoort::adapters
