#include "gateway/ledger/entry/entry.hpp"

#include <fmt/format.h>

#include <array>

#include "gateway/base/bytes.hpp"
#include "gateway/ledger/entry/entry_cursor.hpp"
#include "gateway/ledger/entry/entry_form.hpp"
#include "gateway/ledger/entry/kinds.hpp"
#include "gateway/ledger/entry/scan.hpp"

namespace ketenpoort::ledger {
namespace {

Status refuse(std::string_view key, std::string_view why) {
  return fail(ErrorCode::malformed, fmt::format("not a ledger entry: {} {}", key, why));
}

// Reads the value of one key into its place. One function per key keeps the rules of a key together.
using Reader = Status (*)(const Value&, Entry&);

Status read_version(const Value& value, Entry&) {
  return value.is(Value::Kind::integer) && value.integer() == 1 ? Status{} : refuse("v", "is not 1");
}

Status read_seq(const Value& value, Entry& entry) {
  if (!value.is(Value::Kind::integer) || value.integer() < 0) return refuse("seq", "is not a position");
  entry.seq = static_cast<std::uint64_t>(value.integer());
  return {};
}

Status read_time(const Value& value, Entry& entry) {
  const auto time = value.is(Value::Kind::string) ? parse_ledger_time(value.encoded()) : std::nullopt;
  if (!time) return refuse("time", "is not RFC 3339 UTC with milliseconds");
  entry.time = *time;
  return {};
}

Status read_id(const Value& value, Entry& entry) {
  const bool read = value.is(Value::Kind::string) && read_uuid(value.encoded(), entry.id);
  return read && is_version_7(entry.id) ? Status{} : refuse("id", "is not a UUIDv7 in lower case");
}

Status read_kind(const Value& value, Entry& entry) {
  if (!value.is(Value::Kind::string) || !is_kind(value.encoded())) return refuse("kind", "is not a kind of entry");
  entry.kind = value.encoded();
  return {};
}

Status read_node(const Value& value, Entry& entry) {
  if (!value.is(Value::Kind::string) || value.encoded().empty()) return refuse("node", "is not a name");
  entry.node = value.encoded();
  return {};
}

Status read_actor(const Value& value, Entry& entry) {
  if (!value.is(Value::Kind::object)) return refuse("actor", "is not an object");
  for (const auto [key, member] : value.members()) {
    if (!member.is(Value::Kind::string) || member.encoded().empty())
      return refuse("actor", "has a member that is not text");
    const auto name = key.encoded();
    const auto text = member.encoded();
    if (name == "type") {
      entry.actor.type = text;
    } else if (name == "org") {
      entry.actor.org = text;
    } else if (name == "role") {
      entry.actor.role = text;
    } else if (name == "op") {
      entry.actor.op = text;
    } else {
      return refuse("actor", "has an unknown member");
    }
  }
  const auto* fault = fault_of(entry.actor);
  return fault == nullptr ? Status{} : refuse("actor", fault);
}

Status read_subject(const Value& value, Entry& entry) {
  const bool read = value.is(Value::Kind::string) && read_hex(value.encoded(), entry.subject.emplace());
  return read ? Status{} : refuse("subject", "is not 32 lower-case hex digits");
}

Status read_activity(const Value& value, Entry& entry) {
  const auto text = value.is(Value::Kind::string) ? value.encoded() : std::string_view{};
  if (!is_activity(text)) return refuse("activity", "is not id@version");
  entry.activity = text;
  return {};
}

Status read_tx(const Value& value, Entry& entry) {
  const bool read = value.is(Value::Kind::string) && read_uuid(value.encoded(), entry.tx.emplace());
  return read ? Status{} : refuse("tx", "is not a UUID in lower case");
}

Status read_trace(const Value& value, Entry& entry) {
  const bool read = value.is(Value::Kind::string) && read_uuid(value.encoded(), entry.trace.emplace());
  return read ? Status{} : refuse("trace", "is not a UUID in lower case");
}

Status read_refs(const Value& value, Entry& entry) {
  if (!value.is(Value::Kind::array) || value.size() == 0) return refuse("refs", "is not a list of positions");
  for (const auto item : value.items()) {
    if (!item.is(Value::Kind::integer) || item.integer() < 0)
      return refuse("refs", "holds something that is not a position");
    entry.refs.push_back(static_cast<std::uint64_t>(item.integer()));
  }
  return {};
}

Status read_body(const Value& value, Entry& entry) {
  entry.body = value;
  return value.is(Value::Kind::object) ? Status{} : refuse("body", "is not an object");
}

Status read_sealed(const Value& value, Entry& entry) {
  entry.sealed = value;
  entry.is_sealed = true;
  if (!value.is(Value::Kind::object) || value.size() != 3) return refuse("sealed", "is not {ct, dek, iv}");
  const auto text_of = [&](std::string_view key) {
    const auto member = value.find(key);
    return member.is(Value::Kind::string) ? member.encoded() : std::string_view{};
  };
  if (!is_sealed_part(text_of("ct"), text_of("dek"), text_of("iv")))
    return refuse("sealed", "is not {ct, dek, iv} in base64, as AES-256-GCM seals");
  return {};
}

struct Key {
  std::string_view name;
  bool required;
  Reader read;
};

// In the order they stand in an entry, so that one walk over both tells what is missing and what is unknown.
constexpr std::array<Key, 14> keys = {{
    {"activity", false, read_activity},
    {"actor", true, read_actor},
    {"body", true, read_body},
    {"id", true, read_id},
    {"kind", true, read_kind},
    {"node", true, read_node},
    {"refs", false, read_refs},
    {"sealed", false, read_sealed},
    {"seq", true, read_seq},
    {"subject", false, read_subject},
    {"time", true, read_time},
    {"trace", false, read_trace},
    {"tx", false, read_tx},
    {"v", true, read_version},
}};

Status read_members(const Value& root, Entry& entry) {
  auto key = keys.begin();
  for (const auto [name, value] : root.members()) {
    while (key != keys.end() && key->name != name.encoded()) {
      if (key->required) return refuse(key->name, "is missing");
      ++key;
    }
    if (key == keys.end()) return refuse("an unknown key", "stands in it");
    if (auto done = key->read(value, entry); !done) return done;
    ++key;
  }
  for (; key != keys.end(); ++key)
    if (key->required) return refuse(key->name, "is missing");
  return {};
}

void append_actor(std::string& out, const Actor& actor) {
  ObjectWriter(out)
      .string_unless_empty("op", actor.op)
      .string_unless_empty("org", actor.org)
      .string_unless_empty("role", actor.role)
      .string("type", actor.type)
      .close();
}

}  // namespace

void append_entry(std::string& out, std::uint64_t seq, Timestamp time, const Uuid& id, std::string_view node,
                  const EntryDraft& draft) {
  ObjectWriter entry(out);
  entry.string_unless_empty("activity", draft.activity);
  append_actor(entry.value_of("actor"), draft.actor);
  entry.json("body", draft.body.empty() ? "{}" : std::string_view(draft.body));
  append_uuid_string(entry.value_of("id"), id);
  entry.string("kind", draft.kind);
  entry.string("node", node);
  if (!draft.refs.empty()) entry.integers("refs", draft.refs);
  if (!draft.sealed.empty()) entry.json("sealed", draft.sealed);
  entry.integer("seq", seq);
  if (draft.subject) append_hex_string(entry.value_of("subject"), *draft.subject);
  append_time(entry.value_of("time"), time);
  if (draft.trace) append_uuid_string(entry.value_of("trace"), *draft.trace);
  if (draft.tx) append_uuid_string(entry.value_of("tx"), *draft.tx);
  entry.integer("v", 1).close();
}

std::string encode_entry(std::uint64_t seq, Timestamp time, const Uuid& id, std::string_view node,
                         const EntryDraft& draft) {
  std::string out;
  append_entry(out, seq, time, id, node, draft);
  return out;
}

void Entry::clear() {
  actor = {};
  subject.reset();
  activity = {};
  tx.reset();
  trace.reset();
  refs.clear();
  typed.clear();
  body = {};
  sealed = {};
  is_sealed = false;
}

Status decode_entry(std::string_view bytes, Entry& entry) {
  if (bytes.size() > largest_entry) return fail(ErrorCode::too_large, "an entry is larger than 65,535 bytes");
  if (auto done = entry.document.read(bytes); !done) return done;
  entry.clear();
  entry.bytes = bytes;
  const auto root = entry.document.root();
  if (!root.is(Value::Kind::object)) return refuse("it", "is not an object");
  return read_members(root, entry);
}

Status decode_with_body(std::string_view bytes, Entry& entry) {
  if (take_entry(bytes, entry)) return {};
  if (auto done = decode_entry(bytes, entry); !done) return done;
  if (const auto kind = parse_kind(entry.kind)) entry.typed.decode(*kind, entry.body);
  return {};
}

Result<Entry> decode_entry(std::string_view bytes) {
  Entry entry;
  if (auto done = decode_entry(bytes, entry); !done) return fail(done.error());
  return entry;
}

std::string to_text(const SubjectRef& ref) {
  return to_hex(ref);
}

std::optional<SubjectRef> parse_subject_ref(std::string_view text) {
  SubjectRef ref{};
  return read_hex(text, ref) ? std::optional(ref) : std::nullopt;
}

}  // namespace ketenpoort::ledger
