// The part of the emitter that makes values: slots, origins, steps, policies, conditions.
#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/digest.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/mapping/steps/day.hpp"
#include "gateway/mapping/translate/emitter.hpp"

namespace ketenpoort::mapping {

const Slot* Emitter::slot_behind(const Slot* row, const SourceRef& ref) const {
  for (std::uint16_t i = 0; i < ref.hop_count; ++i) {
    const auto& hop = plan_.hops[ref.hop_first + i];
    const auto& array = row[hop.slot];
    if (array.kind != ValueKind::array) return nullptr;
    const auto size = static_cast<int>(array.size);
    const int index = hop.index < 0 ? size + hop.index : hop.index;
    if (index < 0 || index >= size) return nullptr;
    row = scratch_.reader.row(hop.scope, array.first + static_cast<std::uint64_t>(index));
  }
  return row + ref.slot;
}

Value Emitter::fetch(const SourceRef& ref) {
  const auto* s = slot(ref);
  if (s == nullptr) return {};
  switch (s->kind) {
    case ValueKind::absent:
      return {};
    case ValueKind::array:
      return {scratch_.arena.keep(fmt::format_int(s->size).c_str()), ValueKind::array, false};
    case ValueKind::object:
      return {{}, ValueKind::object, false};
    default:
      return {{s->data, s->size}, s->kind, false};
  }
}

// Trimmed and in normal form C, as the mapping's defaults say; a text with nothing left is no value.
void Emitter::normalise(const ValuePlan& v, Value& value) {
  if (value.kind != ValueKind::string) return;
  if (v.trim) value.text = trim_white_space(value.text);
  if (v.nfc && !is_surely_nfc(value.text)) {
    if (const auto composed = to_nfc(value.text); composed && *composed != value.text)
      value.text = scratch_.arena.keep(*composed);
  }
  if (value.text.empty()) value = {};
}

Value Emitter::line_value(const LinePlan& line) {
  chosen_ = nullptr;
  auto result = value(line.value, line);
  if (refused_ || result.kind != ValueKind::absent || !line.required) return result;
  note_refused_at(line);
  refuse(line.is_ssin ? Reason::identifier_missing : Reason::mapping_failed, line.target,
         line.is_ssin ? "the message needs an SSIN and the record has none"
                      : "it is required, and the record has nothing for it");
  return result;
}

Value Emitter::value(const ValuePlan& v, const LinePlan& line) {
  if (v.origin == Line::Origin::value) return {v.constant, v.constant_kind, false};
  auto result = v.origin == Line::Origin::choose ? choose(v, line) : origin(v, line);
  if (refused_) return {};
  if (v.origin != Line::Origin::choose) run_steps(v, line, result);
  if (result.kind != ValueKind::absent || refused_) return result;
  note(v.missing_point);
  if (v.missing.kind == Policy::Kind::value) return {v.missing.value, ValueKind::string, true};
  if (v.missing.kind == Policy::Kind::reject && &v == &line.value && !line.required)
    refuse(Reason::mapping_failed, line.target, "the record has nothing for it, and the mapping does not go without");
  return result;
}

Value Emitter::origin(const ValuePlan& v, const LinePlan& line) {
  Value result;
  switch (v.origin) {
    case Line::Origin::from:
      result = fetch(v.ref);
      break;
    case Line::Origin::join:
      return join(v);
    case Line::Origin::pick:
      result = pick(v, line);
      break;
    case Line::Origin::now:
      return {scratch_.arena.keep(to_rfc3339(context_.now)), ValueKind::string, true};
    case Line::Origin::new_id:
      return new_id();
    case Line::Origin::known_id:
      return known_id(v);
    default:
      break;
  }
  normalise(v, result);
  const bool counts = !v.steps.empty() && v.steps.front().kind->takes == type_list;
  if (result.kind == ValueKind::object || (result.kind == ValueKind::array && !counts)) {
    refuse(Reason::mapping_failed, line.target, "the source holds an object or array where a single value is expected");
    return {};
  }
  return result;
}

Value Emitter::known_id(const ValuePlan& v) const {
  const auto id = v.constant == "person" ? context_.known_person_id : context_.known_transfer_id;
  return id.empty() ? Value{} : Value{id, ValueKind::string, false};
}

// Made from the transfer, so that translating again gives the same message (RFC 9562 version 8).
Value Emitter::new_id() {
  const std::uint8_t counter[1] = {static_cast<std::uint8_t>(++ids_made_)};
  const auto digest = sha256({context_.transfer.bytes, counter});
  Uuid id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x80);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return {scratch_.arena.keep(id.text()), ValueKind::string, true};
}

Value Emitter::join(const ValuePlan& v) {
  Value whole;
  for (const auto& part : v.parts) {
    if (!part.every) {
      append_joined(v, fetch(part.ref), whole);
      continue;
    }
    const auto* array = slot(part.ref);
    if (array == nullptr || array->kind != ValueKind::array) continue;
    for (std::uint32_t i = 0; i < array->size; ++i) {
      const auto& element = scratch_.reader.row(part.rows, array->first + i)[part.slot];
      append_joined(v, {{element.data, element.size}, element.kind, false}, whole);
    }
  }
  return whole;
}

void Emitter::append_joined(const ValuePlan& v, Value part, Value& whole) {
  normalise(v, part);
  if (!part.is_scalar()) return;
  if (whole.kind == ValueKind::absent) {
    whole = {part.text, ValueKind::string, false};
    return;
  }
  const auto size = whole.text.size() + v.with.size() + part.text.size();
  char* const out = scratch_.arena.take(size);
  auto* at = std::copy(whole.text.begin(), whole.text.end(), out);
  at = std::copy(v.with.begin(), v.with.end(), at);
  std::copy(part.text.begin(), part.text.end(), at);
  whole.text = {out, size};
}

Value Emitter::pick(const ValuePlan& v, const LinePlan&) {
  const auto* array = slot(v.ref);
  if (array == nullptr || array->kind != ValueKind::array) return {};
  const Slot* best = nullptr;
  std::uint32_t best_number = 0;
  Value best_key;
  for (std::uint32_t i = 0; i < array->size; ++i) {
    const Slot* row = scratch_.reader.row(v.rows, array->first + i);
    scratch_.rows.data()[v.level] = row;
    if (v.where && !decides(*v.where)) continue;
    if (v.take == Line::Take::Kind::first && best != nullptr) break;
    if (v.take == Line::Take::Kind::max || v.take == Line::Take::Kind::min) {
      const auto key = fetch(v.key);
      if (!key.is_scalar()) continue;
      const int order = best == nullptr ? 0 : compare_values(key.text, best_key.text);
      const bool better = best == nullptr || (v.take == Line::Take::Kind::max ? order > 0 : order < 0);
      if (!better) continue;
      best_key = key;
    }
    best = row;
    best_number = i;
  }
  if (best == nullptr) return {};
  scratch_.rows[v.level] = best;
  note_row(v.level, best_number);
  return fetch(v.get);
}

// "jobs[1].title": as the mapping writes it, with the rows that are under way.
std::string Emitter::source_of(const ValuePlan& v) const {
  if (sources_ == nullptr) return v.source;
  const auto& ref = v.origin == Line::Origin::pick ? v.get : v.parts.empty() ? v.ref : v.parts.front().ref;
  std::vector<std::uint32_t> numbers;
  for (std::size_t level = 1; level <= ref.level && level < row_numbers_.size(); ++level)
    numbers.push_back(row_numbers_[level]);
  for (std::uint16_t i = 0; i < ref.hop_count; ++i)
    numbers.push_back(static_cast<std::uint32_t>(std::max(0, static_cast<int>(plan_.hops[ref.hop_first + i].index))));
  return with_rows(v.source, numbers);
}

std::string Emitter::source_of(const LinePlan& line) const {
  return source_of(chosen_ == nullptr ? line.value : *chosen_);
}

Value Emitter::make_source_mark(const LinePlan& line) {
  const auto& v = chosen_ == nullptr ? line.value : *chosen_;
  const bool is_read =
      v.origin == Line::Origin::from || v.origin == Line::Origin::join || v.origin == Line::Origin::pick;
  sources_->sources.push_back(is_read ? source_of(v) : std::string());
  return {scratch_.arena.keep(SourceNotes::mark_of(sources_->sources.size() - 1)), ValueKind::string, false};
}

Value Emitter::choose(const ValuePlan& v, const LinePlan& line) {
  for (const auto& branch : v.branches) {
    if (branch.when && !holds(*branch.when)) continue;
    note(branch.chosen_point);
    chosen_ = &branch;
    auto result = value(branch, line);
    // The last resort is a default: it says nothing about the person.
    if (!branch.when && branch.origin == Line::Origin::value) result.constant = true;
    return result;
  }
  note(v.none_point);
  return {};
}

template <class Words>
void Emitter::apply(const Policy& policy, std::uint32_t point, const LinePlan& line, const ValuePlan& v, Value& value,
                    const char* code, Words what) {
  value = {};
  note(point);
  switch (policy.kind) {
    case Policy::Kind::reject:
      return refuse(Reason::mapping_failed, source_of(v), fmt::format("{}; correct it in the record", what()));
    case Policy::Kind::omit:
      out_.findings.push_back({code, source_of(v), fmt::format("{}; {} was left out", what(), line.target)});
      return;
    case Policy::Kind::value:  // foreseen by the mapping: nothing to remark
      value = {policy.value, ValueKind::string, false};
  }
}

void Emitter::run_steps(const ValuePlan& v, const LinePlan& line, Value& value) {
  for (const auto& step : v.steps) {
    if (value.kind == ValueKind::absent && !step.kind->takes_absent) continue;
    const auto outcome = step.kind->run(value, step.arguments, steps_);
    if (footprint_ != nullptr && step.arguments.codes != nullptr) footprint_->codes.insert(value.text.data());
    switch (outcome) {
      case StepOutcome::done:
        break;
      case StepOutcome::cut:
        out_.findings.push_back(
            {"value-cut", source_of(v), fmt::format("longer than {} takes: it was cut", line.target)});
        break;
      case StepOutcome::failed:
        return apply(step.policy ? *step.policy : v.error, step.policy ? step.point : v.error_point, line, v, value,
                     "value-unusable", [&] {
                       const auto wanted = describe_wanted(*step.kind, step.arguments);
                       return fmt::format("{} cannot use what stands there{}{}", step.kind->name,
                                          wanted.empty() ? "" : ": it takes ", wanted);
                     });
      case StepOutcome::unknown:
        return apply(step.policy ? *step.policy : v.unmapped, step.policy ? step.point : v.unmapped_point, line, v,
                     value, "code-unknown",
                     [&] { return fmt::format("the code is not in the list {}", step.arguments.codes->name()); });
    }
  }
  if (value.kind == ValueKind::absent) return;
  const auto makes = v.steps.empty() ? type_text : v.steps.back().kind->makes;
  value.kind = makes == type_number    ? ValueKind::number
               : makes == type_boolean ? ValueKind::boolean
                                       : ValueKind::string;
  if (value.text.empty()) value = {};
}

bool Emitter::decides(const ConditionPlan& condition) {
  const bool yes = holds(condition);
  note(yes ? condition.point : condition.point + 1);
  return yes;
}

bool Emitter::holds(const ConditionPlan& condition) {
  using Kind = Condition::Kind;
  switch (condition.kind) {
    case Kind::all:
      return std::all_of(condition.parts.begin(), condition.parts.end(), [&](const auto& c) { return holds(c); });
    case Kind::any:
      return std::any_of(condition.parts.begin(), condition.parts.end(), [&](const auto& c) { return holds(c); });
    case Kind::exists:
    case Kind::not_exists: {
      const auto* s = slot(condition.ref);
      const bool exists = s != nullptr && s->kind != ValueKind::absent;
      return exists == (condition.kind == Kind::exists);
    }
    case Kind::equal: {
      const auto* s = slot(condition.ref);
      const bool is_scalar =
          s != nullptr && s->kind != ValueKind::absent && s->kind != ValueKind::array && s->kind != ValueKind::object;
      return is_scalar && std::string_view(s->data, s->size) == condition.operands.front();
    }
    default:
      break;
  }
  const auto value = fetch(condition.ref);
  return value.is_scalar() && compares(condition, value);
}

bool Emitter::compares(const ConditionPlan& condition, const Value& value) {
  using Kind = Condition::Kind;
  const auto& operand = condition.operands[0];
  const auto day = [&] { return operand == "today" ? to_iso(steps_.today) : operand; };
  switch (condition.kind) {
    case Kind::not_equal:
      return value.text != operand;
    case Kind::less:
      return compare_values(value.text, operand) < 0;
    case Kind::less_or_equal:
      return compare_values(value.text, operand) <= 0;
    case Kind::in:
      return std::find(condition.operands.begin(), condition.operands.end(), value.text) != condition.operands.end();
    case Kind::before:
    case Kind::after: {
      const auto on = day_of(value.text, steps_);
      return !on.empty() && (condition.kind == Kind::before ? on < day() : on > day());
    }
    case Kind::matches:
      return condition.pattern->matches(value.text);
    default:
      return false;
  }
}

}  // namespace ketenpoort::mapping
