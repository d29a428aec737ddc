// The compiled form of a mapping: everything resolved, nothing looked up by name any more.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/formats/json_schema.hpp"
#include "gateway/formats/json_schema_node.hpp"
#include "gateway/formats/xsd.hpp"
#include "gateway/mapping/definition/definition.hpp"
#include "gateway/mapping/definition/field_categories.hpp"
#include "gateway/mapping/definition/layout.hpp"
#include "gateway/mapping/plan/program.hpp"
#include "gateway/mapping/source/source.hpp"

namespace ketenpoort::mapping {

// A turn that a translation may take, for coverage: a branch chosen, a condition that holds or not, a policy applied.
// Points are counted from 1; 0 is none.
struct BranchPoint {
  Position at;
  std::string what;  // "choose: branch 2", "when: does not hold"
};

struct ConditionPlan {
  Condition::Kind kind = Condition::Kind::all;
  std::vector<ConditionPlan> parts;
  SourceRef ref;
  std::string field;  // the same with its full path
  std::vector<std::string> operands;
  std::shared_ptr<const formats::Pattern> pattern;
  std::string text;         // of a whole `when` or `where`
  std::uint32_t point = 0;  // holds; the one after it: does not hold
};

// One place that join reads; or every element of an array, each a row of its scope with the value in one slot.
struct JoinPart {
  SourceRef ref;
  bool every = false;
  std::uint32_t rows = 0;
  std::uint32_t slot = 0;
};

// How one value is made.
struct ValuePlan {
  Line::Origin origin = Line::Origin::value;
  SourceRef ref;            // from; of the array for pick
  std::uint32_t rows = 0;   // scope of pick's rows
  std::uint16_t level = 0;  // at which pick puts the row it looks at
  std::string constant;     // value; known_id: whose
  ValueKind constant_kind = ValueKind::string;
  std::vector<JoinPart> parts;
  std::string with;
  std::optional<ConditionPlan> where;
  Line::Take::Kind take = Line::Take::Kind::first;
  SourceRef key, get;
  std::vector<ValuePlan> branches;
  std::optional<ConditionPlan> when;  // of a branch
  std::vector<Step> steps;
  Policy error, unmapped, missing;
  std::uint32_t error_point = 0, unmapped_point = 0, missing_point = 0;  // policies that the line states itself
  std::uint32_t chosen_point = 0;                                        // of a branch
  std::uint32_t none_point = 0;                                          // of choose: no branch holds
  bool may_be_absent = false;  // the source schema does not require it, and no policy says what then
  bool trim = false;
  bool nfc = false;
  std::string source;  // paths as written, for messages
};

// A line that ends in one value of the target.
struct LinePlan {
  ValuePlan value;
  std::string target;  // full path
  std::string rows;    // the array that it stands in a row of: "jobs[].skills"; empty: in none
  std::string at;      // "file:line"
  Position position;
  std::string steps;       // for explain: "trim, truncate 48"
  std::string conditions;  // of the line and what surrounds it: "exists a and (b = X or not exists b)"
  std::string definition;  // the line whole, as it is written (line_text.hpp)
  std::string policies;    // of that: "missing: omit, error: reject"
  bool is_plain = false;   // one path or one constant: `value.source` says where it comes from
  std::string code_list;
  std::string mask;
  std::optional<Category> category;
  bool required = false;
  bool may_be_absent = false;                  // as its value's, unless required
  bool is_ssin = false;                        // its last word is the ssin step
  const formats::SchemaNode* check = nullptr;  // what a JSON value must satisfy; null: proven when compiled, or XML
  std::vector<SourceRead> reads;               // all that its value is made of and chosen by
  std::vector<SourceRef> watched;              // slots that tell whether there was anything to say
};

struct EmitNode {
  enum class Kind {
    constant,   // prefix only; says nothing about the person
    leaf,       // prefix, value, suffix
    container,  // prefix, children, suffix; vanishes when no child says anything
    rows,       // the child once per row
    reference,  // prefix (the whole reference) while the node it names is in the message
  } kind = Kind::constant;
  std::string prefix, suffix;
  std::vector<std::uint32_t> children;  // indices into Plan::nodes
  std::uint32_t line = 0;               // leaf
  std::optional<ConditionPlan> when;
  SourceRef ref;                       // rows: the array
  std::uint32_t scope = 0;             // rows
  std::uint16_t level = 0;             // rows: where the row goes
  std::optional<ConditionPlan> where;  // rows
  int id = -1;                         // container: its node id; reference: the id it names
  bool attribute = false;              // leaf: an XML attribute's value
  bool vanishes_alone = false;         // leaf that a container became: a default alone does not keep it
  bool demanded = false;               // container that the schema demands: stays with defaults alone
  bool trims_comma = false;            // JSON containers: the last comma goes
  bool counts_rows = false;            // a list in which rows stand: each is an element
  bool are_elements = false;           // those rows
  // What the target's schema asks of a container that is not static.
  std::vector<std::uint32_t> needed;       // positions in `children` that must be there
  std::size_t least = 0, most = SIZE_MAX;  // children (of a list) or rows
  std::size_t constants = 0;               // elements of a list that are there besides those
  // What XML Schema asks. Where it is not met, libxml2 decides about the message and says why.
  std::vector<std::uint32_t> asked;  // positions in `children` that must be there
  std::size_t most_rows = SIZE_MAX;
  const formats::XsdText* text = nullptr;  // of a leaf; null: not known
  std::string target;
};

enum class ContextField { transfer_id, labour_since, labour_basis, age, minor };

struct Plan {
  Definition definition;
  Digest hash{};
  std::string content_type;
  bool xml = false;
  SourcePlan source;
  std::vector<Hop> hops;
  std::vector<std::pair<ContextField, std::uint32_t>> context;  // slots of the record's row
  std::vector<LinePlan> lines;
  std::vector<BranchPoint> points;
  std::vector<EmitNode> nodes;
  std::uint32_t root = 0;
  Program program;  // the nodes again, for running
  std::vector<std::string> ids;
  std::uint16_t levels = 1;
  CategorySet categories, required_categories;
  bool needs_ssin = false;
  std::map<std::string, CategorySet, std::less<>> purposes;  // what each may take
  // Shared with other mappings of the library.
  std::shared_ptr<const formats::JsonSchema> source_schema, target_schema;
  std::shared_ptr<const formats::XsdSchema> target_xsd, source_xsd;
  std::shared_ptr<const Layout> source_layout, target_layout;
  std::map<std::string, std::shared_ptr<const CodeList>, std::less<>> code_lists;
  std::set<std::string> used_lists;
  std::shared_ptr<const std::vector<std::unique_ptr<std::string>>> file_names;  // what positions point into
  std::vector<std::pair<std::string, std::string>> files;  // what it was made of: path beneath the folder, text
  std::optional<FieldCategories> field_categories;         // of the source's fields, where a table says
  std::optional<CategorySet> agreed;                       // what the agreements with the recipient cover
  bool xsd_unprovable = false;  // only libxml2 can tell whether a message is what the XSD allows
  bool whole_check = false;     // the schema asks something the plan cannot prove or check on the way
};

}  // namespace ketenpoort::mapping
