#include "gateway/mapping/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <sstream>

#include "gateway/base/utf8.hpp"

namespace ketenpoort::mapping {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 20;
constexpr std::size_t most_nodes = 50'000;
constexpr std::size_t deepest = 32;

struct TooMuch {
  Position at;
  std::string what;
};

class Builder : public YAML::EventHandler {
 public:
  Builder(std::string_view file, Complaints& complaints) : file_(file), complaints_(complaints) {}

  std::optional<YamlNode> root;

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    complaints_.error(position(mark),
                      "a value is missing here (null, ~ or nothing); write one, or quote the word if it is meant");
    add(mark, "", anchor, YamlNode::Kind::scalar);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    complaints_.error(position(mark),
                      "aliases (*name) are not allowed; write the content out, or put it in a fragment");
    add(mark, "", 0, YamlNode::Kind::scalar);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    add(mark, tag, anchor, YamlNode::Kind::scalar, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  [[nodiscard]] Position position(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }

  void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0)
      complaints_.error(position(mark),
                        "anchors (&name) are not allowed; write the content out, or put it in a fragment");
    if (!tag.empty() && tag != "?" && tag != "!")
      complaints_.error(position(mark), "tags (!name) are not allowed; remove it");
    if (++count_ > most_nodes) throw TooMuch{position(mark), "the file holds too many values; split it"};
  }

  void add(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind,
           const std::string& text = {}) {
    check(mark, tag, anchor);
    YamlNode node;
    node.kind = kind;
    node.at = position(mark);
    node.text = text;
    place(std::move(node));
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    check(mark, tag, anchor);
    if (open_.size() >= deepest) throw TooMuch{position(mark), "nested too deeply"};
    YamlNode node;
    node.kind = kind;
    node.at = position(mark);
    open_.push_back({std::move(node), {}, {}, false});
  }

  void close() {
    auto done = std::move(open_.back());
    open_.pop_back();
    place(std::move(done.node));
  }

  void place(YamlNode node) {
    if (open_.empty()) {
      root = std::move(node);
      return;
    }
    auto& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::sequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      take_key(parent, std::move(node));
    } else {
      parent.node.entries.push_back({std::move(parent.key), parent.key_at, std::move(node)});
      parent.has_key = false;
    }
  }

  struct Open {
    YamlNode node;
    std::string key;
    Position key_at;
    bool has_key = false;
  };

  void take_key(Open& parent, YamlNode node) {
    if (node.kind != YamlNode::Kind::scalar) complaints_.error(node.at, "a key must be text");
    if (node.text == "<<") complaints_.error(node.at, "merge keys (<<) are not allowed; use a fragment");
    if (const auto* before = parent.node.find(node.text); before != nullptr)
      complaints_.error(node.at, fmt::format("the key {} stands here twice (first in line {}); keep one", node.text,
                                             before->key_at.line));
    parent.key = std::move(node.text);
    parent.key_at = node.at;
    parent.has_key = true;
  }

  std::string_view file_;
  Complaints& complaints_;
  std::vector<Open> open_;
  std::size_t count_ = 0;
};

}  // namespace

const YamlEntry* YamlNode::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const YamlEntry& e) { return e.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

std::optional<YamlNode> read_yaml(std::string_view text, std::string_view file, Complaints& complaints) {
  const Position start{file, 1, 1};
  if (text.size() > most_bytes) {
    complaints.error(start, fmt::format("the file has {} bytes; at most {} are read", text.size(), most_bytes));
    return std::nullopt;
  }
  if (!is_valid_utf8(text) || text.find('\0') != std::string_view::npos) {
    complaints.error(start, "the file is not UTF-8 text; save it as UTF-8");
    return std::nullopt;
  }
  Builder builder(file, complaints);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      complaints.error(start, "the file is empty");
      return std::nullopt;
    }
    auto root = std::move(builder.root);
    Builder second(file, complaints);
    if (parser.HandleNextDocument(second))
      complaints.error(start, "more than one document (---) in the file; keep one");
    return root;
  } catch (const YAML::Exception& e) {
    complaints.error({file, std::max(e.mark.line, 0) + 1, std::max(e.mark.column, 0) + 1},
                     fmt::format("not YAML: {}", e.msg));
  } catch (const TooMuch& limit) {
    complaints.error(limit.at, limit.what);
  }
  return std::nullopt;
}

}  // namespace ketenpoort::mapping
