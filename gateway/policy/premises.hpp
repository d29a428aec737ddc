// What a decision rested on that the ledger does not say. It is sealed in the decision's entry, so that whoever has the
// subject's keys can take the decision again from the log and these premises alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"
#include "gateway/domain/transfer.hpp"
#include "gateway/policy/decide.hpp"
#include "gateway/policy/facts.hpp"

namespace ketenpoort::policy {

struct Premises {
  Facts facts;
  bool identity_conflict = false;            // two subjects claim one number
  bool needs_ssin = false;                   // the message cannot be made without
  bool recipient_built = true;               // an adapter and a mapping were configured
  std::optional<Reason> translation;         // why the mapping made no message of what policy would have permitted
  std::optional<Digest> commit_key;          // of a permit: the key its commitments were made under
  std::optional<Timestamp> translated_at{};  // of the first permit: when the message was made, to make it again
  // Of the first permit: the ids that the recipient had given this person, and this message of theirs, by then.
  std::string known_person{};
  std::string known_transfer{};
  // Of the first permit: the newer record whose content the message has, under the referral of the one that asked.
  std::optional<RecordId> content{};
};

// The question they were the answer's premises to. Points into them.
Question question_from(const Premises& premises, const SubjectRef& subject, std::string_view recipient,
                       std::string_view purpose, Timestamp at);

// RFC 8785 canonical JSON, what is sealed: {commitKey?, content?, facts, identityConflict, knownPerson?,
// knownTransfer?, needsSsin, recipientBuilt, translatedAt?, translation?}. Reading is strict: ErrorCode::malformed for
// anything encode would not have written.
std::string encode(const Premises& premises);
Result<Premises> decode_premises(std::string_view canonical);

}  // namespace ketenpoort::policy
