// One entry of the consent ledger: what is hashed, signed and kept for ever. docs/ledger-format.md states the format.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/domain/transfer.hpp"
#include "gateway/ledger/entry/canonical.hpp"
#include "gateway/ledger/entry/typed_body.hpp"

namespace ketenpoort::ledger {

// C2SP entry bundles carry a 16-bit length.
constexpr std::size_t largest_entry = 65'535;

// Who acted. Empty members are not written.
struct Actor {
  std::string type;  // system | operator | data-subject
  std::string org;   // KBO number, 10 digits
  std::string role;
  std::string op;  // random reference of an operator; the name lives in the vault
};

// What a use case asks to be written; the sequencer adds seq, time, id and node.
struct EntryDraft {
  std::string kind;  // "transfer.permitted"
  Actor actor;
  std::optional<SubjectRef> subject{};
  std::string activity{};  // id@version in the register of processing activities, empty for none
  std::optional<TransferId> tx{};
  std::optional<Uuid> trace{};
  std::vector<std::uint64_t> refs{};  // seq numbers this entry relies on, all smaller than its own
  std::string body{};                 // canonical JSON object
  std::string sealed{};               // canonical JSON object {ct, dek, iv}, or empty
};

// An entry as read. The views and values point into the bytes it was read from, which must outlive it.
struct Entry {
  struct ActorView {
    std::string_view type, org, role, op;  // empty when absent
  };
  std::uint64_t seq = 0;
  Timestamp time{};
  Uuid id{};
  std::string_view kind;
  std::string_view node;
  ActorView actor;
  std::optional<SubjectRef> subject;
  std::string_view activity;  // empty when absent
  std::optional<TransferId> tx;
  std::optional<Uuid> trace;
  std::vector<std::uint64_t> refs;
  bool is_sealed = false;  // there is a sealed part
  Value body;              // always an object
  Value sealed;            // an object, or no value
  TypedBody typed;         // the body in its type, if it was read so
  std::string_view bytes;  // the whole entry
  Document document;       // what body and sealed live in

  void clear();  // all that not every entry has

  // The body for those who know its kind, wherever it stands.
  template <class Body>
  [[nodiscard]] BodyOf<Body> body_of() const {
    return {typed, body};
  }
};

// RFC 8785 bytes of an entry. The draft's body and sealed part must be canonical; decode_entry tells when they are not.
void append_entry(std::string& out, std::uint64_t seq, Timestamp time, const Uuid& id, std::string_view node,
                  const EntryDraft& draft);
std::string encode_entry(std::uint64_t seq, Timestamp time, const Uuid& id, std::string_view node,
                         const EntryDraft& draft);

// Strict: refuses bytes that are not canonical, floats, text not in NFC, unknown keys, wrong types, more than 65,535
// bytes. Says nothing about kinds, bodies or other entries: History does.
Result<Entry> decode_entry(std::string_view bytes);

// The same, into an entry whose memory is used again.
Status decode_entry(std::string_view bytes, Entry& entry);

// For History and the replay, which take the body in its type: what decode_entry refuses is refused in its words, and
// what it accepts is read as it reads it, several times as fast. But where `typed` holds the body, `body` and `sealed`
// have no value.
Status decode_with_body(std::string_view bytes, Entry& entry);

std::string to_text(const SubjectRef& ref);  // 32 lower-case hex digits
std::optional<SubjectRef> parse_subject_ref(std::string_view text);

}  // namespace ketenpoort::ledger
