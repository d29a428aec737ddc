#include "gateway/exchange/terms/formats_reload.hpp"

#include <fmt/format.h>

#include "gateway/base/error_text.hpp"
#include "gateway/exchange/terms/activate.hpp"
#include "gateway/exchange/terms/check_formats.hpp"
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
  const auto terms = facilities_.terms.get();
  auto next = read_next(*terms, options_);
  if (!next) return fail(note_refusal(std::move(next.error())));
  // In the ledger first: no permit may name what was not activated before it.
  if (auto activated = activate_mappings(facilities_, *next->formats); !activated)
    return fail(note_refusal(std::move(activated.error())));
  facilities_.formats.put(std::move(next->formats));
  note_swap(next->change);
  on_swapped_();
  return std::move(next->change);
}

Result<FormatsReload::Next> FormatsReload::look_at_next(const Terms& terms, const mapping::LoadOptions& options) {
  std::unique_lock alone(running_);
  auto next = read_next(terms, options);
  if (!next) return fail(note_refusal(std::move(next.error())));
  next->alone = std::move(alone);
  return next;
}

void FormatsReload::note_use(const Next& next, mapping::LoadOptions options) {
  options_ = std::move(options);
  note_swap(next.change);
}

Result<FormatsReload::Next> FormatsReload::read_next(const Terms& terms, const mapping::LoadOptions& options) const {
  auto next = load_formats(folder_, options);
  if (!next) return fail(std::move(next.error()));
  const auto running = facilities_.formats.get();
  auto faults = find_faults(**next, *running, terms, folder_, date_in_brussels(facilities_.clock.now()));
  if (!faults.empty()) {
    auto message = fmt::format("{} mistake{} in the mappings, those in use go on; the first: {}: {}", faults.size(),
                               faults.size() == 1 ? "" : "s", faults.front().where, faults.front().detail);
    return fail(ErrorCode::config, std::move(message), std::move(faults));
  }
  FormatsChange change{only_in((*next)->mappings, running->mappings), only_in(running->mappings, (*next)->mappings),
                       (*next)->mappings.warnings()};
  return Next{{}, std::move(*next), std::move(change)};
}

Error FormatsReload::note_refusal(Error error) {
  last_refused_ = true;
  ++refused_;
  {
    const std::lock_guard lock(mutex_);
    faults_ = error.issues;
  }
  log::error("mappings_refused", log::field("mistakes", error.issues.size()), log::field("code", error.code));
  return error;
}

void FormatsReload::note_swap(const FormatsChange& change) {
  last_refused_ = false;
  ++swapped_;
  {
    const std::lock_guard lock(mutex_);
    faults_.clear();
  }
  for (const auto& version : change.came) log_version("mapping_in_use", version);
  for (const auto& version : change.went) log_version("mapping_no_longer_in_use", version);
  log::info("mappings_reloaded", log::field("came", change.came.size()), log::field("went", change.went.size()));
}

}  // namespace ketenpoort::exchange
