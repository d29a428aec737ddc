#include "gateway/cli/mapping/mapping_documentation.hpp"

#include <fmt/format.h>

#include "gateway/cli/command.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/mapping_review/documentation.hpp"

namespace ketenpoort::cli {
namespace {

using mapping_review::PolicyWords;

const std::string& label(const config::CategoryText& text, const std::string& language) {
  if (language == "nl") return text.nl;
  if (language == "fr") return text.fr;
  return language == "de" ? text.de : text.en;
}

PolicyWords words_of(const MappingFiles& files, const std::string& language) {
  PolicyWords words{{}, files.purposes};
  for (const auto& text : files.categories)
    words.categories.push_back({text.category, label(text, language), text.dpv, text.gdpr_code, text.special});
  return words;
}

void write_mapping(formats::JsonWriter& writer, const mapping::Mapping& m) {
  writer.begin_object()
      .member("mapping", m.name())
      .member("version", m.version())
      .member("recipient", m.recipient())
      .key("fields")
      .begin_array();
  for (const auto& field : mapping_review::documented_fields(m)) {
    writer.begin_object()
        .member("field", field.target)
        .member("source", field.source)
        .member("at", field.at)
        .member("steps", field.steps)
        .member("codeList", field.code_list)
        .member("condition", field.condition)
        .member("category", field.category ? to_text(*field.category) : std::string_view("none"))
        .member("required", field.required)
        .end_object();
  }
  writer.end_array().end_object();
}

std::string as_json(const std::vector<const mapping::Mapping*>& mappings) {
  std::string out;
  formats::JsonWriter writer(out);
  writer.begin_array();
  for (const auto* m : mappings) write_mapping(writer, *m);
  writer.end_array();
  return out;
}

}  // namespace

int mapping_doc(const MappingOptions& options) {
  const auto files = load_mapping_files(options.folders);
  if (!files) return report(files.error());
  if (const int wrong = check_names(options, files->library); wrong != done) return wrong;
  const auto words = words_of(*files, options.language);
  std::vector<const mapping::Mapping*> wanted;
  for (const auto& m : files->library.mappings())
    if (options.wants(*m)) wanted.push_back(m.get());
  if (options.json)
    fmt::print("{}\n", as_json(wanted));
  else if (options.format == "csv")
    fmt::print("{}", mapping_review::document_as_csv(wanted, words));
  else if (options.format == "jsonld")
    fmt::print("{}\n", mapping_review::document_as_json_ld(wanted, words));
  else
    for (const auto* m : wanted) fmt::print("{}\n", mapping_review::document_as_markdown(*m, words));
  return done;
}

}  // namespace ketenpoort::cli
