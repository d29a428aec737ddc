// JSON (RFC 8259), read strictly into a flat tree and written without nulls. Numbers stay the text they were: ids and
// amounts keep every digit, and an absurd exponent costs nothing.
#pragma once

#include <concepts>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"

namespace ketenpoort::formats {

struct JsonLimits {
  std::size_t bytes = std::size_t{1} << 20;
  std::size_t depth = 128;       // deeper input overflows somebody's stack sooner or later
  std::size_t nodes = 1U << 18;  // values in all
};

enum class JsonKind : std::uint8_t { absent, null, boolean, number, string, array, object };
std::string_view to_text(JsonKind kind);  // "a string", "an object", ...: reads in a sentence

class JsonDocument;
Result<JsonDocument> parse_json(std::string_view text, const JsonLimits& limits);
class JsonElements;
class JsonMembers;
class JsonDescendants;

// One value of a document, or `absent`. Cheap to copy; lives no longer than its document. Every accessor is safe on any
// kind: what is not there reads as absent, so chains like doc.root().find("a").find("b").as_string() need one check, at
// the end.
class JsonView {
 public:
  JsonView() = default;

  [[nodiscard]] JsonKind kind() const;
  explicit operator bool() const { return document_ != nullptr; }
  [[nodiscard]] bool is(JsonKind kind_wanted) const { return kind() == kind_wanted; }

  [[nodiscard]] JsonView find(std::string_view key) const;  // member of an object
  [[nodiscard]] JsonView at(std::size_t index) const;       // element of an array
  [[nodiscard]] std::size_t size() const;                   // elements or members; 0 for scalars

  [[nodiscard]] std::optional<std::string_view> as_string() const;
  [[nodiscard]] std::optional<bool> as_bool() const;
  [[nodiscard]] std::optional<std::int64_t> as_int() const;         // an integer without fraction or exponent that fits
  [[nodiscard]] std::optional<std::string_view> as_number() const;  // the number's own text
  // A string's or a number's text, of true and false the word; empty otherwise.
  [[nodiscard]] std::string_view scalar_text() const;

  [[nodiscard]] JsonElements elements() const;        // of an array; nothing otherwise
  [[nodiscard]] JsonMembers members() const;          // of an object, in the document's order; nothing otherwise
  [[nodiscard]] JsonDescendants descendants() const;  // all values within it, in the document's order
  [[nodiscard]] std::string_view key() const;         // under which it stands in its object; empty elsewhere
  [[nodiscard]] std::uint32_t key_tag() const;        // equal for equal keys, mostly different for others

  // That no text of the whole document holds a control character but tabs and line breaks, nor U+FFFE or U+FFFF. When
  // false, one may.
  [[nodiscard]] bool is_surely_printable() const;

  // Where it stands, for messages: "resident.birth.date", "referrals[0].reason"; "$" for the root.
  [[nodiscard]] std::string where() const;

 private:
  friend class JsonDocument;
  friend class JsonElements;
  friend class JsonDescendants;
  friend Result<JsonDocument> parse_json(std::string_view, const JsonLimits&);
  JsonView(const JsonDocument* document, std::uint32_t index) : document_(document), index_(index) {}
  const JsonDocument* document_ = nullptr;
  std::uint32_t index_ = 0;
};

// Children in order: for (const JsonView child : view.elements()).
class JsonElements {
 public:
  class Iterator {
   public:
    using value_type = JsonView;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    Iterator(const JsonDocument* document, std::uint32_t index) : document_(document), index_(index) {}
    JsonView operator*() const { return {document_, index_}; }
    Iterator& operator++();
    Iterator operator++(int) {
      auto before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return index_ == other.index_; }

   private:
    const JsonDocument* document_ = nullptr;
    std::uint32_t index_ = 0;
  };
  JsonElements(Iterator first, Iterator last) : first_(first), last_(last) {}
  [[nodiscard]] Iterator begin() const { return first_; }
  [[nodiscard]] Iterator end() const { return last_; }

 private:
  Iterator first_;
  Iterator last_;
};

// Members in order: for (const auto [key, value] : view.members()).
class JsonMembers {
 public:
  struct Member {
    std::string_view key;
    JsonView value;
  };
  class Iterator {
   public:
    using value_type = Member;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(JsonElements::Iterator at) : at_(at) {}
    Member operator*() const { return {(*at_).key(), *at_}; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) {
      auto before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    JsonElements::Iterator at_;
  };
  explicit JsonMembers(JsonElements children) : children_(children) {}
  [[nodiscard]] Iterator begin() const { return Iterator{children_.begin()}; }
  [[nodiscard]] Iterator end() const { return Iterator{children_.end()}; }

 private:
  JsonElements children_;
};

// Everything within a value: for (const JsonView each : view.descendants()).
class JsonDescendants {
 public:
  class Iterator {
   public:
    using value_type = JsonView;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    Iterator(const JsonDocument* document, std::uint32_t index) : document_(document), index_(index) {}
    JsonView operator*() const { return {document_, index_}; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) {
      auto before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return index_ == other.index_; }

   private:
    const JsonDocument* document_ = nullptr;
    std::uint32_t index_ = 0;
  };
  JsonDescendants(Iterator first, Iterator last) : first_(first), last_(last) {}
  [[nodiscard]] Iterator begin() const { return first_; }
  [[nodiscard]] Iterator end() const { return last_; }

 private:
  Iterator first_;
  Iterator last_;
};

class JsonDocument {
 public:
  [[nodiscard]] JsonView root() const { return {this, 0}; }

 private:
  friend class JsonView;
  friend class JsonElements;
  friend class TreeBuilder;
  friend Result<JsonDocument> parse_json(std::string_view, const JsonLimits&);
  struct Node {  // small, since a record has hundreds
    const char* key = nullptr;
    const char* text = nullptr;  // of a string or number; of true and false the word
    std::uint32_t key_size = 0;
    std::uint32_t key_tag = 0;
    std::uint32_t size = 0;    // bytes of the text; elements or members
    std::uint32_t next = 0;    // index after this node's subtree
    std::uint32_t parent = 0;  // the root's is its own
    JsonKind kind = JsonKind::null;
  };
  [[nodiscard]] const Node& node(std::uint32_t index) const { return nodes_.data()[index]; }
  std::unique_ptr<char[]> buffer_;  // what the texts point into; does not move with the document
  std::vector<Node> nodes_;         // in document order
  bool surely_printable_ = false;
};

// A record asks for hundreds of values, so what reads them stands here and not in the source file.
inline JsonKind JsonView::kind() const {
  return document_ == nullptr ? JsonKind::absent : document_->node(index_).kind;
}

inline JsonView JsonView::find(std::string_view key) const {
  if (!is(JsonKind::object)) return {};
  const auto last = document_->node(index_).next;
  for (auto i = index_ + 1; i != last;) {
    const auto& member = document_->node(i);
    if (std::string_view(member.key, member.key_size) == key) return {document_, i};
    i = member.next;
  }
  return {};
}

inline std::size_t JsonView::size() const {
  return is(JsonKind::object) || is(JsonKind::array) ? document_->node(index_).size : 0;
}

inline std::string_view JsonView::scalar_text() const {
  if (document_ == nullptr) return {};
  const auto& node = document_->node(index_);
  return node.text == nullptr ? std::string_view{} : std::string_view{node.text, node.size};
}

inline std::optional<std::string_view> JsonView::as_string() const {
  if (!is(JsonKind::string)) return std::nullopt;
  return scalar_text();
}

inline std::optional<bool> JsonView::as_bool() const {
  if (!is(JsonKind::boolean)) return std::nullopt;
  return scalar_text() == "true";
}

inline std::optional<std::string_view> JsonView::as_number() const {
  if (!is(JsonKind::number)) return std::nullopt;
  return scalar_text();
}

inline JsonElements JsonView::elements() const {
  if (!is(JsonKind::array)) return {{}, {}};
  return {{document_, index_ + 1}, {document_, document_->node(index_).next}};
}

inline JsonMembers JsonView::members() const {
  if (!is(JsonKind::object)) return JsonMembers{{{}, {}}};
  return JsonMembers{{{document_, index_ + 1}, {document_, document_->node(index_).next}}};
}

inline JsonDescendants JsonView::descendants() const {
  if (document_ == nullptr) return {{}, {}};
  return {{document_, index_ + 1}, {document_, document_->node(index_).next}};
}

inline JsonElements::Iterator& JsonElements::Iterator::operator++() {
  index_ = document_->node(index_).next;
  return *this;
}

inline std::string_view JsonView::key() const {
  if (document_ == nullptr) return {};
  const auto& node = document_->node(index_);
  return {node.key, node.key_size};
}

inline std::uint32_t JsonView::key_tag() const {
  return document_ == nullptr ? 0 : document_->node(index_).key_tag;
}

inline bool JsonView::is_surely_printable() const {
  return document_ != nullptr && document_->surely_printable_;
}

// Refuses what partners' parsers disagree about, each a way to smuggle: duplicate keys, invalid UTF-8, NUL (raw or
// \u0000), lone surrogates, anything after the value, comments; and what costs: limits above. The error's issue has
// where = "line:column" for syntax, the path for a duplicate key.
Result<JsonDocument> parse_json(std::string_view text, const JsonLimits& limits = {});

// Appends JSON to a string it does not own. Commas and escapes are its work; there is no way to write null, and an
// empty optional writes nothing. The result is compact.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out), start_(out.size()) {}

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view{text}); }
  JsonWriter& value(const std::string& text) { return value(std::string_view{text}); }
  JsonWriter& value(bool yes);
  JsonWriter& value(double number);  // shortest text that reads back the same; must be finite
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  JsonWriter& value(T number) {
    if constexpr (std::unsigned_integral<T>)
      return number_value(static_cast<std::uint64_t>(number));
    else
      return number_value(static_cast<std::int64_t>(number));
  }
  JsonWriter& value(const JsonView& view);       // a copy of what was read
  JsonWriter& raw_value(std::string_view json);  // already JSON

  template <class T>
  JsonWriter& member(std::string_view name, const T& v) {
    key(name);
    return value(v);
  }
  template <class T>
  JsonWriter& member(std::string_view name, const std::optional<T>& v) {
    return v ? member(name, *v) : *this;
  }

 private:
  JsonWriter& number_value(std::int64_t number);
  JsonWriter& number_value(std::uint64_t number);
  void separate();
  std::string& out_;
  std::size_t start_;
};

// Appends `text`, which is UTF-8, as the inside of a JSON string (RFC 8785 escapes: the two-letter ones where they
// exist, \u00xx in lower case for other controls).
void append_escaped(std::string& out, std::string_view text);

}  // namespace ketenpoort::formats
