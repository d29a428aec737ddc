// What a vault must hold, kept in plain maps, and random changes to both.
#pragma once

#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "gateway/storage/vault.hpp"

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
  std::map<Digest, std::string> replies;

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
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }
  std::string text() { return std::string(below(6000), static_cast<char>('a' + below(26))); }

  std::mt19937 random_;
  std::vector<std::pair<SubjectRef, exchange::SubjectKeys>> subjects_;
  std::vector<RecordId> records_;
  std::vector<TransferId> transfers_;
  std::vector<Digest> keys_;
};

}  // namespace ketenpoort::storage
