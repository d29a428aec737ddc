// The simulators' quick readers: what they take, the readers that they spare take too.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/agii/simulator/dossier_reader.hpp"
#include "adapters/agii/simulator/dossier_schema.hpp"
#include "adapters/simulator/own_schema.hpp"
#include "adapters/simulator/quick_graph.hpp"

namespace {

using namespace ketenpoort::simulator;

constexpr std::string_view transfer = "0f1e2d3c-4b5a-4697-8877-665544332211";

void compare_graph(std::string_view text, const QuickGraph& quick, const GraphRules& rules) {
  if (quick.is_surely_right(text, transfer) && find_graph_fault(text, transfer, rules)) std::abort();
}

void compare_dossier(std::string_view text) {
  static const OwnSchema schema(dossier_schema);
  const auto quick = dossier_reader().read(text);
  if (!quick) return;
  const auto document = read_document(text);
  if (!document || document->intSubset != nullptr || schema.find_fault(document.get())) std::abort();
  const auto* root = xmlDocGetRootElement(document.get());
  if ((*quick)[0] != text_at(root, insz_at) || (*quick)[1] != text_at(root, sender_at) ||
      (*quick)[2] != text_at(root, transfer_at))
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const QuickGraph to_vdab(vdab_graph());
  static const QuickGraph to_municipality(municipality_graph());
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  compare_graph(text, to_vdab, vdab_graph());
  compare_graph(text, to_municipality, municipality_graph());
  compare_dossier(text);
  return 0;
}
