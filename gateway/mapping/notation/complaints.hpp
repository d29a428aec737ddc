// What is wrong with mapping files: collected, so that one run names everything.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/printable.hpp"
#include "gateway/base/result.hpp"

namespace ketenpoort::mapping {

// A place in a file as people count it, from 1.
struct Position {
  std::string_view file;  // lives as long as the files loaded
  int line = 1;
  int column = 1;
};

class Complaints {
 public:
  void error(const Position& at, const std::string& what) { add(errors, at, what); }
  // At a place that is written already: "file:line:column".
  void error_at(const std::string& where, const std::string& what) { add(errors, where, what); }
  void warning(const Position& at, const std::string& what) { add(warnings, at, what); }

  std::vector<Issue> errors;
  std::vector<Issue> warnings;

 private:
  static void add(std::vector<Issue>& list, const Position& at, const std::string& what) {
    add(list, fmt::format("{}:{}:{}", at.file, at.line, at.column), what);
  }
  // What stands in a file is repeated; it must not write lines of its own into what is printed.
  static void add(std::vector<Issue>& list, const std::string& where, const std::string& what) {
    list.push_back({ErrorCode::config, printable(where), printable(what)});
  }
};

}  // namespace ketenpoort::mapping
