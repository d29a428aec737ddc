// Canonical JSON (RFC 8785): written in one pass, read without copies, and any parsed JSON brought into that form.
//
// Ledger documents are the subset with integers only and strings in Unicode NFC. A canonical document has exactly one
// encoding, so two canonical strings are equal exactly when their encoded forms are.
#pragma once

#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/bytes.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/base/uuid.hpp"

namespace ketenpoort::ledger {

// RFC 8785 section 3.2.3: keys are ordered by their UTF-16 code units, which is not the order of their UTF-8 bytes.
bool key_less(std::string_view a, std::string_view b);

// Appends a JSON string with its quotes, escaped as RFC 8785 section 3.2.2.2 says. The text must be valid UTF-8.
void append_canonical_string(std::string& out, std::string_view text);

// The largest integer a ledger document carries: 2^53 - 1, so that every JSON reader sees the same number.
constexpr std::int64_t largest_integer = (std::int64_t{1} << 53) - 1;

// Appends text of the ledger: as above, brought into NFC. Throws where it is not UTF-8.
void append_text(std::string& out, std::string_view text);
void append_integer(std::string& out, std::int64_t value);  // throws beyond largest_integer
// Strings that need no escapes.
void append_plain(std::string& out, std::string_view text);
void append_hex_string(std::string& out, ByteView bytes);
void append_uuid_string(std::string& out, const Uuid& id);
void append_time(std::string& out, Timestamp time);
void append_date(std::string& out, Date date);
// A list of values; `append` appends one.
template <class List, class Append>
void append_list(std::string& out, const List& list, Append append) {
  out += '[';
  for (const auto& item : list) {
    append(out, item);
    out += ',';
  }
  if (out.back() == ',')
    out.back() = ']';
  else
    out += ']';
}

// Writes one canonical object; keys must come in ascending order (asserted). Strings are brought into NFC.
//   ObjectWriter().string("purpose", "work-guidance").integer("size", 12).take()  ->
//   {"purpose":"work-guidance","size":12}
class ObjectWriter {
 public:
  ObjectWriter() : out_(own_) { out_ += '{'; }
  explicit ObjectWriter(std::string& into) : out_(into) { out_ += '{'; }  // at its end; close() when all is written
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  ObjectWriter& string(std::string_view key, std::string_view value);
  ObjectWriter& string_unless_empty(std::string_view key, std::string_view value);  // an empty value leaves the key out
  ObjectWriter& integer(std::string_view key, std::int64_t value);
  ObjectWriter& integer(std::string_view key, std::uint64_t value) {
    return integer(key, static_cast<std::int64_t>(value));
  }
  ObjectWriter& integer(std::string_view key, int value) { return integer(key, std::int64_t{value}); }
  ObjectWriter& boolean(std::string_view key, bool value);
  ObjectWriter& null(std::string_view key);
  ObjectWriter& json(std::string_view key, std::string_view canonical);  // a value that is canonical JSON already
  ObjectWriter& strings(std::string_view key, std::span<const std::string> values);
  ObjectWriter& integers(std::string_view key, std::span<const std::uint64_t> values);
  // What is appended to this is the value of the key.
  std::string& value_of(std::string_view key);
  void close() { out_ += '}'; }
  std::string take();  // closes the object of a writer that was given no text; the writer is spent

 private:
  std::string own_;
  std::string& out_;
  bool is_empty_ = true;
#ifndef NDEBUG
  std::string last_key_;
#endif
};

// Brings any JSON text into RFC 8785 form, doubles included (ECMAScript's shortest form). Fails on what the strict
// parser of formats/json refuses, and on numbers beyond the range of a double.
Result<std::string> canonicalise(std::string_view json);

// True when the text is the RFC 8785 form of what it says.
bool is_canonical(std::string_view json);

class Document;

// A value inside a Document; light to copy. Valid as long as the document it came from, moved or not.
class Value {
 public:
  enum class Kind : std::uint8_t { object, array, string, integer, boolean, null };

  Value() = default;  // no value: what find() returns for a key that is not there
  explicit operator bool() const { return nodes_ != nullptr; }

  [[nodiscard]] Kind kind() const { return node().kind; }
  [[nodiscard]] bool is(Kind kind) const { return nodes_ != nullptr && node().kind == kind; }
  [[nodiscard]] std::size_t size() const { return node().size; }  // members of an object, items of an array
  [[nodiscard]] std::string_view json() const {
    return {text_ + node().begin, node().length};
  }  // the canonical bytes of this value

  // Strings. `encoded` is what stands between the quotes: a view, and equal exactly when the strings are.
  [[nodiscard]] std::string_view encoded() const { return {text_ + node().begin + 1, node().length - 2U}; }
  [[nodiscard]] std::string text() const;

  [[nodiscard]] std::int64_t integer() const { return node().integer; }
  [[nodiscard]] bool boolean() const { return node().integer != 0; }

  [[nodiscard]] Value find(std::string_view key) const;  // a member of an object; no value when absent or not an object

  class Items;
  class Members;
  [[nodiscard]] Items items() const;      // of an array: Value
  [[nodiscard]] Members members() const;  // of an object: {Value key, Value value}

 private:
  friend class Document;
  struct Node {
    std::int64_t integer = 0;
    std::uint32_t begin = 0;
    std::uint32_t length = 0;
    std::uint32_t next = 0;  // the node after this value and all that is in it
    std::uint32_t size = 0;
    Kind kind = Kind::null;
  };
  Value(const Node* nodes, const char* text, std::uint32_t at) : nodes_(nodes), text_(text), at_(at) {}
  [[nodiscard]] const Node& node() const { return nodes_[at_]; }

  const Node* nodes_ = nullptr;
  const char* text_ = nullptr;
  std::uint32_t at_ = 0;
};

class Value::Items {
 public:
  class Iterator {
   public:
    explicit Iterator(Value at) : at_(at) {}
    Value operator*() const { return at_; }
    Iterator& operator++() {
      at_.at_ = at_.node().next;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_.at_ != other.at_.at_; }

   private:
    Value at_;
  };
  explicit Items(Value array) : array_(array) {}
  [[nodiscard]] Iterator begin() const { return Iterator({array_.nodes_, array_.text_, array_.at_ + 1}); }
  [[nodiscard]] Iterator end() const { return Iterator({array_.nodes_, array_.text_, array_.node().next}); }

 private:
  Value array_;
};

class Value::Members {
 public:
  struct Member {
    Value key;
    Value value;
  };
  class Iterator {
   public:
    explicit Iterator(Value at) : at_(at) {}
    Member operator*() const { return {at_, {at_.nodes_, at_.text_, at_.at_ + 1}}; }
    Iterator& operator++() {
      at_.at_ = at_.nodes_[at_.at_ + 1].next;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_.at_ != other.at_.at_; }

   private:
    Value at_;
  };
  explicit Members(Value object) : object_(object) {}
  [[nodiscard]] Iterator begin() const { return Iterator({object_.nodes_, object_.text_, object_.at_ + 1}); }
  [[nodiscard]] Iterator end() const { return Iterator({object_.nodes_, object_.text_, object_.node().next}); }

 private:
  Value object_;
};

inline Value::Items Value::items() const {
  return Items(*this);
}
inline Value::Members Value::members() const {
  return Members(*this);
}

// A ledger document read strictly and in one pass: RFC 8785 form, integers only, NFC, at most 32 levels deep. Keeps
// views into the text it read, which must outlive it; reading again reuses the memory.
class Document {
 public:
  Document() = default;
  Document(Document&&) = default;
  Document& operator=(Document&&) = default;
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  Status read(std::string_view text);  // ErrorCode::malformed, with the byte offset and what is wrong there
  [[nodiscard]] Value root() const { return {nodes_.data(), text_.data(), 0}; }

 private:
  class Scanner;

  std::vector<Value::Node> nodes_;
  std::string_view text_;
};

}  // namespace ketenpoort::ledger
