// The mapping's own reading of JSON and XML: it takes no JSON that RapidJSON refuses behind its checks, and none less;
// no document is translated that the strict XML reader refuses, and one that its schema allows reads as its JSON does.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/formats/json_events.hpp"
#include "gateway/formats/xml.hpp"
#include "gateway/mapping/library.hpp"
#include "gateway/mapping/source/source_reader.hpp"

namespace {

using namespace ketenpoort;

struct Depth : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Depth> {
  int depth = 0;
  bool StartObject() { return ++depth <= 128; }
  bool StartArray() { return ++depth <= 128; }
  bool EndObject(unsigned) { return depth-- > 0; }
  bool EndArray(unsigned) { return depth-- > 0; }
};

bool is_json(std::string_view text) {
  if (formats::check_json_text(text).what != nullptr) return false;
  std::string buffer(text);
  buffer += '\0';
  rapidjson::Reader reader;
  Depth handler;
  return !formats::parse_in_situ(reader, buffer.data(), handler).IsError();
}

void read_json(std::string_view text) {
  static const auto* plan = [] {
    auto* made = new mapping::SourcePlan;  // lives as long as the program
    made->slot_of(made->member(made->root(), "a"));
    const int rows = made->member(made->root(), "b");
    made->rows_of(rows);
    made->slot_of(made->member(made->element_of(rows), "a key beyond sixteen bytes"));
    made->seal();
    return made;
  }();
  thread_local mapping::SourceReader reader;
  const auto* complaint = reader.read(*plan, text, 0);
  const bool twice = complaint != nullptr && std::string_view(complaint).find("twice") != std::string_view::npos;
  if (!twice && (complaint == nullptr) != is_json(text)) std::abort();
}

void read_xml(std::string_view text) {
  static const auto library = mapping::Library::load("mappings");
  if (!library) std::abort();
  for (const auto& mapping : library->mappings()) {
    if (mapping->source_format() != "xml") continue;
    mapping::Context context;
    context.now = Timestamp{std::chrono::hours{24 * 20'000}};
    context.allowed = CategorySet::all();
    if (!mapping->purposes().empty()) context.purpose = mapping->purposes().front();
    const auto direct = mapping->translate(text, context);
    pugi::xml_document document;
    if (direct && !formats::parse_xml(text, document)) std::abort();
    const auto records = mapping->records(text);
    if (!records || !records->front().issues.empty()) continue;
    const auto made = mapping->translate(records->front().json, context);
    if (made.has_value() != direct.has_value() || (made && made->bytes != direct->bytes)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto start = text.find_first_not_of("\xEF\xBB\xBF \t\r\n");
  if (start != std::string_view::npos && text[start] == '<')
    read_xml(text);
  else
    read_json(text);
  return 0;
}
