// A mapping file, or a layout: reading and compiling it complains, and never does worse. What it has nothing to
// complain of makes well-formed messages.
#include <cstdint>
#include <cstdlib>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "gateway/base/files.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/formats/xml.hpp"
#include "gateway/mapping/compile/compiler.hpp"
#include "gateway/mapping/definition/layout.hpp"
#include "gateway/mapping/notation/yaml.hpp"
#include "gateway/mapping/translate/mapping.hpp"

namespace {

using namespace ketenpoort;

// What the file finds around it: the record's schema, one for XML, the list and the fragment that the seeds name.
mapping::Materials surroundings() {
  static mapping::Complaints complaints;
  mapping::Materials materials;
  auto source = formats::JsonSchema::load("mappings/schemas/resident-1.schema.json");
  auto target = formats::XsdSchema::load("mappings/schemas/agii/kbi-dossier.xsd");
  static const auto list = read_file("mappings/codelists/sex-to-kbi.csv");
  static const auto meta = read_file("mappings/codelists/sex-to-kbi.meta.yaml");
  static const auto fragment = read_file("mappings/fragments/kbi-personalia.yaml");
  if (!source || !target || !list || !meta || !fragment) std::abort();
  materials.source_schema = std::make_shared<const formats::JsonSchema>(std::move(*source));
  materials.target_xsd = std::make_shared<const formats::XsdSchema>(std::move(*target));
  auto codes =
      mapping::CodeList::read("sex-to-kbi", *list, "sex-to-kbi.csv", *meta, "sex-to-kbi.meta.yaml", complaints);
  const auto root = mapping::read_yaml(*fragment, "kbi-personalia.yaml", complaints);
  if (!codes || !root) std::abort();
  materials.code_lists["sex-to-kbi"] = std::make_shared<const mapping::CodeList>(std::move(*codes));
  materials.fragments.emplace("personalia", mapping::read_fragment(*root, complaints));
  return materials;
}

void translate(std::unique_ptr<mapping::Plan> plan) {
  static const auto record = read_file("tests/samples/residents.ndjson");
  if (!record) std::abort();
  constexpr auto most = std::size_t{64} << 20;
  const bool xml = plan->xml;
  const mapping::Mapping mapping(std::move(plan));
  mapping::Context context;
  context.now = Timestamp{std::chrono::hours{24 * 20'000}};
  context.allowed = CategorySet::all();
  context.allow_mock_ssin = true;
  if (!mapping.purposes().empty()) context.purpose = mapping.purposes().front();
  const auto message = mapping.translate(std::string_view(*record).substr(0, record->find('\n')), context);
  if (!message) return;
  pugi::xml_document document;
  const bool well_formed = xml ? formats::parse_xml(message->bytes, document, {.bytes = most}).has_value()
                               : formats::parse_json(message->bytes, {.bytes = most}).has_value();
  if (!well_formed) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto all = surroundings();
  mapping::Complaints complaints;
  const auto root = mapping::read_yaml({reinterpret_cast<const char*>(data), size}, "fuzzed.yaml", complaints);
  if (!root) return 0;
  mapping::Complaints of_layout;
  (void)mapping::read_layout(*root, of_layout);
  auto definition = mapping::read_definition(*root, complaints);
  if (definition.target.format == "csv") return 0;  // its layout would be another file
  auto materials = all;
  if (definition.target.format != "xml") materials.target_xsd = nullptr;
  auto plan = mapping::compile(std::move(definition), materials, {}, complaints);
  // The small test leaves most of the record unused.
  for (const auto& error : complaints.errors)
    if (error.detail.find("neither used nor ignored") == std::string::npos) return 0;
  translate(std::move(plan));
  return 0;
}
