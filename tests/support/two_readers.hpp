// The two ways to read an entry, held against each other: decode_entry and decode_with_body must say the same of any
// bytes.
#pragma once

#include <string>

#include "gateway/ledger/entry/entry.hpp"

namespace ketenpoort::ledger::test {

inline std::string body_of(const TypedBody& typed) {
  std::string out;
  typed.show([&](const auto& body) { out = encode_body(body); });
  return out;
}

inline bool same_frame(const Entry& a, const Entry& b) {
  return a.seq == b.seq && a.time == b.time && a.id == b.id && a.kind == b.kind && a.node == b.node &&
         a.actor.type == b.actor.type && a.actor.org == b.actor.org && a.actor.role == b.actor.role &&
         a.actor.op == b.actor.op && a.subject == b.subject && a.activity == b.activity && a.tx == b.tx &&
         a.trace == b.trace && a.refs == b.refs && a.is_sealed == b.is_sealed && a.bytes == b.bytes;
}

// What they differ in; nothing when they agree. `quick` tells whether the entry was read the quick way.
inline std::string difference(std::string_view bytes, Entry& typed, bool& quick) {
  const auto plain = decode_entry(bytes);
  const auto read = decode_with_body(bytes, typed);
  quick = read && !typed.body;
  if (plain.has_value() != read.has_value()) return "only one of them takes it for an entry";
  if (!read) return plain.error().message == read.error().message ? "" : "they refuse it for different reasons";
  if (!same_frame(*plain, typed)) return "they read different members";
  if (typed.typed && body_of(typed.typed) != plain->body.json()) return "the body in its type says something else";
  // Without a type the body is malformed for its kind, or nobody knows the kind.
  TypedBody again;
  const auto kind = parse_kind(plain->kind);
  const bool well_formed = kind && again.decode(*kind, plain->body);
  return well_formed == static_cast<bool>(typed.typed) ? "" : "only one of them takes its body for well-formed";
}

}  // namespace ketenpoort::ledger::test
