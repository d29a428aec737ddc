#include "adapters/simulator/mode.hpp"

#include <fmt/format.h>

#include <array>

namespace ketenpoort::simulator {
namespace {

struct ModeName {
  Mode mode;
  std::string_view text;
};
constexpr std::array mode_names = {ModeName{Mode::ok, "ok"},         ModeName{Mode::slow, "slow"},
                                   ModeName{Mode::flaky, "flaky"},   ModeName{Mode::down, "down"},
                                   ModeName{Mode::reject, "reject"}, ModeName{Mode::garbage, "garbage"}};

}  // namespace

Result<Mode> parse_mode(std::string_view text) {
  for (const auto& [mode, name] : mode_names)
    if (name == text) return mode;
  return fail(ErrorCode::not_found,
              fmt::format("no mode is called \"{}\": use ok, slow, flaky, down, reject or garbage", text));
}

std::string_view to_text(Mode mode) {
  for (const auto& [known, name] : mode_names)
    if (known == mode) return name;
  return {};
}

Fate Dice::draw() {
  if (mode_ == Mode::down) return Fate::unavailable;
  if (mode_ != Mode::flaky) return Fate::answer;
  const std::lock_guard lock(mutex_);
  constexpr std::array fates = {Fate::unavailable, Fate::torn, Fate::answer};
  auto fate = fates[dice_() % fates.size()];
  if (fate != Fate::answer && failures_in_a_row_ == most_failures_in_a_row) fate = Fate::answer;
  failures_in_a_row_ = fate == Fate::answer ? 0 : failures_in_a_row_ + 1;
  return fate;
}

}  // namespace ketenpoort::simulator
