// From the target tree to the list of things to emit, checked against the target's schema.
#pragma once

#include <map>
#include <string>

#include "gateway/mapping/compile/target.hpp"
#include "gateway/mapping/compile/value_compiler.hpp"

namespace ketenpoort::mapping {

// Shared by both target formats: nodes, constants merged into their neighbours, references.
class TargetCompiler {
 public:
  TargetCompiler(Plan& plan, ValueCompiler& values, Complaints& complaints)
      : plan_(plan), values_(values), complaints_(complaints) {}
  virtual ~TargetCompiler() = default;

 protected:
  std::uint32_t keep(EmitNode node);
  int id_of(const std::string& id);
  // The number of a line in the plan, checked as the target is. `schema`: what a JSON target asks of its value.
  std::uint32_t line_of(const Target& target, const formats::SchemaNode* schema);
  // Puts a child behind the others; constants melt into a constant before them.
  void append(EmitNode& parent, std::uint32_t child);
  // A container whose only changing part is one value becomes that value with longer surroundings.
  // `wraps_value`: it only clothes the value (@value, @id) and is no container of its own.
  std::uint32_t finish(EmitNode node, bool wraps_value);
  // Warns of required children that may find nothing in the record while their container has other things to say, or is
  // the message.
  struct RequiredChild {
    const Target* target;
    std::uint32_t node;
  };
  void warn_of_absence(const Target& container, const std::vector<RequiredChild>& required, std::size_t changing);
  const EmitNode& what_decides(std::uint32_t number) const;
  static std::string quote(std::string_view text);

  Plan& plan_;
  ValueCompiler& values_;
  Complaints& complaints_;
  std::map<std::string, int> ids_;
};

class JsonTargetCompiler : public TargetCompiler {
 public:
  using TargetCompiler::TargetCompiler;
  void compile(Target& root);

 private:
  std::uint32_t node(Target& target, const formats::SchemaNode* schema);
  std::uint32_t value(Target& target, const std::string& prefix, const formats::SchemaNode* schema);
  std::uint32_t members(Target& target, std::string prefix, const formats::SchemaNode* schema);
  std::uint32_t list(Target& target, const std::string& prefix, const formats::SchemaNode* schema);
  std::uint32_t rows(Target& target, const std::string& prefix, const formats::SchemaNode* schema);
  EmitNode rows_of(Target& target, const formats::SchemaNode* element);
  std::uint32_t element(Target& target, const formats::SchemaNode* schema);
  void count_elements(EmitNode& node, const Target& target, const formats::SchemaNode& schema);
  std::uint32_t reference(Target& target, const std::string& prefix, const formats::SchemaNode* schema);
  const formats::SchemaNode* settle(const formats::SchemaNode* schema, const Target& target);
  bool could_be(const formats::SchemaNode& form, const Target& target) const;
  const formats::SchemaNode* member_schema(const formats::SchemaNode* schema, const Target& child);
  void collect_ids(const Target& target);
  std::map<std::string, Position> defined_;   // nodes, by @id
  std::map<std::string, Position> referred_;  // the first reference to each
};

class XmlTargetCompiler : public TargetCompiler {
 public:
  using TargetCompiler::TargetCompiler;
  void compile(Target& root);

 private:
  std::uint32_t element(Target& target, const formats::XsdElement* schema, const std::string& attributes);
  std::uint32_t text(Target& target, std::string prefix, std::string suffix, const formats::XsdType* type,
                     const formats::XsdText* rule);
  void check_namespaces();
  void check_provable(const formats::XsdSchema& schema);
  void sort(Target& target, const formats::XsdType* type);
  void check_codes(const Target& target, const ValuePlan& value, const formats::XsdType& type);
  void check_written(const Target& target, const formats::XsdType& type);
  std::string qualified(const Target& target, const formats::XsdElement* schema) const;
  std::string prefix_;
};

}  // namespace ketenpoort::mapping
