#include "gateway/mapping/plan/program.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "gateway/base/byte_block.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/formats/xml.hpp"
#include "gateway/mapping/plan/plan.hpp"

namespace ketenpoort::mapping {
namespace {

constexpr std::uint64_t multiplier = 0x9E3779B97F4A7C15ULL;

// What a schema asks of a value that the short way finds by itself.
bool asks_no_more_than_its_kind(const formats::SchemaNode& schema) {
  return schema.allowed.empty() && !schema.pattern && !schema.minimum && !schema.maximum;
}

}  // namespace

const CodeTable::Entry* CodeTable::find(std::string_view code) const {
  const auto size = static_cast<std::uint32_t>(code.size());
  const auto head = head_of(code.data(), size);
  const auto tail = tail_of(code.data(), size);
  const auto mask = places_.size() - 1;
  const auto* const places = places_.data();
  for (auto at = (mix(head, code.data(), size) * multiplier) >> shift_;; at = (at + 1) & mask) {
    const auto& entry = places[at];
    if (entry.source == nullptr) return nullptr;
    if (entry.head == head && entry.size == size && entry.tail == tail &&
        (size <= 16 || std::memcmp(entry.source, code.data(), size) == 0))
      return &entry;
  }
}

class ProgramWriter {
 public:
  explicit ProgramWriter(const Plan& plan) : plan_(plan) {}

  Program write() {
    add(plan_.root);
    program_.texts.resize(program_.texts.size() + ByteBlock::size);
    return std::move(program_);
  }

 private:
  void add(std::uint32_t number) {
    const auto& node = plan_.nodes[number];
    const auto index = program_.operations.size();
    auto& operation = program_.operations.emplace_back();
    operation.node = number;
    operation.line = node.line;
    operation.has_when = node.when.has_value();
    operation.trims_comma = node.trims_comma;
    operation.is_attribute = node.attribute;
    operation.is_simple = !node.demanded && node.needed.empty() && node.asked.empty() && node.id < 0 &&
                          node.least <= 1 && node.most == SIZE_MAX && !node.counts_rows;
    operation.kind = kind_of(node);
    if (node.kind == EmitNode::Kind::leaf) choose_way(operation, node);
    const bool is_text = operation.way == Operation::Way::text || operation.way == Operation::Way::date ||
                         operation.way == Operation::Way::steps;
    const bool quoted = !plan_.xml && is_text;
    const char* const quote = quoted ? "\"" : "";
    std::tie(operation.prefix, operation.prefix_size) = keep(node.prefix + quote);
    std::tie(operation.suffix, operation.suffix_size) = keep(quote + node.suffix);
    for (const auto child : node.children) add(child);
    program_.operations[index].next = static_cast<std::uint32_t>(program_.operations.size());
  }

  static Operation::Kind kind_of(const EmitNode& node) {
    switch (node.kind) {
      case EmitNode::Kind::constant:
        return Operation::Kind::constant;
      case EmitNode::Kind::leaf:
        return Operation::Kind::leaf;
      case EmitNode::Kind::container:
        return Operation::Kind::container;
      case EmitNode::Kind::rows:
        return Operation::Kind::rows;
      case EmitNode::Kind::reference:
        break;
    }
    return Operation::Kind::reference;
  }

  std::pair<std::uint32_t, std::uint32_t> keep(std::string_view text) {
    const auto begin = static_cast<std::uint32_t>(program_.texts.size());
    program_.texts.insert(program_.texts.end(), text.begin(), text.end());
    return {begin, static_cast<std::uint32_t>(text.size())};
  }

  // The way of a leaf, when its line has nothing that only the general way knows.
  void choose_way(Operation& operation, const EmitNode& node) {
    const auto& line = plan_.lines[node.line];
    const auto& value = line.value;
    if (line.category) operation.category = static_cast<std::uint8_t>(*line.category);
    if (value.origin != Line::Origin::from || value.ref.hop_count > 0) return;
    const auto way = way_of(value);
    if (way == Operation::Way::general) return;
    operation.level = value.ref.level;
    operation.slot = value.ref.slot;
    const bool fills_in =
        std::any_of(value.steps.begin(), value.steps.end(), [](const Step& step) { return step.kind->takes_absent; });
    operation.may_be_absent = !line.required && value.missing.kind == Policy::Kind::omit && !fills_in;
    operation.text = node.text;
    const auto steps = value.steps.size();
    if (way == Operation::Way::steps) operation.steps = static_cast<std::uint8_t>(steps);
    if (way == Operation::Way::code) {
      operation.steps = static_cast<std::uint8_t>(steps - 1);
      operation.codes = table_of(value.steps.back(), line.check, node.attribute, node.text);
      if (operation.codes == nullptr) return;
    } else if (line.check != nullptr && !plan_.xml) {
      const auto& schema = *line.check;
      operation.check = line.check;
      const bool only_lengths = asks_no_more_than_its_kind(schema) && schema.min_length.value_or(0) <= 1;
      const bool makes_text = way == Operation::Way::text || way == Operation::Way::steps;
      const bool is_text = makes_text && (schema.kinds & formats::kind_string) != 0;
      const bool is_boolean = way == Operation::Way::boolean && (schema.kinds & formats::kind_boolean) != 0;
      if (only_lengths && (is_text || is_boolean)) {
        operation.check = nullptr;
        if (is_text && schema.max_length)
          operation.most_bytes = static_cast<std::uint32_t>(std::min<std::size_t>(*schema.max_length, UINT32_MAX));
      }
    }
    operation.way = way;
  }

  static Operation::Way way_of(const ValuePlan& value) {
    using Way = Operation::Way;
    const auto& steps = value.steps;
    if (steps.empty()) return Way::text;
    if (steps.size() > UINT8_MAX) return Way::general;
    const auto& last = steps.back();
    if (last.kind->name == "codes" && last.arguments.number == 0 &&
        std::all_of(steps.begin(), steps.end() - 1, [](const Step& step) { return is_change_of_case(step); }))
      return Way::code;
    if (steps.size() == 1 && last.arguments.words.empty() && last.arguments.named.empty()) {
      if (last.kind->name == "boolean") return Way::boolean;
      if (last.kind->name == "integer") return Way::integer;
      if (last.kind->name == "date") return Way::date;
    }
    const bool makes_text = (last.kind->makes & (type_text | type_date | type_datetime)) != 0;
    return makes_text ? Way::steps : Way::general;
  }

  // What these make can be read beyond its end, as a table of codes does.
  static bool is_change_of_case(const Step& step) { return step.kind->name == "lower" || step.kind->name == "upper"; }

  // The codes of a step as the message writes them; those that do not fit are not there, and the general way says why.
  // Null when the list must be asked for a day.
  const CodeTable* table_of(const Step& step, const formats::SchemaNode* check, bool attribute,
                            const formats::XsdText* rule) {
    const auto* list = step.arguments.codes;
    if (list == nullptr || list->entries().empty()) return nullptr;
    const auto& entries = list->entries();
    const bool dated = std::any_of(entries.begin(), entries.end(), [](const auto& e) { return e.from || e.to; });
    if (dated) return nullptr;
    auto& known = tables_[{list, check, attribute, rule}];
    if (known == nullptr) known = &make_table(*list, check, attribute, rule);
    return known;
  }

  CodeTable& make_table(const CodeList& list, const formats::SchemaNode* check, bool attribute,
                        const formats::XsdText* rule) {
    auto& table = program_.tables.emplace_back();
    unsigned bits = 1;
    while ((std::size_t{1} << bits) < list.entries().size() * 2) ++bits;
    table.places_.resize(std::size_t{1} << bits);
    table.shift_ = 64 - bits;
    for (const auto& entry : list.entries()) {
      if (entry.source.empty() || entry.target.empty()) continue;
      if (check != nullptr && !plan_.xml && !formats::scalar_fits(*check, formats::JsonKind::string, entry.target))
        continue;
      if (plan_.xml && !formats::is_xml_text(entry.target)) continue;
      if (rule != nullptr && !rule->surely_fits(entry.target)) continue;
      char padded[8] = {};
      std::memcpy(padded, entry.source.data(), std::min<std::size_t>(entry.source.size(), 8));
      CodeTable::Entry made;
      made.size = static_cast<std::uint32_t>(entry.source.size());
      made.head = head_of(padded, made.size);
      made.tail = tail_of(entry.source.data(), made.size);
      made.source = entry.source.data();
      std::tie(made.target, made.target_size) = keep(written(entry.target, attribute));
      auto at = (mix(made.head, made.source, made.size) * multiplier) >> table.shift_;
      while (table.places_[at].source != nullptr) at = (at + 1) & (table.places_.size() - 1);
      table.places_[at] = made;
    }
    return table;
  }

  std::string written(const std::string& text, bool attribute) const {
    std::string out;
    if (!plan_.xml) {
      out = "\"";
      formats::append_escaped(out, text);
      out += '"';
    } else if (attribute) {
      formats::append_xml_attribute(out, text);
    } else {
      formats::append_xml_text(out, text);
    }
    return out;
  }

  const Plan& plan_;
  Program program_;
  std::map<std::tuple<const CodeList*, const formats::SchemaNode*, bool, const formats::XsdText*>, CodeTable*> tables_;
};

Program write_program(const Plan& plan) {
  return ProgramWriter(plan).write();
}

}  // namespace ketenpoort::mapping
