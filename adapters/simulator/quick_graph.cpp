#include "adapters/simulator/quick_graph.hpp"

// RapidJSON that looks for the ends of strings 16 bytes at a time, under a name of its own: the same names compiled in
// two ways would be one to the linker.
#define RAPIDJSON_NAMESPACE rapidjson_by_16
#define RAPIDJSON_NAMESPACE_BEGIN namespace rapidjson_by_16 {
#define RAPIDJSON_NAMESPACE_END }
#ifdef __SSE2__
#define RAPIDJSON_SSE2
#endif
#include <rapidjson/reader.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include "gateway/base/time.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/domain/ssin.hpp"

namespace ketenpoort::simulator {
namespace {

constexpr std::size_t most_bytes = 256U << 10;  // far fewer values than parse_json takes
constexpr std::size_t most_nodes = 64;
constexpr std::size_t deepest = 24;
constexpr std::size_t most_properties = 60;
// Bits of what has been seen, beside one per property.
constexpr std::uint64_t seen_type = std::uint64_t{1} << 63;
constexpr std::uint64_t seen_id = std::uint64_t{1} << 62;
constexpr std::uint64_t seen_context = std::uint64_t{1} << 61;
constexpr std::uint64_t seen_graph = std::uint64_t{1} << 60;

bool is_code_of(std::string_view list_and_names, std::string_view id) {
  const auto bar = list_and_names.find('|');
  const auto list = list_and_names.substr(0, bar);
  if (!id.starts_with(list) || id.size() == list.size()) return false;
  return bar == std::string_view::npos || is_listed(list_and_names.substr(bar + 1), id.substr(list.size()));
}

// What stands beside @value in a literal.
struct Mark {
  std::string_view name{};
  std::string_view value{};
};
Mark mark_of(ValueKind kind) {
  if (kind == ValueKind::dutch_literal) return {"@language", "nl"};
  if (kind == ValueKind::date_time_literal) return {"@type", "DateTime"};
  return {};
}

bool is_literal(ValueKind kind) {
  return kind == ValueKind::literal || kind == ValueKind::phone_literal || kind == ValueKind::email_literal ||
         kind == ValueKind::dutch_literal || kind == ValueKind::date_time_literal;
}

bool is_text(ValueKind kind) {
  return kind < ValueKind::integer;
}
static_assert(ValueKind::isco_code < ValueKind::integer && ValueKind::integer < ValueKind::boolean &&
              ValueKind::boolean < ValueKind::literal);

}  // namespace

// Takes the parser's events; false from any of them ends the reading: not surely right.
class QuickGraph::Reader {
 public:
  Reader(const QuickGraph& graph, std::string_view transfer_id) : graph_(graph), transfer_id_(transfer_id) {}

  // The parser's interface.
  bool Null() { return false; }
  bool Bool(bool) {
    const auto* property = take_scalar();
    return property != nullptr && property->kind == ValueKind::boolean;
  }
  bool Int(int) { return false; }  // numbers come as text only
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* text, unsigned size, bool) {
    constexpr unsigned surely_fits = 18;
    const auto* property = take_scalar();
    return property != nullptr && property->kind == ValueKind::integer && size <= surely_fits &&
           std::all_of(text, text + size, [](char c) { return c >= '0' && c <= '9'; });
  }
  bool String(const char* text, unsigned size, bool) { return take_string({text, size}); }
  bool Key(const char* text, unsigned size, bool) { return take_key({text, size}); }
  bool StartObject();
  bool EndObject(unsigned members);
  bool StartArray();
  bool EndArray(unsigned elements);

  [[nodiscard]] bool is_whole() const;

 private:
  enum class Place : unsigned char { root, contexts, graph, object, vocabulary, many, literal, link };
  // What the next value in an object is.
  enum class Next : unsigned char { nothing, property, type, id, context, graph, value, mark, vocabulary };

  struct Open {
    Place place = Place::root;
    bool is_node = false;
    Next next = Next::nothing;
    const CompiledShape* shape = nullptr;
    const Property* property = nullptr;  // whose value this is, or (in an object) whose value comes next
    const Property* value_of = nullptr;
    std::uint64_t seen = 0;
    std::size_t position = 0;  // where the next property is likely to be found
    std::string_view id{};
    std::string_view number{};
    std::string_view issuer{};
  };
  struct Node {
    std::string_view id;
    std::string_view type;
  };
  struct Link {
    std::string_view id;
    std::string_view types;
  };

  Open& top() { return open_[depth_ - 1]; }
  Open* push(Place place) {
    if (depth_ == deepest) return nullptr;
    auto& opened = open_[depth_++];
    opened = Open{};
    opened.place = place;
    return &opened;
  }
  static bool see(Open& object, std::uint64_t bit) {
    const bool first = (object.seen & bit) == 0;
    object.seen |= bit;
    return first;
  }

  const Property* take_scalar();
  bool take_key(std::string_view key);
  bool take_property_key(Open& object, std::string_view key);
  bool take_string(std::string_view text);
  bool take_type(Open& object, std::string_view type);
  bool take_text(std::string_view text, const Property& property);
  bool take_link(Open& link, std::string_view id);
  bool end_object(const Open& object);

  const QuickGraph& graph_;
  std::string_view transfer_id_;
  std::array<Open, deepest> open_;
  std::size_t depth_ = 0;
  std::array<Node, most_nodes> nodes_;
  std::size_t node_count_ = 0;
  std::vector<Link> links_;
  bool names_transfer_ = false;
  bool is_done_ = false;
};

// The property whose one value comes now; null when another thing is expected.
const Property* QuickGraph::Reader::take_scalar() {
  if (depth_ == 0) return nullptr;
  auto& inner = top();
  if (inner.place == Place::many) return inner.property;
  if (inner.place != Place::object || inner.next != Next::property || inner.property->many) return nullptr;
  inner.next = Next::nothing;
  return inner.property;
}

bool QuickGraph::Reader::take_key(std::string_view key) {
  auto& inner = top();
  switch (inner.place) {
    case Place::root:
      inner.next = key == "@context" ? Next::context : Next::graph;
      return inner.next == Next::context ? see(inner, seen_context) : key == "@graph" && see(inner, seen_graph);
    case Place::vocabulary:
      inner.next = Next::vocabulary;
      return key == "@vocab" && see(inner, seen_context);
    case Place::link:
      inner.next = Next::id;
      return key == "@id" && see(inner, seen_id);
    case Place::literal:
      inner.next = key == "@value" ? Next::value : Next::mark;
      return inner.next == Next::value ? see(inner, seen_id)
                                       : key == mark_of(inner.value_of->kind).name && see(inner, seen_type);
    case Place::object:
      if (!key.starts_with('@')) return take_property_key(inner, key);
      inner.next = key == "@type" ? Next::type : key == "@id" ? Next::id : Next::context;
      if (inner.next == Next::type) return see(inner, seen_type);
      if (inner.next == Next::id) return inner.is_node && see(inner, seen_id);
      return inner.is_node && key == "@context" && see(inner, seen_context);
    default:
      return false;
  }
}

bool QuickGraph::Reader::take_property_key(Open& object, std::string_view key) {
  if (object.shape == nullptr) return false;  // its @type is yet to come
  const auto properties = object.shape->shape->properties;
  auto at = object.position;
  for (std::size_t tried = 0; tried < properties.size(); ++tried, ++at) {
    if (at >= properties.size()) at = 0;
    if (properties[at].name != key) continue;
    object.property = &properties[at];
    object.next = Next::property;
    object.position = at + 1;
    return see(object, std::uint64_t{1} << at);
  }
  return false;
}

bool QuickGraph::Reader::take_string(std::string_view text) {
  if (depth_ == 0) return false;
  auto& inner = top();
  const auto next = inner.next;
  inner.next = Next::nothing;
  switch (inner.place) {
    case Place::contexts:
      return text == release_1_context;
    case Place::vocabulary:
      return text == graph_.rules_.vocabulary;
    case Place::link:
      return take_link(inner, text);
    case Place::literal:
      if (next == Next::value) return take_text(text, *inner.value_of);
      return text == mark_of(inner.value_of->kind).value;
    case Place::many:
      return is_text(inner.property->kind) && take_text(text, *inner.property);
    case Place::object:
      if (next == Next::type) return take_type(inner, text);
      if (next == Next::id) {
        inner.id = text;
        return !text.empty();
      }
      if (next != Next::property || inner.property->many || !is_text(inner.property->kind)) return false;
      if (inner.property->name == identifier_property) inner.number = text;
      if (inner.property->name == issuer_property) inner.issuer = text;
      return take_text(text, *inner.property);
    default:
      return false;
  }
}

bool QuickGraph::Reader::take_type(Open& object, std::string_view type) {
  const auto found = graph_.shapes_.find(type);
  if (found == graph_.shapes_.end()) return false;
  object.shape = &found->second;
  return object.is_node ? object.shape->stands_in_graph : is_listed(object.value_of->of, type);
}

bool QuickGraph::Reader::take_text(std::string_view text, const Property& property) {
  if (text.empty() || text.size() > longest_text || find_text_fault(text, property)) return false;
  if (property.name != transfer_property) return true;
  names_transfer_ = true;
  return text == transfer_id_;
}

bool QuickGraph::Reader::take_link(Open& link, std::string_view id) {
  const auto& property = *link.value_of;
  if (property.kind == ValueKind::concept_of) return is_code_of(property.of, id);
  links_.push_back({id, property.of});  // nodes may follow
  return true;
}

bool QuickGraph::Reader::StartObject() {
  if (depth_ == 0) return !is_done_ && push(Place::root) != nullptr;
  auto& outer = top();
  if (outer.place == Place::graph) {
    auto* node = push(Place::object);
    if (node != nullptr) node->is_node = true;
    return node != nullptr;
  }
  if (outer.place == Place::object && outer.is_node && outer.next == Next::context) {
    outer.next = Next::nothing;
    return push(Place::vocabulary) != nullptr;
  }
  const auto* property = take_scalar();
  if (property == nullptr) return false;
  const bool link = property->kind == ValueKind::reference || property->kind == ValueKind::concept_of;
  if (!link && !is_literal(property->kind) && property->kind != ValueKind::object) return false;
  auto* inner = push(link ? Place::link : is_literal(property->kind) ? Place::literal : Place::object);
  if (inner == nullptr) return false;
  inner->value_of = property;
  return true;
}

bool QuickGraph::Reader::EndObject(unsigned /*members*/) {
  const auto& ended = top();
  bool whole = true;
  switch (ended.place) {
    case Place::root:
      whole = ended.seen == (seen_context | seen_graph);
      is_done_ = true;
      break;
    case Place::vocabulary:
      whole = ended.seen == seen_context;
      break;
    case Place::link:
      whole = ended.seen == seen_id;
      break;
    case Place::literal:
      whole = ended.seen == (seen_id | (mark_of(ended.value_of->kind).name.empty() ? 0 : seen_type));
      break;
    default:
      whole = end_object(ended);
  }
  --depth_;
  return whole;
}

bool QuickGraph::Reader::end_object(const Open& object) {
  if (object.shape == nullptr) return false;
  const auto& shape = *object.shape;
  if ((object.seen & shape.required) != shape.required) return false;
  if (shape.is_identifier && object.issuer == national_register &&
      !check_ssin(object.number, true, date_in_brussels(Clock{}.now())).ssin)
    return false;
  if (!object.is_node) return true;
  const bool has_context = (object.seen & seen_context) != 0;
  if ((object.seen & seen_id) == 0 || has_context != shape.is_own || node_count_ == most_nodes) return false;
  const auto nodes = std::span(nodes_).first(node_count_);
  if (std::ranges::find(nodes, object.id, &Node::id) != nodes.end()) return false;
  nodes_[node_count_++] = {object.id, shape.shape->type};
  return true;
}

bool QuickGraph::Reader::StartArray() {
  if (depth_ == 0) return false;
  auto& outer = top();
  const auto next = outer.next;
  outer.next = Next::nothing;
  if (outer.place == Place::root) return push(next == Next::context ? Place::contexts : Place::graph) != nullptr;
  if (outer.place != Place::object || next != Next::property || !outer.property->many) return false;
  const auto* property = outer.property;
  auto* inner = push(Place::many);
  if (inner == nullptr) return false;
  inner->property = property;
  return true;
}

bool QuickGraph::Reader::EndArray(unsigned elements) {
  const auto& ended = top();
  const bool enough = ended.place == Place::contexts ? elements == 1
                      : ended.place == Place::graph  ? elements > 0
                                                     : elements > 0 || !ended.property->required;
  --depth_;
  return enough;
}

bool QuickGraph::Reader::is_whole() const {
  const auto nodes = std::span(nodes_).first(node_count_);
  const auto is_right = [&](const Link& link) {
    const auto node = std::ranges::find(nodes, link.id, &Node::id);
    return node != nodes.end() && is_listed(link.types, node->type);
  };
  const auto stands_once = [&](std::string_view type) { return std::ranges::count(nodes, type, &Node::type) == 1; };
  return is_done_ && names_transfer_ && std::ranges::all_of(links_, is_right) &&
         std::ranges::all_of(graph_.once_, stands_once);
}

QuickGraph::QuickGraph(const GraphRules& rules) : rules_(rules) {
  for (const auto shapes : {release_1_shapes(), project_shapes(), rules.shapes}) compile(shapes);
  for (auto rest = rules.once; !rest.empty();) {
    const auto bar = std::min(rest.find('|'), rest.size());
    once_.push_back(rest.substr(0, bar));
    rest.remove_prefix(std::min(bar + 1, rest.size()));
  }
}

void QuickGraph::compile(std::span<const Shape> shapes) {
  for (const auto& shape : shapes) {
    if (shape.properties.size() > most_properties) throw std::logic_error("a shape with too many properties");
    CompiledShape compiled;
    compiled.shape = &shape;
    for (std::size_t i = 0; i < shape.properties.size(); ++i)
      if (shape.properties[i].required) compiled.required |= std::uint64_t{1} << i;
    compiled.is_own = is_listed(rules_.own_node_types, shape.type);
    compiled.stands_in_graph = compiled.is_own || is_listed(release_1_node_types, shape.type);
    compiled.is_identifier = shape.type == identifier_type;
    shapes_.try_emplace(shape.type, compiled);
  }
}

namespace {

// This RapidJSON overlooks 0x1A to 0x1F in strings when it looks at 16 bytes at a time: it compares with 0x19.
bool has_overlooked(std::string_view body) {
  constexpr unsigned char first = 0x1A;
  constexpr unsigned char count = 6;
  unsigned char found = 0;  // without an early end the compiler looks at many bytes at a time, too
  for (const char c : body) {
    const auto distance = static_cast<unsigned char>(static_cast<unsigned char>(c) - first);
    found = static_cast<unsigned char>(found | static_cast<unsigned char>(distance < count));
  }
  return found != 0;
}

// Escapes could stand for what JSON does not have. Messages are written without, but for a few.
bool is_plain_text(std::string_view body) {
  return std::memchr(body.data(), '\\', body.size()) == nullptr &&
         std::memchr(body.data(), 0, body.size()) == nullptr && !has_overlooked(body) && is_valid_utf8(body);
}

}  // namespace

bool QuickGraph::is_surely_right(std::string_view body, std::string_view transfer_id) const {
  if (body.empty() || body.size() > most_bytes || !is_plain_text(body)) return false;
  constexpr std::size_t block = 16;  // read whole, also the last one
  thread_local std::vector<char> copy;
  copy.assign((body.size() / block + 1) * block, '\0');
  std::memcpy(copy.data(), body.data(), body.size());
  Reader reader(*this, transfer_id);
  rapidjson_by_16::Reader parser;
  rapidjson_by_16::InsituStringStream text(copy.data());
  constexpr unsigned flags = rapidjson_by_16::kParseInsituFlag | rapidjson_by_16::kParseNumbersAsStringsFlag;
  return !parser.Parse<flags>(text, reader).IsError() && reader.is_whole();
}

}  // namespace ketenpoort::simulator
