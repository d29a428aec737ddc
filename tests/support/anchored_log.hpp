// A running ledger, authorities and witnesses beside it, and the clock of all of them: what tests of anchoring live in.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gateway/exchange/anchoring.hpp"
#include "gateway/ledger/checkpoint/note_parts.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/published/witness.hpp"
#include "tests/support/no_vault.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/support/time_stamping.hpp"

namespace ketenpoort::exchange::test {

class ForgetfulSink final : public ledger::Sink {
 public:
  void on_durable(std::uint64_t batch, std::span<const ledger::VaultChange>) override { applied_ = batch; }
  [[nodiscard]] std::uint64_t applied_through() const override { return applied_; }

 private:
  std::atomic<std::uint64_t> applied_{0};
};

// A witness that runs here.
class LocalWitness {
 public:
  LocalWitness(const std::string& name, const ledger::SigningKey& log) : signer_(make_signer(name)) {
    const std::vector<ledger::WitnessedLog> logs{{log.verifier().name(), {log.verifier()}}};
    witness_ = std::move(ledger::Witness::open(folder_.path(), signer_, logs).value());
  }

  [[nodiscard]] const ledger::WitnessKey& key() const { return signer_.key(); }

  Answer answer(const Call& call, std::chrono::milliseconds off = {}) {
    auto said = witness_->add_checkpoint(call.body, now(off));
    return {said.status, {{"content-type", said.content_type}}, said.body};
  }

  // A line under a note, whatever it says.
  [[nodiscard]] std::string cosign(const std::string& note, std::chrono::milliseconds off = {}) const {
    return signer_.cosign(ledger::split_note(note).value().text, now(off)) + "\n";
  }

 private:
  static ledger::WitnessSigner make_signer(const std::string& name) {
    return ledger::WitnessSigner::from_seed(name, sha256(as_bytes(name))).value();
  }
  static ledger::CosignTime now(std::chrono::milliseconds off) {
    return std::chrono::floor<std::chrono::seconds>(Clock(off).now());
  }

  ketenpoort::test::ScratchFolder folder_;
  ledger::WitnessSigner signer_;
  std::unique_ptr<ledger::Witness> witness_;
};

class AnchoredLog {
 public:
  AnchoredLog() {
    ledger::SequencerOptions options{
        .state = folder_.path() / "state", .node = "node-1", .org = "", .software = "ketenpoort test", .key = key_};
    options.now = [this] { return Clock(offset_.load()).now(); };
    options.publish_every = std::chrono::milliseconds{2};
    sequencer_ = std::move(ledger::Sequencer::open(std::move(options), sink_).value());
    facilities_ = std::unique_ptr<Facilities>(new Facilities{
        *sequencer_, vault_, FormatsInUse(nullptr), KeptMappings(folder_.path() / "mappings"), Clock(), {}, {}});
    sequencer_->wait_until_published(1);
  }

  [[nodiscard]] ledger::Sequencer& sequencer() { return *sequencer_; }
  [[nodiscard]] const ledger::SigningKey& key() const { return key_; }
  [[nodiscard]] static ledger::SigningKey another_key() { return make_key(8); }  // under the log's own name

  // Anchoring by these from here on.
  Anchoring& start(std::vector<StampingAuthority> authorities, std::vector<WitnessContact> witnesses,
                   std::chrono::milliseconds interval = std::chrono::hours{1},
                   std::chrono::milliseconds retry = std::chrono::minutes{1}) {
    anchoring_ = std::make_unique<Anchoring>(
        *facilities_, AnchoringPlan{interval, retry, std::move(authorities), std::move(witnesses)},
        [this] { ++confirmations; });
    return *anchoring_;
  }
  [[nodiscard]] Anchoring& anchoring() { return *anchoring_; }

  // An authority whose clock is so far ahead.
  [[nodiscard]] static StampingAuthority authority(std::string_view name, std::chrono::seconds ahead = {}) {
    ledger::test::TimeStamping::Wishes wishes;
    if (ahead.count() != 0)
      wishes.seconds_since_epoch =
          std::chrono::floor<std::chrono::seconds>(Clock().now() + ahead).time_since_epoch().count();
    const auto tsa = std::make_shared<ledger::test::TimeStamping>(wishes);
    return {log::ConfiguredName::parse(name).value(), "/tsr", ledger::TimestampRoots::from_pem(tsa->roots()).value(),
            [tsa](const Call& call) -> Result<Answer> {
              return Answer{200, {}, std::string(as_text(tsa->answer(as_bytes(call.body))))};
            }};
  }

  // The witness of this name, always the same one.
  [[nodiscard]] WitnessContact witness(const std::string& name, std::chrono::milliseconds ahead = {}) {
    auto& known = local(name);
    return {log::ConfiguredName::parse(name).value(),
            known.key(),
            [this, &known, ahead](const Call& call) -> Result<Answer> {
              return known.answer(call, offset_.load() + ahead);
            },
            0,
            {}};
  }
  [[nodiscard]] LocalWitness& local(const std::string& name) {
    auto& known = witnesses_[name];
    if (!known) known = std::make_unique<LocalWitness>(name, key_);
    return *known;
  }
  [[nodiscard]] LocalWitness& stranger() { return local("stranger"); }

  void grow(int entries) {
    ledger::EntryDraft draft;
    draft.kind = ledger::AuditQueried::kind;
    draft.actor.type = "system";
    draft.body = ledger::encode_body(ledger::AuditQueried{"test", {}, 1});
    for (int i = 0; i < entries; ++i) write(draft);
  }
  void activate(ledger::Anchoring terms) {
    ledger::EntryDraft draft;
    draft.kind = ledger::ConfigActivated::kind;
    draft.actor.type = "system";
    draft.body = ledger::encode_body(ledger::ConfigActivated{"test", {}, terms});
    write(draft);
  }
  void turn_clock(std::chrono::milliseconds by) {
    offset_ = offset_.load() + by;
    facilities_->clock = Clock(offset_.load());
  }

  // Every entry of a kind, with its place.
  template <class Body>
  [[nodiscard]] std::vector<std::pair<ledger::Seq, Body>> bodies() const {
    std::vector<std::pair<ledger::Seq, Body>> out;
    for (ledger::Seq seq = 0; seq < sequencer_->size(); ++seq) {
      const auto bytes = sequencer_->entry_bytes(seq).value();
      const auto entry = ledger::decode_entry(bytes).value();
      if (entry.kind == Body::kind) out.emplace_back(seq, ledger::decode_body<Body>(entry.body).value());
    }
    return out;
  }

  std::atomic<std::uint64_t> confirmations{0};

 private:
  static ledger::SigningKey make_key(std::uint8_t number) {
    std::array<std::uint8_t, 32> seed{};
    seed.fill(number);
    return ledger::SigningKey::from_seed("example.be/ketenpoort/anchored", seed).value();
  }
  void write(const ledger::EntryDraft& draft) {
    const auto done = sequencer_->submit_and_wait([&](const ledger::History&, std::uint64_t, Timestamp) {
      return Result<ledger::Transaction>(ledger::Transaction{{draft}, {}});
    });
    if (!done) throw std::runtime_error(done.error().message);
    sequencer_->wait_until_published(done->first_seq + 1);
  }

  ketenpoort::test::ScratchFolder folder_;
  ledger::SigningKey key_ = make_key(7);
  std::atomic<std::chrono::milliseconds> offset_{};
  ForgetfulSink sink_;
  NoVault vault_;
  std::unique_ptr<ledger::Sequencer> sequencer_;
  std::unique_ptr<Facilities> facilities_;
  std::map<std::string, std::unique_ptr<LocalWitness>> witnesses_;
  std::unique_ptr<Anchoring> anchoring_;
};

}  // namespace ketenpoort::exchange::test
