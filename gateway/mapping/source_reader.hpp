// Reading only what a mapping needs. What no path leads to is checked for being JSON and otherwise passed over.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/mapping/source.hpp"

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
    return slots_.data() + rows_[scope][static_cast<std::size_t>(index)];
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
  void take(std::string_view text);
  void clear(const SourcePlan& plan);
  std::uint32_t new_row(std::size_t scope, std::uint32_t size);

  std::vector<char> buffer_;  // the text and padding; texts of slots lie here
  std::vector<Slot> slots_;
  std::uint32_t used_ = 0;                        // of slots_
  std::vector<std::vector<std::uint32_t>> rows_;  // by scope: where in slots_ each row begins
  std::vector<Binding> bindings_;                 // of XML: those in force, the innermost last
  std::vector<Attribute> attributes_;             // of the start tag being read
  std::string fault_;                             // what read_xml complained of
};

}  // namespace ketenpoort::mapping
