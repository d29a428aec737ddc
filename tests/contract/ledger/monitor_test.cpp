// What the gateway writes, read by an implementation that is not ours: monitor/main.go on Go's sumdb/note and tlog.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "gateway/base/files.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/published/prove.hpp"
#include "gateway/ledger/published/static_site.hpp"
#include "gateway/ledger/tree/proof.hpp"
#include "gateway/ledger/tree/tiles.hpp"
#include "gateway/ledger/writer/sequencer.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;
using formats::JsonDocument;
using formats::JsonView;
using formats::JsonWriter;

class NoVault : public Sink {
 public:
  void on_durable(std::uint64_t, std::span<const VaultChange>) override {}
  [[nodiscard]] std::uint64_t applied_through() const override { return 0; }
};

struct RecordProof {
  std::uint64_t index = 0;
  std::string entry;
  Proof path;
};
struct TreeProof {
  std::uint64_t old_size = 0;
  Digest old_root{};
  Proof path;
};
struct Request {
  fs::path ledger;
  fs::path entries;
  std::vector<std::string> keys;
  std::vector<RecordProof> records;
  std::vector<TreeProof> trees;
};

void write_path(JsonWriter& writer, const Proof& path) {
  writer.key("proof").begin_array();
  for (const auto& hash : path) writer.value(to_base64(hash));
  writer.end_array();
}

std::string to_json(const Request& request) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().member("ledger", request.ledger.string()).member("entries", request.entries.string());
  writer.key("keys").begin_array();
  for (const auto& key : request.keys) writer.value(key);
  writer.end_array().key("records").begin_array();
  for (const auto& record : request.records) {
    writer.begin_object().member("index", record.index).member("entry", to_base64(as_bytes(record.entry)));
    write_path(writer, record.path);
    writer.end_object();
  }
  writer.end_array().key("trees").begin_array();
  for (const auto& tree : request.trees) {
    writer.begin_object().member("oldSize", tree.old_size).member("oldRoot", to_base64(tree.old_root));
    write_path(writer, tree.path);
    writer.end_object();
  }
  writer.end_array().end_object();
  return json;
}

Digest read_digest(const JsonView& view) {
  const auto bytes = from_base64(view.as_string().value_or(""));
  Digest out{};
  EXPECT_TRUE(bytes && bytes->size() == out.size()) << view.where();
  if (bytes && bytes->size() == out.size()) std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

Proof read_path(const JsonView& view) {
  Proof path;
  for (const auto hash : view.elements()) path.push_back(read_digest(hash));
  return path;
}

class Monitor : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(fs::exists(KETENPOORT_MONITOR))
        << KETENPOORT_MONITOR
        << " was not built: apt-get install golang-go golang-golang-x-mod-dev, then configure and "
        << "build again (./run test contract does all of it)";
  }

  // Its exit code; what it said is in said_ and complained_.
  int run(const Request& request) {
    scratch_.write("request", to_json(request));
    const auto file = [&](std::string_view name) { return (scratch_.path() / name).string(); };
    const auto command = std::string("'") + KETENPOORT_MONITOR + "' < '" + file("request") + "' > '" + file("said") +
                         "' 2> '" + file("complained") + "'";
    const int status = std::system(command.c_str());
    said_ = read_file(file("said")).value();
    complained_ = read_file(file("complained")).value();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  test::ScratchFolder scratch_;
  std::string said_;
  std::string complained_;
};

// A log that the real sequencer wrote.
class MonitoredLog : public Monitor {
 protected:
  void SetUp() override {
    Monitor::SetUp();
    SequencerOptions options{.state = state(), .node = "n", .org = "", .software = "test", .key = key_};
    options.publish_every = std::chrono::milliseconds{1};
    auto opened = Sequencer::open(std::move(options), vault_);
    ASSERT_TRUE(opened) << opened.error().message;
    sequencer_ = std::move(*opened);
  }

  void grow_to(std::uint64_t size) {
    while (sequencer_->size() < size) {
      const auto count = std::min<std::uint64_t>(size - sequencer_->size(), 4096);
      const auto done =
          sequencer_->submit_and_wait([&](const History&, std::uint64_t, Timestamp) -> Result<Transaction> {
            Transaction transaction;
            for (std::uint64_t i = 0; i < count; ++i)
              transaction.entries.push_back({.kind = "ledger.clock-anomaly",
                                             .actor = {.type = "system"},
                                             .body = ObjectWriter().integer("behindMs", i + 1).take()});
            return transaction;
          });
      ASSERT_TRUE(done) << done.error().message;
    }
    sequencer_->wait_until_published(size);
    ASSERT_EQ(sequencer_->published_size(), size);
  }

  [[nodiscard]] fs::path state() const { return scratch_.path() / "state"; }
  [[nodiscard]] fs::path ledger() const { return state() / "ledger"; }
  [[nodiscard]] fs::path site() const { return scratch_.path() / "site"; }

  // Everything we would tell a monitor about the log as it stands: proofs of entries at its edges and in its middle,
  // and of its growth from sizes before.
  [[nodiscard]] Request everything() const {
    const auto size = sequencer_->published_size();
    const TileReader tiles(ledger(), size);
    const SubtreeHash hash = [&](unsigned level, std::uint64_t index) { return tiles.subtree_hash(level, index); };
    Request request{ledger(), site(), {key_.verifier().text()}, {}, {}};
    for (const auto index : places(size)) {
      if (index == size) continue;
      request.records.push_back({index, sequencer_->entry_bytes(index).value(), sequencer_->prove(index)->path});
      EXPECT_EQ(request.records.back().path, prove_inclusion(index, size, hash).value());
    }
    for (const auto old_size : places(size)) {
      if (old_size == 0) continue;
      TreeEdge edge;
      EXPECT_TRUE(append_cover(edge, old_size, cover(0, old_size, hash).value()));
      request.trees.push_back({old_size, edge.root(), prove_consistency(old_size, size, hash).value()});
    }
    return request;
  }

  static std::vector<std::uint64_t> places(std::uint64_t size) {
    std::vector<std::uint64_t> out;
    for (const std::uint64_t place :
         {std::uint64_t{0}, std::uint64_t{1}, size / 3, size / 2, size - 1, size, std::uint64_t{255},
          std::uint64_t{256}, std::uint64_t{257}, std::uint64_t{65'535}, std::uint64_t{65'536}})
      if (place <= size && std::ranges::find(out, place) == out.end()) out.push_back(place);
    return out;
  }

  // What the monitor proves itself is what we prove, and holds for us.
  void check_its_proofs(const Request& request) {
    const auto document = formats::parse_json(said_);
    ASSERT_TRUE(document);
    const auto size = static_cast<std::uint64_t>(*document->root().find("size").as_int());
    const auto root = read_digest(document->root().find("root"));
    const auto checkpoint = open_checkpoint(sequencer_->checkpoint(), key_.verifier()).value();
    EXPECT_EQ(size, checkpoint.size);
    EXPECT_EQ(root, checkpoint.root);
    EXPECT_EQ(document->root().find("origin").as_string(), checkpoint.origin);
    ASSERT_EQ(document->root().find("records").size(), request.records.size());
    for (std::size_t i = 0; i < request.records.size(); ++i) {
      const auto& ours = request.records[i];
      const auto path = read_path(document->root().find("records").at(i).find("proof"));
      EXPECT_EQ(path, ours.path) << ours.index;
      EXPECT_TRUE(verify_inclusion(leaf_hash(as_bytes(ours.entry)), ours.index, size, path, root)) << ours.index;
    }
    ASSERT_EQ(document->root().find("trees").size(), request.trees.size());
    for (std::size_t i = 0; i < request.trees.size(); ++i) {
      const auto& ours = request.trees[i];
      const auto path = read_path(document->root().find("trees").at(i).find("proof"));
      EXPECT_EQ(path, ours.path) << ours.old_size;
      EXPECT_TRUE(verify_consistency(ours.old_size, size, ours.old_root, root, path)) << ours.old_size;
    }
  }

  void flip(const fs::path& file, std::size_t at) {
    auto content = read_file(file).value();
    content.at(at) ^= 1;
    ASSERT_TRUE(replace_file(file, content));
  }

  SigningKey key_ = *SigningKey::generate("example.be/contract");
  NoVault vault_;
  std::unique_ptr<Sequencer> sequencer_;
};

TEST_F(MonitoredLog, holds_at_every_size_on_the_way) {
  for (const std::uint64_t size : {1U, 2U, 3U, 255U, 256U, 257U, 1'000U, 65'535U, 65'536U, 65'537U}) {
    grow_to(size);
    ASSERT_TRUE(update_static_site(ledger(), key_.verifier(), site()));
    const auto request = everything();
    ASSERT_EQ(run(request), 0) << size << ": " << complained_;
    check_its_proofs(request);
    EXPECT_EQ(formats::parse_json(said_)->root().find("entries").as_int(), static_cast<std::int64_t>(size));
    // The static site is a log to it as well.
    auto of_site = request;
    of_site.ledger = site();
    EXPECT_EQ(run(of_site), 0) << size << ": " << complained_;
  }
}

TEST_F(MonitoredLog, holds_after_its_key_was_changed) {
  grow_to(300);
  ASSERT_TRUE(update_static_site(ledger(), key_.verifier(), site()));
  const auto next = *SigningKey::generate(key_.verifier().name());
  ASSERT_TRUE(sequencer_->rotate_key(next));
  grow_to(301 + 256);
  ASSERT_TRUE(update_static_site(ledger(), next.verifier(), site()));
  auto request = everything();
  EXPECT_EQ(run(request), 1) << "the old key signs no more";
  request.keys = {next.verifier().text()};
  ASSERT_EQ(run(request), 0) << complained_;
  request.keys = {key_.verifier().text(), next.verifier().text()};
  ASSERT_EQ(run(request), 0) << complained_;
  key_ = next;
  check_its_proofs(request);
}

TEST_F(MonitoredLog, with_a_bit_changed_in_any_file_is_refused) {
  grow_to(600);
  ASSERT_TRUE(update_static_site(ledger(), key_.verifier(), site()));
  auto request = everything();
  request.ledger = site();
  ASSERT_EQ(run(request), 0) << complained_;
  int files = 0;
  for (const auto& at : fs::recursive_directory_iterator(site())) {
    if (!at.is_regular_file()) continue;
    const auto content = read_file(at.path()).value();
    for (const auto place : {std::size_t{0}, content.size() / 2, content.size() - 2}) {
      flip(at.path(), place);
      EXPECT_EQ(run(request), 1) << at.path() << " at " << place;
      flip(at.path(), place);
    }
    ++files;
  }
  EXPECT_EQ(files, 1 + 4 + 3);  // the checkpoint; tiles 0/000, 0/001, 0/002.p/88, 1/000.p/2; three bundles
  EXPECT_EQ(run(request), 0) << complained_;
}

TEST_F(MonitoredLog, refuses_proofs_of_something_else) {
  grow_to(300);
  const auto good = everything();
  ASSERT_GE(good.records.size(), 4U);
  auto request = good;
  request.entries.clear();
  ASSERT_EQ(run(request), 0) << complained_;
  const auto refused = [&](const auto& change) {
    auto changed = request;
    change(changed);
    return run(changed) == 1;
  };
  EXPECT_TRUE(refused([](Request& r) { std::swap(r.records[1].entry, r.records[2].entry); }));
  EXPECT_TRUE(refused([](Request& r) { ++r.records[1].index; }));
  EXPECT_TRUE(refused([](Request& r) { r.records[1].path.pop_back(); }));
  EXPECT_TRUE(refused([](Request& r) { r.records[1].path.push_back(r.records[1].path.back()); }));
  EXPECT_TRUE(refused([](Request& r) { r.trees[0].old_root = r.trees[1].old_root; }));
  EXPECT_TRUE(refused([](Request& r) { ++r.trees[1].old_size; }));
  EXPECT_TRUE(refused([](Request& r) { r.trees[1].path.pop_back(); }));
  EXPECT_TRUE(refused([](Request& r) { r.keys = {SigningKey::generate("example.be/contract")->verifier().text()}; }));
}

TEST_F(Monitor, opens_the_checkpoint_of_an_empty_log) {
  const auto key = *SigningKey::generate("example.be/contract");
  scratch_.write("checkpoint", sign_checkpoint({key.verifier().name(), 0, empty_root()}, key).value());
  EXPECT_EQ(run({scratch_.path(), {}, {key.verifier().text()}, {}, {}}), 0) << complained_;
  const auto document = formats::parse_json(said_);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().find("size").as_int(), 0);
  EXPECT_EQ(document->root().find("origin").as_string(), "example.be/contract");
  EXPECT_EQ(run({scratch_.path(), {}, {SigningKey::generate("example.be/other")->verifier().text()}, {}, {}}), 1);
}

}  // namespace
}  // namespace ketenpoort::ledger
