#include "gateway/exchange/formats_reload.hpp"

#include <fmt/format.h>

#include "gateway/exchange/activate.hpp"
#include "gateway/exchange/check_formats.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::exchange {
namespace {

std::vector<FormatsChange::Version> only_in(const mapping::Library& one, const mapping::Library& other) {
  std::vector<FormatsChange::Version> out;
  for (const auto& mapping : one.mappings()) {
    const auto* twin = other.find_version(mapping->name(), mapping->version());
    if (twin == nullptr || twin->hash() != mapping->hash())
      out.push_back({mapping->name(), mapping->version(), mapping->hash()});
  }
  return out;
}

void log_version(log::Label event, const FormatsChange::Version& version) {
  const auto name = log::ConfiguredName::parse(version.mapping);
  const auto number = log::ConfiguredName::parse("v" + version.version);
  if (name && number) log::info(event, log::field("mapping", *name), log::field("version", *number));
}

}  // namespace

FormatsReload::FormatsReload(Facilities& facilities, std::filesystem::path folder, mapping::LoadOptions options,
                             std::function<void()> on_swapped)
    : facilities_(facilities),
      folder_(std::move(folder)),
      options_(std::move(options)),
      on_swapped_(std::move(on_swapped)) {}

std::vector<Issue> FormatsReload::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

Result<FormatsChange> FormatsReload::run() {
  const std::lock_guard one_at_a_time(running_);
  auto change = swap();
  last_refused_ = !change;
  change ? ++swapped_ : ++refused_;
  {
    const std::lock_guard lock(mutex_);
    faults_ = change ? std::vector<Issue>{} : change.error().issues;
  }
  if (!change) {
    log::error("mappings_refused", log::field("mistakes", change.error().issues.size()),
               log::field("code", static_cast<int>(change.error().code)));
    return change;
  }
  for (const auto& version : change->came) log_version("mapping_in_use", version);
  for (const auto& version : change->went) log_version("mapping_no_longer_in_use", version);
  log::info("mappings_reloaded", log::field("came", change->came.size()), log::field("went", change->went.size()));
  on_swapped_();
  return change;
}

Result<FormatsChange> FormatsReload::swap() {
  auto next = load_formats(folder_, options_);
  if (!next) return fail(std::move(next.error()));
  const auto running = facilities_.formats.get();
  auto faults = find_faults(**next, *running, facilities_.terms, folder_, date_in_brussels(facilities_.clock.now()));
  if (!faults.empty()) {
    auto message = fmt::format("{} mistake{} in the mappings, those in use go on; the first: {}: {}", faults.size(),
                               faults.size() == 1 ? "" : "s", faults.front().where, faults.front().detail);
    return fail(ErrorCode::config, std::move(message), std::move(faults));
  }
  FormatsChange change{only_in((*next)->mappings, running->mappings), only_in(running->mappings, (*next)->mappings),
                       (*next)->mappings.warnings()};
  // In the ledger first: no permit may name what was not activated before it.
  if (auto activated = activate_mappings(facilities_, **next); !activated) return fail(std::move(activated.error()));
  facilities_.formats.put(std::move(*next));
  return change;
}

}  // namespace ketenpoort::exchange
