#include "gateway/mapping/compile/value_compiler.hpp"

#include <algorithm>
#include <array>

#include "gateway/formats/suggest.hpp"

namespace ketenpoort::mapping {
namespace {

using formats::SchemaNode;
using Origin = Line::Origin;

constexpr unsigned any_type = type_text | type_date | type_datetime | type_number | type_boolean | type_list;
constexpr long most_enumerated = 50;

// What a source field may hold, as far as its schema tells.
unsigned type_of(const SchemaNode* schema) {
  if (schema == nullptr || schema->kinds == formats::kind_any) return any_type;
  unsigned type = 0;
  if ((schema->kinds & formats::kind_string) != 0) type |= type_text;
  if ((schema->kinds & (formats::kind_integer | formats::kind_number)) != 0) type |= type_number;
  if ((schema->kinds & formats::kind_boolean) != 0) type |= type_boolean;
  if ((schema->kinds & formats::kind_array) != 0) type |= type_list;
  return type;
}

std::string name_type(unsigned type) {
  std::string names;
  const auto add = [&](unsigned bit, const char* name) {
    if ((type & bit) != 0) names += (names.empty() ? "" : " or ") + std::string(name);
  };
  add(type_text, "text");
  add(type_date, "a date");
  add(type_datetime, "a moment");
  add(type_number, "a number");
  add(type_boolean, "true or false");
  add(type_list, "an array");
  return names.empty() ? "an object" : names;
}

// Every value a schema lists, when it lists them (an enum, or a small range of whole numbers).
std::vector<std::string> listed_values(const SchemaNode* schema) {
  std::vector<std::string> values;
  if (schema == nullptr) return values;
  for (const auto& allowed : schema->allowed) values.push_back(allowed.text);
  if (!values.empty() || schema->kinds != formats::kind_integer || !schema->minimum || !schema->maximum) return values;
  const auto from = static_cast<long>(*schema->minimum);
  const auto to = static_cast<long>(*schema->maximum);
  for (long n = from; n <= to && to - from < most_enumerated; ++n) values.push_back(std::to_string(n));
  return values;
}

std::string_view word_of(const Policy& policy) {
  static constexpr std::array<std::string_view, 3> names = {"omit", "reject", "value"};
  return names[static_cast<std::size_t>(policy.kind)];
}

std::string_view policy_word(const Step& step) {
  return step.kind->fails == StepFailure::unmapped ? "unmapped" : "error";
}

// "trim", "truncate 48", "pad to 5 with 0", "latin (error: omit)".
std::string to_text(const Step& step) {
  std::string text(step.kind->name);
  if (step.kind->name != "codes") {
    for (const auto& word : step.arguments.words) text += " " + word;
    for (const auto& [name, value] : step.arguments.named) text += fmt::format(" {} {}", name, value);
  }
  if (step.policy)
    text += fmt::format(" ({}: {}{}{})", policy_word(step), word_of(*step.policy),
                        step.policy->value.empty() ? "" : " ", step.policy->value);
  return text;
}

// Every value that a policy may put in the value's place.
std::vector<const Policy*> policies_of(const ValuePlan& v) {
  std::vector<const Policy*> all{&v.missing, &v.error, &v.unmapped};
  for (const auto& step : v.steps)
    if (step.policy) all.push_back(&*step.policy);
  return all;
}

// What the policies and steps of a value make of its absence: somebody thought of it, or it stays.
void settle_absence(ValuePlan& v) {
  const bool stands_in =
      std::any_of(v.steps.begin(), v.steps.end(), [](const Step& s) { return s.kind->takes_absent; });
  if (stands_in || v.missing.kind != Policy::Kind::omit) v.may_be_absent = false;
}

formats::JsonKind json_kind(unsigned type) {
  if (type == type_number) return formats::JsonKind::number;
  return type == type_boolean ? formats::JsonKind::boolean : formats::JsonKind::string;
}

}  // namespace

std::uint32_t ValueCompiler::point(const Position& at, std::string what) {
  plan_.points.push_back({at, std::move(what)});
  return static_cast<std::uint32_t>(plan_.points.size());
}

std::uint32_t ValueCompiler::policy_point(const std::optional<Policy>& own, const std::optional<Policy>& of_line,
                                          std::string_view word) {
  const Policy* const stated = own ? &*own : of_line ? &*of_line : nullptr;
  if (stated == nullptr) return 0;
  auto& number = policy_points_[stated];
  if (number == 0) number = point(stated->at, fmt::format("{}: {}", word, word_of(*stated)));
  return number;
}

ConditionPlan ValueCompiler::decision(const Condition& condition, const Scope& scope, std::string_view word) {
  auto plan = this->condition(condition, scope);
  plan.text = to_text(condition);
  plan.point = point(condition.at, fmt::format("{} holds", word));
  point(condition.at, fmt::format("{} does not hold", word));
  return plan;
}

ConditionPlan ValueCompiler::condition(const Condition& condition, const Scope& scope) {
  ConditionPlan plan;
  plan.kind = condition.kind;
  plan.operands = condition.operands;
  plan.pattern = condition.pattern;
  if (condition.kind == Condition::Kind::all || condition.kind == Condition::Kind::any) {
    for (const auto& part : condition.parts) plan.parts.push_back(this->condition(part, scope));
    return plan;
  }
  const bool only_exists = condition.kind == Condition::Kind::exists || condition.kind == Condition::Kind::not_exists;
  const auto source = resolver_.value(condition.path, scope, condition.at, false);
  plan.ref = source.ref;
  plan.field = source.full;
  const bool is_container =
      source.schema != nullptr && (source.schema->kinds & (formats::kind_object | formats::kind_array)) != 0;
  if (!only_exists || !is_container) resolver_.note_use(source);  // that a part is there says nothing of its fields
  if (!only_exists && is_container)
    complaints_.error(condition.at,
                      fmt::format("{} holds no single value to compare; name one of its fields", source.full));
  const auto values = listed_values(source.schema);
  const bool compares = condition.kind == Condition::Kind::equal || condition.kind == Condition::Kind::not_equal ||
                        condition.kind == Condition::Kind::in;
  if (!compares) return plan;
  const bool is_boolean = source.schema != nullptr && source.schema->kinds == formats::kind_boolean;
  for (const auto& operand : condition.operands) {
    if (is_boolean && operand != "true" && operand != "false")
      complaints_.error(condition.at, fmt::format("{} is true or false, never {}", source.full, operand));
    if (!values.empty() && std::find(values.begin(), values.end(), operand) == values.end())
      complaints_.error(condition.at, fmt::format("{} never has the value {}{}", source.full, operand,
                                                  formats::did_you_mean(operand, {values.begin(), values.end()})));
  }
  return plan;
}

void ValueCompiler::watch(LinePlan& plan, const ConditionPlan& condition) {
  for (const auto& part : condition.parts) watch(plan, part);
  if (condition.parts.empty()) plan.watched.push_back(condition.ref);
}

void ValueCompiler::add_reads(LinePlan& plan, const ConditionPlan& condition) {
  for (const auto& part : condition.parts) add_reads(plan, part);
  if (condition.parts.empty()) plan.reads.push_back({condition.field, {}, SourceRead::Use::condition});
}

// What a value is made of, and the code lists between that and the message.
void ValueCompiler::add_reads(LinePlan& plan, const Line& line, const Resolved& source) {
  SourceRead read{source.full};
  for (const auto& step : line.steps)
    if (step.kind->name == "codes") read.lists.insert(step.arguments.words.at(0));
  plan.reads.push_back(std::move(read));
}

const CodeList* ValueCompiler::code_list(const Step& step) {
  const auto& name = step.arguments.words.at(0);
  const auto found = plan_.code_lists.find(name);
  plan_.used_lists.insert(name);
  if (found != plan_.code_lists.end() && found->second) return found->second.get();
  if (found == plan_.code_lists.end()) {
    std::vector<std::string_view> names;
    for (const auto& [known, list] : plan_.code_lists) names.push_back(known);
    complaints_.error(
        step.at, fmt::format("there is no code list {} in codelists/{}", name, formats::did_you_mean(name, names)));
  }
  return nullptr;
}

void ValueCompiler::check_codes(const Step& step, const ValuePlan& v, const SchemaNode* source, bool first) {
  const auto* list = step.arguments.codes;
  if (list == nullptr) return;
  const bool backwards = step.arguments.number == 1;
  if (backwards) {
    if (auto why = list->ambiguity(); !why.empty())
      complaints_.error(step.at,
                        fmt::format("the code list {} cannot be used backwards: {}; make a list of its own for "
                                    "this direction",
                                    list->name(), why));
  }
  const auto& unmapped = step.policy ? *step.policy : v.unmapped;
  if (!first || unmapped.kind != Policy::Kind::reject) return;
  std::string missing;
  const auto& [from, until] = std::pair(plan_.definition.from, plan_.definition.until);
  for (const auto& value : listed_values(source)) {
    const auto gap = list->first_day_without(value, backwards, from, until);
    if (gap && *gap == from)
      missing += (missing.empty() ? "" : ", ") + value;
    else if (gap)
      complaints_.warning(step.at,
                          fmt::format("the code list {} has {} no more on {}, while the mapping is in force; the "
                                      "message is then refused",
                                      step.arguments.words[0], value, to_iso(*gap)));
  }
  if (!missing.empty())
    complaints_.error(step.at,
                      fmt::format("the code list {} lacks {} of the source on {}; add it, or say `unmapped:` what then",
                                  step.arguments.words[0], missing, to_iso(from)));
}

// A constant is text, unless the target takes no text but just this number or truth value.
ValueKind ValueCompiler::constant_kind(const std::string& text, const SchemaNode& schema) {
  if ((schema.kinds & formats::kind_string) != 0) return ValueKind::string;
  const bool is_word = text == "true" || text == "false";
  if (is_word && formats::scalar_fits(schema, formats::JsonKind::boolean, text)) return ValueKind::boolean;
  const bool is_number =
      !is_word && formats::parse_json(text).has_value() && text.find_first_of("\"[{n") == std::string::npos;
  if (is_number && formats::scalar_fits(schema, formats::JsonKind::number, text)) return ValueKind::number;
  return ValueKind::string;
}

unsigned ValueCompiler::steps(ValuePlan& v, const Line& line, const Resolved& source, LinePlan& plan) {
  unsigned type = line.origin == Origin::join ? unsigned{type_text} : type_of(source.schema);
  if (line.origin == Origin::now) type = type_datetime;
  if (line.origin == Origin::known_id) type = type_text;
  bool first = true;
  for (const auto& step : line.steps) {
    Step compiled = step;
    if ((step.kind->takes & type) == 0)
      complaints_.error(step.at,
                        fmt::format("{} takes {}, but gets {}{}", step.kind->name, name_type(step.kind->takes),
                                    name_type(type), type == type_list ? "; use for_each, pick or count" : ""));
    if (step.kind->name == "codes") {
      compiled.arguments.codes = code_list(step);
      check_codes(compiled, v, source.schema, first);
      if (compiled.arguments.codes != nullptr)
        plan.code_list = fmt::format("{} {}", compiled.arguments.codes->name(), compiled.arguments.codes->version());
    }
    if (step.kind->name == "ssin") plan.is_ssin = true;
    compiled.point = policy_point(step.policy, std::nullopt, policy_word(step));
    plan.steps += (plan.steps.empty() ? "" : ", ") + to_text(step);
    v.steps.push_back(std::move(compiled));
    type = step.kind->makes;
    first = false;
  }
  const bool single = (type & (type_text | type_date | type_datetime | type_number | type_boolean)) != 0;
  if (line.steps.empty() && !single)
    complaints_.error(line.at,
                      fmt::format("{} is {}; {}", source.full, name_type(type),
                                  type == type_list ? "use for_each, pick or do: [count]" : "name one of its fields"));
  // Without a step that says otherwise a value is written as text.
  return line.steps.empty() ? unsigned{type_text} : type;
}

void ValueCompiler::check_result(const Line& line, const ValuePlan& v, unsigned type, const SchemaNode* schema,
                                 LinePlan& plan) {
  if (schema == nullptr) return;
  const auto kind = json_kind(type);
  const auto fits = [&](const std::string& text) {
    return formats::scalar_fits(*schema, formats::JsonKind::string, text);
  };
  for (const auto* policy : policies_of(v))
    if (policy->kind == Policy::Kind::value && !fits(policy->value))
      complaints_.error(policy->at.file.empty() ? line.at : policy->at,
                        fmt::format("the value of a policy does not fit the target: {}",
                                    formats::fault_of_scalar(*schema, formats::JsonKind::string, policy->value)));
  if (line.origin == Origin::value) {
    if (constant_kind(line.text, *schema) != ValueKind::string) return;
    if (const auto fault = formats::fault_of_scalar(*schema, formats::JsonKind::string, line.text); !fault.empty())
      complaints_.error(line.text_at, fmt::format("the constant does not fit the target: {}", fault));
    return;
  }
  const auto wanted = kind == formats::JsonKind::number    ? (formats::kind_integer | formats::kind_number)
                      : kind == formats::JsonKind::boolean ? formats::kind_boolean
                                                           : formats::kind_string;
  if ((schema->kinds & wanted) == 0) {
    const char* hint = (schema->kinds & formats::kind_boolean) != 0 ? "add do: [boolean]"
                       : (schema->kinds & (formats::kind_integer | formats::kind_number)) != 0
                           ? "add do: [integer] or do: [decimal]"
                       : (schema->kinds & formats::kind_string) != 0 ? "end with a step that makes text"
                                                                     : "the target is no single value";
    return complaints_.error(line.at,
                             fmt::format("the target takes another type than {}; {}", formats::to_text(kind), hint));
  }
  const bool ends_in_codes =
      !v.steps.empty() && v.steps.back().kind->name == "codes" && v.steps.back().arguments.codes != nullptr;
  if (!ends_in_codes) {
    plan.check = schema;
    return;
  }
  // A list may serve several targets. When every code fits, nothing is left to check; when none does, it is the wrong
  // list.
  const auto& list = *v.steps.back().arguments.codes;
  std::size_t fitting = 0;
  std::size_t codes = 0;
  const bool backwards = v.steps.back().arguments.number == 1;
  for (const auto& entry : list.entries()) {
    if (entry.target.empty()) continue;
    ++codes;
    if (fits(backwards ? entry.source : entry.target)) ++fitting;
  }
  if (fitting < codes) plan.check = schema;
  if (fitting == 0 && codes > 0)
    complaints_.error(v.steps.back().at, fmt::format("no code of the list {} fits the target; it takes {}", list.name(),
                                                     formats::fault_of_scalar(*schema, formats::JsonKind::string,
                                                                              list.entries()[0].target)));
}

void ValueCompiler::pick(ValuePlan& v, const Line& line, const Scope& scope, LinePlan& plan, Resolved& got) {
  const auto rows = resolver_.rows(line.path, scope, line.at);
  v.ref = rows.array.ref;
  v.rows = rows.scope;
  v.level = rows.row.level;
  v.take = line.take.kind;
  plan.watched.push_back(v.ref);
  if (line.where) {
    v.where = decision(*line.where, rows.row, "where");
    add_reads(plan, *v.where);
  }
  if (line.take.kind == Line::Take::Kind::max || line.take.kind == Line::Take::Kind::min) {
    const auto key = resolver_.value(line.take.key, rows.row, line.at);
    v.key = key.ref;
    plan.reads.push_back({key.full, {}, SourceRead::Use::condition});
  }
  if (line.get) got = resolver_.value(*line.get, rows.row, line.at);
  v.get = got.ref;
}

JoinPart ValueCompiler::join_part(const Path& path, const Scope& scope, const Position& at, Resolved& got) {
  const bool every = !path.steps.empty() && path.steps.back().every;
  if (!every) {
    got = resolver_.value(path, scope, at);
    return {got.ref};
  }
  auto list = path;
  list.steps.pop_back();
  const auto rows = resolver_.rows(list, scope, at);
  got = resolver_.value(Path{}, rows.row, at);
  return {rows.array.ref, true, rows.scope, got.ref.slot};
}

ValuePlan ValueCompiler::value(const Line& line, const Line& outer, const Scope& scope, LinePlan& plan,
                               const SchemaNode* schema) {
  ValuePlan v;
  v.origin = line.origin;
  v.constant = line.text;
  v.with = line.with;
  v.trim = plan_.definition.defaults.trim;
  v.nfc = plan_.definition.defaults.nfc;
  const auto policy = [&](const std::optional<Policy>& own, const std::optional<Policy>& of_line, const Policy& usual) {
    return own ? *own : of_line ? *of_line : usual;
  };
  v.missing = policy(line.missing, outer.missing, plan_.definition.defaults.missing);
  v.error = policy(line.error, outer.error, plan_.definition.defaults.error);
  v.unmapped = policy(line.unmapped, outer.unmapped, plan_.definition.defaults.unmapped);
  v.missing_point = policy_point(line.missing, outer.missing, "missing");
  v.error_point = policy_point(line.error, outer.error, "error");
  v.unmapped_point = policy_point(line.unmapped, outer.unmapped, "unmapped");
  if (&line != &outer && line.when) {
    v.when = condition(*line.when, scope);
    watch(plan, *v.when);
    add_reads(plan, *v.when);
  }
  Resolved got;
  switch (line.origin) {
    case Origin::from:
      got = resolver_.value(line.path, scope, line.at);
      v.ref = got.ref;
      v.may_be_absent = !got.certain;
      plan.watched.push_back(v.ref);
      add_reads(plan, line, got);
      break;
    case Origin::join:
      v.may_be_absent = true;
      for (const auto& part : line.parts) {
        v.parts.push_back(join_part(part, scope, line.at, got));
        if (got.certain && !v.parts.back().every) v.may_be_absent = false;
        plan.watched.push_back(v.parts.back().ref);
        add_reads(plan, line, got);
        v.source += (v.source.empty() ? "" : ", ") + got.full;
      }
      break;
    case Origin::pick:
      pick(v, line, scope, plan, got);
      add_reads(plan, line, got);
      v.may_be_absent = true;
      break;
    case Origin::known_id:
      v.may_be_absent = true;
      break;
    case Origin::choose:
      for (const auto& branch : line.lines) {
        v.branches.push_back(value(branch, line, scope, plan, schema));
        v.branches.back().chosen_point = point(branch.at, fmt::format("choose: branch {}", v.branches.size()));
        if (const auto& source = v.branches.back().source; !source.empty())
          v.source += (v.source.empty() ? "" : ", ") + source;
      }
      v.may_be_absent =
          line.lines.empty() || line.lines.back().when.has_value() ||
          std::any_of(v.branches.begin(), v.branches.end(), [](const auto& b) { return b.may_be_absent; });
      settle_absence(v);
      if (line.lines.empty() || line.lines.back().when) v.none_point = point(line.at, "choose: no branch");
      return v;
    default:
      break;
  }
  if (v.source.empty())
    v.source = line.origin == Origin::known_id ? "known_id " + line.text
               : line.origin == Origin::now    ? "now"
               : line.origin == Origin::new_id ? "new_id"
                                               : got.full;
  if (line.origin == Origin::value) {
    if (schema != nullptr) v.constant_kind = constant_kind(line.text, *schema);
    check_result(line, v, type_text, schema, plan);
  } else {
    const auto type = steps(v, line, got, plan);
    check_result(line, v, type, schema, plan);
  }
  settle_absence(v);
  return v;
}

// A policy of the line that no step of it can need, and a step that may fail without anybody having said what then.
void ValueCompiler::check_policies(const Line& line, const ValuePlan& value) {
  const auto may = [](const ValuePlan& v, StepFailure failure) {
    return std::any_of(v.steps.begin(), v.steps.end(),
                       [&](const Step& step) { return step.kind->fails == failure && !step.policy; });
  };
  const auto any = [&](StepFailure failure) {
    return may(value, failure) ||
           std::any_of(value.branches.begin(), value.branches.end(), [&](const auto& b) { return may(b, failure); });
  };
  if (line.error && !any(StepFailure::error))
    complaints_.error(line.error->at, "no step of this line can fail without a policy of its own; remove error");
  if (line.unmapped && !any(StepFailure::unmapped))
    complaints_.error(line.unmapped->at, "this line looks up no code without a policy of its own; remove unmapped");
  const auto unsaid = [](const Policy& policy) { return policy.at.file.empty(); };
  const auto warn = [&](const ValuePlan& v) {
    for (const auto& step : v.steps) {
      const bool is_code = step.kind->fails == StepFailure::unmapped;
      if (step.kind->fails == StepFailure::never || step.policy || !unsaid(is_code ? v.unmapped : v.error)) continue;
      complaints_.warning(step.at,
                          fmt::format("{} can fail and nothing says what then (the message is refused); say {}: "
                                      "on the step, the line or under defaults",
                                      step.kind->name, policy_word(step)));
    }
  };
  warn(value);
  for (const auto& branch : value.branches) warn(branch);
}

std::uint32_t ValueCompiler::line(const Line& line, const Scope& scope, const std::string& target,
                                  const SchemaNode* schema) {
  policy_points_.clear();
  LinePlan plan;
  plan.position = line.at;
  plan.target = target;
  plan.at = fmt::format("{}:{}", line.at.file, line.at.line);
  plan.mask = line.mask;
  plan.category = line.category;
  plan.required = line.required;
  const bool has_choice =
      schema != nullptr && !(schema->one_of.empty() && schema->any_of.empty() && schema->all_of.empty());
  if (has_choice) plan_.whole_check = true;
  plan.value = value(line, line, scope, plan, has_choice ? nullptr : schema);
  check_policies(line, plan.value);
  if (line.category) {
    plan_.categories.insert(*line.category);
    if (line.required) plan_.required_categories.insert(*line.category);
    const bool ever =
        plan_.purposes.empty() || std::any_of(plan_.purposes.begin(), plan_.purposes.end(),
                                              [&](const auto& p) { return p.second.contains(*line.category); });
    if (!ever)
      complaints_.error(
          line.data_at,
          fmt::format("{} is never for any of the purposes of this mapping (config/purposes.yaml); remove the line",
                      to_text(*line.category)));
  }
  if (line.category && plan_.agreed && !plan_.agreed->contains(*line.category))
    complaints_.warning(line.data_at, fmt::format("no agreement with {} covers {}: the line is left out until one does",
                                                  plan_.definition.recipient, to_text(*line.category)));
  if (line.required && plan.is_ssin) plan_.needs_ssin = true;
  plan.may_be_absent = !line.required && plan.value.may_be_absent;
  plan_.lines.push_back(std::move(plan));
  return static_cast<std::uint32_t>(plan_.lines.size() - 1);
}

}  // namespace ketenpoort::mapping
