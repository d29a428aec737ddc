// What another version of a mapping sends more or less, per data category: what an agreement must follow.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/mapping/translate/mapping.hpp"

namespace ketenpoort::mapping_review {

struct FieldChange {
  enum class Kind { added, removed, changed } kind = Kind::changed;
  std::string target;
  std::string at;                  // "file:line", of the newer one where there is one
  std::vector<std::string> words;  // of a change: "source: a -> b"
};

struct CategoryChange {
  std::optional<Category> category;  // none: constants and ids of the message itself
  // The category itself comes or goes: the older or the newer one sends nothing of it.
  bool is_new = false;
  bool is_gone = false;
  std::vector<FieldChange> fields;  // by target path, then what was removed
};

struct Comparison {
  std::string before, after;  // "name version"
  std::string recipient_before, recipient_after;
  std::vector<std::string> purposes_added, purposes_removed;
  std::vector<CategoryChange> categories;  // only those with a change
  [[nodiscard]] bool same() const {
    return categories.empty() && purposes_added.empty() && purposes_removed.empty() &&
           recipient_before == recipient_after;
  }
};

// Fields are matched by their target path; where several lines write one path (elements of a list), in order. A code
// list counts as changed when its entries differ, whatever its version says.
Comparison compare(const mapping::Mapping& before, const mapping::Mapping& after);

}  // namespace ketenpoort::mapping_review
