// Code lists: CSV files `source,target,label,from,to` with a companion <name>.meta.yaml for version and licence.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/base/time.hpp"
#include "gateway/mapping/notation/complaints.hpp"

namespace ketenpoort::mapping {

class CodeList {
 public:
  struct Entry {
    std::string source;
    std::string target;
    std::string label;
    std::optional<Date> from;  // first and last day it holds; absent: always
    std::optional<Date> to;
    int line = 0;  // of the file
  };

  // `text` and `meta` are the files' contents, `file` and `meta_file` what complaints call them.
  static std::optional<CodeList> read(std::string_view name, std::string_view text, std::string_view file,
                                      std::string_view meta, std::string_view meta_file, Complaints& complaints);

  // The target code that holds on that day; null when there is none.
  [[nodiscard]] const std::string* find(std::string_view source, Date on) const;
  // The source code that has this target code on that day; null when there is none. Only where `ambiguity` is empty.
  [[nodiscard]] const std::string* find_source(std::string_view target, Date on) const;
  // Why the list cannot be used backwards: "BEPERKT stands for A1 and A2"; empty: it is one-to-one on every day.
  [[nodiscard]] std::string ambiguity() const;
  // The first day from `from` to `until` (absent: for ever) on which a source code (backwards: a target code) has no
  // other side; null: it has one on all of them.
  [[nodiscard]] std::optional<Date> first_day_without(std::string_view code, bool backwards, Date from,
                                                      std::optional<Date> until) const;
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& version() const { return version_; }

 private:
  static void warn_of_gap(const Entry& before, const Entry& after, std::string_view file, Complaints& complaints);
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  std::string name_;
  std::string version_;
  std::vector<Entry> entries_;  // entries of one source code stand together
  std::unordered_map<std::string, std::pair<std::uint32_t, std::uint32_t>, Hash, std::equal_to<>>
      index_;  // first, count
  std::unordered_map<std::string, std::vector<std::uint32_t>, Hash, std::equal_to<>> by_target_;
};

}  // namespace ketenpoort::mapping
