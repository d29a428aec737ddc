#include "gateway/mapping/translate/emitter.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "gateway/base/utf8.hpp"
#include "gateway/formats/suggest.hpp"
#include "gateway/formats/xml.hpp"

namespace ketenpoort::mapping {

namespace {

constexpr struct {
  const char* left_out = "default-only";
  const char* why = "only a default would stand here, which says nothing about the person";
} default_only;

// JSON never begins so.
bool is_xml_document(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const auto start = text.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && text[start] == '<';
}

std::string wrong_count(const EmitNode& node, std::size_t said) {
  const auto count = said + node.constants;
  return fmt::format("{} element{}, which the recipient's schema does not allow", count, count == 1 ? "" : "s");
}

// Of what comes in, where something would have to stand: the arrays that lists are made of, or else the fields.
std::string what_is_read(const Plan& plan) {
  constexpr std::size_t most = 5;
  std::vector<std::string_view> places;
  for (const bool arrays : {true, false}) {
    for (const auto& line : plan.lines) {
      const std::string_view place = arrays ? line.rows : line.value.source;
      if (!place.empty() && std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
    }
    if (!places.empty()) break;
  }
  const auto more = places.size() > most ? fmt::format(" and {} more", places.size() - most) : std::string{};
  places.resize(std::min(places.size(), most));
  return fmt::format("{}{}", fmt::join(places, ", "), more);
}

// What may explain that nothing is left: where each stood and why it went.
std::string why_nothing(const Plan& plan, const Translation& out, bool rows_went) {
  constexpr std::size_t most = 5;
  std::vector<std::string> reasons;
  for (const auto& finding : out.findings) reasons.push_back(fmt::format("{} ({})", finding.field, finding.code));
  for (const auto& left : out.left_out)
    reasons.push_back(fmt::format("{} ({}: {})", left.field, left.reason, to_text(left.category)));
  if (reasons.empty() && plan.definition.inbound && rows_went)
    return fmt::format("of {} there is none that the mapping reads: its conditions (where) leave each out",
                       what_is_read(plan));
  if (reasons.empty() && plan.definition.inbound)
    return fmt::format("nothing is there of what is read; send at least one of {}", what_is_read(plan));
  if (reasons.empty()) return "no field that may be sent is present in the record";
  const auto more = reasons.size() > most ? fmt::format(" and {} more", reasons.size() - most) : std::string{};
  reasons.resize(std::min(reasons.size(), most));
  return fmt::format("no field that may be sent is left; left out: {}{}", fmt::join(reasons, ", "), more);
}

}  // namespace

Emitter::Emitter(const Plan& plan, const Context& context, Scratch& scratch, Translation& out)
    : plan_(plan),
      context_(context),
      scratch_(scratch),
      out_(out),
      message_(scratch.message),
      operations_(plan.program.operations.data()),
      texts_(plan.program.texts.data()),
      nodes_(plan.nodes.data()),
      lines_(plan.lines.data()),
      steps_{scratch.arena, date_in_brussels(context.now), context.allow_mock_ssin} {
  if (const auto known = plan.purposes.find(context.purpose); known != plan.purposes.end()) purpose_ = &known->second;
  covered_ = purpose_ == nullptr ? context.allowed : context.allowed & *purpose_;
}

tl::expected<void, Refusal> Emitter::run(std::string_view record, std::vector<ExplainLine>* trace) {
  trace_ = trace;
  takes_short_ways_ = trace_ == nullptr && footprint_ == nullptr && sources_ == nullptr;
  scratch_.arena.clear();
  scratch_.ids.assign(plan_.ids.size(), not_reached);
  out_.content_type = plan_.content_type;
  if (!knows_purpose() || !read(record)) return tl::make_unexpected(std::move(refusal_));
  fill_context();
  scratch_.rows.assign(plan_.levels, nullptr);
  scratch_.rows[0] = scratch_.reader.root();
  bool said_something = false;
  do {
    again_ = false;
    proven_ = plan_.target_xsd != nullptr && !plan_.xsd_unprovable;
    ids_made_ = 0;
    rows_beyond_first_ = 0;
    message_.clear();
    out_.left_out.clear();
    out_.findings.clear();
    out_.sent = {};
    scratch_.noted.assign(plan_.lines.size(), 0);
    if (trace_ != nullptr) trace_->clear();
    said_something = emit(0);
    if (refused_) return tl::make_unexpected(std::move(refusal_));
    settle_references();
  } while (again_);
  if (!said_something || (out_.sent.empty() && !plan_.categories.empty())) {
    refuse(Reason::nothing_to_send, {}, why_nothing(plan_, out_, rows_went_));
    return tl::make_unexpected(std::move(refusal_));
  }
  out_.bytes.assign(message_.text());
  return {};
}

// A purpose that is none of the mapping's says nothing of what may go: so nothing goes.
bool Emitter::knows_purpose() {
  const auto& purposes = plan_.definition.purposes;
  if (purpose_ != nullptr || purposes.empty()) return true;
  if (std::find(purposes.begin(), purposes.end(), context_.purpose) != purposes.end()) {
    if (plan_.purposes.empty()) return true;  // loaded without the table of purposes: only `allowed` decides
    refuse(Reason::mapping_failed, {}, fmt::format("nobody says what may go for the purpose {}", context_.purpose));
    return false;
  }
  const auto given = context_.purpose.empty()
                         ? std::string("no purpose is given")
                         : fmt::format("{} is no purpose of this mapping{}", context_.purpose,
                                       formats::did_you_mean(context_.purpose, {purposes.begin(), purposes.end()}));
  refuse(Reason::mapping_failed, {}, fmt::format("{}; it has {}", given, fmt::join(purposes, ", ")));
  return false;
}

bool Emitter::read(std::string_view record) {
  const bool is_xml = plan_.source.reads_xml() && is_xml_document(record);
  const auto* complaint = is_xml ? scratch_.reader.read_xml(plan_.source, record)
                                 : scratch_.reader.read(plan_.source, record, context_.referral_index);
  if (complaint == nullptr) return true;
  refuse(Reason::mapping_failed, {}, complaint);
  return false;
}

// As Uuid::text, without its allocation.
std::string_view Emitter::transfer_id() {
  static constexpr char hex[] = "0123456789abcdef";
  char* const out = scratch_.arena.take(36);
  char* at = out;
  for (std::size_t i = 0; i < context_.transfer.bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
    *at++ = hex[context_.transfer.bytes[i] >> 4];
    *at++ = hex[context_.transfer.bytes[i] & 15];
  }
  return {out, 36};
}

void Emitter::fill_context() {
  Slot* const slots = scratch_.reader.root();
  const auto set = [&](std::uint32_t index, ValueKind kind, std::string_view text) {
    slots[index].data = text.data();
    slots[index].size = static_cast<std::uint32_t>(text.size());
    slots[index].kind = kind;
    slots[index].nfc = is_surely_nfc(text);
  };
  auto& arena = scratch_.arena;
  const auto& derived = context_.derived;
  for (const auto& [what, index] : plan_.context) {
    switch (what) {
      case ContextField::transfer_id:
        set(index, ValueKind::string, transfer_id());
        break;
      case ContextField::labour_since:
        if (derived.labour_access_since)
          set(index, ValueKind::string, arena.keep(to_iso(*derived.labour_access_since)));
        break;
      case ContextField::labour_basis:
        if (!derived.labour_access_basis.empty())
          set(index, ValueKind::string, arena.keep(derived.labour_access_basis));
        break;
      case ContextField::age:
        if (derived.age) set(index, ValueKind::number, arena.keep(fmt::format_int(*derived.age).c_str()));
        break;
      case ContextField::minor:
        if (derived.minor) set(index, ValueKind::boolean, arena.keep(*derived.minor ? "true" : "false"));
        break;
    }
  }
}

// A reference may come before its node. It is then assumed to be there; when the node turns out absent, everything is
// emitted once more with that known. Each time one node more is known to be absent, so this ends.
void Emitter::settle_references() {
  for (auto& state : scratch_.ids) {
    if (state == assumed) {
      state = absent;  // the node was never reached at all
      again_ = true;
    } else if (state == present) {
      state = not_reached;
    }
  }
}

bool Emitter::emit(std::uint32_t index) {
  const auto& operation = operations_[index];
  if (operation.has_when && !goes_in(nodes_[operation.node])) return false;
  switch (operation.kind) {
    case Operation::Kind::constant:
      put_prefix(operation);
      return false;
    case Operation::Kind::leaf:
      return emit_leaf(operation);
    case Operation::Kind::container:
      return operation.is_simple ? emit_simple_container(index) : emit_container(index);
    case Operation::Kind::rows:
      return emit_rows(index);
    case Operation::Kind::reference:
      return emit_reference(operation);
  }
  return false;
}

// What the `when` of a node says.
bool Emitter::goes_in(const EmitNode& node) {
  if (decides(*node.when)) return true;
  if (node.id >= 0 && node.kind == EmitNode::Kind::container) {
    auto& state = scratch_.ids[static_cast<std::size_t>(node.id)];
    if (state == assumed) again_ = true;
    state = absent;
  }
  if (trace_ != nullptr)
    trace_below(node, "condition", fmt::format("its condition does not hold: {}", node.when->text));
  return false;
}

void Emitter::close(const Operation& operation) {
  if (operation.trims_comma && message_.back() == ',') message_.resize(message_.size() - 1);
  message_.put_readable(texts_ + operation.suffix, operation.suffix_size);
}

bool Emitter::emit_simple_container(std::uint32_t index) {
  const auto& operation = operations_[index];
  const auto mark = this->mark();
  put_prefix(operation);
  bool said = false;
  for (auto child = index + 1; child < operation.next; child = operations_[child].next)
    if (emit_child(child)) said = true;
  if (refused_) return false;
  if (said)
    close(operation);
  else
    take_back_to(mark);
  return said;
}

bool Emitter::emit_container(std::uint32_t index) {
  const auto& operation = operations_[index];
  const auto& node = nodes_[operation.node];
  const auto mark = this->mark();
  put_prefix(operation);
  std::size_t said = 0;
  bool has_default = false;
  const std::uint32_t* needed = node.needed.data();
  const std::uint32_t* const needed_end = needed + node.needed.size();
  const std::uint32_t* asked = node.asked.data();
  const std::uint32_t* const asked_end = asked + node.asked.size();
  bool has_all = true;
  const std::string* missing = nullptr;
  const auto rows_before = rows_beyond_first_;
  std::uint32_t position = 0;
  for (auto child = index + 1; child < operation.next; child = operations_[child].next, ++position) {
    const auto before = message_.size();
    const bool says = emit_child(child);
    if (says) ++said;
    if (refused_) return false;
    if (asked != asked_end && *asked == position) {
      ++asked;
      has_all = has_all && message_.size() > before;
    }
    const bool is_there = says || message_.size() > before;  // a moment or a new id says nothing, but is there
    if (is_there && !says && operations_[child].kind != Operation::Kind::constant) has_default = true;
    if (needed == needed_end || *needed != position) continue;
    ++needed;
    if (!is_there && missing == nullptr) missing = &nodes_[operations_[child].node].target;
  }
  if (node.counts_rows) said += rows_beyond_first_ - rows_before;
  rows_beyond_first_ = rows_before;
  // What the schema demands goes with its surroundings, like a constant, even if only defaults stand in it.
  const bool stays = said > 0 || (node.demanded && has_default && missing == nullptr);
  if (node.id >= 0) {
    auto& state = scratch_.ids[static_cast<std::size_t>(node.id)];
    if (!stays && state == assumed) again_ = true;
    state = stays ? present : absent;
  }
  if (!stays) {
    take_back_to(mark);
    return false;
  }
  proven_ = proven_ && has_all;
  if (missing != nullptr)
    refuse(Reason::schema_invalid, *missing, "the recipient's schema requires it, but the record has nothing for it");
  else if (said < node.least || said > node.most)
    refuse(Reason::schema_invalid, node.target, wrong_count(node, said));
  close(operation);
  return said > 0;
}

bool Emitter::emit_rows(std::uint32_t index) {
  const auto& operation = operations_[index];
  const auto& node = nodes_[operation.node];
  const auto* array = slot(node.ref);
  if (array == nullptr || array->kind == ValueKind::absent) {
    if (trace_ != nullptr) trace_below(node, "no-elements", "the record has no such elements");
    return false;
  }
  if (array->kind != ValueKind::array) {
    refuse(Reason::mapping_failed, node.target, "the source is no array");
    return false;
  }
  const auto mark = this->mark();
  put_prefix(operation);
  std::size_t said = 0;
  const auto row = index + 1;
  for (std::uint32_t i = 0; i < array->size; ++i) {
    scratch_.rows.data()[node.level] = scratch_.reader.row(node.scope, array->first + i);
    note_row(node.level, i);
    if (node.where && !decides(*node.where)) {
      rows_went_ = true;
      if (trace_ != nullptr)
        trace_below(nodes_[operations_[row].node], "condition",
                    fmt::format("its condition does not hold: {}", node.where->text));
      continue;
    }
    if (emit(row)) ++said;
    if (refused_) return false;
  }
  if (array->size > node.most_rows) proven_ = false;
  if (array->size == 0 && trace_ != nullptr) trace_below(node, "no-elements", "the record has no such elements");
  if (said == 0) {
    take_back_to(mark);
    return false;
  }
  if (said < node.least || said > node.most) refuse(Reason::schema_invalid, node.target, wrong_count(node, said));
  if (node.are_elements) rows_beyond_first_ += said - 1;
  close(operation);
  return true;
}

bool Emitter::emit_reference(const Operation& operation) {
  auto& state = scratch_.ids[static_cast<std::size_t>(nodes_[operation.node].id)];
  if (state == absent) return false;
  if (state == not_reached) state = assumed;
  put_prefix(operation);
  return true;
}

bool Emitter::emit_leaf(const Operation& operation) {
  if (operation.way != Operation::Way::general && takes_short_ways_) {
    const auto done = emit_leaf_shortly(operation);
    if (done != Short::not_done) return done == Short::said;
  }
  return emit_leaf_in_general(operation);
}

bool Emitter::emit_leaf_in_general(const Operation& operation) {
  const auto& node = nodes_[operation.node];
  const auto& line = lines_[node.line];
  if (!is_covered(line)) {
    leave_out(line);
    return false;
  }
  const auto findings_before = out_.findings.size();
  const auto value = line_value(line);
  if (refused_ || value.kind == ValueKind::absent) {
    if (trace_ != nullptr && !refused_) trace_absent(line, findings_before);
    return false;
  }
  if (value.constant && node.vanishes_alone) {
    if (trace_ != nullptr) trace(line, {}, default_only.left_out, default_only.why);
    return false;
  }
  if (line.check != nullptr && !plan_.xml) {
    const auto kind = value.kind == ValueKind::number    ? formats::JsonKind::number
                      : value.kind == ValueKind::boolean ? formats::JsonKind::boolean
                                                         : formats::JsonKind::string;
    if (!formats::scalar_fits(*line.check, kind, value.text)) {
      note_refused_at(line);
      refuse(Reason::schema_invalid, line.target, formats::fault_of_scalar(*line.check, kind, value.text));
      return false;
    }
  }
  write(operation, sources_ == nullptr ? value : make_source_mark(line));
  if (refused_) return false;
  if (line.category) out_.sent.insert(*line.category);
  if (footprint_ != nullptr) footprint_->lines[node.line] = true;
  if (trace_ != nullptr) trace(line, value, {}, {});
  return !value.constant;
}

void Emitter::write(const Operation& operation, const Value& value) {
  const auto& node = nodes_[operation.node];
  if (plan_.xml) {
    prove(node.text, value.text);
    if (put_plain(operation, value.text)) return;
  }
  auto& text = scratch_.escaped;
  text = node.prefix;
  if (plan_.xml) {
    if (!formats::is_xml_text(value.text))
      refuse(Reason::mapping_failed, node.target, "the value holds a control character, which XML cannot carry");
    else if (node.attribute)
      formats::append_xml_attribute(text, value.text);
    else
      formats::append_xml_text(text, value.text);
  } else if (value.kind == ValueKind::string) {
    text += '"';
    formats::append_escaped(text, value.text);
    text += '"';
  } else {
    text += value.text;
  }
  text += node.suffix;
  message_.put(text);
}

bool Emitter::is_covered(const LinePlan& line) const {
  return !line.category || covered_.contains(*line.category);
}

void Emitter::leave_out(const LinePlan& line) {
  const bool never = purpose_ != nullptr && !purpose_->contains(*line.category);
  const char* reason = never ? "never-for-purpose" : "category-not-covered";
  if (line.required)
    return refuse(Reason::category_not_covered, line.target,
                  fmt::format("it is required, and {} is not allowed", to_text(*line.category)));
  // A constant is here because the `when` around it holds.
  const bool has_something =
      line.value.origin == Line::Origin::value ||
      (line.value.origin == Line::Origin::known_id && known_id(line.value).kind != ValueKind::absent) ||
      std::any_of(line.watched.begin(), line.watched.end(), [&](const SourceRef& ref) {
        const auto* s = slot(ref);
        return s != nullptr && s->kind != ValueKind::absent;
      });
  if (!has_something) {
    if (trace_ != nullptr) trace_absent(line, out_.findings.size());
    return;
  }
  auto& noted = scratch_.noted[static_cast<std::size_t>(&line - plan_.lines.data())];
  if (noted == 0) out_.left_out.push_back({line.target, *line.category, reason});
  noted = 1;
  if (trace_ != nullptr)
    trace(line, {}, reason,
          fmt::format("{} is {}", to_text(*line.category), never ? "never for this purpose" : "not allowed here"));
}

void Emitter::refuse(Reason reason, std::string field, std::string detail) {
  if (refused_) return;
  refused_ = true;
  refusal_ = {reason, std::move(field), std::move(detail)};
}

void Emitter::trace_absent(const LinePlan& line, std::size_t findings_before) {
  if (out_.findings.size() > findings_before)
    trace(line, {}, out_.findings.back().code, out_.findings.back().detail);
  else if (line.value.origin == Line::Origin::choose)
    trace(line, {}, "absent", "no branch has something to say");
  else
    trace(line, {}, "absent", fmt::format("the record has nothing at {}", line.value.source));
}

// What stood in a part that vanished was no more than that.
void Emitter::trace_taken_back(std::size_t from) {
  for (auto line = trace_->begin() + static_cast<std::ptrdiff_t>(from); line != trace_->end(); ++line) {
    if (!line->left_out.empty()) continue;
    line->left_out = default_only.left_out;
    line->why = default_only.why;
    line->value.clear();
  }
}

void Emitter::trace_below(const EmitNode& node, std::string_view left_out, const std::string& why) {
  if (node.kind == EmitNode::Kind::leaf) trace(plan_.lines[node.line], {}, left_out, why);
  for (const auto child : node.children) trace_below(plan_.nodes[child], left_out, why);
}

void Emitter::trace(const LinePlan& line, const Value& value, std::string_view left_out, std::string why) {
  ExplainLine e;
  e.target = line.target;
  e.source = line.is_plain ? line.value.source : line.definition;
  e.at = line.at;
  e.steps = line.steps;
  e.code_list = line.code_list;
  e.category = line.category ? std::string(to_text(*line.category)) : "none";
  e.condition = line.conditions;
  e.left_out = left_out;
  e.why = std::move(why);
  if (value.kind != ValueKind::absent) {
    const bool open = line.value.origin == Line::Origin::value || !line.category;
    if (open)
      e.value = std::string(value.text);
    else if (line.mask == "last4" && count_characters(value.text) > 4)
      e.value = "***" + std::string(last_characters(value.text, 4));
    else
      e.value = "***";
  }
  trace_->push_back(std::move(e));
}

}  // namespace ketenpoort::mapping
