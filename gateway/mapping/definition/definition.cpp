#include "gateway/mapping/definition/definition.hpp"

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/formats/suggest.hpp"
#include "gateway/mapping/definition/line_keys.hpp"
#include "gateway/mapping/notation/version.hpp"

namespace ketenpoort::mapping {
namespace {

class Reader {
 public:
  explicit Reader(Complaints& complaints) : complaints_(complaints) {}

  std::vector<Field> fields(const YamlNode& node) {
    std::vector<Field> list;
    if (!is(node, YamlNode::Kind::map, "fields must be a map from target to line")) return list;
    for (const auto& entry : node.entries) list.push_back({entry.key, entry.key_at, line(entry.value, entry.key)});
    if (list.empty()) error(node.at, "there are no fields; add one or remove the container");
    return list;
  }

  Line line(const YamlNode& node, std::string_view target, bool branch = false) {
    Line result;
    result.at = node.at;
    if (!is(node, YamlNode::Kind::map, "a line must be a map, like { from: path, data: category }")) return result;
    const bool has_origin = find_origin(node, result);
    for (const auto& entry : node.entries) key(result, entry, branch, has_origin);
    if (has_origin) finish(result, node, target, branch);
    return result;
  }

  std::string scalar(const YamlNode& node, std::string_view what) {
    is(node, YamlNode::Kind::scalar, fmt::format("{} takes one text", what));
    return node.text;
  }

  void error(const Position& at, std::string what) { complaints_.error(at, std::move(what)); }

  bool is(const YamlNode& node, YamlNode::Kind kind, std::string what) {
    if (node.kind == kind) return true;
    error(node.at, std::move(what));
    return false;
  }

  // Reports keys outside `known`.
  void only(const YamlNode& node, std::initializer_list<std::string_view> known, std::string_view where) {
    for (const auto& entry : node.entries) {
      if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
      std::string list;
      for (const auto name : known) list += fmt::format("{}{}", list.empty() ? "" : ", ", name);
      error(entry.key_at, fmt::format("unknown key {} in {}{}; known are {}", entry.key, where,
                                      formats::did_you_mean(entry.key, std::vector(known)), list));
    }
  }

  Policy policy(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::scalar && node.text == "omit") return {Policy::Kind::omit, {}, node.at};
    if (node.kind == YamlNode::Kind::scalar && node.text == "reject") return {Policy::Kind::reject, {}, node.at};
    if (const auto* value = node.find("value"); value != nullptr && node.entries.size() == 1)
      return {Policy::Kind::value, scalar(value->value, "value"), node.at};
    const auto meant =
        node.kind == YamlNode::Kind::scalar ? formats::did_you_mean(node.text, {"omit", "reject"}) : std::string{};
    error(node.at, fmt::format("a policy is omit, reject or {{ value: text }}{}", meant));
    return {};
  }

 private:
  bool find_origin(const YamlNode& node, Line& line) {
    std::vector<std::string> found;
    for (const auto& entry : node.entries)
      for (const auto& [name, origin] : origins)
        if (entry.key == name) {
          found.push_back(entry.key);
          line.origin = origin;
        }
    if (found.empty() && node.find("fields") != nullptr) {
      line.origin = Origin::fields;
      return true;
    }
    if (found.size() == 1) return true;
    if (found.empty()) {
      error(node.at,
            "the line does not say where its value comes from; add one of from, value, join, pick, for_each, items, "
            "choose, include, ref, known_id, now, new_id, fields");
    } else {
      error(node.at, fmt::format("{} and {} both say where the value comes from; keep one", found[0], found[1]));
    }
    return false;
  }

  static bool known(std::string_view key) {
    const auto names = known_line_keys();
    return std::find(names.begin(), names.end(), key) != names.end();
  }

  void key(Line& line, const YamlEntry& entry, bool branch, bool has_origin) {
    const auto& name = entry.key;
    const auto& value = entry.value;
    const bool is_origin = std::any_of(origins.begin(), origins.end(), [&](const auto& o) { return o.first == name; });
    if (is_origin) return has_origin ? origin(line, value) : void();
    if (!known(name))
      return error(entry.key_at, fmt::format("unknown key {}{}", name, formats::did_you_mean(name, known_line_keys())));
    if (has_origin && !belongs(name, line.origin))
      return error(entry.key_at, fmt::format("{} means nothing here; remove it", name));
    if (branch && (name == "data" || name == "required" || name == "literal" || name == "as" || name == "mask"))
      return error(entry.key_at, fmt::format("{} belongs to the whole line, not to one branch", name));
    if (name == "when")
      line.when = read_condition(value, complaints_);
    else if (name == "where")
      line.where = read_condition(value, complaints_);
    else if (name == "do")
      steps(line, value);
    else if (name == "codes")
      codes(line, value);
    else if (name == "missing")
      line.missing = policy(value);
    else if (name == "error")
      line.error = policy(value);
    else if (name == "unmapped")
      line.unmapped = policy(value);
    else if (name == "required")
      required(line, value);
    else if (name == "data")
      data(line, value);
    else if (name == "mask")
      mask(line, value);
    else if (name == "literal")
      literal(line, value);
    else if (name == "as")
      as(line, value);
    else if (name == "with")
      line.with = scalar(value, name);
    else if (name == "take")
      take(line, value);
    else if (name == "get")
      line.get = path(value);
    else if (name == "at")
      line.path = path(value);
    else if (name == "fields")
      line.fields = fields(value);
  }

  void origin(Line& line, const YamlNode& value) {
    switch (line.origin) {
      case Origin::from:
      case Origin::pick:
        line.path = path(value);
        break;
      case Origin::for_each:
        line.path = rows(value);
        break;
      case Origin::value:
      case Origin::ref:
      case Origin::include:
        line.text = scalar(value, "it");
        line.text_at = value.at;
        break;
      case Origin::join:
        if (is(value, YamlNode::Kind::sequence, "join takes a list of paths"))
          for (const auto& item : value.items) line.parts.push_back(path(item, true));
        if (value.kind == YamlNode::Kind::sequence && value.items.empty()) error(value.at, "the list is empty");
        break;
      case Origin::items:
      case Origin::choose:
        list(line, value);
        break;
      case Origin::now:
      case Origin::new_id:
        if (scalar(value, "it") != "true") error(value.at, "write true");
        break;
      case Origin::known_id:
        line.text = scalar(value, "known_id");
        if (line.text != "person" && line.text != "transfer")
          error(value.at, fmt::format("known_id is person or transfer{}: whose id the partner gave",
                                      formats::did_you_mean(line.text, {"person", "transfer"})));
        break;
      case Origin::fields:
        break;
    }
  }

  void list(Line& line, const YamlNode& value) {
    const bool choose = line.origin == Origin::choose;
    if (!is(value, YamlNode::Kind::sequence,
            choose ? "choose takes a list of branches" : "items takes a list of lines"))
      return;
    for (const auto& item : value.items) line.lines.push_back(this->line(item, {}, choose));
    if (value.items.empty()) error(value.at, "the list is empty");
    if (!choose) return;
    for (std::size_t i = 0; i < line.lines.size(); ++i) {
      const auto& branch = line.lines[i];
      if (!branch.when && i + 1 < line.lines.size())
        error(branch.at, "only the last branch may have no `when`: the ones behind it are never reached");
      if (branch.origin != Origin::from && branch.origin != Origin::value && branch.origin != Origin::join &&
          branch.origin != Origin::pick)
        error(branch.at, "a branch must be from, value, join or pick");
    }
  }

  // `takes_all`: [] may end it.
  Path path(const YamlNode& node, bool takes_all = false) {
    auto parsed = parse_path(scalar(node, "it"), takes_all);
    if (parsed) {
      const auto every = std::ranges::find_if(parsed->steps, [](const auto& step) { return step.every; });
      if (every != parsed->steps.end() && (every == parsed->steps.begin() || every + 1 != parsed->steps.end()))
        error(node.at, "[] stands for every element of one array: it ends the path");
      parsed->at = node.at;
      return std::move(*parsed);
    }
    if (node.kind == YamlNode::Kind::scalar) error(node.at, parsed.error().message);
    Path broken;
    broken.at = node.at;
    broken.broken = true;
    return broken;
  }

  // Of one array. Each of several has its own fields, so each is a line of its own.
  Path rows(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::scalar) return path(node);
    error(node.at,
          fmt::format("for_each takes the path of one array, but this is a {}; for one list from several arrays write "
                      "items: [ {{ for_each: a, fields: {{ .. }} }}, {{ for_each: b, fields: {{ .. }} }} ]",
                      node.kind == YamlNode::Kind::sequence ? "list" : "map"));
    Path broken;
    broken.at = node.at;
    broken.broken = true;
    return broken;
  }

  void required(Line& line, const YamlNode& value) {
    const auto text = scalar(value, "required");
    if (text != "true" && text != "false") error(value.at, "required is true or false");
    line.required = text == "true";
  }

  void data(Line& line, const YamlNode& value) {
    line.data_at = value.at;
    const auto text = scalar(value, "data");
    if (text == "none") {
      line.data_none = true;
      return;
    }
    line.category = parse_category(text);
    if (line.category) return;
    const auto all = CategorySet::all().list();
    std::vector<std::string_view> names{"none"};
    for (const auto c : all) names.push_back(to_text(c));
    error(value.at, fmt::format("unknown data category {}{}", text, formats::did_you_mean(text, names)));
    line.data_none = line.data_wrong = true;  // said once; the missing category is not another mistake
  }

  void mask(Line& line, const YamlNode& value) {
    line.mask = scalar(value, "mask");
    if (line.mask != "last4" && line.mask != "all") error(value.at, "mask is last4 or all");
  }

  // A language tag or the name of a type: "nl", "dateTime".
  void literal(Line& line, const YamlNode& value) {
    line.literal = scalar(value, "literal");
    const bool good = !line.literal.empty() && is_letter(line.literal[0]) &&
                      std::all_of(line.literal.begin(), line.literal.end(),
                                  [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
    if (value.kind == YamlNode::Kind::scalar && !good)
      error(value.at, "literal is a language, like nl, or the name of a type, like dateTime");
  }

  void as(Line& line, const YamlNode& value) {
    line.as = scalar(value, "as");
    if (line.as != "@id" && line.as != "@value") error(value.at, "as is \"@id\" or \"@value\"");
  }

  void take(Line& line, const YamlNode& value) {
    const auto text = scalar(value, "take");
    if (text == "first")
      line.take.kind = Line::Take::Kind::first;
    else if (text == "last")
      line.take.kind = Line::Take::Kind::last;
    else if ((text.starts_with("max(") || text.starts_with("min(")) && text.ends_with(')')) {
      line.take.kind = text.starts_with("max(") ? Line::Take::Kind::max : Line::Take::Kind::min;
      auto parsed = parse_path(std::string_view(text).substr(4, text.size() - 5));
      if (parsed) {
        line.take.key = std::move(*parsed);
        line.take.key.at = value.at;
      } else
        error(value.at, parsed.error().message);
    } else {
      error(value.at, "take is first, last, max(field) or min(field)");
    }
  }

  void steps(Line& line, const YamlNode& value) {
    if (!is(value, YamlNode::Kind::sequence, "do takes a list of steps, like [trim, { truncate: 48 }]")) return;
    for (const auto& item : value.items) {
      if (item.kind == YamlNode::Kind::scalar) {
        step(line.steps, item.text, item.at, nullptr);
        continue;
      }
      const auto is_step = [](const YamlEntry& e) { return e.key != "error" && e.key != "unmapped"; };
      const auto named = std::count_if(item.entries.begin(), item.entries.end(), is_step);
      if (item.kind != YamlNode::Kind::map || named != 1) {
        error(item.at,
              "a step is a name, or one name with its argument and perhaps its policy, like { truncate: 48 } or "
              "{ latin: true, error: omit }");
        continue;
      }
      const auto entry = std::find_if(item.entries.begin(), item.entries.end(), is_step);
      step(line.steps, entry->key, entry->key_at, &entry->value, &item);
    }
  }

  void codes(Line& line, const YamlNode& value) { step(line.codes, "codes", value.at, &value); }

  // `item`: where its policy stands, if it has one.
  void step(std::vector<Step>& steps, const std::string& name, const Position& at, const YamlNode* argument,
            const YamlNode* item = nullptr) {
    Step s;
    s.at = at;
    s.kind = find_step(name);
    if (s.kind == nullptr) {
      std::vector<std::string_view> names;
      for (const auto& kind : all_steps()) names.push_back(kind.name);
      return error(at, fmt::format("unknown step {}{}", name, formats::did_you_mean(name, names)));
    }
    // `true` where a step takes nothing: a map must have something to the right.
    StepArguments none;
    const bool says_only_that = argument != nullptr && argument->text == "true" && s.kind->check(none).empty();
    if (says_only_that)
      s.arguments = std::move(none);
    else if (argument != nullptr)
      arguments(s.arguments, *argument);
    if (item != nullptr) step_policy(s, *item);
    if (auto why = s.kind->check(s.arguments); !why.empty())
      error(at, fmt::format("{}: {}", name, why));
    else
      steps.push_back(std::move(s));
  }

  void step_policy(Step& step, const YamlNode& item) {
    for (const auto& entry : item.entries) {
      if (entry.key != "error" && entry.key != "unmapped") continue;
      const auto wanted = step.kind->fails == StepFailure::never   ? std::string_view()
                          : step.kind->fails == StepFailure::error ? std::string_view("error")
                                                                   : std::string_view("unmapped");
      if (wanted.empty())
        error(entry.key_at, fmt::format("{} cannot fail; remove {}", step.kind->name, entry.key));
      else if (wanted != entry.key)
        error(entry.key_at, fmt::format("the policy of {} is {}, not {}", step.kind->name, wanted, entry.key));
      else
        step.policy = policy(entry.value);
    }
  }

  void arguments(StepArguments& a, const YamlNode& node) {
    if (node.kind == YamlNode::Kind::scalar) a.words.push_back(node.text);
    for (const auto& item : node.items) a.words.push_back(scalar(item, "an argument"));
    for (const auto& entry : node.entries) a.named.emplace(entry.key, scalar(entry.value, "an argument"));
  }

  void finish(Line& line, const YamlNode& node, std::string_view target, bool branch) {
    // The key `codes` comes after every step of `do`, wherever it stands.
    line.steps.insert(line.steps.end(), std::make_move_iterator(line.codes.begin()),
                      std::make_move_iterator(line.codes.end()));
    line.codes.clear();
    // A constant under a condition tells about the person too.
    const bool tells =
        line.origin == Origin::from || line.origin == Origin::join || line.origin == Origin::pick ||
        line.origin == Origin::choose || line.origin == Origin::known_id ||
        (line.when && (line.origin == Origin::value || line.origin == Origin::now || line.origin == Origin::new_id));
    if (tells && !branch && !line.category && !line.data_none)
      error(node.at,
            fmt::format(
                "{} does not say what kind of data it is; add `data: category`, or `data: none` for what is not about "
                "the person",
                target.empty() ? "the line" : target));
    if (line.origin == Origin::pick && !line.get) error(node.at, "pick needs get: the field of the element");
    if (line.origin == Origin::for_each && line.fields.empty() && node.find("fields") == nullptr)
      error(node.at, "for_each needs fields");
    if (line.required && line.missing) error(node.at, "required and missing contradict each other; keep one");
    if (!line.literal.empty() && !line.as.empty()) error(node.at, "literal and as contradict each other; keep one");
  }

  Complaints& complaints_;
};

// From prefix to the other namespaces in which the document may come.
void read_synonyms(Reader& reader, const YamlNode& node, std::string_view key, Definition::End& end) {
  const auto* entry = node.find("synonyms");
  if (entry == nullptr) return;
  if (key != "source")
    return reader.error(entry->key_at, "synonyms belongs to a source: a target has its own namespaces");
  if (!reader.is(entry->value, YamlNode::Kind::map, "synonyms takes a map from prefix to a list of URIs")) return;
  for (const auto& each : entry->value.entries) {
    const auto meant = end.namespaces.find(each.key);
    if (meant == end.namespaces.end()) {
      reader.error(each.key_at, fmt::format("{} is no prefix of namespaces; add it there first", each.key));
      continue;
    }
    if (!reader.is(each.value, YamlNode::Kind::sequence, "a prefix of synonyms takes a list of URIs")) continue;
    for (const auto& item : each.value.items) {
      const auto uri = reader.scalar(item, "a namespace");
      if (uri.empty() || uri == meant->second) {
        reader.error(item.at, "a synonym is another URI than the namespace itself");
      } else if (!end.synonyms.emplace(uri, meant->second).second) {
        reader.error(item.at, "this synonym stands there twice");
      }
    }
  }
}

void read_end(Reader& reader, const YamlNode& root, std::string_view key, Definition::End& end) {
  const auto* entry = root.find(key);
  if (entry == nullptr)
    return reader.error(root.at,
                        fmt::format("{} is missing; add {}: {{ format: json, schema: schemas/... }}", key, key));
  const auto& node = entry->value;
  end.at = node.at;
  if (!reader.is(node, YamlNode::Kind::map, fmt::format("{} must be a map", key))) return;
  reader.only(node, {"format", "schema", "root", "namespaces", "synonyms"}, key);
  for (const auto* needed : {"format", "schema"})
    if (node.find(needed) == nullptr) reader.error(node.at, fmt::format("{} is missing in {}", needed, key));
  if (const auto* format = node.find("format")) {
    end.format = reader.scalar(format->value, "format");
    const std::vector<std::string_view> known = key == "source"
                                                    ? std::vector<std::string_view>{"json", "xml", "csv", "fixed"}
                                                    : std::vector<std::string_view>{"json", "xml", "csv"};
    if (std::find(known.begin(), known.end(), end.format) == known.end())
      reader.error(format->value.at, fmt::format("the format of a {} is json, xml{}; {} is none{}", key,
                                                 key == "source" ? ", csv or fixed" : " or csv", end.format,
                                                 formats::did_you_mean(end.format, known)));
  }
  if (const auto* schema = node.find("schema")) end.schema = reader.scalar(schema->value, "schema");
  if (const auto* element = node.find("root")) end.root = reader.scalar(element->value, "root");
  if (const auto* spaces = node.find("namespaces");
      spaces != nullptr && reader.is(spaces->value, YamlNode::Kind::map, "namespaces takes a map from prefix to URI"))
    for (const auto& each : spaces->value.entries) end.namespaces[each.key] = reader.scalar(each.value, "a namespace");
  read_synonyms(reader, node, key, end);
  for (const auto* of_xml : {"root", "namespaces", "synonyms"})
    if (const auto* found = node.find(of_xml); found != nullptr && end.format != "xml" && !end.format.empty())
      reader.error(found->key_at, fmt::format("{} belongs to XML; this {} is {}", of_xml, key, end.format));
  if (end.format == "xml" && end.root.empty())
    reader.error(node.at, "root is missing: the name of the root element, like \"k:Dossier\"");
}

void read_effective(Reader& reader, const YamlNode& root, Definition& d) {
  const auto* entry = root.find("effective");
  if (entry == nullptr) return reader.error(root.at, "effective is missing; add effective: { from: yyyy-mm-dd }");
  d.effective_at = entry->key_at;
  reader.only(entry->value, {"from", "until"}, "effective");
  const auto day = [&](const YamlEntry& at) {
    const auto date = parse_date(at.value.text);
    if (!date) reader.error(at.value.at, fmt::format("{} must be a day, yyyy-mm-dd", at.key));
    return date;
  };
  if (const auto* from = entry->value.find("from"))
    d.from = day(*from).value_or(Date{});
  else
    reader.error(entry->value.at, "from is missing in effective");
  if (const auto* until = entry->value.find("until")) d.until = day(*until);
  if (d.until && *d.until < d.from) reader.error(entry->value.at, "until lies before from");
}

void read_defaults(Reader& reader, const YamlNode& root, Defaults& defaults) {
  const auto* entry = root.find("defaults");
  if (entry == nullptr) return;
  const auto& node = entry->value;
  if (!reader.is(node, YamlNode::Kind::map, "defaults takes a map, like { missing: omit, error: reject }")) return;
  reader.only(node, {"missing", "error", "unmapped", "text"}, "defaults");
  if (const auto* missing = node.find("missing")) defaults.missing = reader.policy(missing->value);
  if (const auto* error = node.find("error")) defaults.error = reader.policy(error->value);
  if (const auto* unmapped = node.find("unmapped")) defaults.unmapped = reader.policy(unmapped->value);
  const auto* text = node.find("text");
  if (text == nullptr || !reader.is(text->value, YamlNode::Kind::sequence, "text takes a list of trim and nfc")) return;
  for (const auto& item : text->value.items) {
    if (item.text == "trim")
      defaults.trim = true;
    else if (item.text == "nfc")
      defaults.nfc = true;
    else
      reader.error(item.at, "text takes trim and nfc only: every text goes through it");
  }
}

std::string needed_text(Reader& reader, const YamlNode& root, std::string_view key, Position* at = nullptr) {
  const auto* entry = root.find(key);
  if (entry == nullptr) {
    reader.error(root.at, fmt::format("{} is missing", key));
    return {};
  }
  if (at != nullptr) *at = entry->value.at;
  if (entry->value.kind == YamlNode::Kind::scalar && entry->value.text.empty())
    reader.error(entry->value.at, fmt::format("{} is empty", key));
  return reader.scalar(entry->value, key);
}

// What a folder, a command and a log can name without more ado.
std::string needed_name(Reader& reader, const YamlNode& root, std::string_view key, Position* at = nullptr) {
  constexpr std::size_t longest = 100;
  auto name = needed_text(reader, root, key, at);
  const bool good =
      name.size() <= longest && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  if (!good)
    reader.error(root.find(key)->value.at,
                 fmt::format("{} is a name of at most {} small letters, digits and dashes", key, longest));
  return name;
}

// What goes out has a recipient and purposes; what comes in says `direction: in` and has neither.
void read_direction(Reader& reader, const YamlNode& root, Definition& d) {
  if (const auto* direction = root.find("direction")) {
    const auto word = reader.scalar(direction->value, "direction");
    d.inbound = word == "in";
    if (word != "in" && word != "out")
      reader.error(direction->value.at, "direction is in or out (out when it is not said)");
  }
  if (d.inbound) {
    for (const auto* key : {"recipient", "purposes"})
      if (const auto* entry = root.find(key))
        reader.error(entry->key_at, fmt::format("{} belongs to what goes out; this mapping says direction: in", key));
    return;
  }
  d.recipient = needed_text(reader, root, "recipient", &d.recipient_at);
  const auto* purposes = root.find("purposes");
  if (purposes == nullptr)
    return reader.error(root.at, "purposes is missing: what the data may be used for, as in config/purposes.yaml");
  if (reader.is(purposes->value, YamlNode::Kind::sequence, "purposes takes a list"))
    for (const auto& item : purposes->value.items) {
      if (std::find(d.purposes.begin(), d.purposes.end(), item.text) != d.purposes.end())
        reader.error(item.at, fmt::format("the purpose {} stands twice; keep one", item.text));
      d.purposes.push_back(reader.scalar(item, "a purpose"));
      d.purposes_at.push_back(item.at);
    }
  if (d.purposes.empty()) reader.error(purposes->value.at, "name at least one purpose");
}

}  // namespace

Definition read_definition(const YamlNode& root, Complaints& complaints) {
  Reader reader(complaints);
  Definition d;
  d.name_at = d.version_at = d.effective_at = d.fields_at = root.at;
  if (!reader.is(root, YamlNode::Kind::map, "a mapping file must be a map")) return d;
  reader.only(root,
              {"mapping", "version", "effective", "direction", "source", "target", "recipient", "purposes", "defaults",
               "use", "fields", "ignore"},
              "a mapping");
  d.name = needed_name(reader, root, "mapping", &d.name_at);
  d.version = needed_text(reader, root, "version", &d.version_at);
  if (!d.version.empty() && !is_version(d.version)) reader.error(d.version_at, version_wanted);
  read_effective(reader, root, d);
  read_end(reader, root, "source", d.source);
  read_end(reader, root, "target", d.target);
  read_direction(reader, root, d);
  read_defaults(reader, root, d.defaults);
  if (const auto* use = root.find("use");
      use != nullptr && reader.is(use->value, YamlNode::Kind::map, "use takes a map from name to file"))
    for (const auto& entry : use->value.entries) d.use[entry.key] = {reader.scalar(entry.value, "use"), entry.value.at};
  if (const auto* fields = root.find("fields")) {
    d.fields_at = fields->key_at;
    d.fields = reader.fields(fields->value);
  } else {
    reader.error(root.at, "fields is missing");
  }
  d.ignore_at = d.fields_at;
  if (const auto* ignore = root.find("ignore")) {
    d.ignore_at = ignore->key_at;
    reader.is(ignore->value, YamlNode::Kind::map, "ignore takes a map from path to reason");
    for (const auto& entry : ignore->value.entries) {
      auto path = parse_path(entry.key, true);
      if (!path) {
        reader.error(entry.key_at, path.error().message);
        continue;
      }
      if (reader.scalar(entry.value, "the reason").empty())
        reader.error(entry.value.at, "say why the field is not passed on");
      d.ignore.push_back({std::move(*path), entry.key_at});
    }
  }
  return d;
}

Fragment read_fragment(const YamlNode& root, Complaints& complaints) {
  Reader reader(complaints);
  Fragment f;
  if (!reader.is(root, YamlNode::Kind::map, "a fragment must be a map")) return f;
  reader.only(root, {"fragment", "version", "fields"}, "a fragment");
  f.name = needed_name(reader, root, "fragment");
  Position at;
  f.version = needed_text(reader, root, "version", &at);
  if (!f.version.empty() && !is_version(f.version)) reader.error(at, version_wanted);
  if (const auto* fields = root.find("fields"))
    f.fields = reader.fields(fields->value);
  else
    reader.error(root.at, "fields is missing");
  return f;
}

}  // namespace ketenpoort::mapping
