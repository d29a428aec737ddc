// Source paths: from what a file says to slots, checked against the source's schema on the way.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "gateway/mapping/plan/plan.hpp"

namespace ketenpoort::mapping {

// From where relative paths start: the record, an array's row, or a part of either (include ... at).
struct Scope {
  int node = 0;                                 // of the trie
  std::uint16_t level = 0;                      // rows under way
  const formats::SchemaNode* schema = nullptr;  // of what stands there; null: nothing is known
  std::string prefix;                           // "screening.languages[]", for messages and for what is used
  bool in_fragment = false;
  bool certain = true;  // the source's schema requires all that leads here
};

struct Resolved {
  SourceRef ref;
  const formats::SchemaNode* schema = nullptr;
  std::string full;  // "screening.languages[].code"
  int node = 0;
  bool certain = false;  // always there: required on every level below what is known to be there
};

class SourceResolver {
 public:
  SourceResolver(Plan& plan, Complaints& complaints);

  [[nodiscard]] Scope record() const;

  // A value. `used`: it goes into the message or decides about it (exists on an object does not use its fields).
  Resolved value(const Path& path, const Scope& scope, const Position& at, bool used = true);
  void note_use(const Resolved& resolved) { used_.insert(resolved.full); }
  // The rows of an array: the resolved array, its scope number and the scope of one row.
  struct Rows {
    Resolved array;
    std::uint32_t scope = 0;
    Scope row;
  };
  Rows rows(const Path& path, const Scope& scope, const Position& at);
  // Where an included fragment reads from.
  Scope part(const Path& path, const Scope& scope, const Position& at);

  // Every field of the source's schema that holds a value: "screening.languages[].code".
  [[nodiscard]] std::vector<std::string> fields() const;
  // Fields nobody uses and nobody ignores; ignored ones that are used.
  void check_use(const std::vector<Ignored>& ignored, const Position& at);
  // Slots that the context fills.
  void bind_context();

 private:
  [[nodiscard]] bool is_xml() const { return plan_.definition.source.format == "xml"; }
  Resolved walk(const Path& path, const Scope& scope, const Position& at);
  const formats::SchemaNode* known_member(const formats::SchemaNode* schema, const std::string& key,
                                          const std::string& where, const Position& at, std::string_view whole);

  Plan& plan_;
  Complaints& complaints_;
  std::set<std::string, std::less<>> used_;
};

}  // namespace ketenpoort::mapping
