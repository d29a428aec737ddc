#include "gateway/mapping/compiler.hpp"

#include <algorithm>

#include "gateway/formats/suggest.hpp"
#include "gateway/mapping/target_builder.hpp"
#include "gateway/mapping/target_compiler.hpp"

namespace ketenpoort::mapping {
namespace {

void bind_purposes(Plan& plan, const LoadOptions& options, Complaints& complaints) {
  if (options.purposes.empty()) return;
  for (const auto& purpose : plan.definition.purposes) {
    if (const auto known = options.purposes.find(purpose); known != options.purposes.end()) {
      plan.purposes.emplace(purpose, known->second.allowed());
      continue;
    }
    std::vector<std::string_view> names;
    for (const auto& [name, categories] : options.purposes) names.push_back(name);
    complaints.error(plan.definition.name_at, fmt::format("there is no purpose {} in the configuration{}", purpose,
                                                          formats::did_you_mean(purpose, names)));
  }
}

bool is_linked_data(const Definition& definition) {
  return std::any_of(definition.fields.begin(), definition.fields.end(), [](const Field& f) {
    return f.target == "@graph" || f.target == "@context" || f.target.starts_with("@context/");
  });
}

}  // namespace

std::unique_ptr<Plan> compile(Definition definition, const Materials& materials, const LoadOptions& options,
                              Complaints& complaints) {
  auto plan = std::make_unique<Plan>();
  plan->definition = std::move(definition);
  plan->xml = plan->definition.target.format == "xml";
  plan->content_type = plan->xml                          ? "application/xml"
                       : is_linked_data(plan->definition) ? "application/ld+json"
                                                          : "application/json";
  plan->source_schema = materials.source_schema;
  plan->target_schema = materials.target_schema;
  plan->target_xsd = materials.target_xsd;
  plan->code_lists = materials.code_lists;
  bind_purposes(*plan, options, complaints);

  SourceResolver resolver(*plan, complaints);
  ValueCompiler values(*plan, resolver, complaints);
  TargetBuilder builder(*plan, materials.fragments, resolver, values, complaints);
  const auto tree = builder.build(plan->definition.fields);
  const auto made = builder.take_made();
  if (plan->xml)
    XmlTargetCompiler(*plan, values, complaints).compile(*tree);
  else
    JsonTargetCompiler(*plan, values, complaints).compile(*tree);
  resolver.check_use(plan->definition.ignore, plan->definition.fields_at);
  resolver.bind_context();
  if (!plan->source.fits())
    complaints.error(plan->definition.fields_at,
                     fmt::format("more than {} fields of one object are read", SourcePlan::most_keys));
  else
    plan->source.seal();
  return plan;
}

}  // namespace ketenpoort::mapping
