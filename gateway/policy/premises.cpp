#include "gateway/policy/premises.hpp"

#include "gateway/base/bytes.hpp"
#include "gateway/ledger/entry/canonical.hpp"

namespace ketenpoort::policy {
namespace {

using ledger::Value;

std::optional<bool> flag_at(Value object, std::string_view key) {
  const auto value = object.find(key);
  return value.is(Value::Kind::boolean) ? std::optional(value.boolean()) : std::nullopt;
}

std::optional<Digest> key_at(Value object) {
  const auto value = object.find("commitKey");
  if (!value.is(Value::Kind::string)) return std::nullopt;
  const auto raw = from_hex(value.encoded());
  Digest key{};
  if (!raw || raw->size() != key.size()) return std::nullopt;
  std::copy(raw->begin(), raw->end(), key.begin());
  return key;
}

std::optional<Premises> read(Value root) {
  if (!root.is(Value::Kind::object)) return std::nullopt;
  const auto conflict = flag_at(root, "identityConflict");
  const auto needs_ssin = flag_at(root, "needsSsin");
  const auto built = flag_at(root, "recipientBuilt");
  const auto stated = root.find("facts");
  if (!conflict || !needs_ssin || !built || !stated.is(Value::Kind::object)) return std::nullopt;
  auto facts = decode_facts(stated.json());
  if (!facts) return std::nullopt;
  Premises premises{std::move(*facts), *conflict, *needs_ssin, *built, {}, key_at(root), {}};
  if (const auto id = root.find("content"); id.is(Value::Kind::string)) premises.content = parse_uuid(id.encoded());
  if (const auto id = root.find("knownPerson"); id.is(Value::Kind::string)) premises.known_person = id.text();
  if (const auto id = root.find("knownTransfer"); id.is(Value::Kind::string)) premises.known_transfer = id.text();
  if (const auto moment = root.find("translatedAt"); moment.is(Value::Kind::string))
    premises.translated_at = parse_rfc3339(moment.encoded());
  if (const auto reason = root.find("translation"); reason.is(Value::Kind::string))
    premises.translation = parse_reason(reason.encoded());
  return premises;
}

}  // namespace

Question question_from(const Premises& premises, const SubjectRef& subject, std::string_view recipient,
                       std::string_view purpose, Timestamp at) {
  Question question;
  question.subject = subject;
  question.recipient = recipient;
  question.purpose = purpose;
  question.needs_ssin = premises.needs_ssin;
  question.facts = &premises.facts;
  question.at = at;
  question.on = date_in_brussels(at);
  question.identity_conflict = premises.identity_conflict;
  question.recipient_built = premises.recipient_built;
  return question;
}

std::string encode(const Premises& premises) {
  ledger::ObjectWriter writer;
  if (premises.commit_key) writer.string("commitKey", to_hex(*premises.commit_key));
  if (premises.content) writer.string("content", premises.content->text());
  writer.json("facts", encode(premises.facts)).boolean("identityConflict", premises.identity_conflict);
  if (!premises.known_person.empty()) writer.string("knownPerson", premises.known_person);
  if (!premises.known_transfer.empty()) writer.string("knownTransfer", premises.known_transfer);
  writer.boolean("needsSsin", premises.needs_ssin).boolean("recipientBuilt", premises.recipient_built);
  if (premises.translated_at) writer.string("translatedAt", to_rfc3339(*premises.translated_at));
  if (premises.translation) writer.string("translation", to_text(*premises.translation));
  return writer.take();
}

Result<Premises> decode_premises(std::string_view canonical) {
  ledger::Document document;
  if (auto parsed = document.read(canonical); !parsed) return fail(std::move(parsed.error()));
  auto premises = read(document.root());
  // One encoding: whatever was not understood shows here.
  if (!premises || encode(*premises) != canonical)
    return fail(ErrorCode::malformed,
                "these are no premises of a decision: keys or types are not as encode writes them");
  return std::move(*premises);
}

}  // namespace ketenpoort::policy
