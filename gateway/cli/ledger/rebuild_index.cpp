#include "gateway/cli/ledger/rebuild_index.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>

#include "gateway/audit/index.hpp"
#include "gateway/cli/ledger/ledger_source.hpp"
#include "gateway/cli/progress_bar.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/files/state_lock.hpp"
#include "gateway/ledger/published/prove.hpp"

namespace ketenpoort::cli {
namespace {

struct Options {
  LedgerOptions source;
  bool json = false;
};

struct Rebuilt {
  std::filesystem::path file;
  std::uint64_t entries = 0;
  std::chrono::milliseconds took{};
};

Result<Rebuilt> rebuild(const Options& options) {
  const auto source = find_ledger(options.source);
  if (!source) return fail(source.error());
  const auto state = source->folder.parent_path();
  const auto lock = ledger::StateLock::take(state);  // a running gateway has the index open
  if (!lock) return fail(lock.error());
  const auto checkpoint = ledger::read_checkpoint(source->folder, source->key);
  if (!checkpoint) return fail(checkpoint.error());
  const auto begun = std::chrono::steady_clock::now();
  Rebuilt out{state / "index.sqlite", checkpoint->size, {}};
  ProgressBar bar("entries");
  const auto done = audit::rebuild_index(out.file, source->folder, checkpoint->size,
                                         [&](std::uint64_t entries) { bar.show(entries, checkpoint->size); });
  if (!done) return fail(done.error());
  out.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
  return out;
}

int run(const Options& options) {
  const auto rebuilt = rebuild(options);
  if (!rebuilt) return report_ledger_error(rebuilt.error());
  if (options.json) {
    std::string json;
    formats::JsonWriter(json)
        .begin_object()
        .member("index", rebuilt->file.string())
        .member("entries", rebuilt->entries)
        .member("milliseconds", rebuilt->took.count())
        .end_object();
    fmt::print("{}\n", json);
  } else {
    fmt::print("{}: {} entries indexed in {:.1f} s\n", rebuilt->file.string(), rebuilt->entries,
               static_cast<double>(rebuilt->took.count()) / 1000);
  }
  return done;
}

}  // namespace

void add_rebuild_index(CLI::App& ledger, Action& chosen) {
  const auto options = std::make_shared<Options>();
  auto* command = ledger.add_subcommand("rebuild-index", "make index.sqlite of a stopped gateway anew from its ledger");
  command->footer(
      "Example:\n"
      "  ketenpoort ledger rebuild-index --config gateway.yaml\n"
      "A gateway that starts without an index makes it by itself and answers 503 to what needs it until it is done.");
  add_ledger_options(*command, options->source);
  command->add_flag("--json", options->json, "say what was done in one JSON document");
  command->callback([&chosen, options] { chosen = [options] { return run(*options); }; });
}

}  // namespace ketenpoort::cli
