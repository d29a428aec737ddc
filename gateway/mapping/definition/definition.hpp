// A mapping file as it is written: read and checked for form, nothing resolved yet.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/time.hpp"
#include "gateway/domain/category.hpp"
#include "gateway/formats/xml_envelope.hpp"
#include "gateway/mapping/definition/condition.hpp"
#include "gateway/mapping/notation/path.hpp"
#include "gateway/mapping/steps/steps.hpp"

namespace ketenpoort::mapping {

// What happens when something is missing, wrong or unknown.
struct Policy {
  enum class Kind { omit, reject, value } kind = Kind::omit;
  std::string value;
  Position at{};  // empty file: the default of defaults
};

struct Step {
  const StepKind* kind = nullptr;
  StepArguments arguments;
  Position at;
  std::optional<Policy> policy{};  // its own, where it has one: before that of the line
  std::uint32_t point = 0;         // compiled: of that policy, for coverage
};

struct Field;

// Where a value comes from, and what if.
struct Line {
  enum class Origin {
    from,
    value,
    join,
    pick,
    for_each,
    items,
    choose,
    include,
    ref,
    now,
    new_id,
    known_id,
    fields
  } origin = Origin::value;
  struct Take {
    enum class Kind { first, last, max, min } kind = Kind::first;
    Path key;
  };

  Position at;
  Path path;                // from, pick, for_each; include: `at`
  std::string text;         // value, ref, include (the name of the fragment), known_id (person or transfer)
  std::vector<Path> parts;  // join
  std::string with;         // join
  std::optional<Condition> where;
  Take take;                // pick
  std::optional<Path> get;  // pick
  std::vector<Field> fields;
  std::vector<Line> lines;  // items, choose
  std::vector<Step> steps;  // do, then codes
  std::vector<Step> codes;  // while it is read
  std::optional<Condition> when;
  std::optional<Policy> missing, error, unmapped;
  bool required = false;
  std::optional<Category> category;
  bool data_none = false;   // data: none
  bool data_wrong = false;  // it names no category that there is: said already
  std::string literal, as, mask;
  Position text_at{}, data_at{};  // of text and of the category, where they are given
};

struct Field {
  std::string target;  // as written: levels separated by '/'
  Position at;
  Line line;
};

struct Fragment {
  std::string name, version;
  std::vector<Field> fields;
};

struct Ignored {
  Path path;
  Position at;
};

struct Defaults {
  Policy missing{Policy::Kind::omit, {}, {}};
  Policy error{Policy::Kind::reject, {}, {}};
  Policy unmapped{Policy::Kind::reject, {}, {}};
  bool trim = false;
  bool nfc = false;
};

struct Definition {
  std::string name, version, recipient;
  Date from{};
  std::optional<Date> until;
  Position name_at, version_at, effective_at;
  std::vector<std::string> purposes;
  std::vector<Position> purposes_at;  // one for each
  Position recipient_at{};
  struct End {
    std::string format, schema, root;
    std::map<std::string, std::string> namespaces;
    formats::NamespaceSynonyms synonyms;  // of a source: in which namespaces it may come as well
    Position at;
    // The prefix and the local name of the root element.
    [[nodiscard]] std::pair<std::string, std::string> root_name() const {
      const auto colon = root.find(':');
      return colon == std::string::npos ? std::pair(std::string{}, root)
                                        : std::pair(root.substr(0, colon), root.substr(colon + 1));
    }
  } source, target;
  Defaults defaults;
  struct Use {
    std::string file;
    Position at;
  };
  std::map<std::string, Use> use;
  std::vector<Field> fields;
  std::vector<Ignored> ignore;
  Position fields_at;
  // Something that comes in: nobody receives it but the gateway, for no purpose of its own.
  bool inbound = false;
  Position ignore_at{};  // of fields: when nothing is ignored
};

// What is wrong goes to the complaints; what could be read comes back, so that later checks can add theirs.
Definition read_definition(const YamlNode& root, Complaints& complaints);
Fragment read_fragment(const YamlNode& root, Complaints& complaints);

}  // namespace ketenpoort::mapping
