#include "gateway/mapping/compile/compiler.hpp"

#include <algorithm>

#include "gateway/formats/suggest.hpp"
#include "gateway/mapping/compile/target_builder.hpp"
#include "gateway/mapping/compile/target_compiler.hpp"

namespace ketenpoort::mapping {
namespace {

void bind_purposes(Plan& plan, const LoadOptions& options, Complaints& complaints) {
  if (options.purposes.empty()) return;
  const auto& definition = plan.definition;
  std::vector<std::string_view> recipients;
  for (const auto& [name, purpose] : options.purposes)
    if (!purpose.recipient.empty()) recipients.push_back(purpose.recipient);
  const bool knows_recipient =
      recipients.empty() || definition.recipient.empty() ||
      std::find(recipients.begin(), recipients.end(), definition.recipient) != recipients.end();
  if (!knows_recipient)
    complaints.error(definition.recipient_at,
                     fmt::format("no purpose in the configuration has the recipient {}{}", definition.recipient,
                                 formats::did_you_mean(definition.recipient, recipients)));
  for (std::size_t i = 0; i < definition.purposes.size(); ++i) {
    const auto& purpose = definition.purposes[i];
    const auto& at = definition.purposes_at[i];
    const auto known = options.purposes.find(purpose);
    if (known == options.purposes.end()) {
      std::vector<std::string_view> names;
      for (const auto& [name, categories] : options.purposes) names.push_back(name);
      complaints.error(at, fmt::format("there is no purpose {} in the configuration{}", purpose,
                                       formats::did_you_mean(purpose, names)));
      continue;
    }
    const auto& whose = known->second.recipient;
    if (knows_recipient && !whose.empty() && whose != definition.recipient)
      complaints.error(at, fmt::format("the purpose {} is for {}, but the recipient of the mapping is {}", purpose,
                                       whose, definition.recipient));
    plan.purposes.emplace(purpose, known->second.allowed());
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
  plan->content_type = plan->xml                                 ? "application/xml"
                       : plan->definition.target.format == "csv" ? "text/csv"
                       : is_linked_data(plan->definition)        ? "application/ld+json"
                                                                 : "application/json";
  plan->source_schema = materials.source_schema;
  plan->target_schema = materials.target_schema;
  plan->target_xsd = materials.target_xsd;
  plan->source_xsd = materials.source_xsd;
  plan->source_layout = materials.source_layout;
  plan->target_layout = materials.target_layout;
  plan->code_lists = materials.code_lists;
  bind_purposes(*plan, options, complaints);
  if (const auto agreed = options.agreements.find(plan->definition.recipient); agreed != options.agreements.end())
    plan->agreed = agreed->second;

  SourceResolver resolver(*plan, complaints);
  if (materials.field_categories != nullptr && plan->source_schema)
    plan->field_categories = FieldCategories::read(*materials.field_categories, resolver.fields(), complaints);
  ValueCompiler values(*plan, resolver, complaints);
  TargetBuilder builder(*plan, materials.fragments, resolver, values, complaints);
  const auto tree = builder.build(plan->definition.fields);
  const auto made = builder.take_made();
  if (plan->xml)
    XmlTargetCompiler(*plan, values, complaints).compile(*tree);
  else
    JsonTargetCompiler(*plan, values, complaints).compile(*tree);
  for (const auto& [name, use] : plan->definition.use)
    if (!builder.has_included(name))
      complaints.warning(use.at, fmt::format("the fragment {} is never included; remove it from use:", name));
  resolver.check_use(plan->definition.ignore, plan->definition.ignore_at);
  resolver.bind_context();
  if (!plan->source.fits())
    complaints.error(plan->definition.fields_at,
                     fmt::format("more than {} fields of one object are read", SourcePlan::most_keys));
  else
    plan->source.seal();
  if (plan->source_xsd) {
    const auto [prefix, root] = plan->definition.source.root_name();
    plan->source.seal_xml(prefix, plan->source_xsd->target_namespace(), root);
  }
  plan->program = write_program(*plan);
  return plan;
}

}  // namespace ketenpoort::mapping
