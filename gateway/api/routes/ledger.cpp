// GET /ledger/checkpoint, /ledger/tile/..., /ledger/proofs/{seq}, /ledger/entries/{seq}, /audit/integrity: the log as
// C2SP monitors and witnesses read it. Nothing beyond the published checkpoint is served.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <utility>

#include "gateway/api/access/raw_reads.hpp"
#include "gateway/api/api.hpp"
#include "gateway/api/http/conditional.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/routes/audit_note.hpp"
#include "gateway/base/error_text.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/published/prove.hpp"
#include "gateway/ledger/tree/tiles.hpp"
#include "gateway/ledger/tree/tree.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::api {
namespace {

using exchange::Facilities;

constexpr std::string_view plain_text = "text/plain; charset=utf-8";
constexpr std::string_view json_text = "application/json";
constexpr std::string_view octets = "application/octet-stream";
// A tile, bundle or entry has the same bytes for ever. Only for the caller: each had to show who it is.
constexpr std::string_view for_ever = "private, max-age=31536000, immutable";
constexpr std::string_view ask_again = "private, no-cache";

void send(const Call& call, std::string_view content_type, std::string content, std::string_view keep) {
  call.reply(with_entity_tag(
      call.request, {200, std::string(content_type), std::move(content), {{"Cache-Control", std::string(keep)}}}));
}

// Entries as they stand, once the log says who reads it and how much of it there is to read.
void send_noted(const Facilities& facilities, RawReads& reads, const Call& call, std::string_view content_type,
                std::string content) {
  const auto now = facilities.clock.now();
  const auto& client = call.identity.client;
  if (reads.is_noted(client, now)) return send(call, content_type, std::move(content), for_ever);
  const auto shared = std::make_shared<std::string>(std::move(content));
  note_and_then(facilities, call,
                draft_queried(call, {{"path", "/ledger/tile/entries"}}, facilities.sequencer.published_size()),
                [&reads, client, now, content_type, shared](const Call& c) {
                  reads.noted(client, now);
                  send(c, content_type, std::move(*shared), for_ever);
                });
}

void refuse_path(const Call& call, std::string why) {
  call.refuse({ErrorCode::not_found, std::move(why)}, InputPart::path);
}

std::optional<std::uint64_t> parse_seq(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = fault == std::errc{} && end == text.data() + text.size();
  return whole && std::to_string(value) == text ? std::optional(value) : std::nullopt;
}

void send_checkpoint(const Facilities& facilities, const Call& call) {
  auto note = facilities.sequencer.checkpoint();
  if (note.empty()) return refuse_path(call, "nothing has been signed yet: ask again in a second");
  send(call, plain_text, std::move(note), ask_again);
}

// Files of ours that do not fit one another are no fault of the caller's; where they lie is for the operator alone.
void refuse_damage(const Call& call, const Error& error) {
  if (error.code != ErrorCode::malformed && error.code != ErrorCode::io) return call.refuse(error, InputPart::path);
  log::error("ledger_folder_damaged", log::field("code", error.code));
  call.refuse({ErrorCode::internal, "the ledger folder does not hold what was signed: run ketenpoort-verify on it"},
              InputPart::path);
}

// The last one that was signed; of size 0 before the first.
Result<ledger::Checkpoint> published_checkpoint(const ledger::Sequencer& sequencer) {
  const auto note = sequencer.checkpoint();
  if (note.empty()) return ledger::Checkpoint{sequencer.verifier().name(), 0, ledger::empty_root()};
  const auto parts = ledger::split_note(note);
  return parts ? ledger::parse_checkpoint(parts->text) : fail(parts.error());
}

void send_tile(const Facilities& facilities, const Call& call) {
  const auto name = ledger::parse_tile_path("tile/" + call.parts.front());
  if (!name || !name->level) return refuse_path(call, "this is not the path of a tile");
  const auto checkpoint = published_checkpoint(facilities.sequencer);
  if (!checkpoint) return refuse_damage(call, checkpoint.error());
  const auto first = name->index * ledger::tile_width;
  if (first + name->width > ledger::hashes_at(*name->level, checkpoint->size))
    return refuse_path(call, "the checkpoint does not reach as far as this tile");
  // A tile that somebody changed is no answer: monitors would take the log for forked.
  auto tile = ledger::TileReader(facilities.sequencer.folder(), checkpoint->size)
                  .read_checked_tile(*name->level, name->index, checkpoint->root);
  if (!tile) return refuse_damage(call, tile.error());
  tile->resize(name->width * sizeof(Digest));
  send(call, octets, std::move(*tile), for_ever);
}

void send_bundle(const Facilities& facilities, RawReads& reads, const Call& call) {
  const auto name = ledger::parse_tile_path("tile/entries/" + call.parts.front());
  if (!name || name->level) return refuse_path(call, "this is not the path of an entry bundle");
  const auto first = name->index * ledger::tile_width;
  if (first + name->width > facilities.sequencer.published_size())
    return refuse_path(call, "the checkpoint does not reach as far as this bundle");
  auto records = facilities.sequencer.records(first, name->width);
  if (!records) return call.refuse(records.error(), InputPart::path);
  send_noted(facilities, reads, call, octets, std::move(*records));
}

// The entry itself is not in it: entries need scope `audit`.
void send_proof(const Facilities& facilities, const Call& call) {
  const auto seq = parse_seq(call.parts.front());
  if (!seq || *seq >= facilities.sequencer.published_size())
    return refuse_path(call, "the checkpoint does not cover such an entry");
  auto proof = facilities.sequencer.prove(*seq);
  if (!proof) return refuse_damage(call, proof.error());
  proof->extra.clear();
  send(call, plain_text, ledger::format_tlog_proof(*proof), ask_again);
}

void send_entry(const Facilities& facilities, RawReads& reads, const Call& call) {
  const auto seq = parse_seq(call.parts.front());
  if (!seq || *seq >= facilities.sequencer.published_size())
    return refuse_path(call, "the checkpoint does not cover such an entry");
  auto entry = facilities.sequencer.entry_bytes(*seq);
  if (!entry) return call.refuse(entry.error(), InputPart::path);
  send_noted(facilities, reads, call, json_text, std::move(*entry));
}

// Every tile of the lowest level, and with it those above, leads to the root.
Status check_tiles(const ledger::TileReader& tiles, const Digest& root) {
  const auto hashes = ledger::hashes_at(0, tiles.size());
  for (std::uint64_t index = 0; index * ledger::tile_width < hashes; ++index)
    if (const auto tile = tiles.read_checked_tile(0, index, root); !tile) return fail(tile.error());
  return {};
}

// Whether the folder holds what the running gateway signed: the same checkpoint, and tiles that lead to its root. The
// entries themselves are read by ketenpoort-verify.
Result<ledger::Checkpoint> check_folder(const ledger::Sequencer& sequencer) {
  auto checkpoint = ledger::read_checkpoint(sequencer.folder(), sequencer.keys());
  if (!checkpoint) return checkpoint;
  const ledger::TileReader tiles(sequencer.folder(), checkpoint->size);
  if (auto done = check_tiles(tiles, checkpoint->root); !done) return fail(done.error());
  return checkpoint;
}

// When the checkpoint was written, by the gateway's own clock.
std::optional<Timestamp> time_of_checkpoint(const Facilities& facilities) {
  std::error_code fault;
  const auto written = std::filesystem::last_write_time(facilities.sequencer.folder() / "checkpoint", fault);
  if (fault) return std::nullopt;
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::file_clock::to_sys(written)) +
         facilities.clock.offset();
}

void show_integrity(const Facilities& facilities, const Call& call) {
  const auto& sequencer = facilities.sequencer;
  const auto checkpoint = check_folder(sequencer);
  std::string json;
  formats::JsonWriter writer(json);
  writer.begin_object()
      .member("self", call.base + "/audit/integrity")
      .member("state", checkpoint ? "INTACT" : "DAMAGED");
  if (!checkpoint)
    writer.member("problem", "the ledger folder does not hold what was signed: run ketenpoort-verify on it");
  writer.member("origin", sequencer.verifier().name())
      .member("vkey", sequencer.verifier().text())
      .member("entries", sequencer.size());
  if (checkpoint) writer.member("size", checkpoint->size).member("root", to_base64(checkpoint->root));
  if (const auto time = time_of_checkpoint(facilities)) writer.member("checkpointTime", to_rfc3339(*time));
  sequencer.read([&](const ledger::History& history) {
    if (const auto confirmed = history.anchors_confirmed_at())
      writer.member("anchoredAt", to_rfc3339(*confirmed))
          .member("anchorStale", history.is_anchor_stale(facilities.clock.now()));
    return 0;
  });
  writer.end_object();
  call.answer(200, std::move(json), {{"Cache-Control", "no-store"}});
}

}  // namespace

void add_ledger_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  const auto later = [&](auto job) {
    return on_workers(dependencies, [job](const ApiDependencies& d, const Call& call) { job(d.facilities, call); });
  };
  const auto at_once = [&facilities = dependencies.facilities](auto job) {
    return [&facilities, job](const Call& call) { job(facilities, call); };
  };
  // Who may read the entries may read all that is derived from them.
  const auto readable = [&](std::string_view path, std::string_view type, std::function<void(Call)> run) {
    routes.push_back({.method = "GET",
                      .path = path,
                      .scope = "ledger",
                      .run = std::move(run),
                      .or_scope = "audit",
                      .produces = {type}});
  };
  const auto audited = [&](std::string_view path, std::string_view type, std::function<void(Call)> run) {
    routes.push_back({.method = "GET", .path = path, .scope = "audit", .run = std::move(run), .produces = {type}});
  };
  readable("/ledger/checkpoint", plain_text, at_once(send_checkpoint));
  const auto reads = std::make_shared<RawReads>();
  const auto noting = [reads](auto job) {
    return [reads, job](const Facilities& facilities, const Call& call) { job(facilities, *reads, call); };
  };
  audited("/ledger/tile/entries/{path...}", octets,
          later(noting(send_bundle)));  // before the pattern that would take it too
  readable("/ledger/tile/{path...}", octets, later(send_tile));
  readable("/ledger/proofs/{seq}", plain_text, later(send_proof));
  audited("/ledger/entries/{seq}", json_text, later(noting(send_entry)));
  audited("/audit/integrity", json_text, later(show_integrity));
}

}  // namespace ketenpoort::api
