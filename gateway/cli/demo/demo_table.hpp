// The transfers as they move: a table redrawn in place on a terminal, a line for each change elsewhere.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "gateway/cli/demo/demo_story.hpp"
#include "gateway/cli/terminal.hpp"

namespace ketenpoort::cli {

class DemoTable {
 public:
  explicit DemoTable(const Terminal& terminal) : terminal_(terminal) {}

  void show(const std::vector<DemoTransfer>& transfers);
  // The last word: on a terminal the whole table, however high, and the cursor below it.
  void finish(const std::vector<DemoTransfer>& transfers);

 private:
  [[nodiscard]] std::string heading() const;
  [[nodiscard]] std::string line_of(const DemoTransfer& transfer) const;
  [[nodiscard]] std::vector<std::string> lines_that_fit(const std::vector<DemoTransfer>& transfers) const;
  void redraw(const std::vector<std::string>& lines);
  void print_changes(const std::vector<DemoTransfer>& transfers);

  const Terminal& terminal_;
  std::size_t drawn_ = 0;                           // lines on the screen that the next drawing replaces
  std::map<std::string, std::string> last_states_;  // by transfer, where changes are printed
};

}  // namespace ketenpoort::cli
