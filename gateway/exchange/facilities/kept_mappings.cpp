#include "gateway/exchange/facilities/kept_mappings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/files.hpp"
#include "gateway/mapping/library.hpp"
#include "gateway/mapping/plan/plan.hpp"

namespace ketenpoort::exchange {
namespace {

namespace fs = std::filesystem;

Status write_files(const fs::path& folder, const mapping::Mapping& mapping) {
  for (const auto& [name, text] : mapping.plan().files) {
    const auto file = folder / name;
    std::error_code fault;
    fs::create_directories(file.parent_path(), fault);
    if (fault) return fail(io_error("cannot make the folder", file.parent_path(), fault.value()));
    if (auto written = replace_file(file, text); !written) return written;
  }
  return {};
}

// Byte for byte, and nothing else.
bool holds(const fs::path& folder, const mapping::Mapping& mapping) {
  std::size_t there = 0;
  std::error_code fault;
  for (fs::recursive_directory_iterator at(folder, fault), end; !fault && at != end; at.increment(fault))
    if (!at->is_directory(fault)) ++there;
  const auto& files = mapping.plan().files;
  return !fault && there == files.size() && std::ranges::all_of(files, [&](const auto& file) {
    const auto kept = read_file(folder / file.first);
    return kept && *kept == file.second;
  });
}

}  // namespace

Status KeptMappings::keep(const mapping::Mapping& mapping) const {
  const auto name = to_hex(mapping.hash());
  const auto kept = folder_ / name;
  std::error_code fault;
  if (holds(kept, mapping)) return {};
  // Beside it first, so that one that was interrupted does not look whole.
  const auto unfinished = folder_ / (name + ".unfinished");
  fs::remove_all(unfinished, fault);
  fs::create_directories(unfinished, fault);
  if (fault) return fail(io_error("cannot make the folder", unfinished, fault.value()));
  if (auto written = write_files(unfinished, mapping); !written) return written;
  if (auto synced = sync_tree(unfinished); !synced) return synced;
  fs::remove_all(kept, fault);  // what is there is not what its name says
  if (fault) return fail(io_error("cannot remove", kept, fault.value()));
  fs::rename(unfinished, kept, fault);
  if (fault) return fail(io_error("cannot put in place", kept, fault.value()));
  if (auto synced = sync_folder(folder_); !synced) return synced;
  return sync_folder(folder_.has_parent_path() ? folder_.parent_path() : ".");  // the folder may be new
}

Result<std::shared_ptr<const mapping::Mapping>> KeptMappings::find(std::string_view name, std::string_view version,
                                                                   const Digest& hash) const {
  const auto kept = folder_ / to_hex(hash);
  std::error_code fault;
  if (!fs::exists(kept, fault))
    return fail(ErrorCode::not_found, fmt::format("{}@{} (hash {}) was not kept: put back what was activated", name,
                                                  version, to_hex(hash).substr(0, 12)));
  auto loaded = mapping::Library::load(kept, {.purposes = {}, .agreements = {}, .kept = true});
  if (!loaded) return fail(ErrorCode::not_found, loaded.error().message);
  auto library = std::make_shared<const mapping::Library>(std::move(*loaded));
  const auto* found = library->find_version(name, version);
  if (found == nullptr || found->hash() != hash)
    return fail(ErrorCode::not_found, fmt::format("what was kept of {}@{} is not what was activated: {} was changed",
                                                  name, version, kept.string()));
  return std::shared_ptr<const mapping::Mapping>(std::move(library), found);
}

}  // namespace ketenpoort::exchange
