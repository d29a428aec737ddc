#include "gateway/ledger/entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gateway/base/bytes.hpp"

namespace ketenpoort::ledger {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// `digits` must be exactly 32 lower-case hex digits.
std::optional<std::array<std::uint8_t, 16>> parse_sixteen(std::string_view digits) {
  if (digits.size() != 32) return std::nullopt;
  std::array<std::uint8_t, 16> out;
  for (std::size_t i = 0; i < 16; ++i) {
    const int high = hex_digit(digits[2 * i]);
    const int low = hex_digit(digits[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return out;
}

// Lower case only: an id has one form.
std::optional<Uuid> parse_lower_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::array<char, 32> digits;
  std::size_t at = 0;
  for (std::size_t i = 0; i < 36; ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen != (text[i] == '-')) return std::nullopt;
    if (!hyphen) digits[at++] = text[i];
  }
  const auto bytes = parse_sixteen({digits.data(), digits.size()});
  return bytes ? std::optional(Uuid{*bytes}) : std::nullopt;
}

bool is_version_7(const Uuid& id) {
  return (id.bytes[6] >> 4) == 7 && (id.bytes[8] >> 6) == 2;
}

// Exactly "yyyy-mm-ddThh:mm:ss.mmmZ": the only form the ledger writes. No leap seconds.
std::optional<Timestamp> parse_ledger_time(std::string_view text) {
  constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd.dddZ";
  if (text.size() != shape.size()) return std::nullopt;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == 'd' ? !digit : text[i] != shape[i]) return std::nullopt;
  }
  const auto number = [&](std::size_t from, std::size_t count) {
    unsigned value = 0;
    for (std::size_t i = from; i < from + count; ++i) value = value * 10 + static_cast<unsigned>(text[i] - '0');
    return value;
  };
  using namespace std::chrono;
  const year_month_day date{year{static_cast<int>(number(0, 4))}, month{number(5, 2)}, day{number(8, 2)}};
  const unsigned hour = number(11, 2);
  const unsigned minute = number(14, 2);
  const unsigned second = number(17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return Timestamp(sys_days(date)) + hours(hour) + minutes(minute) + seconds(second) + milliseconds(number(20, 3));
}

bool is_kind(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == 0 || dot == std::string_view::npos || dot + 1 == text.size()) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-' || c == '.'; });
}

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
  const auto id = value.is(Value::Kind::string) ? parse_lower_uuid(value.encoded()) : std::nullopt;
  if (!id || !is_version_7(*id)) return refuse("id", "is not a UUIDv7 in lower case");
  entry.id = *id;
  return {};
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
  const auto type = entry.actor.type;
  if (type != "system" && type != "operator" && type != "data-subject") return refuse("actor", "has no known type");
  const auto org = entry.actor.org;
  const bool digits = std::all_of(org.begin(), org.end(), [](char c) { return c >= '0' && c <= '9'; });
  return org.empty() || (org.size() == 10 && digits) ? Status{}
                                                     : refuse("actor", "has an org that is not a KBO number");
}

Status read_subject(const Value& value, Entry& entry) {
  entry.subject = value.is(Value::Kind::string) ? parse_sixteen(value.encoded()) : std::nullopt;
  return entry.subject ? Status{} : refuse("subject", "is not 32 lower-case hex digits");
}

Status read_activity(const Value& value, Entry& entry) {
  const auto text = value.is(Value::Kind::string) ? value.encoded() : std::string_view{};
  const auto at = text.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == text.size()) return refuse("activity", "is not id@version");
  entry.activity = text;
  return {};
}

Status read_tx(const Value& value, Entry& entry) {
  entry.tx = value.is(Value::Kind::string) ? parse_lower_uuid(value.encoded()) : std::nullopt;
  return entry.tx ? Status{} : refuse("tx", "is not a UUID in lower case");
}

Status read_trace(const Value& value, Entry& entry) {
  entry.trace = value.is(Value::Kind::string) ? parse_lower_uuid(value.encoded()) : std::nullopt;
  return entry.trace ? Status{} : refuse("trace", "is not a UUID in lower case");
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
  if (!value.is(Value::Kind::object) || value.size() != 3) return refuse("sealed", "is not {ct, dek, iv}");
  for (const std::string_view key : {"ct", "dek", "iv"}) {
    const auto member = value.find(key);
    if (!member.is(Value::Kind::string) || member.encoded().empty()) return refuse("sealed", "is not {ct, dek, iv}");
  }
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

std::string encode_actor(const Actor& actor) {
  return ObjectWriter()
      .string_unless_empty("op", actor.op)
      .string_unless_empty("org", actor.org)
      .string_unless_empty("role", actor.role)
      .string("type", actor.type)
      .take();
}

}  // namespace

std::string encode_entry(std::uint64_t seq, Timestamp time, const Uuid& id, std::string_view node,
                         const EntryDraft& draft) {
  ObjectWriter out;
  out.string_unless_empty("activity", draft.activity);
  out.json("actor", encode_actor(draft.actor));
  out.json("body", draft.body.empty() ? "{}" : std::string_view(draft.body));
  out.string("id", id.text());
  out.string("kind", draft.kind);
  out.string("node", node);
  if (!draft.refs.empty()) out.integers("refs", draft.refs);
  if (!draft.sealed.empty()) out.json("sealed", draft.sealed);
  out.integer("seq", seq);
  if (draft.subject) out.string("subject", to_text(*draft.subject));
  out.string("time", to_rfc3339(time));
  if (draft.trace) out.string("trace", draft.trace->text());
  if (draft.tx) out.string("tx", draft.tx->text());
  out.integer("v", 1);
  return out.take();
}

Status decode_entry(std::string_view bytes, Entry& entry) {
  if (bytes.size() > largest_entry) return fail(ErrorCode::too_large, "an entry is larger than 65,535 bytes");
  if (auto done = entry.document.read(bytes); !done) return done;
  entry.bytes = bytes;
  entry.actor = {};
  entry.subject.reset();
  entry.activity = {};
  entry.tx.reset();
  entry.trace.reset();
  entry.refs.clear();
  entry.sealed = {};
  const auto root = entry.document.root();
  if (!root.is(Value::Kind::object)) return refuse("it", "is not an object");
  return read_members(root, entry);
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
  return parse_sixteen(text);
}

}  // namespace ketenpoort::ledger
