// A resident record: schema check and every shipped translation. A message that comes out must be well-formed.
#include <cstdint>
#include <cstdlib>
#include <pugixml.hpp>
#include <string_view>

#include "gateway/formats/csv.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/formats/json_schema.hpp"
#include "gateway/formats/xml.hpp"
#include "gateway/mapping/library.hpp"

namespace {

bool is_well_formed(const ketenpoort::mapping::Translation& message) {
  using namespace ketenpoort;
  constexpr auto most = std::size_t{64} << 20;
  if (message.content_type.starts_with("text/csv")) return formats::parse_csv(message.bytes, ';').has_value();
  if (message.content_type != "application/xml") return formats::parse_json(message.bytes, {.bytes = most}).has_value();
  pugi::xml_document document;
  return formats::parse_xml(message.bytes, document, {.bytes = most}).has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ketenpoort;
  static const auto library = mapping::Library::load("mappings");
  static const auto schema = formats::JsonSchema::load("mappings/schemas/resident-1.schema.json");
  if (!library || !schema) std::abort();
  const std::string_view record(reinterpret_cast<const char*>(data), size);
  if (const auto document = formats::parse_json(record)) (void)schema->check(document->root());
  mapping::Context context;
  context.now = Timestamp{std::chrono::hours{24 * 20'000}};
  context.allowed = CategorySet::all();
  context.allow_mock_ssin = true;
  for (const auto& mapping : library->mappings()) {
    if (!mapping->purposes().empty()) context.purpose = mapping->purposes().front();
    const auto message = mapping->translate(record, context);
    if (!message) continue;
    if (!is_well_formed(*message)) std::abort();
  }
  return 0;
}
