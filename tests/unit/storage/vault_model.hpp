// What a vault must hold, kept in plain maps, and random changes to both.
#pragma once

#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "gateway/storage/vault/vault.hpp"

namespace ketenpoort::storage {

class VaultModel {
 public:
  struct Row {
    SubjectRef subject{};
    std::string text;
  };

  std::map<SubjectRef, exchange::SubjectKeys> subjects;
  std::map<Digest, SubjectRef> identifiers;
  std::map<RecordId, Row> records;
  std::map<TransferId, Row> payloads;
  std::map<TransferId, bool> dropped;
  std::map<RecordId, bool> dropped_records;
  std::map<Digest, std::string> replies;
  std::map<SubjectRef, KeyClassSet> erased;
  std::map<SubjectRef, std::vector<Digest>> suppressed;  // identifiers whose subjects were erased on request

  void erase(const SubjectRef& ref, KeyClassSet classes, bool suppress);

  // Empty when the vault answers as this does, else what differs first.
  [[nodiscard]] std::string difference(const SqliteVault& vault) const;
};

// One journal batch and what it does to the model.
struct ModelBatch {
  std::vector<ledger::VaultChange> changes;
  std::vector<std::function<void(VaultModel&)>> effects;

  void apply_to(VaultModel& model) const {
    for (const auto& effect : effects) effect(model);
  }
};

class ModelSource {
 public:
  explicit ModelSource(std::uint32_t seed) : random_(seed) {}

  // Up to twelve changes, sealed by `vault`: new rows, rows written over, payloads dropped.
  ModelBatch next(const SqliteVault& vault);

 private:
  void add(const SqliteVault& vault, ModelBatch& batch);
  void add_subject(const SqliteVault& vault, ModelBatch& batch);
  void add_payload(const SqliteVault& vault, ModelBatch& batch, const SubjectRef& subject);
  void add_reply(const SqliteVault& vault, ModelBatch& batch);
  void add_erasure(const SqliteVault& vault, ModelBatch& batch);
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }
  std::string text() { return std::string(below(6000), static_cast<char>('a' + below(26))); }

  std::mt19937 random_;
  std::size_t introduced_ = 0;
  std::vector<std::pair<SubjectRef, exchange::SubjectKeys>> subjects_;
  std::vector<RecordId> records_;
  std::vector<TransferId> transfers_;
  std::vector<Digest> keys_;
};

inline std::string VaultModel::difference(const SqliteVault& vault) const {
  for (const auto& [ref, keys] : subjects) {
    const auto found = vault.keys_of(ref);
    if (const auto at = erased.find(ref); at != erased.end()) {
      if (found || found.error().code != ErrorCode::gone) return "an erased subject has all its keys";
      if (vault.erased_classes(ref) != at->second) return "classes erased";
      continue;
    }
    if (!found) return "subject: " + found.error().message;
    if (found->payload != keys.payload || found->proof != keys.proof || found->directory != keys.directory)
      return "keys";
  }
  for (const auto& [mark, ref] : identifiers) {
    const auto wanted = erased.contains(ref) ? std::nullopt : std::optional(ref);
    if (vault.find_subject(mark) != wanted) return "identifier";
  }
  for (const auto& [ref, marks] : suppressed)
    for (const auto& mark : marks)
      if (!vault.is_suppressed(mark)) return "a suppression mark is missing";
  const auto is_gone = [this](const SubjectRef& ref) {
    const auto at = erased.find(ref);
    return at != erased.end() && at->second.contains(KeyClass::payload);
  };
  for (const auto& [id, row] : records) {
    const auto found = vault.find_record(id);
    if (is_gone(row.subject) ? found.has_value() : found != row.text) return "record";
  }
  for (const auto& [id, row] : payloads) {
    const auto found = vault.find_payload(id);
    if (is_gone(row.subject)) {
      if (found) return "an erased payload is there";
      continue;
    }
    if (!found) return "payload: " + found.error().message;
    if (found->bytes != row.text) return "payload";
  }
  for (const auto& [id, is_dropped] : dropped_records)
    if (is_dropped && vault.find_record(id)) return "a dropped record is there";
  for (const auto& [id, is_dropped] : dropped)
    if (is_dropped && vault.find_payload(id)) return "a dropped payload is there";
  for (const auto& [key, body] : replies) {
    const auto found = vault.find_reply(key);
    if (!found || found->body != body) return "reply";
  }
  return {};
}

inline void VaultModel::erase(const SubjectRef& ref, KeyClassSet classes, bool suppress) {
  erased[ref] = erased[ref] | classes;
  if (!suppress) return;
  for (const auto& [mark, owner] : identifiers)
    if (owner == ref) suppressed[ref].push_back(mark);
}

inline ModelBatch ModelSource::next(const SqliteVault& vault) {
  ModelBatch batch;
  for (std::size_t left = below(13); left > 0; --left) add(vault, batch);
  return batch;
}

inline void ModelSource::add(const SqliteVault& vault, ModelBatch& batch) {
  const auto dice = below(10);
  if (subjects_.empty() || dice == 0) return add_subject(vault, batch);
  if (below(40) == 0) return add_erasure(vault, batch);
  if (!records_.empty() && below(20) == 0) {
    const auto id = records_[below(records_.size())];
    batch.changes.push_back(vault.drop_record(id));
    batch.effects.push_back([id](VaultModel& model) {
      model.records.erase(id);
      model.dropped_records[id] = true;
    });
    return;
  }
  const auto& [subject, keys] = subjects_[below(subjects_.size())];
  if (dice <= 3) {
    if (records_.empty() || below(4) != 0) records_.push_back(new_uuid_v4());
    const auto id = records_[below(records_.size())];
    auto json = text();
    batch.changes.push_back(vault.add_record(id, subject, keys, json));
    batch.effects.push_back([id, row = VaultModel::Row{subject, json}](VaultModel& model) {
      model.records[id] = row;
      model.dropped_records[id] = false;
    });
  } else if (dice <= 6) {
    add_payload(vault, batch, subject);
  } else if (dice <= 8 && !transfers_.empty()) {
    const auto id = transfers_[below(transfers_.size())];
    batch.changes.push_back(vault.drop_payload(id));
    batch.effects.push_back([id](VaultModel& model) {
      model.payloads.erase(id);
      model.dropped[id] = true;
    });
  } else {
    add_reply(vault, batch);
  }
}

inline void ModelSource::add_subject(const SqliteVault& vault, ModelBatch& batch) {
  const SubjectRef ref = random_bytes<16>();
  const exchange::SubjectKeys keys{
      .payload = random_bytes<32>(), .proof = random_bytes<32>(), .directory = random_bytes<32>()};
  const auto mark = vault.mark(exchange::IdentifierKind::fedasil_number, std::to_string(introduced_++));
  subjects_.emplace_back(ref, keys);
  batch.changes.push_back(vault.add_subject(ref, keys));
  batch.changes.push_back(vault.add_identifier(mark, ref));
  batch.effects.push_back([=](VaultModel& model) {
    model.subjects[ref] = keys;
    model.identifiers[mark] = ref;
  });
}

inline void ModelSource::add_payload(const SqliteVault& vault, ModelBatch& batch, const SubjectRef& subject) {
  if (transfers_.empty() || below(4) != 0) transfers_.push_back(new_uuid_v4());
  const auto id = transfers_[below(transfers_.size())];
  exchange::SubjectKeys keys;
  for (const auto& [ref, of_ref] : subjects_)
    if (ref == subject) keys = of_ref;
  const auto bytes = text();
  batch.changes.push_back(vault.add_payload(id, subject, keys, {.content_type = "application/xml", .bytes = bytes}));
  batch.effects.push_back([id, row = VaultModel::Row{subject, bytes}](VaultModel& model) {
    model.payloads[id] = row;
    model.dropped[id] = false;
  });
}

// Some or all classes of somebody; nothing follows about who was erased, as in the use cases.
inline void ModelSource::add_erasure(const SqliteVault& vault, ModelBatch& batch) {
  const auto at = below(subjects_.size());
  const auto ref = subjects_[at].first;
  subjects_.erase(subjects_.begin() + static_cast<std::ptrdiff_t>(at));
  KeyClassSet classes = KeyClassSet::from_bits(1 + static_cast<unsigned>(below(7)));
  const bool suppress = below(2) == 0;
  batch.changes.push_back(vault.erase_subject(ref, classes, suppress));
  batch.effects.push_back([=](VaultModel& model) { model.erase(ref, classes, suppress); });
}

inline void ModelSource::add_reply(const SqliteVault& vault, ModelBatch& batch) {
  if (keys_.empty() || below(4) != 0) keys_.push_back(random_bytes<32>());
  const auto key = keys_[below(keys_.size())];
  const auto body = text();
  batch.changes.push_back(vault.add_reply(key, {.body_digest = sha256(as_bytes(body)), .status = 202, .body = body},
                                          Clock().now() + std::chrono::hours{1}));
  batch.effects.push_back([key, body](VaultModel& model) { model.replies[key] = body; });
}

}  // namespace ketenpoort::storage
