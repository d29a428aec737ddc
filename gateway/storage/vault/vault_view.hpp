// The vault's file as another program reads it, beside a running gateway or without one. Nothing is written. What the
// gateway has taken in the last seconds may not be there yet.
#pragma once

#include <filesystem>
#include <memory>

#include "gateway/exchange/rights/reproduce.hpp"
#include "gateway/storage/vault/sealing.hpp"
#include "gateway/storage/vault/vault_reader.hpp"

namespace ketenpoort::storage {

class VaultView final : public exchange::KeptData {
 public:
  // ErrorCode::config: made with another master key.
  static Result<std::unique_ptr<VaultView>> open(const std::filesystem::path& file, const SecretKey& master);

  Result<std::string> record(const RecordId& record) override;
  Result<exchange::Payload> payload(const TransferId& transfer) override;
  Result<AeadKey> proof_key(const SubjectRef& subject) override;
  Result<std::optional<Date>> stay_ended(const SubjectRef& subject) override { return reader_->stay_ended(subject); }
  Status check_erasures() { return reader_->check_erasures(); }

 private:
  explicit VaultView(const SecretKey& master) : keys_(master) {}
  Result<AeadKey> key_of(const SubjectRef& subject, KeyClass key_class);

  VaultKeys keys_;
  SubjectNumbers numbers_;
  std::unique_ptr<VaultReader> reader_;
};

}  // namespace ketenpoort::storage
