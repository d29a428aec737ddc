// Room on the disk of the state folder: without it nothing is taken.
#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "gateway/application/application_parts.hpp"
#include "gateway/base/error_text.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort {
namespace {

// Batches are turned away when a quarter of it is left.
constexpr std::uint64_t little_room = std::uint64_t{256} << 20;

std::optional<std::uint64_t> room_on(const std::filesystem::path& folder) {
  std::error_code error;
  const auto space = std::filesystem::space(folder, error);
  return error ? std::nullopt : std::optional<std::uint64_t>(space.available);
}

}  // namespace

// From the sequencer's threads, as often as they try again.
void Application::Parts::note_ledger_trouble(const Error& error) {
  if (ledger_trouble_said.is_due()) log::warning("ledger_waits_for_disk", log::field("code", error.code));
}

void Application::Parts::look_at_disk() {
  const auto room = room_on(at_start.settings.state);
  std::string detail;
  if (sequencer->lacks_room())
    detail = "no room for the ledger: what is sent is refused (503) until there is";
  else if (room && *room < little_room)
    detail = fmt::format("{} MiB left for the state folder", *room >> 20);
  health.report("disk", detail.empty() ? Health::up : Health::degraded, std::move(detail));
}

void Application::Parts::observe_disk() {
  auto& left = registry.gauge("ketenpoort_disk_free_bytes", "Bytes left on the disk of the state folder");
  registry.before_render([this, &left] {
    if (const auto room = room_on(at_start.settings.state)) left.set(static_cast<std::int64_t>(*room));
  });
}

}  // namespace ketenpoort
