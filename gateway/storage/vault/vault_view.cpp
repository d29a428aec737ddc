#include "gateway/storage/vault/vault_view.hpp"

#include <utility>

#include "gateway/storage/vault/found.hpp"
#include "gateway/storage/vault/vault_file.hpp"

namespace ketenpoort::storage {
Result<std::unique_ptr<VaultView>> VaultView::open(const std::filesystem::path& file, const SecretKey& master) {
  auto database = open_for_reading(file);
  if (!database) return fail(std::move(database.error()));
  if (auto fits = check_vault_key(*database, VaultKeys(master), file); !fits) return fail(std::move(fits.error()));
  std::unique_ptr<VaultView> view(new VaultView(master));
  auto reader = VaultReader::open(file, view->numbers_);
  if (!reader) return fail(std::move(reader.error()));
  view->reader_ = std::move(*reader);
  if (auto loaded = view->reader_->load_subjects(); !loaded) return fail(std::move(loaded.error()));
  return view;
}

Result<AeadKey> VaultView::key_of(const SubjectRef& subject, KeyClass key_class) {
  const auto stored = found(reader_->subject(subject), "data subject");
  if (!stored) return fail(stored.error());
  const auto keys = unwrap(keys_, *stored);
  if (!keys) return fail(keys.error());
  return keys->of(key_class);
}

Result<AeadKey> VaultView::proof_key(const SubjectRef& subject) {
  return key_of(subject, KeyClass::proof);
}

Result<std::string> VaultView::record(const RecordId& record) {
  const auto stored = found(reader_->record(record), "record");
  if (!stored) return fail(stored.error());
  const auto key = key_of(stored->subject, KeyClass::payload);
  if (!key) return fail(key.error());
  return open_record(*key, *stored);
}

Result<exchange::Payload> VaultView::payload(const TransferId& transfer) {
  const auto stored = found(reader_->payload(transfer), "payload");
  if (!stored) return fail(stored.error());
  const auto key = key_of(stored->subject, KeyClass::payload);
  if (!key) return fail(key.error());
  return open_payload(*key, *stored);
}

}  // namespace ketenpoort::storage
