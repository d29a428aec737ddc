// From definitions to plans.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "gateway/mapping/plan/load_options.hpp"
#include "gateway/mapping/plan/plan.hpp"

namespace ketenpoort::mapping {

// What a definition names, loaded already; null where loading failed, which was complained about.
struct Materials {
  std::map<std::string, Fragment> fragments;  // by the name under use:
  std::map<std::string, std::shared_ptr<const CodeList>, std::less<>> code_lists;
  std::shared_ptr<const formats::JsonSchema> source_schema, target_schema;
  std::shared_ptr<const formats::XsdSchema> target_xsd, source_xsd;
  std::shared_ptr<const Layout> source_layout, target_layout;
  const YamlNode* field_categories = nullptr;  // the table beside the source's schema
};

// Resolves and checks everything; complains about everything. The plan is only good when nothing was complained about.
std::unique_ptr<Plan> compile(Definition definition, const Materials& materials, const LoadOptions& options,
                              Complaints& complaints);

}  // namespace ketenpoort::mapping
