// Which data category each field of a source has, whatever a mapping says of it: the table beside the source's schema
// (schemas/resident-1.categories.yaml beside schemas/resident-1.schema.json).
//
//   categories:
//     identity-core: [resident.name.family, resident.birth.date]   # every field of the schema stands somewhere
//   message: [messageId, sentAt]                                   # not about the person
//   coarser:                                                       # what is left of a field after a code list
//     source.centre.municipalityNis: { municipality-to-agency: none }
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/domain/category.hpp"
#include "gateway/mapping/notation/complaints.hpp"
#include "gateway/mapping/notation/yaml.hpp"

namespace ketenpoort::mapping {

// A field that a line, or a condition around it, looks at.
struct SourceRead {
  std::string path;               // "screening.languages[].code"
  std::set<std::string> lists{};  // the code lists it goes through before it is written
  // What becomes of it: it is written, or it decides whether something is, or something is written once per element.
  enum class Use { value, condition, rows } use = Use::value;
};

class FieldCategories {
 public:
  // `fields`: every field that the schema describes. Each must have its place, and each place its field.
  static FieldCategories read(const YamlNode& root, const std::vector<std::string>& fields, Complaints& complaints);

  // The categories of everything at or beneath a path (or of what it is part of). Empty: nothing about the person.
  [[nodiscard]] CategorySet of(const SourceRead& read) const;

  // Every field and its category; none: it is the message's.
  [[nodiscard]] std::map<std::string, std::optional<Category>> fields() const;

 private:
  struct Rule {
    std::optional<Category> category;                                     // none: of the message
    std::map<std::string, std::optional<Category>, std::less<>> coarser;  // by code list
  };
  void add_context();
  std::map<std::string, Rule, std::less<>> rules_;  // by field
};

// "a.b" lies within "a", "a[].b" within "a" too; "ab" does not.
bool lies_within(std::string_view field, std::string_view part);

}  // namespace ketenpoort::mapping
