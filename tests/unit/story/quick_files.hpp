// The disk as a killed process leaves it: what was written is there, nothing is ever synced, and after the kill nothing
// is written any more. Power cuts are the crash tests' own.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "gateway/ledger/files/file_system.hpp"

namespace ketenpoort::story {

class QuickFiles final : public ledger::FileSystem {
 public:
  void kill() { *dead_ = true; }

  Result<std::unique_ptr<ledger::File>> open(const std::filesystem::path& file) override {
    if (*dead_) return fail(killed());
    auto opened = real_->open(file);
    if (!opened) return opened;
    return std::make_unique<Opened>(std::move(*opened), dead_);
  }
  [[nodiscard]] Result<std::unique_ptr<ledger::File>> open_for_reading(
      const std::filesystem::path& file) const override {
    return real_->open_for_reading(file);
  }
  [[nodiscard]] Result<std::optional<std::uint64_t>> size(const std::filesystem::path& file) const override {
    return real_->size(file);
  }
  [[nodiscard]] Result<std::vector<std::string>> list(const std::filesystem::path& folder) const override {
    return real_->list(folder);
  }
  Status rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return *dead_ ? Status(fail(killed())) : real_->rename(from, to);
  }
  Status remove(const std::filesystem::path& path) override {
    return *dead_ ? Status(fail(killed())) : real_->remove(path);
  }
  Status make_folders(const std::filesystem::path& folder) override {
    return *dead_ ? Status(fail(killed())) : real_->make_folders(folder);
  }
  Status sync_folder(const std::filesystem::path&) override { return *dead_ ? Status(fail(killed())) : Status(); }

 private:
  using Dead = std::shared_ptr<std::atomic<bool>>;
  static Error killed() { return {ErrorCode::io, "the process was killed"}; }

  class Opened final : public ledger::File {
   public:
    Opened(std::unique_ptr<ledger::File> file, Dead dead) : file_(std::move(file)), dead_(std::move(dead)) {}
    [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override {
      return file_->read(offset, into);
    }
    Status write(std::uint64_t offset, std::string_view bytes) override {
      return *dead_ ? Status(fail(killed())) : file_->write(offset, bytes);
    }
    Status resize(std::uint64_t size) override { return *dead_ ? Status(fail(killed())) : file_->resize(size); }
    Status sync() override { return *dead_ ? Status(fail(killed())) : Status(); }

   private:
    std::unique_ptr<ledger::File> file_;
    Dead dead_;
  };

  std::shared_ptr<ledger::FileSystem> real_ = ledger::real_file_system();
  Dead dead_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace ketenpoort::story
