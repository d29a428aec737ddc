// The part of the emitter that writes the most usual lines: a field of the record, with steps or without.
// Each way either gives what the general one gives, or leaves it to that.
#include <algorithm>
#include <bit>

#include "gateway/base/time.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/formats/xml.hpp"
#include "gateway/mapping/translate/emitter.hpp"

namespace ketenpoort::mapping {
namespace {

bool has_none(const char* text, std::size_t size, unsigned (ByteBlock::*specials)() const) {
  for (std::size_t i = 0; i < size; i += ByteBlock::size) {
    const auto found = (ByteBlock(text + i).*specials)();
    if (found != 0 && i + static_cast<std::size_t>(std::countr_zero(found)) < size) return false;
  }
  return true;
}

bool has_no_quote(std::string_view text) {
  return text.find('"') == std::string_view::npos;
}

// A text that trimming and the normal form leave as it is.
bool stands_as_it_is(const Slot& slot, std::string_view text) {
  if (!slot.nfc || text.empty()) return false;
  const bool is_plain = !may_be_white_space(text.front()) && !may_be_white_space(text.back());
  return is_plain || trim_white_space(text).size() == text.size();
}

// Whole numbers as the step `integer` takes them.
bool is_integer(std::string_view text) {
  constexpr std::size_t most_digits = 18;
  if (text.empty() || text.size() > most_digits || (text.front() == '0' && text.size() > 1)) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Emitter::Short Emitter::emit_leaf_shortly(const Operation& operation) {
  const auto& slot = scratch_.rows.data()[operation.level][operation.slot];
  if (operation.category != Operation::no_category && !covered_.contains(static_cast<Category>(operation.category)))
    return slot.kind == ValueKind::absent && operation.may_be_absent ? Short::nothing : Short::not_done;
  if (slot.kind == ValueKind::absent) return operation.may_be_absent ? Short::nothing : Short::not_done;
  if (slot.kind == ValueKind::array || slot.kind == ValueKind::object) return Short::not_done;
  const std::string_view text(slot.data, slot.size);
  auto kind = formats::JsonKind::string;
  switch (operation.way) {
    case Operation::Way::general:
      return Short::not_done;
    case Operation::Way::code: {
      if (!stands_as_it_is(slot, text)) return Short::not_done;
      std::string_view known = text;
      if (operation.steps > 0 && !run_steps_shortly(operation, slot.kind, known)) return Short::not_done;
      const auto* code = operation.codes->find(known);
      if (code == nullptr) return Short::not_done;
      if (operation.text == nullptr) proven_ = false;
      put_shortly(operation, {texts_ + code->target, code->target_size});
      return Short::said;
    }
    case Operation::Way::steps: {
      std::string_view made = text;
      if (!stands_as_it_is(slot, text) || !run_steps_shortly(operation, slot.kind, made)) return Short::not_done;
      if (made.size() > operation.most_bytes) return Short::not_done;
      if (operation.check != nullptr && !formats::scalar_fits(*operation.check, kind, made)) return Short::not_done;
      if (!put_plain(operation, made)) return Short::not_done;
      if (plan_.xml) prove(operation.text, made);
      note_sent(operation);
      return Short::said;
    }
    case Operation::Way::text:
      if (!stands_as_it_is(slot, text) || text.size() > operation.most_bytes) return Short::not_done;
      break;
    case Operation::Way::date:
      if (!stands_as_it_is(slot, text) || !parse_incomplete_date(text)) return Short::not_done;
      break;
    case Operation::Way::boolean:
      if (slot.kind != ValueKind::boolean) return Short::not_done;
      kind = formats::JsonKind::boolean;
      break;
    case Operation::Way::integer:
      if (!is_integer(text)) return Short::not_done;
      kind = formats::JsonKind::number;
      break;
  }
  if (operation.check != nullptr && !formats::scalar_fits(*operation.check, kind, text)) return Short::not_done;
  const bool needs_no_escape = plan_.xml    ? has_none(text.data(), text.size(), &ByteBlock::xml_specials)
                               : slot.plain ? true
                                            : has_none(text.data(), text.size(), &ByteBlock::json_specials);
  if (!needs_no_escape || (operation.is_attribute && !has_no_quote(text))) return Short::not_done;
  if (plan_.xml) prove(operation.text, text);
  put_shortly(operation, text);
  return Short::said;
}

void Emitter::put_shortly(const Operation& operation, std::string_view value) {
  message_.put_readable({texts_ + operation.prefix, operation.prefix_size}, {value.data(), value.size()},
                        {texts_ + operation.suffix, operation.suffix_size});
  note_sent(operation);
}

void Emitter::note_sent(const Operation& operation) {
  if (operation.category != Operation::no_category) out_.sent.insert(static_cast<Category>(operation.category));
}

bool Emitter::run_steps_shortly(const Operation& operation, ValueKind kind, std::string_view& text) {
  Value value{text, kind, false};
  const auto* step = lines_[operation.line].value.steps.data();
  for (const auto* const end = step + operation.steps; step != end; ++step) {
    if (step->kind->run(value, step->arguments, steps_) != StepOutcome::done) return false;
    if (value.kind == ValueKind::absent || value.text.empty()) return false;
  }
  text = value.text;
  return true;
}

// The value need not be readable beyond its end: it is looked at where it was put.
bool Emitter::put_plain(const Operation& operation, std::string_view value) {
  const auto before = message_.size();
  put_prefix(operation);
  const char* const at = message_.put(value);
  const auto size = value.size();
  const bool is_plain = plan_.xml ? has_none(at, size, &ByteBlock::xml_specials) &&
                                        (has_none(at, size, &ByteBlock::high) || formats::is_xml_text(value)) &&
                                        (!operation.is_attribute || has_no_quote(value))
                                  : has_none(at, size, &ByteBlock::json_specials);
  if (is_plain)
    message_.put_readable(texts_ + operation.suffix, operation.suffix_size);
  else
    message_.resize(before);
  return is_plain;
}

}  // namespace ketenpoort::mapping
