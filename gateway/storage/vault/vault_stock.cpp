#include "gateway/storage/vault/vault_stock.hpp"

#include <sys/stat.h>

#include <system_error>

#include "gateway/storage/sqlite/sealed_file.hpp"

namespace ketenpoort::storage {
namespace {

constexpr std::int64_t subjects_at_once = 256;

}  // namespace

Status SqliteVaultStock::each_holding(const std::function<void(const exchange::Holding&)>& visit) const {
  if (auto flushed = vault_.flush(); !flushed) return flushed;
  std::int64_t after = 0;
  while (true) {
    const auto page = vault_.look([&](VaultReader& reader) { return reader.holdings(after, subjects_at_once); });
    if (!page) return fail(page.error());
    if (page->empty()) return {};
    for (const auto& holding : *page) visit(holding);
  }
}

std::uint64_t SqliteVaultStock::subject_count() const {
  return vault_.look([](VaultReader& reader) { return reader.count_subjects(); }).value_or(0);
}

std::uint64_t SqliteVaultStock::bytes_on_disk() const {
  std::uint64_t bytes = 0;
  for (const auto* suffix : {"", "-wal"}) {
    auto path = file_;
    path += suffix;
    std::error_code fault;
    const auto size = std::filesystem::file_size(path, fault);
    if (!fault) bytes += size;
  }
  // What was wiped in there takes no room any more.
  struct stat about {};
  if (::stat(sealed_path(file_).c_str(), &about) == 0) bytes += static_cast<std::uint64_t>(about.st_blocks) * 512;
  return bytes;
}

ledger::VaultChange SqliteVaultStock::note_stay_end(const SubjectRef& subject, Date day) const {
  return SqliteVault::stay_end(subject, day);
}

}  // namespace ketenpoort::storage
