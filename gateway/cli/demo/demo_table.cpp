#include "gateway/cli/demo/demo_table.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "gateway/cli/demo/demo_words.hpp"

namespace ketenpoort::cli {
namespace {

constexpr std::size_t number_width = 10;
constexpr std::size_t recipient_width = 13;
constexpr std::size_t message_width = 21;
constexpr std::size_t state_width = 13;
constexpr std::size_t margin = 2;

std::string remarks_of(const DemoTransfer& transfer) {
  std::string text;
  for (const auto& reason : transfer.reasons) text += (text.empty() ? "" : ", ") + reason;
  if (transfer.held_until) text += " " + to_iso(*transfer.held_until);
  return text;
}

}  // namespace

std::string DemoTable::heading() const {
  return terminal_.paint(Colour::bold, "  " + pad("resident", number_width) + pad("recipient", recipient_width) +
                                           pad("message", message_width) + pad("state", state_width) +
                                           "why, until when");
}

std::string DemoTable::line_of(const DemoTransfer& transfer) const {
  constexpr auto before = margin + number_width + recipient_width + message_width + state_width;
  const auto room = terminal_.columns() > before ? terminal_.columns() - before : 0;
  const auto remarks = terminal_.is_terminal() ? cut(remarks_of(transfer), room) : remarks_of(transfer);
  return std::string(margin, ' ') + pad(transfer.number, number_width) + pad(transfer.recipient, recipient_width) +
         pad(transfer.message, message_width) +
         terminal_.paint(state_colour(transfer.state),
                         remarks.empty() ? transfer.state : pad(transfer.state, state_width)) +
         remarks;
}

// What can be redrawn must be on the screen: of a table that is too high, the first settled lines give way.
std::vector<std::string> DemoTable::lines_that_fit(const std::vector<DemoTransfer>& transfers) const {
  constexpr std::size_t other_lines = 3;  // heading, how many are hidden, cursor
  const auto room = terminal_.rows() > other_lines ? terminal_.rows() - other_lines : std::size_t{1};
  std::size_t to_hide = terminal_.rows() != 0 && transfers.size() > room ? transfers.size() - room : 0;
  std::size_t hidden = 0;
  std::vector<std::string> lines = {heading()};
  for (const auto& transfer : transfers) {
    if (hidden < to_hide && !transfer.is_on_its_way())
      ++hidden;
    else if (lines.size() <= room)
      lines.push_back(line_of(transfer));
  }
  if (hidden > 0) lines.push_back(terminal_.paint(Colour::dim, fmt::format("  ... and {} that are settled", hidden)));
  return lines;
}

void DemoTable::redraw(const std::vector<std::string>& lines) {
  std::string out;
  if (drawn_ > 0) out += fmt::format("\x1b[{}F", drawn_);  // to the start of the first drawn line
  for (const auto& line : lines) out += line + "\x1b[K\n";
  out += "\x1b[J";
  fmt::print("{}", out);
  std::fflush(stdout);
  drawn_ = lines.size();
}

void DemoTable::print_changes(const std::vector<DemoTransfer>& transfers) {
  for (const auto& transfer : transfers) {
    auto& last = last_states_[transfer.id];
    if (last == transfer.state) continue;
    last = transfer.state;
    if (transfer.is_on_its_way()) continue;
    fmt::print("{}\n", line_of(transfer));
  }
  std::fflush(stdout);
}

void DemoTable::show(const std::vector<DemoTransfer>& transfers) {
  if (terminal_.is_terminal())
    redraw(lines_that_fit(transfers));
  else
    print_changes(transfers);
}

void DemoTable::finish(const std::vector<DemoTransfer>& transfers) {
  if (!terminal_.is_terminal()) return print_changes(transfers);
  std::vector<std::string> lines = {heading()};
  for (const auto& transfer : transfers) lines.push_back(line_of(transfer));
  redraw(lines);
  drawn_ = 0;
}

}  // namespace ketenpoort::cli
