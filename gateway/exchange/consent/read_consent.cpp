#include "gateway/exchange/consent/read_consent.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "gateway/base/utf8.hpp"
#include "gateway/domain/ssin.hpp"
#include "gateway/exchange/facilities/identity.hpp"
#include "gateway/exchange/facilities/sealing.hpp"
#include "gateway/formats/json_text.hpp"
#include "gateway/ledger/entry/canonical.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {
namespace {

using formats::JsonView;

std::optional<std::string> text_if_there(JsonView view) {
  const auto text = view.as_string();
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

class Reader {
 public:
  Reader(const Facilities& facilities, JsonView root, Date today)
      : facilities_(facilities), root_(root), today_(today) {}

  std::vector<Issue> issues;
  std::vector<RecordFinding> findings;

  std::vector<ConsentReceipt::Recorded> read(const Uuid& conversation) {
    check_subject(root_.find("subject"));
    ledger::ConsentStatement common;
    common.conversation = conversation;
    common.notice = read_notice(root_.find("notice"));
    common.explained = read_explained(root_.find("explained"));
    common.expressed = read_expressed(root_.find("expressed"));
    check_witness(root_.find("expressed"));
    check_representative(root_.find("representative"));
    std::vector<ConsentReceipt::Recorded> out;
    std::set<std::string> cells;
    for (const auto consent : root_.find("consents").elements()) {
      out.push_back(read_cell(consent, common));
      if (!cells.insert(out.back().statement.purpose + '|' + out.back().statement.recipient).second)
        complain(consent, "this purpose and recipient stand in the conversation twice");
    }
    return out;
  }

 private:
  void complain(JsonView at, std::string detail) {
    issues.push_back({ErrorCode::invalid_input, at.where(), std::move(detail)});
  }

  void check_subject(JsonView subject) {
    if (const auto ssin = subject.find("ssin").as_string()) {
      const auto checked = check_ssin(*ssin, facilities_.terms->allow_mock_ssin, today_);
      if (checked.fault) complain(subject.find("ssin"), std::string(to_text(*checked.fault)));
    }
    if (!subject.find("fedasilNumber") && !subject.find("ssin")) complain(subject, std::string(identifies_nobody));
  }

  ledger::Notice read_notice(JsonView notice) {
    ledger::Notice out{
        text_of(notice.find("id")), text_of(notice.find("version")), text_of(notice.find("language")), {}};
    const auto terms = facilities_.terms.get();
    const auto& known = terms->notices;
    const auto it = std::find_if(known.begin(), known.end(),
                                 [&](const Notice& n) { return n.id == out.id && n.version == out.version; });
    if (it == known.end()) {
      complain(notice, "no such notice is configured; config/notices lists ids and versions");
    } else if (!it->speaks(out.language)) {
      complain(notice.find("language"), "the notice does not exist in this language (ISO 639-3)");
    } else if (const auto digest = from_hex(it->sha256_in(out.language));
               digest && digest->size() == out.sha256.size()) {
      std::copy(digest->begin(), digest->end(), out.sha256.begin());
    }
    return out;
  }

  static ledger::Explained read_explained(JsonView explained) {
    const auto interpreter = explained.find("interpreter");
    return {text_of(explained.find("how")), text_if_there(interpreter.find("mode")),
            text_if_there(interpreter.find("kind"))};
  }

  ledger::Expressed read_expressed(JsonView expressed) {
    const auto on = parse_date(expressed.find("on").as_string().value_or(""));
    if (!on)
      complain(expressed.find("on"), "no such day; write yyyy-mm-dd");
    else if (*on > today_)
      complain(expressed.find("on"), "lies in the future");
    return {text_of(expressed.find("how")), on.value_or(today_)};
  }

  [[nodiscard]] bool gives_any() const {
    for (const auto consent : root_.find("consents").elements())
      if (consent.find("decision").as_string() == "GIVEN") return true;
    return false;
  }

  // What was spoken only the witness can tell of. A no protects whoever it is of.
  void check_witness(JsonView expressed) {
    if (expressed.find("how").as_string() != "ORAL_BEFORE_WITNESS" || expressed.find("witness") || !gives_any()) return;
    complain(expressed, "it names no `witness`: who was there when the resident said yes");
  }

  // Who says yes for a minor has heard the minor; an administrator speaks for an adult. A no protects whoever it is of.
  void check_representative(JsonView representative) {
    if (!representative || representative.find("kind").as_string() == "BEWINDVOERDER") return;
    if (!gives_any()) return;
    if (!representative.find("minorHeard").as_bool().value_or(false))
      complain(representative.find("minorHeard"),
               "the minor was not heard: a guardian or parent consents with the minor, not over their head");
  }

  ConsentReceipt::Recorded read_cell(JsonView consent, const ledger::ConsentStatement& common) {
    ConsentReceipt::Recorded out{common, consent.find("decision").as_string() == "GIVEN"};
    auto& statement = out.statement;
    statement.purpose = text_of(consent.find("purpose"));
    statement.recipient = text_of(consent.find("recipient"));
    check_purpose(consent, statement);
    for (const auto item : consent.find("categories").elements()) {
      if (const auto category = parse_category(item.as_string().value_or("")))
        statement.categories.insert(*category);
      else
        complain(item, "no such data category; config/categories.yaml lists them");
    }
    if (out.given) statement.valid_until = read_valid_until(consent.find("validUntil"), statement.expressed.on);
    if (out.given && statement.categories.empty())
      complain(consent, "a consent that is given names at least one data category");
    if (out.given) compare_with_purpose(consent.find("categories"), statement);
    return out;
  }

  // What the resident was told and what the purpose takes are not the same; whoever asked should know at once.
  void compare_with_purpose(JsonView at, const ledger::ConsentStatement& statement) {
    const auto purpose = facilities_.sequencer.read([&](const ledger::History& history) {
      const auto* found = history.find_purpose(statement.purpose, statement.recipient, today_);
      return found == nullptr ? std::nullopt : std::optional(found->value);
    });
    if (!purpose) return;
    if (const auto never = statement.categories.without(purpose->allowed()); !never.empty())
      findings.push_back(
          {"category-never-sent", at.where(),
           fmt::format("for this purpose these never go, whatever is said: {}", fmt::join(never.names(), ", "))});
    if (const auto missing = purpose->required.without(statement.categories); !missing.empty())
      findings.push_back(
          {"category-missing", at.where(),
           fmt::format("without these nothing goes for this purpose: {}", fmt::join(missing.names(), ", "))});
  }

  void check_purpose(JsonView consent, const ledger::ConsentStatement& statement) {
    const auto terms = facilities_.terms.get();
    const auto& served = terms->purpose_recipients;
    const auto it = served.find(statement.purpose);
    if (it == served.end())
      complain(consent.find("purpose"), "no such purpose; config/purposes.yaml lists them");
    else if (it->second != statement.recipient)
      complain(consent.find("recipient"), fmt::format("this purpose is served by {}", it->second));
  }

  std::optional<Date> read_valid_until(JsonView at, Date expressed) {
    const Date latest = add_months(expressed, longest_consent_months);
    if (latest < today_) {
      complain(
          root_.find("expressed").find("on"),
          fmt::format("a consent holds at most {} months and this one has run out; ask again", longest_consent_months));
      return latest;
    }
    if (!at) return latest;
    const auto date = parse_date(at.as_string().value_or(""));
    if (!date)
      complain(at, "no such day; write yyyy-mm-dd");
    else if (*date < today_)
      complain(at, "lies in the past");
    else if (*date > latest)
      complain(at, fmt::format("a consent holds at most {} months after it was expressed; ask again in time",
                               longest_consent_months));
    return date.value_or(latest);
  }

  const Facilities& facilities_;
  JsonView root_;
  Date today_;
};

// The parts of a proof in the form that is sealed and committed to: canonical JSON, empty where there is none.
struct Proof {
  std::string evidence, explained, expressed, recorded_by, representative, witness;
};

Result<std::string> canonical_part(JsonView part) {
  if (!part) return std::string();
  std::string json;
  formats::JsonWriter writer(json);
  writer.begin_object().member("part", part).end_object();
  auto composed = to_nfc(json);
  if (!composed) return composed;
  const auto canonical = ledger::canonicalise(*composed);
  if (!canonical) return canonical;
  constexpr std::string_view opening = R"({"part":)";
  return canonical->substr(opening.size(), canonical->size() - opening.size() - 1);
}

// What was shown as evidence: its reference and digest, as they stand in `expressed`.
Result<std::string> evidence_part(JsonView expressed) {
  std::string json;
  formats::JsonWriter writer(json);
  writer.begin_object();
  bool any = false;
  for (const std::string_view key : {"evidenceRef", "evidenceSha256"})
    if (const auto value = expressed.find(key)) {
      writer.member(key, value);
      any = true;
    }
  writer.end_object();
  if (!any) return std::string();
  auto composed = to_nfc(json);
  if (!composed) return composed;
  return ledger::canonicalise(*composed);
}

Result<Proof> read_proof(JsonView root) {
  Proof proof;
  const auto expressed = root.find("expressed");
  const auto take = [](Result<std::string> part, std::string& out) -> Status {
    if (!part) return fail(std::move(part.error()));
    out = std::move(*part);
    return {};
  };
  if (auto done = take(evidence_part(expressed), proof.evidence); !done) return fail(done.error());
  const std::pair<JsonView, std::string*> parts[] = {{root.find("explained"), &proof.explained},
                                                     {expressed, &proof.expressed},
                                                     {root.find("recordedBy"), &proof.recorded_by},
                                                     {root.find("representative"), &proof.representative},
                                                     {expressed.find("witness"), &proof.witness}};
  for (const auto& [part, out] : parts)
    if (auto done = take(canonical_part(part), *out); !done) return fail(done.error());
  return proof;
}

// All that names somebody or may hold free text: sealed under the subject's proof key.
std::string sealed_part(const Proof& proof, const Commitment& commitment) {
  ledger::ObjectWriter writer;
  writer.string("commitKey", to_hex(commitment.key));
  if (!proof.evidence.empty()) writer.json("evidence", proof.evidence);
  writer.json("explained", proof.explained).json("expressed", proof.expressed).json("recordedBy", proof.recorded_by);
  if (!proof.representative.empty()) writer.json("representative", proof.representative);
  if (!proof.witness.empty()) writer.json("witness", proof.witness);
  return writer.take();
}

// What the entry says in the open of the same parts.
void commit_to(const Proof& proof, const Commitment& commitment, ledger::ConsentStatement& statement) {
  const auto digest_of = [&](const std::string& part) {
    return part.empty() ? std::nullopt : std::optional(commitment.of(part));
  };
  statement.evidence = digest_of(proof.evidence);
  statement.recorded_by = commitment.of(proof.recorded_by);
  statement.representative = digest_of(proof.representative);
  statement.witness = digest_of(proof.witness);
}

}  // namespace

Result<Conversation> read_conversation(const Facilities& facilities, std::string_view body, Date today) {
  auto document = formats::parse_json(body);
  if (!document) return fail(document.error());
  const auto root = document->root();
  if (auto issues = facilities.formats.get()->consent_schema.check(root); !issues.empty())
    return fail(ErrorCode::schema_violation, "the consent does not fit the schema consent-1", std::move(issues));
  Conversation conversation;
  conversation.id = new_uuid_v4();
  Reader reader(facilities, root, today);
  conversation.consents = reader.read(conversation.id);
  if (!reader.issues.empty())
    return fail(ErrorCode::invalid_input, "the consent holds impossible values", std::move(reader.issues));
  conversation.findings = std::move(reader.findings);
  const auto proof = read_proof(root);
  if (!proof) return fail(proof.error());
  const Commitment commitment;
  conversation.sealed_part = sealed_part(*proof, commitment);
  for (auto& recorded : conversation.consents) commit_to(*proof, commitment, recorded.statement);
  conversation.document = std::move(*document);
  return conversation;
}

}  // namespace ketenpoort::exchange
