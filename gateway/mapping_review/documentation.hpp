// What a data protection officer puts in a protocol: per field what leaves, where it comes from, what kind of data it
// is, for which purposes and on which legal basis, to whom.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gateway/domain/purpose.hpp"
#include "gateway/mapping/translate/mapping.hpp"

namespace ketenpoort::mapping_review {

// One data category in the words of config/categories.yaml.
struct CategoryWords {
  Category category{};
  std::string label;
  std::string dpv;  // "pd:Contact"
  std::string gdpr_code;
  bool special = false;
};

// The policy around the mappings. Categories and purposes that are not listed appear by their ids alone.
struct PolicyWords {
  std::vector<CategoryWords> categories;
  std::vector<Purpose> purposes;
};

struct DocumentedField {
  std::string target;
  std::string source;  // paths, comma separated; empty: a constant
  std::string made;    // the line as it is written, where paths alone do not say where the value comes from
  std::string at;      // "file:line"
  std::string steps;
  std::string code_list;
  std::string condition;
  std::optional<Category> category;  // none: a constant or an id of the message itself
  bool required = false;
};

// Every line that gives a value, in the file's order. Bare constants say nothing about the person and are not listed.
std::vector<DocumentedField> documented_fields(const mapping::Mapping& mapping);

std::string document_as_markdown(const mapping::Mapping& mapping, const PolicyWords& words);
// RFC 4180 with a header, one row for each field and purpose of each mapping.
std::string document_as_csv(std::span<const mapping::Mapping* const> mappings, const PolicyWords& words);
// One dpv:Process for each mapping and purpose (W3C Data Privacy Vocabulary 2).
std::string document_as_json_ld(std::span<const mapping::Mapping* const> mappings, const PolicyWords& words);

}  // namespace ketenpoort::mapping_review
