// Writes the shipped logs: make_logs FOLDER. Small logs that hold (good/) and that break one thing (bad/), each a
// folder with the log, what a verifier is to be given, and what it must say (expected.json). Every verifier must agree
// on them.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gateway/formats/json.hpp"
#include "gateway/ledger/published/export.hpp"
#include "tests/support/long_log.hpp"
#include "tests/support/time_stamp.hpp"

namespace ketenpoort::ledger::test {
namespace {

namespace fs = std::filesystem;

struct Expected {
  bool holds = true;
  std::string rule{};  // of the flaw
  std::optional<std::uint64_t> seq{};
  std::vector<std::string> keys = {test_key().verifier().text()};
  std::vector<std::string> witnesses{};
};

class Shelf {
 public:
  explicit Shelf(fs::path root) : root_(std::move(root)) {}

  // The folder as it stands now.
  void keep(const std::string& name, const LedgerFolder& folder, const Expected& expected) const {
    const auto place = make_place(name, expected);
    fs::copy(folder.path(), place / "ledger", fs::copy_options::recursive);
  }

  void keep_export(const std::string& name, const std::string& content, const Expected& expected) const {
    std::ofstream(make_place(name, expected) / "ledger.export", std::ios::binary) << content;
  }

  // A checkpoint that a verifier is given beside the log just kept.
  void keep_older(const std::string& name, bool holds, std::string_view note) const {
    std::ofstream(root_ / (holds ? "good" : "bad") / name / "older-checkpoint", std::ios::binary) << note;
  }

  // Time-stamping authorities that a verifier is given for the log just kept.
  void keep_authorities(const std::string& name, bool holds, std::string_view pem) const {
    std::ofstream(root_ / (holds ? "good" : "bad") / name / "authorities.pem", std::ios::binary) << pem;
  }

 private:
  [[nodiscard]] fs::path make_place(const std::string& name, const Expected& expected) const {
    const auto place = root_ / (expected.holds ? "good" : "bad") / name;
    fs::remove_all(place);
    fs::create_directories(place);
    std::string text;
    formats::JsonWriter json(text);
    json.begin_object().member("holds", expected.holds);
    if (!expected.holds) json.member("rule", expected.rule).member("seq", expected.seq);
    write_list(json, "keys", expected.keys);
    write_list(json, "witnesses", expected.witnesses);
    json.end_object();
    std::ofstream(place / "expected.json") << text << "\n";
    return place;
  }

  static void write_list(formats::JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
    json.key(name).begin_array();
    for (const auto& text : texts) json.value(text);
    json.end_array();
  }

  fs::path root_;
};

std::string export_of(const LedgerFolder& folder, std::uint64_t from, std::uint64_t to,
                      const SigningKey& key = test_key()) {
  const auto what = prepare_export(folder.path(), key.verifier(), from, to).value();
  std::string out;
  const auto keep = [&](std::string_view bytes) -> Status {
    out += bytes;
    return {};
  };
  if (const auto written = write_export(folder.path(), what, {.write = keep}); !written)
    throw std::runtime_error(written.error().message);
  return out;
}

void make_good(const Shelf& shelf) {
  LedgerFolder folder;
  const auto story = signed_story().log.encode();
  folder.write(story, {3, 11, story.size()});
  shelf.keep("story", folder, {});
  shelf.keep_export("story-export", export_of(folder, 0, to_the_end), {});
  shelf.keep_export("story-export-of-a-part", export_of(folder, 7, 20), {});
  shelf.keep_export("story-export-of-the-beginning", export_of(folder, 0, 12), {});
  folder.write(story, {3, 11, story.size() - 4});
  shelf.keep("unsigned-tail", folder, {});
  folder.write({}, {0});
  shelf.keep("empty", folder, {});
  const auto uninformed = signed_not_informed().log.encode();
  folder.write(uninformed, {uninformed.size()});
  shelf.keep("not-informed", folder, {});
  const auto outcomes = signed_outcomes().log.encode();
  folder.write(outcomes, {outcomes.size()});
  shelf.keep("outcomes", folder, {});
  auto not_built = signed_story();
  not_built.log.lines.resize(not_built.requested + 1);
  not_built.refuse_for({Reason::no_agreement, Reason::no_consent}, false);
  const auto refused = not_built.log.encode();
  folder.write(refused, {refused.size()});
  shelf.keep("recipient-not-built", folder, {});
  folder.write(story, {11});
  const auto older = folder.get("checkpoint");
  folder.write(story, {11, story.size()});
  shelf.keep("grown-since", folder, {});
  shelf.keep_older("grown-since", true, older);
  const auto part = export_of(folder, 7, 20);
  shelf.keep_export("part-that-grew-since", part, {});
  shelf.keep_older("part-that-grew-since", true, older);
  // The root is right, but who signed it has none of the log's keys.
  shelf.keep_export("part-and-a-forged-older-checkpoint", part, {.holds = false, .rule = "checkpoint"});
  auto forged = ledger::parse_checkpoint(older.substr(0, older.find("\n\n") + 1)).value();
  shelf.keep_older("part-and-a-forged-older-checkpoint", false, sign_checkpoint(forged, test_key(9)).value());
}

void make_more_than_one_tile(const Shelf& shelf) {
  const auto log = LongLog::of(45);
  const auto entries = log.story.log.encode();
  LedgerFolder folder;
  folder.write(entries, {100, 250, entries.size()}, log.last_key);
  shelf.keep("more-than-one-tile", folder, {.keys = {log.last_key.verifier().text()}});
}

// With two keys and a witness.
void make_keys(const Shelf& shelf) {
  const auto log = LongLog::of(12);
  const auto entries = log.story.log.encode();
  LedgerFolder folder;
  folder.write(entries, {20, entries.size()}, log.last_key);
  const Expected holds{.keys = {log.first_key.verifier().text()}, .witnesses = {log.witness.key().text()}};
  shelf.keep("two-keys-and-a-witness", folder, holds);
  const auto last = log.last_key.verifier().text();
  shelf.keep_export("by-the-last-key", export_of(folder, 0, to_the_end, log.last_key), {.keys = {last}});

  Expected wrong{.holds = false, .rule = "keys", .seq = 0, .keys = {test_key(9).verifier().text()}};
  shelf.keep_export("another-logs-key", export_of(folder, 0, to_the_end, log.last_key), wrong);
  wrong = {.holds = false, .rule = "anchor", .witnesses = {test_witness(32).key().text()}};
  shelf.keep_export("another-witness", export_of(folder, 0, to_the_end, log.last_key), wrong);

  folder.write(entries, {20, entries.size()}, log.first_key);
  shelf.keep("signed-by-the-old-key", folder, {.holds = false, .rule = "checkpoint"});

  auto changed = log.story.log;
  for (std::size_t seq = 1; seq < 40; ++seq)
    if (changed.lines[seq].draft.kind == RecordReceived::kind)
      changed.edit<RecordReceived>(seq, [](auto& b) { b.size += 1; });
  const auto rewritten = changed.encode();
  folder.write(rewritten, {rewritten.size()}, log.last_key);
  std::uint64_t first_cosigned = 0;
  while (changed.lines[first_cosigned].draft.kind != Cosigned::kind) ++first_cosigned;
  shelf.keep("rewritten-with-the-key-but-cosigned", folder, {.holds = false, .rule = "anchor", .seq = first_cosigned});
}

// An authority's word on the first entries, as it is and changed; nobody is given, its authority, or another.
void make_stamped(const Shelf& shelf) {
  LedgerFolder folder;
  auto story = signed_story();
  story.log.lines.resize(story.received + 1);
  const auto with = [&](const std::function<void(Anchored&)>& change) {
    Anchored body{parse_rfc3339(stamped_at).value(),
                  "rfc3161",
                  root_of(story.log.encode(), stamped_entries),
                  stamped_entries,
                  std::string(stamp),
                  "Example TSA"};
    change(body);
    auto log = story.log;
    log.add(body);
    const auto entries = log.encode();
    folder.write(entries, {entries.size()});
  };
  const auto as_it_is = [](Anchored&) {};
  const Expected wrong{.holds = false, .rule = "anchor", .seq = story.log.lines.size()};
  with(as_it_is);
  shelf.keep("time-stamped", folder, {});
  shelf.keep("time-stamped-by-who-is-given", folder, {});
  shelf.keep_authorities("time-stamped-by-who-is-given", true, stamping_authority);
  shelf.keep("time-stamped-by-another-than-is-given", folder, wrong);
  shelf.keep_authorities("time-stamped-by-another-than-is-given", false, another_authority);
  with([](Anchored& b) { b.token = to_base64(as_bytes("rubbish")); });
  shelf.keep("time-stamp-that-is-none", folder, wrong);
  with([&](Anchored& b) { b.root = root_of(story.log.encode(), b.size = stamped_entries - 1); });
  shelf.keep("time-stamp-of-other-entries", folder, wrong);
  with([](Anchored& b) { b.gen_time -= std::chrono::seconds{1}; });
  shelf.keep("time-stamp-of-another-time", folder, wrong);
  with([](Anchored& b) {
    auto token = from_base64(b.token).value();
    token.back() ^= 1U;  // of the signature
    b.token = to_base64(token);
  });
  shelf.keep("time-stamp-with-a-forged-signature", folder, wrong);
  shelf.keep_authorities("time-stamp-with-a-forged-signature", false, stamping_authority);
}

void make_broken(const Shelf& shelf) {
  LedgerFolder folder;
  for (const auto& log : broken_logs()) {
    folder.write(log.entries, {log.entries.size()});
    shelf.keep(log.name, folder,
               {.holds = false, .rule = fmt::format("invariant {}", log.invariant), .seq = log.entries.size() - 1});
  }
}

void make_tampered(const Shelf& shelf) {
  LedgerFolder folder;
  const auto story = signed_story();
  const auto entries = story.log.encode();
  const auto keep_changed = [&](const std::string& name, std::vector<std::string> changed, Expected expected) {
    folder.write(entries, {entries.size()});
    const auto checkpoint = folder.get("checkpoint");
    folder.write(changed, {changed.size()}, test_key(), expected.rule == "tree" && expected.seq ? &entries : nullptr);
    folder.put("checkpoint", checkpoint);
    expected.holds = false;
    shelf.keep(name, folder, expected);
  };
  auto changed = entries;
  changed.erase(changed.begin() + 9);
  keep_changed("entry-dropped", changed, {.rule = "invariant 1", .seq = 9});
  changed = entries;
  std::swap(changed[9], changed[10]);
  keep_changed("entries-swapped", changed, {.rule = "invariant 1", .seq = 9});
  changed = entries;
  changed.insert(changed.begin() + 9, changed[9]);
  keep_changed("entry-repeated", changed, {.rule = "invariant 1", .seq = 10});
  auto edited = story;
  edited.log.edit<TransferAcknowledged>(edited.acknowledged, [](auto& b) { b.reference = "another"; });
  changed = edited.log.encode();
  keep_changed("entry-changed-and-hashes-made-anew", changed, {.rule = "tree"});
  keep_changed("entry-changed-under-its-tile", changed, {.rule = "tree", .seq = edited.acknowledged});
  changed.resize(changed.size() - 5);
  keep_changed("cut-short", std::vector(entries.begin(), entries.end() - 5),
               {.rule = "segments", .seq = entries.size() - 5});

  folder.write(entries, {11});
  const auto older = folder.get("checkpoint");
  folder.write(entries, {entries.size()});
  const auto newest = folder.get("checkpoint");
  folder.write(entries, {11});
  shelf.keep("rolled-back", folder, {.holds = false, .rule = "consistency"});
  shelf.keep_older("rolled-back", false, newest);
  edited = story;
  edited.log.lines[2].draft.trace = numbered_id(5);
  folder.write(edited.log.encode(), {entries.size()});
  shelf.keep("rewritten-with-the-key", folder, {.holds = false, .rule = "consistency"});
  shelf.keep_older("rewritten-with-the-key", false, older);
}

void make_stray(const Shelf& shelf) {
  LedgerFolder folder;
  const auto entries = signed_story().log.encode();
  const auto with = [&](const std::string& name, const std::string& rule, const std::function<void()>& change) {
    folder.write(entries, {11, entries.size()});
    change();
    shelf.keep(name, folder, {.holds = false, .rule = rule});
  };
  with("file-too-many", "files", [&] { folder.put("notes.txt", "x"); });
  with("tile-of-nothing", "files", [&] { folder.put("tile/1/000.p/1", std::string(32, 'x')); });
  with("tile-beyond-all-counting", "files",
       [&] { folder.put("tile/0/x072/x057/x594/x037/x927/936", std::string(32 * 256, 'x')); });
  with("tile-changed", "tiles", [&] {
    auto tile = folder.get("tile/0/000.p/11");
    tile[40] = static_cast<char>(tile[40] ^ 1);
    folder.put("tile/0/000.p/11", tile);
  });
  with("tile-missing", "tiles", [&] { folder.remove(fmt::format("tile/0/000.p/{}", entries.size())); });
  with("checkpoint-missing", "checkpoint", [&] { folder.remove("checkpoint"); });
  with("signature-changed", "checkpoint", [&] {
    auto note = folder.get("checkpoint");
    note[note.size() - 10] = note[note.size() - 10] == 'A' ? 'B' : 'A';
    folder.put("checkpoint", note);
  });
  with("root-changed", "checkpoint", [&] {
    auto note = folder.get("checkpoint");
    const auto root = note.find('\n', note.find('\n') + 1) + 1;
    note[root] = note[root] == 'A' ? 'B' : 'A';
    folder.put("checkpoint", note);
  });
}

}  // namespace
}  // namespace ketenpoort::ledger::test

int main(int argc, char** argv) {
  using namespace ketenpoort::ledger::test;
  if (argc != 2) {
    fmt::print(stderr, "usage: make_logs FOLDER\n");
    return 2;
  }
  const Shelf shelf(argv[1]);
  make_good(shelf);
  make_more_than_one_tile(shelf);
  make_keys(shelf);
  make_stamped(shelf);
  make_broken(shelf);
  make_tampered(shelf);
  make_stray(shelf);
  return 0;
}
