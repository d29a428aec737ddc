// The plan once more, laid out for running: its nodes in the order in which they are written, their fixed texts in one
// piece of memory, and for the most usual lines a short way that spares the steps nobody needs.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/formats/json_schema_node.hpp"
#include "gateway/formats/xsd.hpp"
#include "gateway/mapping/steps/code_list.hpp"

namespace ketenpoort::mapping {

struct Plan;

// A code list whose codes hold on every day, with the targets as the message writes them.
class CodeTable {
 public:
  struct Entry {
    std::uint64_t head = 0, tail = 0;  // of the source code, as head_of and tail_of
    const char* source = nullptr;      // null: an empty place
    std::uint32_t size = 0;
    std::uint32_t target = 0, target_size = 0;  // in the program's texts
  };
  // `code` must be readable for eight bytes.
  [[nodiscard]] const Entry* find(std::string_view code) const;

 private:
  friend class ProgramWriter;
  std::vector<Entry> places_;
  unsigned shift_ = 0;
};

struct Operation {
  enum class Kind : std::uint8_t { constant, leaf, container, rows, reference };
  // How a leaf's value comes about: `general` as evaluate.cpp does it, the others on a short way that gives the same or
  // gives up.
  enum class Way : std::uint8_t { general, text, boolean, integer, date, code, steps };
  static constexpr std::uint8_t no_category = 0xFF;

  Kind kind = Kind::constant;
  Way way = Way::general;
  std::uint8_t category = no_category;
  std::uint8_t steps = 0;  // short way: so many of the line's steps run first
  bool trims_comma = false;
  bool has_when = false;
  bool is_attribute = false;   // of XML
  bool is_simple = false;      // container: there when something in it is, and nothing further is asked of it
  bool may_be_absent = false;  // short way: nothing in the record, nothing in the message
  std::uint16_t level = 0;     // short way: the row, and its slot
  std::uint32_t slot = 0;
  std::uint32_t prefix = 0, prefix_size = 0;  // in the program's texts; on the short way with quotation marks
  std::uint32_t suffix = 0, suffix_size = 0;
  std::uint32_t next = 0;  // the operation behind this one and all below it
  std::uint32_t node = 0;  // of the plan
  std::uint32_t line = 0;
  std::uint32_t most_bytes = UINT32_MAX;       // short way: longer texts go the long way
  const formats::SchemaNode* check = nullptr;  // short way: what the value must satisfy
  const CodeTable* codes = nullptr;
  const formats::XsdText* text = nullptr;  // short way: what XML Schema asks of the value; null: not known
};

struct Program {
  std::vector<Operation> operations;  // the first is the root
  std::vector<char> texts;            // readable for sixteen bytes behind each text
  std::deque<CodeTable> tables;
};

// Lays out the nodes of a plan that is otherwise complete.
Program write_program(const Plan& plan);

}  // namespace ketenpoort::mapping
