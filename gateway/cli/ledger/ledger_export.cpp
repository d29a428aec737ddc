#include "gateway/cli/ledger/ledger_export.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "gateway/base/files.hpp"
#include "gateway/cli/ledger/ledger_source.hpp"
#include "gateway/cli/progress_bar.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/published/export.hpp"
#include "gateway/ledger/published/static_site.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  LedgerOptions source;
  std::uint64_t from = 0;
  std::uint64_t to = ledger::to_the_end;
  std::string out;
  std::string tiles;
  bool json = false;
};

// Standard output, or a file that gets its name when it is whole.
class Output {
 public:
  static Result<Output> open(const std::string& name) {
    if (name.empty()) return Output({}, stdout);
    const auto unfinished = fs::path(name + ".part");
    auto* file = std::fopen(unfinished.c_str(), "wb");
    if (file == nullptr) return fail(io_error("cannot write", unfinished, errno));
    return Output(name, file);
  }
  Output(Output&& other) noexcept : name_(std::move(other.name_)), file_(std::exchange(other.file_, nullptr)) {}
  Output& operator=(Output&&) = delete;
  ~Output() {
    if (name_.empty() || file_ == nullptr) return;
    std::fclose(file_);
    std::error_code ignored;
    fs::remove(unfinished(), ignored);
  }

  Status write(std::string_view part) {
    if (std::fwrite(part.data(), 1, part.size(), file_) == part.size()) return {};
    return fail(io_error("cannot write", shown_name(), errno));
  }

  Status finish() {
    if (std::fflush(file_) != 0) return fail(io_error("cannot write", shown_name(), errno));
    if (name_.empty()) return {};
    if (std::fclose(std::exchange(file_, nullptr)) != 0) return fail(io_error("cannot write", shown_name(), errno));
    std::error_code fault;
    fs::rename(unfinished(), name_, fault);
    return fault ? Status(fail(io_error("cannot replace", name_, fault.value()))) : Status{};
  }

 private:
  Output(std::string name, std::FILE* file) : name_(std::move(name)), file_(file) {}
  [[nodiscard]] fs::path unfinished() const { return name_ + ".part"; }
  [[nodiscard]] fs::path shown_name() const { return name_.empty() ? "standard output" : name_; }

  std::string name_;
  std::FILE* file_;
};

Status write_entries(const Options& options) {
  const auto source = find_ledger(options.source);
  if (!source) return fail(source.error());
  const auto prepared = ledger::prepare_export(source->folder, source->key, options.from, options.to);
  if (!prepared) return fail(prepared.error());
  auto output = Output::open(options.out);
  if (!output) return fail(output.error());
  ProgressBar bar("entries");
  const auto written = ledger::write_export(source->folder, *prepared,
                                            {[&](std::string_view part) { return output->write(part); },
                                             [&](std::uint64_t done, std::uint64_t total) { bar.show(done, total); }});
  if (!written) return written;
  if (auto done = output->finish(); !done) return done;
  if (options.out.empty()) return {};
  const auto& [header, checkpoint] = *prepared;
  if (options.json) {
    std::string json;
    formats::JsonWriter(json)
        .begin_object()
        .member("file", options.out)
        .member("from", header.from)
        .member("to", header.to)
        .member("size", checkpoint.size)
        .member("root", to_base64(checkpoint.root))
        .member("origin", checkpoint.origin)
        .member("vkey", source->key.text())
        .end_object();
    fmt::print("{}\n", json);
  } else {
    fmt::print(
        "{}: entries {} to {} of the {} that the checkpoint signs\ncheck it with: ketenpoort-verify {} --key '{}'\n",
        options.out, header.from, header.to, checkpoint.size, options.out, source->key.text());
  }
  return {};
}

Status write_site(const Options& options) {
  const auto source = find_ledger(options.source);
  if (!source) return fail(source.error());
  ProgressBar bar("entries");
  const auto update =
      ledger::update_static_site(source->folder, source->key, options.tiles,
                                 [&](std::uint64_t done, std::uint64_t total) { bar.show(done, total); });
  if (!update) return fail(update.error());
  if (options.json) {
    std::string json;
    formats::JsonWriter(json)
        .begin_object()
        .member("folder", options.tiles)
        .member("size", update->checkpoint.size)
        .member("sizeBefore", update->size_before)
        .member("filesWritten", update->files_written)
        .member("root", to_base64(update->checkpoint.root))
        .member("origin", update->checkpoint.origin)
        .end_object();
    fmt::print("{}\n", json);
  } else {
    fmt::print("{}: {} entries, {} of them new, {} files written\n", options.tiles, update->checkpoint.size,
               update->checkpoint.size - update->size_before, update->files_written);
  }
  return {};
}

int run(const Options& options) {
  if (options.json && options.out.empty() && options.tiles.empty())
    return report_ledger_error(
        {ErrorCode::invalid_input, "--json reports what was written where: give --out FILE or --tiles DIR with it"});
  const auto outcome = options.tiles.empty() ? write_entries(options) : write_site(options);
  return outcome ? done : report_ledger_error(outcome.error());
}

}  // namespace

void add_ledger_export(CLI::App& ledger, Action& chosen) {
  const auto options = std::make_shared<Options>();
  auto* command = ledger.add_subcommand(
      "export", "write entries, with what connects them to the signed checkpoint, to one file that is checked alone");
  command->footer(
      "Examples:\n"
      "  ketenpoort ledger export --config gateway.yaml --out log.export      the whole log\n"
      "  ketenpoort ledger export --config gateway.yaml --from 100 --to 199   a part of it, to standard output\n"
      "  ketenpoort ledger export --config gateway.yaml --tiles /srv/log      a static site for C2SP monitors\n"
      "Check an export with: ketenpoort-verify log.export --key VKEY");
  add_ledger_options(*command, options->source);
  auto* from = command->add_option("--from", options->from, "first position (default 0)");
  auto* to = command->add_option("--to", options->to, "last position (default: the last one the checkpoint signs)");
  auto* out = command->add_option("--out", options->out, "file to write (default: standard output)");
  command->add_option("--tiles", options->tiles, "folder to lay the log out in as C2SP tlog-tiles")
      ->excludes(from)
      ->excludes(to)
      ->excludes(out);
  command->add_flag("--json", options->json, "say what was written in one JSON document");
  command->callback([&chosen, options] { chosen = [options] { return run(*options); }; });
}

}  // namespace ketenpoort::cli
