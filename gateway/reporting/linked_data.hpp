// What the JSON-LD documents of this folder share: names of the Data Privacy Vocabulary 2.3 and its extension for the
// GDPR.
#pragma once

#include <string>
#include <string_view>

#include "gateway/domain/category.hpp"
#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::reporting {

// Prefixes, and the properties whose value is something that has a name (an IRI, or one with a prefix). Without that
// JSON-LD takes "loc:BE" for a text of six letters.
constexpr std::string_view linked_data_context =
    R"({"dct":"http://purl.org/dc/terms/","dpv":"https://w3id.org/dpv#",)"
    R"("eu-gdpr":"https://w3id.org/dpv/legal/eu/gdpr#","loc":"https://w3id.org/dpv/loc#",)"
    R"("pd":"https://w3id.org/dpv/pd#","schema":"https://schema.org/","skos":"http://www.w3.org/2004/02/skos/core#",)"
    R"("dct:conformsTo":{"@type":"@id"},"dct:isPartOf":{"@type":"@id"},"dct:publisher":{"@type":"@id"},)"
    R"("dpv:hasActivityStatus":{"@type":"@id"},"dpv:hasDataController":{"@type":"@id"},)"
    R"("dpv:hasDataSubject":{"@type":"@id"},"dpv:hasJurisdiction":{"@type":"@id"},)"
    R"("dpv:hasProcessing":{"@type":"@id"},"dpv:isExercisedAt":{"@type":"@id"},)"
    R"("dpv:isIndicatedBy":{"@type":"@id"},"schema:recipient":{"@type":"@id"}})";

inline std::string organisation_iri(std::string_view kbo) {
  return "urn:kbo:" + std::string(kbo);
}

// "GDPR art. 6(1)(e); ..." -> "eu-gdpr:A6-1-e"
inline std::string legal_basis_of(std::string_view basis) {
  constexpr std::string_view article = "GDPR art. 6(1)(";
  const bool known = basis.starts_with(article) && basis.size() > article.size() &&
                     std::string_view("abcdef").find(basis[article.size()]) != std::string_view::npos;
  return known ? std::string("eu-gdpr:A6-1-") + basis[article.size()] : "dpv:LegalBasis";
}

inline void write_legal_basis(formats::JsonWriter& writer, const std::string& basis) {
  writer.begin_object().member("@type", legal_basis_of(basis)).member("dct:description", basis).end_object();
}

inline void write_linked_category(formats::JsonWriter& writer, Category category, const exchange::Terms& terms) {
  writer.begin_object();
  const auto words = terms.categories.find(category);
  if (words != terms.categories.end()) writer.member("@type", words->second.dpv);
  writer.member("dct:identifier", to_text(category));
  if (words != terms.categories.end()) {
    writer.key("skos:prefLabel").begin_array();
    for (const auto& [language, text] : words->second.labels)
      writer.begin_object().member("@language", language).member("@value", text).end_object();
    writer.end_array();
  }
  writer.end_object();
}

inline void write_linked_categories(formats::JsonWriter& writer, const CategorySet& categories,
                                    const exchange::Terms& terms) {
  writer.key("dpv:hasPersonalData").begin_array();
  for (const auto category : categories.list()) write_linked_category(writer, category, terms);
  writer.end_array();
}

}  // namespace ketenpoort::reporting
