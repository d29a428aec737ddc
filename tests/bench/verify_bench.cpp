// What ketenpoort-verify does, measured: bench_verify FOLDER [ENTRIES [make|verify]].
//
// `make` writes a ledger folder of residents' transfers (seven entries each, sealed parts as large as real ones),
// `verify` checks it on one thread and on every core; without either, both. Prints one line per measurement: entries a
// second, processor time, and the most memory the process ever held.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "gateway/ledger/tree/segments.hpp"
#include "gateway/ledger/tree/tiles.hpp"
#include "gateway/verify/log_check.hpp"
#include "gateway/verify/report.hpp"
#include "tests/support/ledger_folder.hpp"
#include "tests/support/log_story.hpp"

namespace ketenpoort::verify {
namespace {

namespace fs = std::filesystem;
using namespace ledger::test;
using ledger::Seq;

// Writes a ledger folder entry by entry, in constant memory.
class FolderWriter {
 public:
  explicit FolderWriter(fs::path folder) : folder_(std::move(folder)) {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "segments");
  }

  template <class Body>
  Seq add(const Body& body, std::vector<Seq> refs = {}, std::optional<SubjectRef> subject = {},
          std::optional<TransferId> tx = {}, std::size_t sealed = 0) {
    ledger::EntryDraft draft;
    draft.kind = std::string(Body::kind);
    draft.actor = {"system", "0316380841", "gateway", ""};
    draft.subject = subject;
    draft.tx = tx;
    draft.refs = std::move(refs);
    draft.body = ledger::encode_body(body);
    if (sealed > 0)
      draft.sealed = ledger::ObjectWriter()
                         .string("ct", std::string(sealed, 'A'))
                         .string("dek", std::string(80, 'A'))
                         .string("iv", "AAAAAAAAAAAAAAAA")
                         .take();
    time_ += std::chrono::milliseconds{1};
    const auto entry = ledger::encode_entry(size_, time_, numbered_id(size_ + 1, 7), "node-1", draft);
    append(entry);
    return size_++;
  }

  void finish() {
    flush();
    for (const auto& tile : tiles_.take_new_tiles()) put(tile);
    const ledger::Checkpoint checkpoint{test_key().verifier().name(), size_, tiles_.root()};
    std::ofstream(folder_ / "checkpoint") << ledger::sign_checkpoint(checkpoint, test_key()).value();
  }

  [[nodiscard]] Seq size() const { return size_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  void append(std::string_view entry) {
    if (size_ % ledger::segment_entries == 0 && size_ > 0) flush();
    ledger::append_record(records_, entry);
    bytes_ += entry.size();
    tiles_.append(ledger::leaf_hash(as_bytes(entry)));
  }
  void flush() {
    std::ofstream(folder_ / ledger::segment_path(size_ == 0 ? 0 : size_ - 1), std::ios::binary) << records_;
    records_.clear();
    if (size_ % ledger::tile_width == 0)  // between two tiles, so that no partial one is left behind
      for (const auto& tile : tiles_.take_new_tiles()) put(tile);
  }
  void put(const ledger::Tile& tile) const {
    fs::create_directories((folder_ / tile.path).parent_path());
    std::ofstream(folder_ / tile.path, std::ios::binary) << tile.hashes;
  }

  fs::path folder_;
  Seq size_ = 0;
  std::uint64_t bytes_ = 0;
  Timestamp time_ = parse_rfc3339("2026-11-24T11:00:00.000Z").value();
  std::string records_;
  ledger::TileBuilder tiles_;
};

void add_resident(FolderWriter& log, Story& story, std::uint64_t number) {
  const auto random = sha256(as_bytes(std::to_string(number)));  // as references of subjects are
  std::copy_n(random.begin(), story.subject.size(), story.subject.begin());
  story.record = numbered_id(number + 1);
  const TransferId tx = numbered_id(number + 1);
  const auto& subject = story.subject;
  const auto received = log.add(story.record_body(), {}, subject, {}, 160);
  log.add(story.request_body(), {received}, subject, tx, 80);
  story.given = log.add(story.statement_body<ledger::ConsentGiven>(numbered_id(number + 1)), {}, subject, {}, 400);
  auto permit = story.permit_body(1);
  permit.ledger_size = log.size();
  permit.decided_for =
      date_in_brussels(parse_rfc3339("2026-11-24T11:00:00.000Z").value() + std::chrono::milliseconds{log.size() + 1});
  log.add(permit, story.permit_refs(), subject, tx, 600);
  log.add(ledger::TransferDelivered{1, digest_of(6), 201}, {}, subject, tx);
  log.add(ledger::TransferAcknowledged{1, digest_of(7), fmt::format("VDAB-2026-{:08}", number)}, {}, subject, tx);
}

void make(const fs::path& folder, std::uint64_t entries) {
  FolderWriter log(folder);
  Story story;
  log.add(ledger::LedgerOpened{"example.org/log", "bench", test_key().verifier().text()});
  story.mapping = log.add(Story::mapping_body());
  story.purpose = log.add(ledger::PurposeRegistered{Story::purpose_value()});
  story.rule = log.add(ledger::RuleRegistered{Story::rule_value(), "id: labour-market-access\n"});
  story.agreement = log.add(ledger::AgreementRegistered{Story::agreement_value(), {digest_of(2), {}}});
  for (std::uint64_t number = 0; log.size() < entries; ++number) add_resident(log, story, number);
  log.finish();
  fmt::print("made entries={} mean_bytes={}\n", log.size(), log.bytes() / log.size());
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

long peak_megabytes() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return used.ru_maxrss / 1024;
}

void verify(const fs::path& folder, unsigned threads) {
  LogCheck check{.ledger = folder, .keys = {test_key().verifier()}};
  check.threads = threads;
  const auto start = std::chrono::steady_clock::now();
  const auto cpu = cpu_seconds();
  const auto report = check_log(check);
  if (!report) throw std::runtime_error(describe(report.error()));
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto entries = static_cast<double>(report->entries);
  fmt::print("verify threads={} entries/s={:.0f} entries/s_per_core={:.0f} seconds={:.2f} peak_MB={}\n", threads,
             entries / seconds, entries / (cpu_seconds() - cpu), seconds, peak_megabytes());
  std::fflush(stdout);
}

}  // namespace
}  // namespace ketenpoort::verify

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: bench_verify FOLDER [ENTRIES [make|verify]]\n");
    return 2;
  }
  try {
    const std::filesystem::path folder = argv[1];
    const std::uint64_t entries = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000;
    const std::string_view part = argc > 3 ? argv[3] : "";
    if (part != "verify") ketenpoort::verify::make(folder, entries);
    if (part == "make") return 0;
    ketenpoort::verify::verify(folder, 1);
    ketenpoort::verify::verify(folder, std::max(2U, std::thread::hardware_concurrency()));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 3;
  }
}
