#include "gateway/application/test_clock.hpp"

#include <fmt/format.h>

#include <charconv>

#include "gateway/base/files.hpp"

namespace ketenpoort {

Result<Clock> open_clock(const std::filesystem::path& state, const std::optional<Timestamp>& now) {
  if (!now) return Clock();
  const auto file = state / "test-clock";
  const auto wanted = to_rfc3339(*now) + ' ';
  if (const auto kept = read_file(file); kept && kept->starts_with(wanted)) {
    std::int64_t millis = 0;
    const char* end = kept->data() + kept->size();
    if (std::from_chars(kept->data() + wanted.size(), end, millis).ec != std::errc{})
      return fail(ErrorCode::config,
                  fmt::format("{} is not readable; delete it to start the test clock anew", file.string()));
    return Clock(std::chrono::milliseconds{millis});
  }
  const auto offset = *now - Clock().now();
  if (auto written = replace_file(file, fmt::format("{}{}\n", wanted, offset.count())); !written)
    return fail(written.error());
  return Clock(offset);
}

}  // namespace ketenpoort
