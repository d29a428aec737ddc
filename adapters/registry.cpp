#include <fmt/format.h>

#include <array>

#include "adapters/partner_adapter.hpp"
#include "adapters/rest_adapter.hpp"

namespace ketenpoort::adapters {
namespace {

using Reference = RestSettings::Reference;

// VDAB's Klantvolgsysteem asks for a random UUID to follow a request by. Its x-insz header stays unused: a national
// number never stands in a header.
RestSettings vdab() {
  return {.path = "/klantvolgsysteem/profielen",
          .reference = Reference::json,
          .reference_at = "reference",
          .trace_header = "x-correlation-id",
          .headers = {}};
}

RestSettings agii() {
  return {.path = "/kbi/dossiers",
          .accept = "application/xml",
          .reference = Reference::xml,
          .reference_at = "Ontvangstbevestiging/Ontvangstnummer",
          .trace_header = {},
          .headers = {}};
}

RestSettings municipality() {
  return {.path = "/klantprofielen",
          .reference = Reference::json,
          .reference_at = "reference",
          .trace_header = {},
          .headers = {}};
}

struct Entry {
  std::string_view name;
  std::unique_ptr<PartnerAdapter> (*make)();
};
template <RestSettings (*settings)()>
std::unique_ptr<PartnerAdapter> rest_push() {
  return std::make_unique<RestAdapter>(settings());
}
constexpr std::array entries = {
    Entry{"vdab", rest_push<vdab>},
    Entry{"agii", rest_push<agii>},
    Entry{"municipality", rest_push<municipality>},
};

}  // namespace

Result<std::unique_ptr<PartnerAdapter>> make_adapter(std::string_view name, const std::optional<RestSettings>& rest) {
  if (name == "rest" && rest) return std::make_unique<RestAdapter>(*rest);
  for (const auto& entry : entries)
    if (entry.name == name) return entry.make();
  if (name == "rest") return fail(ErrorCode::config, "adapter rest needs its settings: the path, at least");
  return fail(ErrorCode::config,
              fmt::format("no adapter is called \"{}\": use {}", name, fmt::join(adapter_names(), ", ")));
}

std::vector<std::string_view> adapter_names() {
  std::vector<std::string_view> names;
  for (const auto& entry : entries) names.push_back(entry.name);
  names.emplace_back("rest");
  return names;
}

}  // namespace ketenpoort::adapters
