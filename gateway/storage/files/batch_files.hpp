// Batches in STATE/batches, sealed (AES-256-GCM): <id>.part while a body comes in, <id>.body once it is whole,
// <id>.task beside it.
//
//   body   "KPB1", the batch's own key sealed under the folder's, then pieces, each with its length (4 bytes, big
//   endian)
//          in front; an empty one marked as the last ends it
//   task   JSON, sealed under the folder's key
//
// The context of everything sealed names the batch, and of a piece its place: none can stand in for another. A body is
// dropped by overwriting its key first.
#pragma once

#include <filesystem>
#include <memory>

#include "gateway/exchange/intake/batch_store.hpp"
#include "gateway/storage/master_key.hpp"

namespace ketenpoort::storage {

class BatchFiles final : public exchange::BatchStore {
 public:
  // Makes the folder when it is not there.
  static Result<std::unique_ptr<BatchFiles>> open(const std::filesystem::path& folder, const SecretKey& master);

  Result<std::unique_ptr<exchange::BatchIntake>> begin(const Uuid& id) override;
  Result<std::unique_ptr<exchange::BatchBody>> open(const Uuid& id) override;
  Status save(const exchange::BatchTask& task) override;
  Result<exchange::BatchTask> read(const Uuid& id) override;
  Result<std::vector<exchange::BatchTask>> load() override;
  Status drop_body(const Uuid& id) override;
  Status empty_body(const Uuid& id) override;
  [[nodiscard]] Result<std::uint64_t> free_bytes() const override;
  Status forget(const Uuid& id) override;

 private:
  BatchFiles(std::filesystem::path folder, const SecretKey& master);
  [[nodiscard]] std::filesystem::path file(const Uuid& id, std::string_view extension) const;

  std::filesystem::path folder_;
  SecretKey key_;
};

}  // namespace ketenpoort::storage
