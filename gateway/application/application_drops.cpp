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

void show_drop_folder(metrics::Registry& registry, const log::ConfiguredName& name,
                      const exchange::DropFolder::Figures& now) {
  const metrics::Tags tags{{"folder", name}};
  const auto show = [&](log::Label gauge, log::Label help, auto value) {
    registry.show(gauge, help, tags, static_cast<std::int64_t>(value));
  };
  show("ketenpoort_drop_folder_usable", "1 while the folder can be read and written", now.usable ? 1 : 0);
  show("ketenpoort_drop_folder_stuck", "1 while a file cannot be gone on with", now.stuck ? 1 : 0);
  show("ketenpoort_drop_files_waiting", "Files at the last look that are not taken yet", now.waiting);
  show("ketenpoort_drop_files_done", "Files taken since the start", now.done);
  show("ketenpoort_drop_files_failed", "Files put to failed since the start", now.failed);
}

}  // namespace

// As a configuration has them, not started; a folder that cannot be used keeps nobody else waiting: it is looked for
// again at every look, and health says so.
Result<std::vector<DropFolders::Wanted>> Application::Parts::make_drop_folders(const config::Configuration& from) {
  std::vector<DropFolders::Wanted> wanted;
  for (const auto& folder : from.settings.drop_folders) {
    const auto name = log::ConfiguredName::parse(folder.name);
    const auto client = std::ranges::find(from.clients, folder.client, &config::Client::id);
    if (!name || client == from.clients.end())
      return fail(ErrorCode::config, fmt::format("dropFolders: `{}` cannot be used", folder.name));
    exchange::DropTerms terms{*name, client->id, client->organisation, std::string(api::base_path), {}};
    for (const auto& files : folder.files)
      terms.forms.push_back({files.pattern, media_type_of(files.format), files.mapping, files.encoding});
    terms.poll = folder.poll;
    terms.settle = folder.settle;
    terms.keep = folder.keep;
    terms.keep_failed = folder.keep_failed;
    terms.results_apart = folder.result_group.has_value();
    terms.largest = at_start.settings.server.limits.batch_bytes;
    wanted.push_back({folder, client->organisation,
                      std::make_shared<exchange::DropFolder>(
                          *batches, std::make_unique<storage::DropFiles>(folder.folder, folder.result_group),
                          facilities->clock, std::move(terms))});
  }
  return wanted;
}

Status Application::Parts::open_drop_folders() {
  auto wanted = make_drop_folders(at_start);
  if (!wanted) return fail(wanted.error());
  drop_folders.use(std::move(*wanted));
  return {};
}

// Of each as it is now, also of those that a reload brings; of one that went nothing is told.
void Application::Parts::observe_drop_folders() {
  registry.before_render([this] {
    for (const auto& folder : drop_folders.all()) show_drop_folder(registry, folder->name(), folder->figures());
  });
}

void Application::Parts::look_at_drop_folders() {
  const auto folders = drop_folders.all();
  const bool in_trouble = std::ranges::any_of(folders, [](const auto& folder) {
    const auto now = folder->figures();
    return !now.usable || now.stuck;
  });
  had_drop_folders = had_drop_folders || !folders.empty();
  if (had_drop_folders) health.report("dropFolders", in_trouble ? Health::degraded : Health::up);
}

}  // namespace ketenpoort
