// A log of many residents whose key changes half-way and which a witness cosigns now and then: for tampering with.
#pragma once

#include <string>
#include <vector>

#include "gateway/ledger/checkpoint/cosignature.hpp"
#include "gateway/ledger/tree/tree.hpp"
#include "tests/support/broken_logs.hpp"

namespace ketenpoort::ledger::test {

inline WitnessSigner test_witness(std::uint8_t seed = 31) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(seed);
  return WitnessSigner::from_seed("witness.example/1", bytes).value();
}

inline Digest root_of(const std::vector<std::string>& entries, std::size_t size) {
  TreeEdge edge;
  for (std::size_t seq = 0; seq < size; ++seq) edge.append(leaf_hash(as_bytes(entries[seq])));
  return edge.root();
}

inline EntryDraft draft_of(std::string_view kind, std::string body) {
  EntryDraft draft;
  draft.kind = kind;
  draft.body = std::move(body);
  return draft;
}

// Both keys sign where the entry will stand.
inline void add_rotation(Log& log, const SigningKey& old_key, const SigningKey& new_key) {
  const auto& name = old_key.verifier().name();
  const auto old_vkey = old_key.verifier().text();
  const auto new_vkey = new_key.verifier().text();
  const auto text = "ketenpoort key rotation v1\n" + name + "\n" + std::to_string(log.lines.size()) + "\n" + old_vkey +
                    "\n" + new_vkey + "\n";
  log.add(KeyRotated{"Ed25519", to_base64(new_key.sign(text)), new_vkey, to_base64(old_key.sign(text)), old_vkey});
}

// A cosignature of everything so far, as of the last entry's time.
inline void add_cosignature(Log& log, const WitnessSigner& witness) {
  const auto entries = log.encode();
  const auto size = entries.size();
  const auto root = root_of(entries, size);
  const auto body = format_checkpoint({test_key().verifier().name(), size, root});
  const auto time = std::chrono::floor<std::chrono::seconds>(log.lines.back().time);
  log.add(Cosigned{root, {witness.cosign(body, time)}, size});
}

// One resident: a record, a request, a consent, a permit, a delivery, an acknowledgement.
inline void add_resident(Story& story, std::uint64_t number) {
  for (std::size_t i = 0; i < 8; ++i) story.subject[i] = static_cast<std::uint8_t>((number + 1) >> (8 * i));
  story.record = numbered_id(1000 + number);
  story.consent_id = numbered_id(1000 + number);
  const TransferId tx = numbered_id(1000 + number);
  story.received = story.log.add(story.record_body(), {}, story.subject);
  story.request(tx);
  story.give_consent();
  story.permit(tx, 1);
  story.log.add(TransferDelivered{1, digest_of(6), 201}, {}, story.subject, tx);
  story.log.add(TransferAcknowledged{1, digest_of(7), "VDAB-" + std::to_string(number)}, {}, story.subject, tx);
}

struct LongLog {
  SigningKey first_key = test_key();
  SigningKey last_key = test_key(8);
  WitnessSigner witness = test_witness();
  Story story;
  std::size_t rotated_at = 0;

  static LongLog of(std::uint64_t residents) {
    LongLog out;
    out.story.open();
    out.story.log.edit<LedgerOpened>(0, [](auto& b) { b.vkey = test_key().verifier().text(); });
    for (std::uint64_t i = 0; i < residents; ++i) {
      add_resident(out.story, i);
      if (i % 20 == 10) add_cosignature(out.story.log, out.witness);
      if (i != residents / 2) continue;
      out.rotated_at = out.story.log.lines.size();
      add_rotation(out.story.log, out.first_key, out.last_key);
    }
    return out;
  }
};

}  // namespace ketenpoort::ledger::test
