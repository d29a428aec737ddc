// The log as a static site that any C2SP monitor or witness reads (tlog-tiles): checkpoint, tile/<level>/... and the
// entry bundles tile/entries/..., as plain files for plain web servers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "gateway/base/result.hpp"
#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/checkpoint/note.hpp"

namespace ketenpoort::ledger {

struct SiteUpdate {
  Checkpoint checkpoint;          // that the site has now
  std::uint64_t size_before = 0;  // of the checkpoint it had, 0 for none
  std::uint64_t files_written = 0;
};

// Brings the site to the checkpoint of a ledger folder, of a running or a stopped gateway: writes what is new, the
// checkpoint last, so that a reader never misses what it points at. ErrorCode::conflict when the site's checkpoint is
// of a log that this one did not grow out of; nothing is written then. `progress`, if given, gets entries done and to
// do.
Result<SiteUpdate> update_static_site(const std::filesystem::path& ledger, const VerifierKey& key,
                                      const std::filesystem::path& site,
                                      const std::function<void(std::uint64_t, std::uint64_t)>& progress = {});

}  // namespace ketenpoort::ledger
