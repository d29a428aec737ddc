// Compiled mappings: a resident record in, one partner message out. Everything here is immutable after loading and may
// be used by any number of threads at once; each thread keeps its own scratch memory.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/domain/category.hpp"
#include "gateway/domain/transfer.hpp"

namespace ketenpoort::formats {
class JsonSchema;
}

namespace ketenpoort::mapping {

// What policy concluded about the resident: recipients get the conclusion, never the history behind it. A mapping reads
// it as derived.labourAccess.since, derived.labourAccess.basis, derived.age and derived.minor.
struct Derived {
  std::optional<Date> labour_access_since;
  std::string_view labour_access_basis;  // "TIME" or "STATUS"; empty: absent
  std::optional<int> age;
  std::optional<bool> minor;
};

// What one translation needs besides the record. Cheap to make: nothing of the record is copied.
struct Context {
  TransferId transfer;             // read as transfer.id
  std::size_t referral_index = 0;  // which element of the record's referrals[] is sent; read as `referral`
  Derived derived;
  Timestamp now{};           // the origin `now`; "today" (age_on, code list validity) is its date in Brussels
  std::string_view purpose;  // "work-guidance": categories that are never for it are left out
  CategorySet allowed;       // what the decision allows: agreement, purpose and consent together
  bool allow_mock_ssin = false;
  // The ids that this recipient gave earlier, for the origin `known_id`; empty: none yet.
  std::string_view known_person_id;
  std::string_view known_transfer_id;
};

// A target field that had something to say and did not, because its category is not allowed.
struct LeftOut {
  std::string field;  // target path
  Category category = Category::identity_core;
  std::string reason;  // "category-not-covered" | "never-for-purpose"
};

// A quality remark about the record that did not stop the message. Never carries a value.
struct Finding {
  std::string code;    // "value-unusable", "code-unknown", "name-will-be-cut"
  std::string field;   // source path
  std::string detail;  // what was done about it
};

struct Translation {
  std::string content_type;
  std::string bytes;
  CategorySet sent;  // categories of the fields that are in the message
  std::vector<LeftOut> left_out;
  std::vector<Finding> findings;
};

// Why there is no message.
struct Refusal {
  // category_not_covered: a required line's category is not allowed. identifier_missing: a required SSIN is absent.
  // nothing_to_send: no allowed field is present. schema_invalid: the message would not be what the recipient's schema
  // asks. mapping_failed: everything else (a required field absent, a value unusable, a code unknown).
  Reason reason = Reason::mapping_failed;
  std::string field;   // target path, or source path where the record is at fault
  std::string detail;  // what is wrong and how to fix it; never a value
};

// One target field as `explain` shows it.
struct ExplainLine {
  std::string target;
  std::string source;     // paths, comma separated; empty for constants
  std::string at;         // "resident-to-vdab-profile.yaml:12"
  std::string steps;      // "trim, truncate 48"
  std::string code_list;  // "isced-to-kbi 1.0.0"
  std::string category;   // "languages" or "none"
  std::string condition;  // of the line and what surrounds it; empty: none
  std::string value;      // masked unless a constant; empty when left out
  // Empty when it is in the message; else absent, condition, no-elements, value-unusable, code-unknown, default-only,
  // category-not-covered or never-for-purpose. `why` says it in a sentence.
  std::string left_out;
  std::string why;
};

// One record of an input as the mapping reads it: JSON, whatever the source's syntax.
struct InputRecord {
  std::string json;
  std::string where;          // "line 3"; empty when the input is one record
  TransferId id;              // made from the input and the record's place in it: the same input gives the same ids
  std::vector<Issue> issues;  // what the source's schema does not allow in it; a record with issues is not translated
};

struct Plan;  // the compiled form
class SourcePlaces;

// What translations came by: filled while examples run, for coverage.
struct Footprint {
  std::vector<bool> lines;      // by line of the plan: its value was in a message
  std::vector<bool> points;     // by branch point
  std::set<const char*> codes;  // where the codes stand that were looked up
};

class Mapping {
 public:
  explicit Mapping(std::unique_ptr<const Plan> plan);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] const std::string& version() const;
  // SHA-256 over the mapping file, its fragments, code lists and schemas: what a transfer records next to name and
  // version.
  [[nodiscard]] const Digest& hash() const;
  [[nodiscard]] const std::string& recipient() const;
  [[nodiscard]] const std::vector<std::string>& purposes() const;
  [[nodiscard]] Date effective_from() const;
  [[nodiscard]] std::optional<Date> effective_until() const;  // last day
  [[nodiscard]] bool in_force(Date on) const;
  [[nodiscard]] const std::string& content_type() const;
  [[nodiscard]] const std::string& source_format() const;        // json, xml, csv or fixed
  [[nodiscard]] const CategorySet& categories() const;           // all it can send
  [[nodiscard]] const CategorySet& required_categories() const;  // without these there is no message
  [[nodiscard]] bool needs_ssin() const;                         // a required line is the SSIN

  // A record is the JSON that records() gives; where the source is XML, the document itself will do as well, once its
  // schema has been checked and if it came bare (formats::take_out_document).

  // An input of the source's syntax (JSON: one record; XML: one document; CSV and fixed width: a file of many) taken
  // apart and checked. What concerns the whole input is an error: not well-formed, a wrong count or checksum, an
  // unknown column.
  // `charset`: what the file is said to be in (all but JSON); ErrorCode::not_found when the layout names it not, or XML
  // is not taken in it.
  [[nodiscard]] Result<std::vector<InputRecord>> records(std::string_view input, std::string_view charset = {}) const;

  [[nodiscard]] tl::expected<Translation, Refusal> translate(std::string_view record_json,
                                                             const Context& context) const;

  // The same into a Translation that is used again and again: on the common path nothing is allocated once it has
  // grown.
  [[nodiscard]] tl::expected<void, Refusal> translate_into(std::string_view record_json, const Context& context,
                                                           Translation& out) const;

  [[nodiscard]] tl::expected<std::vector<ExplainLine>, Refusal> explain(std::string_view record_json,
                                                                        const Context& context) const;
  // As translate_into, and notes which lines and branches it came by.
  [[nodiscard]] tl::expected<void, Refusal> translate_noting(std::string_view record_json, const Context& context,
                                                             Translation& out, Footprint& footprint) const;
  // Where in the record the fields of what is made of it come from; asked when something is wrong with one of them.
  [[nodiscard]] SourcePlaces find_places(std::string_view record_json, const Context& context) const;
  // For who must look into it: coverage, documentation, comparison of versions.
  [[nodiscard]] const Plan& plan() const { return *plan_; }
  // What the record must look like; null when the source has no schema.
  [[nodiscard]] const formats::JsonSchema* source_schema() const;

 private:
  std::unique_ptr<const Plan> plan_;
};

}  // namespace ketenpoort::mapping
