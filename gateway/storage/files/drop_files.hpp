// A drop folder on a disk. Whoever writes into it may put anything there: names are never followed, links never opened,
// and everything is done beneath folders that are held open, so that none is swapped for another half-way.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "gateway/exchange/intake/drop_store.hpp"

namespace ketenpoort::storage {

class DropFiles : public exchange::DropStore {
 public:
  // `readers`: a group that may read results, which then lie in a folder of their own.
  explicit DropFiles(std::filesystem::path folder, std::optional<gid_t> readers = std::nullopt)
      : folder_(std::move(folder)), readers_(readers) {}

  Status open() override;
  [[nodiscard]] Result<std::vector<exchange::DropFile>> list(exchange::DropPlace place) const override;
  [[nodiscard]] Result<exchange::DropFile> look_at(exchange::DropPlace place, const std::string& name) const override;
  Status move(exchange::DropPlace from, const std::string& name, exchange::DropPlace to,
              const std::string& new_name) override;
  Status read(const std::string& taken, const std::function<Status(std::string_view)>& use) const override;
  Status write(exchange::DropPlace place, const std::string& name, std::string_view content) override;
  Status remove(exchange::DropPlace place, const std::string& name) override;

  // What is wrong with the folder as it is, without making anything: for `ketenpoort check`.
  static Status check(const std::filesystem::path& folder, std::optional<gid_t> readers = std::nullopt);

 private:
  class Folder {  // an open one
   public:
    Folder() = default;
    explicit Folder(int fd) : fd_(fd) {}
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    Folder(Folder&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Folder& operator=(Folder&& other) noexcept {
      std::swap(fd_, other.fd_);
      return *this;
    }
    [[nodiscard]] int fd() const { return fd_; }

   private:
    int fd_ = -1;
  };
  static Result<Folder> open_incoming(const std::filesystem::path& folder);
  [[nodiscard]] Result<Folder> open_own(const char* name, std::uint64_t device) const;
  [[nodiscard]] Result<Folder> open_results(std::uint64_t device) const;
  [[nodiscard]] Result<Folder> make_own(const char* name, std::uint64_t device) const;
  [[nodiscard]] Status let_read(int file, mode_t mode) const;
  Status hold_taken(Folder opened);
  [[nodiscard]] int fd(exchange::DropPlace place) const;

  std::filesystem::path folder_;
  std::optional<gid_t> readers_;
  Folder incoming_, taken_, done_, failed_, results_;
};

}  // namespace ketenpoort::storage
