#include "gateway/formats/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <sstream>

#include "gateway/base/utf8.hpp"
#include "gateway/formats/json_events.hpp"

namespace ketenpoort::formats {

namespace {

using Kind = YamlNode::Kind;

std::string where(std::uint32_t line, std::uint32_t column) {
  return fmt::format("{}:{}", line, column);
}
std::string where(const YAML::Mark& mark) {
  return where(static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1));
}

// Builds the tree from the parser's events. yaml-cpp's own tree forgets duplicate keys and where aliases stood.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const YamlLimits& limits) : limits_(limits) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) complain(mark, "a second document begins: keep one per file");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check(mark, "", anchor);
    add(node(mark, Kind::null));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    complain(mark, "an alias (*name) stands here: write the value out");
    add(node(mark, Kind::null));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check(mark, tag, anchor);
    auto scalar = node(mark, Kind::scalar);
    scalar.text = value;
    scalar.quoted = tag == "!";
    if (scalar.quoted) last_quoted = mark;
    add(std::move(scalar));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Kind::mapping);
  }
  void OnMapEnd() override { close(); }

  // The container that is being read.
  [[nodiscard]] const YamlNode* innermost() const { return open_.empty() ? nullptr : &open_.back().container; }

  YamlNode root;
  std::vector<Issue> issues;
  std::optional<YAML::Mark> last_quoted;  // or a block

 private:
  // An open container, and the key that waits for its value.
  struct Level {
    YamlNode container;
    YamlNode key;
    bool has_key = false;
  };

  YamlNode node(const YAML::Mark& mark, Kind kind) {
    if (++nodes_ > limits_.nodes) throw YAML::ParserException(mark, fmt::format("more than {} values", limits_.nodes));
    YamlNode made;
    made.kind = kind;
    made.line = static_cast<std::uint32_t>(mark.line + 1);
    made.column = static_cast<std::uint32_t>(mark.column + 1);
    return made;
  }
  void complain(const YAML::Mark& mark, std::string detail) {
    issues.push_back({ErrorCode::malformed, where(mark), std::move(detail)});
  }
  // "?" is what plain values carry, "!" quoted ones.
  void check(const YAML::Mark& mark, std::string_view tag, YAML::anchor_t anchor) {
    if (anchor != 0) complain(mark, "an anchor (&name) stands here: take it away");
    if (!tag.empty() && tag != "?" && tag != "!")
      complain(mark, "a tag (!name) stands here: take it away, scalars are text");
  }
  void open(const YAML::Mark& mark, std::string_view tag, YAML::anchor_t anchor, Kind kind) {
    check(mark, tag, anchor);
    if (open_.size() >= limits_.depth)
      throw YAML::ParserException(mark, fmt::format("more than {} levels deep", limits_.depth));
    open_.push_back({node(mark, kind), {}, false});
  }
  void close() {
    auto done = std::move(open_.back().container);
    open_.pop_back();
    add(std::move(done));
  }
  void add(YamlNode value) {
    if (open_.empty()) {
      if (documents_ <= 1) root = std::move(value);
      return;
    }
    auto& level = open_.back();
    if (level.container.is(Kind::sequence)) return level.container.items.push_back(std::move(value));
    if (!level.has_key) {
      check_key(level.container, value);
      level.key = std::move(value);
      level.has_key = true;
      return;
    }
    level.container.members.emplace_back(std::move(level.key), std::move(value));
    level.has_key = false;
  }
  void check_key(const YamlNode& mapping, const YamlNode& key) {
    const auto at = where(key.line, key.column);
    if (!key.is(Kind::scalar))
      issues.push_back({ErrorCode::malformed, at, fmt::format("the key is {}, must be a name", to_text(key.kind))});
    else if (const auto first = std::find_if(mapping.members.begin(), mapping.members.end(),
                                             [&](const auto& member) { return member.first.text == key.text; });
             first != mapping.members.end())
      issues.push_back(
          {ErrorCode::malformed, at,
           fmt::format("`{}` stands here a second time, first at line {}: keep one", key.text, first->first.line)});
  }

  const YamlLimits& limits_;
  std::vector<Level> open_;
  std::size_t nodes_ = 0;
  std::size_t documents_ = 0;
};

// From a line on, counted from 0; of a byte order mark nothing.
std::string_view from_line(std::string_view text, int line) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (; line > 0 && !text.empty(); --line) {
    const auto end = text.find('\n');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return text;
}

bool is_indented_by_a_tab(std::string_view text, const YAML::Mark& mark) {
  const auto line = from_line(text, mark.line);
  const auto indent = line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
  return indent.find('\t') != std::string_view::npos;
}

// What stands between quotes, with them. yaml-cpp takes the rest of the file for it when nothing closes them.
struct Quoted {
  std::string_view text;
  bool is_closed = false;
};

// From the quotes at the front of a text; nothing when no quotes stand there.
std::optional<Quoted> read_quoted(std::string_view text) {
  if (!text.starts_with('"') && !text.starts_with('\'')) return std::nullopt;
  const char quote = text.front();
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '"' || at + 1 == text.size() || text[at + 1] != quote) return Quoted{text.substr(0, at + 1), true};
      ++at;  // two stand for one
    }
  }
  return Quoted{text, false};
}

std::optional<Quoted> quoted_at(std::string_view text, const YAML::Mark& mark) {
  text = from_line(text, mark.line);
  return read_quoted(text.substr(std::min(static_cast<std::size_t>(mark.column), text.size())));
}

// yaml-cpp says what it missed; a person must know what to do about it.
std::string with_remedy(std::string said) {
  namespace what = YAML::ErrorMsg;
  const auto is_one_of = [&](std::initializer_list<const char*> messages) {
    return std::any_of(messages.begin(), messages.end(), [&](const char* message) { return said == message; });
  };
  if (is_one_of({what::END_OF_MAP, what::END_OF_SEQ, what::MAP_VALUE, what::MAP_KEY, what::BLOCK_ENTRY}))
    said += ": indent this line like those it belongs to, and put a value that holds `: ` in quotes";
  if (is_one_of({what::UNKNOWN_TOKEN})) said += ": put a value that begins with such a character in quotes";
  return said;
}

tl::unexpected<Error> refuse(std::string where, std::string detail) {
  return fail(ErrorCode::malformed, "this is no YAML we read",
              {{ErrorCode::malformed, std::move(where), std::move(detail)}});
}

constexpr auto never_closed = "quotes open here and nothing closes them";

// yaml-cpp names the place where it could not go on. Where quotes were forgotten that is behind them, perhaps at the
// end of the file: the next quotes are taken for the closing ones, if there are any.
tl::unexpected<Error> explain(std::string_view text, const YAML::Exception& syntax, const TreeBuilder& builder) {
  const auto& mark = builder.last_quoted;
  if (const auto quoted = mark ? quoted_at(text, *mark) : std::nullopt) {
    if (!quoted->is_closed) return refuse(where(*mark), never_closed);
    const auto lines = std::count(quoted->text.begin(), quoted->text.end(), '\n');
    const auto end = static_cast<std::size_t>(quoted->text.data() - text.data()) + quoted->text.size() - 1;
    if (lines > 0 && mark->line + lines == syntax.mark.line)
      return refuse(where(*mark),
                    fmt::format("quotes open here, and only those at {} close them: close them in this line",
                                line_and_column(text, end)));
  }
  if (is_indented_by_a_tab(text, syntax.mark))
    return refuse(where(syntax.mark), "a tab stands in front of this line: indent it with spaces");
  const auto* const open = builder.innermost();
  const bool is_open = syntax.msg == YAML::ErrorMsg::END_OF_MAP_FLOW || syntax.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW;
  if (is_open && open != nullptr)
    return refuse(where(syntax.mark),
                  fmt::format("{} was to close the {} of {} before this", open->is(Kind::mapping) ? '}' : ']',
                              open->is(Kind::mapping) ? '{' : '[', where(open->line, open->column)));
  return refuse(where(syntax.mark), with_remedy(syntax.msg));
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const auto& [name, value] : members)
    if (name.text == key) return &value;
  return nullptr;
}

std::string_view to_text(YamlNode::Kind kind) {
  switch (kind) {
    case Kind::null:
      return "nothing";
    case Kind::scalar:
      return "a single value";
    case Kind::sequence:
      return "a list";
    case Kind::mapping:
      return "a mapping";
  }
  return {};
}

Result<YamlNode> parse_yaml(std::string_view text, const YamlLimits& limits) {
  if (text.size() > limits.bytes) return fail(ErrorCode::too_large, fmt::format("more than {} bytes", limits.bytes));
  if (text.find('\0') != std::string_view::npos || !is_valid_utf8(text))
    return refuse("1:1", "the file is not UTF-8 text: save it as UTF-8");
  TreeBuilder builder(limits);
  try {
    std::istringstream stream{std::string{text}};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& syntax) {
    return explain(text, syntax, builder);
  }
  if (builder.last_quoted)
    if (const auto quoted = quoted_at(text, *builder.last_quoted); quoted && !quoted->is_closed)
      return refuse(where(*builder.last_quoted), never_closed);
  if (!builder.issues.empty())
    return fail(ErrorCode::malformed, "this YAML says things in ways we do not read", std::move(builder.issues));
  return std::move(builder.root);
}

}  // namespace ketenpoort::formats
