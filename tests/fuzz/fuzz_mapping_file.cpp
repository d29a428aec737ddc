// A mapping file, or a layout: reading and compiling it complains, and never does worse.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/mapping/compiler.hpp"
#include "gateway/mapping/layout.hpp"
#include "gateway/mapping/yaml.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ketenpoort;
  static const auto schema = [] {
    auto loaded = formats::JsonSchema::load("mappings/schemas/resident-1.schema.json");
    if (!loaded) std::abort();
    return std::make_shared<const formats::JsonSchema>(std::move(*loaded));
  }();
  mapping::Complaints complaints;
  const auto root = mapping::read_yaml({reinterpret_cast<const char*>(data), size}, "fuzzed.yaml", complaints);
  if (!root) return 0;
  (void)mapping::read_layout(*root, complaints);
  auto definition = mapping::read_definition(*root, complaints);
  mapping::Materials materials;
  materials.source_schema = schema;
  (void)mapping::compile(std::move(definition), materials, {}, complaints);
  return 0;
}
