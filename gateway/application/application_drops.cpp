// Drop folders, wired.
#include <fmt/format.h>

#include <algorithm>

#include "gateway/api/api.hpp"
#include "gateway/application/application_parts.hpp"
#include "gateway/storage/files/drop_files.hpp"

namespace ketenpoort {
namespace {

std::string media_type_of(std::string_view format) {
  if (format == "json") return "application/json";
  if (format == "ndjson") return "application/x-ndjson";
  if (format == "xml") return "application/xml";
  return format == "csv" ? "text/csv" : "application/vnd.ketenpoort.fixed-width";
}

}  // namespace

// A folder that cannot be used keeps nobody else waiting: it is looked for again at every look, and health says so.
Status Application::Parts::open_drop_folders() {
  const auto& settings = at_start.settings;
  for (const auto& folder : settings.drop_folders) {
    const auto name = log::ConfiguredName::parse(folder.name);
    const auto client = std::ranges::find(at_start.clients, folder.client, &config::Client::id);
    if (!name || client == at_start.clients.end())
      return fail(ErrorCode::config, fmt::format("dropFolders: `{}` cannot be used", folder.name));
    exchange::DropTerms terms{*name, client->id, client->organisation, std::string(api::base_path), {}};
    for (const auto& files : folder.files)
      terms.forms.push_back({files.pattern, media_type_of(files.format), files.mapping, files.encoding});
    terms.poll = folder.poll;
    terms.settle = folder.settle;
    terms.keep = folder.keep;
    terms.keep_failed = folder.keep_failed;
    terms.results_apart = folder.result_group.has_value();
    terms.largest = settings.server.limits.batch_bytes;
    drop_folders.push_back(std::make_unique<exchange::DropFolder>(
        *batches, std::make_unique<storage::DropFiles>(folder.folder, folder.result_group), facilities->clock,
        std::move(terms)));
    drop_folders.back()->start();
  }
  return {};
}

void Application::Parts::observe_drop_folders() {
  for (const auto& folder : drop_folders) {
    const metrics::Tags tags{{"folder", folder->name()}};
    auto& usable = registry.gauge("ketenpoort_drop_folder_usable", "1 while the folder can be read and written", tags);
    auto& stuck = registry.gauge("ketenpoort_drop_folder_stuck", "1 while a file cannot be gone on with", tags);
    auto& waiting =
        registry.gauge("ketenpoort_drop_files_waiting", "Files at the last look that are not taken yet", tags);
    auto& done = registry.gauge("ketenpoort_drop_files_done", "Files taken since the start", tags);
    auto& failed = registry.gauge("ketenpoort_drop_files_failed", "Files put to failed since the start", tags);
    registry.before_render([&folder = *folder, &usable, &stuck, &waiting, &done, &failed] {
      const auto now = folder.figures();
      usable.set(now.usable ? 1 : 0);
      stuck.set(now.stuck ? 1 : 0);
      waiting.set(static_cast<std::int64_t>(now.waiting));
      done.set(static_cast<std::int64_t>(now.done));
      failed.set(static_cast<std::int64_t>(now.failed));
    });
  }
}

}  // namespace ketenpoort
