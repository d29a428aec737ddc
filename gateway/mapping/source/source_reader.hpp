// Reading only what a mapping needs. What no path leads to is checked for being JSON and otherwise passed over.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/mapping/source/source.hpp"
#include "gateway/mapping/source/xml_marks.hpp"

namespace ketenpoort::mapping {

// What was read of one record, and the memory for it: keep one per thread.
class SourceReader {
 public:
  // Reads `text`; `select` is the index for selected_of. The complaint's words, or null when all is well.
  const char* read(const SourcePlan& plan, std::string_view text, std::size_t select);

  // Reads an XML document as it is; of a plan that reads_xml().
  const char* read_xml(const SourcePlan& plan, std::string_view text);

  [[nodiscard]] const Slot* root() const { return slots_.data(); }
  [[nodiscard]] Slot* root() { return slots_.data(); }
  [[nodiscard]] const Slot* row(std::uint32_t scope, std::uint64_t index) const {
    return slots_.data() + rows_.data()[scope].data()[index];
  }

 private:
  friend class JsonScan;
  friend class XmlScan;
  struct Binding {  // of a prefix to a namespace
    const char* prefix;
    std::uint32_t size;
    bool is_ours;
    bool is_none;
  };
  struct Attribute {
    std::string_view name;
    std::string_view value;
  };
  struct OpenElement {  // its start tag was read, its end tag was not
    const char* name;
    std::uint32_t name_size;
    std::uint32_t row;
    const SourcePlan::XmlNode* reads;  // into the row; null: nobody does
    bool has_attributes;
    bool has_children;
    bool text_changed;     // is not as it stood
    std::uint64_t seen;    // keys of its children that were there
    std::size_t bindings;  // in force around it, if it has attributes
    char* text;            // as far as it has been read; null: none yet
    char* text_end;
  };
  void take(std::string_view text);
  void clear(const SourcePlan& plan);
  [[gnu::always_inline]] std::uint32_t new_row(std::size_t scope, std::uint32_t size) {
    const auto begin = used_;
    used_ += size;
    if (slots_.size() < used_) [[unlikely]]
      slots_.resize(std::size_t{used_} * 2);
    std::fill_n(slots_.data() + begin, size, Slot{});
    rows_.data()[scope].push_back(begin);
    return begin;
  }

  std::vector<char> buffer_;  // the text and padding; texts of slots lie here
  std::vector<Slot> slots_;
  std::uint32_t used_ = 0;                        // of slots_
  std::vector<std::vector<std::uint32_t>> rows_;  // by scope: where in slots_ each row begins
  XmlMarks marks_;
  std::vector<OpenElement> open_;      // of XML: the innermost last, of those in use
  std::vector<Binding> bindings_;      // of XML: those in force, the innermost last
  std::vector<Attribute> attributes_;  // of the start tag being read
  std::string fault_;                  // what read_xml complained of
};

}  // namespace ketenpoort::mapping
