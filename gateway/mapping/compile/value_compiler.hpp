// Lines that end in a value: origin, steps, policies and conditions resolved and checked.
#pragma once

#include <map>
#include <optional>

#include "gateway/mapping/compile/source_resolver.hpp"

namespace ketenpoort::mapping {

class ValueCompiler {
 public:
  ValueCompiler(Plan& plan, SourceResolver& resolver, Complaints& complaints)
      : plan_(plan), resolver_(resolver), complaints_(complaints) {}

  // The number of the line in the plan. `target` is its full path, `schema` what a JSON target asks of it (null:
  // nothing is known).
  std::uint32_t line(const Line& line, const Scope& scope, const std::string& target,
                     const formats::SchemaNode* schema);
  // A `when` or `where` (the word): both its outcomes are points for coverage.
  ConditionPlan decision(const Condition& condition, const Scope& scope, std::string_view word);

  // How a constant is written into what the schema describes.
  static ValueKind constant_kind(const std::string& text, const formats::SchemaNode& schema);

 private:
  ConditionPlan condition(const Condition& condition, const Scope& scope);
  std::uint32_t point(const Position& at, std::string what);
  // The point of a policy that the line (or the branch in it) states; 0 when it only has the default.
  std::uint32_t policy_point(const std::optional<Policy>& own, const std::optional<Policy>& of_line,
                             std::string_view word);
  ValuePlan value(const Line& line, const Line& outer, const Scope& scope, LinePlan& plan,
                  const formats::SchemaNode* schema);
  JoinPart join_part(const Path& path, const Scope& scope, const Position& at, Resolved& got);
  void pick(ValuePlan& v, const Line& line, const Scope& scope, LinePlan& plan, Resolved& got);
  unsigned steps(ValuePlan& v, const Line& line, const Resolved& source, LinePlan& plan);
  void check_codes(const Step& step, const ValuePlan& v, const formats::SchemaNode* source, bool first);
  void check_result(const Line& line, const ValuePlan& v, unsigned type, const formats::SchemaNode* schema,
                    LinePlan& plan);
  void check_policies(const Line& line, const ValuePlan& value);
  void watch(LinePlan& plan, const ConditionPlan& condition);
  static void add_reads(LinePlan& plan, const ConditionPlan& condition);
  static void add_reads(LinePlan& plan, const Line& line, const Resolved& source);
  const CodeList* code_list(const Step& step);

  Plan& plan_;
  SourceResolver& resolver_;
  Complaints& complaints_;
  std::map<const Policy*, std::uint32_t> policy_points_;  // of the line being compiled: its branches share them
};

}  // namespace ketenpoort::mapping
