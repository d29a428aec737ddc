// The vault as retention sees it: every subject, what is kept of it, and how much that takes.
#pragma once

#include <filesystem>

#include "gateway/exchange/retention/retention.hpp"
#include "gateway/storage/vault/purger.hpp"
#include "gateway/storage/vault/vault.hpp"

namespace ketenpoort::storage {

class SqliteVaultStock final : public exchange::VaultStock {
 public:
  // Both must outlive it. `file`: vault.sqlite, to measure.
  SqliteVaultStock(SqliteVault& vault, Purger& purger, std::filesystem::path file)
      : vault_(vault), purger_(purger), file_(std::move(file)) {}

  Status each_holding(const std::function<void(const exchange::Holding&)>& visit) const override;
  [[nodiscard]] std::uint64_t subject_count() const override;
  [[nodiscard]] std::uint64_t bytes_on_disk() const override;
  [[nodiscard]] ledger::VaultChange note_stay_end(const SubjectRef& subject, Date day) const override;
  Status settle() override { return purger_.rewrite(); }

 private:
  SqliteVault& vault_;
  Purger& purger_;
  std::filesystem::path file_;
};

}  // namespace ketenpoort::storage
