// A file system whose n-th operation fails, and every one after it; or that is full.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "gateway/ledger/files/file_system.hpp"

namespace ketenpoort::ledger {

struct FailurePlan {
  std::atomic<long> operations_left{-1};  // before one fails; negative: none does
  std::atomic<bool> full{false};          // writing fails for want of space
  std::string full_folder{};              // in this folder only, when set

  // Whether this operation fails.
  bool strikes() {
    if (operations_left < 0) return false;
    if (operations_left > 0) {
      --operations_left;
      return false;
    }
    return true;
  }
};

class FailingFile : public File {
 public:
  FailingFile(std::unique_ptr<File> file, std::string folder, std::shared_ptr<FailurePlan> plan)
      : file_(std::move(file)), folder_(std::move(folder)), plan_(std::move(plan)) {}

  [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override {
    return file_->read(offset, into);
  }
  Status write(std::uint64_t offset, std::string_view bytes) override {
    if (plan_->full && (plan_->full_folder.empty() || plan_->full_folder == folder_)) {
      // As a real one: what still fits is written first.
      if (auto done = file_->write(offset, bytes.substr(0, bytes.size() / 2)); !done) return done;
      return fail(ErrorCode::unavailable, "injected: no space left");
    }
    if (!plan_->strikes()) return file_->write(offset, bytes);
    if (auto done = file_->write(offset, bytes.substr(0, bytes.size() / 2)); !done) return done;
    return fail(ErrorCode::io, "injected: cannot write");
  }
  Status resize(std::uint64_t size) override {
    if (plan_->strikes()) return fail(ErrorCode::io, "injected: cannot resize");
    return file_->resize(size);
  }
  Status sync() override {
    if (plan_->strikes()) return fail(ErrorCode::io, "injected: cannot sync");
    return file_->sync();
  }

 private:
  std::unique_ptr<File> file_;
  std::string folder_;
  std::shared_ptr<FailurePlan> plan_;
};

class FailingFileSystem : public FileSystem {
 public:
  explicit FailingFileSystem(std::shared_ptr<FailurePlan> plan) : plan_(std::move(plan)) {}

  Result<std::unique_ptr<File>> open(const std::filesystem::path& file) override {
    if (plan_->strikes()) return fail(ErrorCode::io, "injected: cannot open");
    auto opened = real_->open(file);
    if (!opened) return opened;
    return std::make_unique<FailingFile>(std::move(*opened), file.parent_path().filename().string(), plan_);
  }
  [[nodiscard]] Result<std::unique_ptr<File>> open_for_reading(const std::filesystem::path& file) const override {
    return real_->open_for_reading(file);
  }
  [[nodiscard]] Result<std::optional<std::uint64_t>> size(const std::filesystem::path& file) const override {
    return real_->size(file);
  }
  [[nodiscard]] Result<std::vector<std::string>> list(const std::filesystem::path& folder) const override {
    return real_->list(folder);
  }
  Status rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return plan_->strikes() ? injected() : real_->rename(from, to);
  }
  Status remove(const std::filesystem::path& path) override {
    return plan_->strikes() ? injected() : real_->remove(path);
  }
  Status make_folders(const std::filesystem::path& folder) override {
    return plan_->strikes() ? injected() : real_->make_folders(folder);
  }
  Status sync_folder(const std::filesystem::path& folder) override {
    return plan_->strikes() ? injected() : real_->sync_folder(folder);
  }

 private:
  static Status injected() { return fail(ErrorCode::io, "injected: the disk failed"); }

  std::shared_ptr<FileSystem> real_ = real_file_system();
  std::shared_ptr<FailurePlan> plan_;
};

}  // namespace ketenpoort::ledger
