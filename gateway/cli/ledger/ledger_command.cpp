#include "gateway/cli/ledger/ledger_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "gateway/base/files.hpp"
#include "gateway/cli/ledger/ledger_export.hpp"
#include "gateway/cli/ledger/ledger_source.hpp"
#include "gateway/cli/ledger/rebuild_index.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/published/prove.hpp"

namespace ketenpoort::cli {
namespace {

struct Options {
  LedgerOptions source;
  std::uint64_t seq = 0;
  std::string entry_file;
  bool json = false;
};

Status write_out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return fail(io_error("cannot write", "standard output", errno));
  return {};
}

std::string to_json(const ledger::TlogProof& proof, const ledger::VerifiedProof& verified) {
  std::string json;
  formats::JsonWriter writer(json);
  writer.begin_object()
      .member("index", proof.index)
      .member("size", verified.size)
      .member("origin", verified.origin)
      .key("path")
      .begin_array();
  for (const auto& hash : proof.path) writer.value(to_base64(hash));
  writer.end_array()
      .member("checkpoint", proof.checkpoint)
      .member("entry", proof.extra)
      .member("proof", ledger::format_tlog_proof(proof))
      .end_object();
  return json + "\n";
}

Status prove(const Options& options) {
  const auto source = find_ledger(options.source);
  if (!source) return fail(source.error());
  const auto checkpoint = ledger::read_checkpoint(source->folder, source->key);
  if (!checkpoint) return fail(checkpoint.error());
  if (options.seq >= checkpoint->size)
    return fail(ErrorCode::not_found,
                fmt::format("{}: it signs {} entries, so entry {} cannot be proven. Ask for a smaller one, or, of a "
                            "running gateway, again in a second",
                            (source->folder / "checkpoint").string(), checkpoint->size, options.seq));
  const auto entry = ledger::read_entry(source->folder, options.seq);
  if (!entry) return fail(entry.error());
  const auto proof = ledger::prove_entry(source->folder, source->key, options.seq, *entry);
  if (!proof) return fail(proof.error());
  // An auditor must not be handed what does not hold.
  const auto verified = ledger::verify_tlog_proof(*proof, *entry, source->key.text());
  if (!verified)
    return fail(ErrorCode::malformed,
                fmt::format("{}: entry {} is not the one that was signed: {}. Run ketenpoort-verify on the folder",
                            source->folder.string(), options.seq, verified.error().message));
  if (!options.entry_file.empty())
    if (auto written = replace_file(options.entry_file, *entry); !written) return written;
  return write_out(options.json ? to_json(*proof, *verified) : ledger::format_tlog_proof(*proof));
}

Status show_checkpoint(const Options& options) {
  const auto source = find_ledger(options.source);
  if (!source) return fail(source.error());
  std::string note;
  const auto checkpoint = ledger::read_checkpoint(source->folder, source->key, &note);
  if (!checkpoint) return fail(checkpoint.error());
  if (!options.json) return write_out(note);
  std::string json;
  formats::JsonWriter(json)
      .begin_object()
      .member("origin", checkpoint->origin)
      .member("size", checkpoint->size)
      .member("root", to_base64(checkpoint->root))
      .member("vkey", source->key.text())
      .member("checkpoint", note)
      .end_object();
  return write_out(json + "\n");
}

int finish(const Status& outcome) {
  return outcome ? done : report_ledger_error(outcome.error());
}

void add_prove(CLI::App& ledger, Action& chosen) {
  const auto options = std::make_shared<Options>();
  auto* command = ledger.add_subcommand("prove", "write the proof that an entry stands in the signed log");
  command->footer(
      "Example:\n"
      "  ketenpoort ledger prove 17 --config gateway.yaml --entry 17.json > 17.tlog-proof\n"
      "  ketenpoort-verify --proof 17.tlog-proof --entry 17.json --key VKEY");
  add_ledger_options(*command, options->source);
  command->add_option("SEQ", options->seq, "position of the entry")->required()->check([](const std::string& text) {
    return text.starts_with('-') ? std::string("positions begin with 0") : std::string();
  });
  command->add_option("--entry", options->entry_file, "write the entry's bytes to this file as well");
  command->add_flag("--json", options->json, "the proof's parts, the entry and the proof in one JSON document");
  command->callback([&chosen, options] { chosen = [options] { return finish(prove(*options)); }; });
}

void add_checkpoint(CLI::App& ledger, Action& chosen) {
  const auto options = std::make_shared<Options>();
  auto* command = ledger.add_subcommand("checkpoint", "write the signed checkpoint, to be kept elsewhere");
  command->footer(
      "Example:\n"
      "  ketenpoort ledger checkpoint --config gateway.yaml > kept-today.checkpoint\n"
      "  ketenpoort-verify STATE/ledger --key VKEY --checkpoint kept-today.checkpoint");
  add_ledger_options(*command, options->source);
  command->add_flag("--json", options->json, "its parts in one JSON document");
  command->callback([&chosen, options] { chosen = [options] { return finish(show_checkpoint(*options)); }; });
}

}  // namespace

void add_ledger(CLI::App& app, Action& chosen) {
  auto* ledger = app.add_subcommand("ledger", "prove, export and sign off what stands in the consent ledger");
  ledger->require_subcommand(1);
  ledger->footer(
      "Examples:\n"
      "  ketenpoort ledger prove 17 --config gateway.yaml --entry 17.json > 17.tlog-proof\n"
      "  ketenpoort ledger export --config gateway.yaml --out log.export");
  add_prove(*ledger, chosen);
  add_ledger_export(*ledger, chosen);
  add_checkpoint(*ledger, chosen);
  add_rebuild_index(*ledger, chosen);
}

}  // namespace ketenpoort::cli
