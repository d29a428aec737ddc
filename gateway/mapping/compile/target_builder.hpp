// Puts every line where its target path says, fragments included.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "gateway/mapping/compile/target.hpp"
#include "gateway/mapping/compile/value_compiler.hpp"

namespace ketenpoort::mapping {

class TargetBuilder {
 public:
  TargetBuilder(const Plan& plan, const std::map<std::string, Fragment>& fragments, SourceResolver& resolver,
                ValueCompiler& values, Complaints& complaints)
      : plan_(plan), fragments_(fragments), resolver_(resolver), values_(values), complaints_(complaints) {}

  [[nodiscard]] bool has_included(const std::string& name) const { return included_.contains(name); }

  std::unique_ptr<Target> build(const std::vector<Field>& fields);

 private:
  void add_fields(Target& parent, const std::vector<Field>& fields, const Scope& scope);
  void add(Target& parent, std::string_view path, const Field& field, const Scope& scope);
  void place(Target& node, const Line& line, const Scope& scope);
  void include(Target& node, const Line& line, const Scope& scope);
  void wrap(Target& node, const Line& line, const Scope& scope);
  Target& child(Target& parent, std::string_view name, const Position& at);
  std::optional<ConditionPlan> when(const Line& line, const Scope& scope);
  const Line& constant(std::string text, const Position& at);

  const Plan& plan_;
  const std::map<std::string, Fragment>& fragments_;
  SourceResolver& resolver_;
  ValueCompiler& values_;
  Complaints& complaints_;
  std::set<std::string> included_;
  std::vector<std::unique_ptr<Line>> made_;  // constants that `literal` and `ref` stand for

 public:
  // The lines made here must outlive the tree.
  [[nodiscard]] std::vector<std::unique_ptr<Line>> take_made() { return std::move(made_); }
};

}  // namespace ketenpoort::mapping
