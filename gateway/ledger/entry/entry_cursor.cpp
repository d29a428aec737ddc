#include "gateway/ledger/entry/entry_cursor.hpp"

#include "gateway/ledger/entry/body_cursor.hpp"
#include "gateway/ledger/entry/entry_form.hpp"
#include "gateway/ledger/entry/kinds.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr std::size_t uuid_length = 36;

// The kind comes behind the body, which cannot be read without it: `rest` begins with the body. What looks like the
// keys behind it may stand in the body; then the body will not end there, and the entry is read the other way.
std::optional<Kind> find_kind(std::string_view rest) {
  constexpr std::string_view before = R"(},"id":")";
  constexpr std::string_view between = R"(","kind":")";
  const auto body_end = rest.find(before);
  if (body_end == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(body_end + before.size());
  if (rest.size() < uuid_length || !rest.substr(uuid_length).starts_with(between)) return std::nullopt;
  rest.remove_prefix(uuid_length + between.size());
  return parse_kind(rest.substr(0, rest.find('"')));
}

[[gnu::always_inline]] inline bool take_text(BodyCursor& cursor, std::string_view key, std::string_view& out) {
  return cursor.take_key(key) && cursor.take(out) && !out.empty();
}

// A key that may be left out.
[[gnu::always_inline]] inline bool take_text_if_there(BodyCursor& cursor, std::string_view key, std::string_view& out) {
  return !cursor.next_is(key) || take_text(cursor, key, out);
}

template <class T>
[[gnu::always_inline]] inline bool take_if_there(BodyCursor& cursor, std::string_view key, std::optional<T>& out) {
  return !cursor.take_key(key) || cursor.take(out.emplace());
}

bool take_actor(BodyCursor& cursor, Entry::ActorView& actor) {
  if (!cursor.take_key("actor")) return false;
  BodyCursor inner(cursor.rest());
  const bool taken = take_text_if_there(inner, "op", actor.op) && take_text_if_there(inner, "org", actor.org) &&
                     take_text_if_there(inner, "role", actor.role) && take_text(inner, "type", actor.type);
  if (!taken || !inner.finish() || fault_of(actor) != nullptr) return false;
  cursor.skip_to(inner);
  return true;
}

bool take_body_of_its_kind(BodyCursor& cursor, Entry& entry) {
  if (!cursor.take_key("body")) return false;
  const auto kind = find_kind(cursor.rest());
  if (!kind) return false;
  BodyCursor body(cursor.rest());
  if (!entry.typed.take(*kind, body)) return false;
  cursor.skip_to(body);
  return cursor.take_key("id") && cursor.take(entry.id) && is_version_7(entry.id) &&
         take_text(cursor, "kind", entry.kind) && entry.kind == to_text(*kind);
}

bool take_sealed(BodyCursor& cursor, Entry& entry) {
  if (!cursor.take_key("sealed")) return true;
  BodyCursor inner(cursor.rest());
  std::string_view ct;
  std::string_view dek;
  std::string_view iv;
  if (!take_text(inner, "ct", ct) || !take_text(inner, "dek", dek) || !take_text(inner, "iv", iv)) return false;
  if (!inner.finish() || !is_sealed_part(ct, dek, iv)) return false;
  cursor.skip_to(inner);
  entry.is_sealed = true;
  return true;
}

bool take_refs(BodyCursor& cursor, Entry& entry) {
  return !cursor.take_key("refs") || (cursor.take(entry.refs) && !entry.refs.empty());
}

bool take_time(BodyCursor& cursor, Entry& entry) {
  std::string_view text;
  if (!take_text(cursor, "time", text)) return false;
  const auto time = parse_ledger_time(text);
  if (time) entry.time = *time;
  return time.has_value();
}

bool take_members(BodyCursor& cursor, Entry& entry) {
  if (!take_text_if_there(cursor, "activity", entry.activity)) return false;
  if (!entry.activity.empty() && !is_activity(entry.activity)) return false;
  std::uint64_t version = 0;
  return take_actor(cursor, entry.actor) && take_body_of_its_kind(cursor, entry) &&
         take_text(cursor, "node", entry.node) && take_refs(cursor, entry) && take_sealed(cursor, entry) &&
         cursor.take_key("seq") && cursor.take(entry.seq) && take_if_there(cursor, "subject", entry.subject) &&
         take_time(cursor, entry) && take_if_there(cursor, "trace", entry.trace) &&
         take_if_there(cursor, "tx", entry.tx) && cursor.take_key("v") && cursor.take(version) && version == 1;
}

}  // namespace

bool take_entry(std::string_view bytes, Entry& entry) {
  if (bytes.size() > largest_entry) return false;
  entry.clear();
  entry.bytes = bytes;
  BodyCursor cursor(bytes);
  return take_members(cursor, entry) && cursor.finish() && cursor.rest().empty();
}

}  // namespace ketenpoort::ledger
