// A disk in memory: every operation can be made to fail, and the power can be cut after any of them.
//
// What a power cut leaves is decided as a strict reading of POSIX allows: bytes and sizes of a file are certain only
// once the file was synced, names only once their folder was. What is not certain may be there, be missing, be torn
// within a page, or be there while something older is missing.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gateway/ledger/files/file_system.hpp"

namespace ketenpoort::ledger::test {

struct DiskOperation {
  enum class Kind { create, write, resize, sync, rename, remove, make_folder, sync_folder, read, note };
  Kind kind{};
  int inode = -1;
  std::uint64_t offset = 0;  // of a write; the size of a resize
  std::string bytes{};       // written; what a note says
  std::string path{};
  std::string to{};    // of a rename
  bool grows = false;  // a write beyond the end of its file
};

inline std::string describe(const DiskOperation& operation) {
  static constexpr const char* names[] = {"create", "write", "resize",      "sync",         "rename",
                                          "remove", "mkdir", "sync folder", "read or open", "note"};
  return std::string(names[static_cast<std::size_t>(operation.kind)]) + " " + operation.path +
         (operation.to.empty() ? "" : " to " + operation.to) + " at " + std::to_string(operation.offset) + ", " +
         std::to_string(operation.bytes.size()) + " bytes";
}

// What stands on a disk: contents by number, and the names that lead to them.
struct DiskImage {
  std::map<int, std::string> contents;
  std::map<std::string, int> names;
  std::set<std::string> folders;

  void apply(const DiskOperation& operation) {
    using Kind = DiskOperation::Kind;
    switch (operation.kind) {
      case Kind::create:
        contents.try_emplace(operation.inode);
        names[operation.path] = operation.inode;
        break;
      case Kind::write:
        write(operation.inode, operation.offset, operation.bytes);
        break;
      case Kind::resize:
        contents[operation.inode].resize(operation.offset);
        break;
      case Kind::rename:
        if (const auto at = names.find(operation.path); at != names.end() && at->second == operation.inode)
          names.erase(at);
        names[operation.to] = operation.inode;
        break;
      case Kind::remove:
        remove(operation.path);
        break;
      case Kind::make_folder:
        folders.insert(operation.path);
        break;
      case Kind::sync:
      case Kind::sync_folder:
      case Kind::read:
      case Kind::note:
        break;
    }
  }

  void write(int inode, std::uint64_t offset, std::string_view bytes) {
    auto& content = contents[inode];
    if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
    content.replace(offset, bytes.size(), bytes);
  }

  // A file, or a folder with all in it.
  void remove(const std::string& path) {
    names.erase(path);
    folders.erase(path);
    const auto beneath = path + "/";
    for (auto at = names.lower_bound(beneath); at != names.end() && at->first.starts_with(beneath);)
      at = names.erase(at);
    for (auto at = folders.lower_bound(beneath); at != folders.end() && at->starts_with(beneath);)
      at = folders.erase(at);
  }

  // Nothing stands in a folder that does not stand itself.
  void drop_what_hangs_in_the_air(const std::string& root) {
    const auto stands = [&](std::string path) {
      for (path.resize(path.rfind('/')); path.size() > root.size(); path.resize(path.rfind('/')))
        if (!folders.contains(path)) return false;
      return true;
    };
    std::erase_if(names, [&](const auto& name) { return !stands(name.first); });
    std::erase_if(folders, [&](const auto& folder) { return !stands(folder); });
  }
};

class MemoryDisk : public FileSystem {
 public:
  // Says whether an operation fails, and how: ErrorCode::unavailable (no space, no file numbers) or io.
  using Fault = std::function<std::optional<ErrorCode>(const DiskOperation&)>;

  explicit MemoryDisk(DiskImage image = {}) : state_(std::make_shared<State>()) {
    for (const auto& [inode, content] : image.contents) state_->next_inode = std::max(state_->next_inode, inode + 1);
    state_->image = std::move(image);
  }

  // Set before it is used.
  void fail_where(Fault fault) { state_->fault = std::move(fault); }
  // Something that happened, in its place among the operations.
  void note(std::string text) { state_->record({.kind = DiskOperation::Kind::note, .bytes = std::move(text)}); }

  [[nodiscard]] std::vector<DiskOperation> operations() const {
    const std::lock_guard lock(state_->mutex);
    return state_->operations;
  }
  // Another process: what the one before may no longer do is forgotten.
  void restart() {
    const std::lock_guard lock(state_->mutex);
    state_->lost.clear();
  }
  [[nodiscard]] bool struck() const { return state_->struck; }              // something failed
  [[nodiscard]] bool synced_again() const { return state_->synced_again; }  // after the sync of that file had failed
  [[nodiscard]] DiskImage image() const {
    const std::lock_guard lock(state_->mutex);
    return state_->image;
  }

  Result<std::unique_ptr<File>> open(const std::filesystem::path& file) override {
    const std::lock_guard lock(state_->mutex);
    const auto at = state_->image.names.find(file.string());
    const bool there = at != state_->image.names.end();
    const auto inode = there ? at->second : state_->next_inode++;
    const DiskOperation made{
        .kind = there ? DiskOperation::Kind::read : DiskOperation::Kind::create, .inode = inode, .path = file.string()};
    if (auto done = state_->perform(made); !done) return fail(done.error());
    return std::make_unique<MemoryFile>(state_, inode, file.string());
  }
  [[nodiscard]] Result<std::unique_ptr<File>> open_for_reading(const std::filesystem::path& file) const override {
    const std::lock_guard lock(state_->mutex);
    if (auto done = state_->perform({.kind = DiskOperation::Kind::read, .path = file.string()}); !done)
      return fail(done.error());
    const auto at = state_->image.names.find(file.string());
    if (at == state_->image.names.end()) return fail(ErrorCode::not_found, "there is no " + file.string());
    return std::make_unique<MemoryFile>(state_, at->second, file.string());
  }
  [[nodiscard]] Result<std::optional<std::uint64_t>> size(const std::filesystem::path& file) const override {
    const std::lock_guard lock(state_->mutex);
    if (auto done = state_->perform({.kind = DiskOperation::Kind::read, .path = file.string()}); !done)
      return fail(done.error());
    const auto at = state_->image.names.find(file.string());
    if (at == state_->image.names.end()) return std::nullopt;
    return state_->image.contents[at->second].size();
  }
  [[nodiscard]] Result<std::vector<std::string>> list(const std::filesystem::path& folder) const override {
    const std::lock_guard lock(state_->mutex);
    if (auto done = state_->perform({.kind = DiskOperation::Kind::read, .path = folder.string()}); !done)
      return fail(done.error());
    std::set<std::string> names;
    const auto beneath = folder.string() + "/";
    const auto take = [&](const std::string& path) {
      if (path.starts_with(beneath))
        names.insert(path.substr(beneath.size(), path.find('/', beneath.size()) - beneath.size()));
    };
    for (const auto& [path, inode] : state_->image.names) take(path);
    for (const auto& path : state_->image.folders) take(path);
    return std::vector<std::string>(names.begin(), names.end());
  }
  Status rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    const std::lock_guard lock(state_->mutex);
    const auto at = state_->image.names.find(from.string());
    if (at == state_->image.names.end())
      return fail(ErrorCode::io, "cannot rename " + from.string() + ": it is not there");
    return state_->perform(
        {.kind = DiskOperation::Kind::rename, .inode = at->second, .path = from.string(), .to = to.string()});
  }
  Status remove(const std::filesystem::path& path) override {
    const std::lock_guard lock(state_->mutex);
    return state_->perform({.kind = DiskOperation::Kind::remove, .path = path.string()});
  }
  Status make_folders(const std::filesystem::path& folder) override {
    const std::lock_guard lock(state_->mutex);
    std::filesystem::path path;
    for (const auto& part : folder) {
      path /= part;
      // What stands on the real disk (the state folder, for its lock) stands here too.
      if (state_->image.folders.contains(path.string()) || std::filesystem::exists(path)) continue;
      if (auto done = state_->perform({.kind = DiskOperation::Kind::make_folder, .path = path.string()}); !done)
        return done;
    }
    return {};
  }
  Status sync_folder(const std::filesystem::path& folder) override {
    const std::lock_guard lock(state_->mutex);
    return state_->perform({.kind = DiskOperation::Kind::sync_folder, .path = folder.string()});
  }

 private:
  struct State {
    std::mutex mutex;
    DiskImage image;
    std::vector<DiskOperation> operations;
    Fault fault;
    int next_inode = 1;
    std::set<int> lost;  // files of which a sync failed
    bool struck = false;
    bool synced_again = false;

    void record(DiskOperation operation) {
      const std::lock_guard lock(mutex);
      operations.push_back(std::move(operation));
    }

    // With mutex held. A write that fails has written half.
    Status perform(DiskOperation operation) {
      using Kind = DiskOperation::Kind;
      if (operation.kind == Kind::write)
        operation.grows = operation.offset + operation.bytes.size() > image.contents[operation.inode].size();
      if (const auto code = fault ? fault(operation) : std::nullopt) {
        struck = true;
        if (operation.kind == Kind::sync) lost.insert(operation.inode);
        if (operation.kind == Kind::write) {
          operation.bytes.resize(operation.bytes.size() / 2);
          image.apply(operation);
          operations.push_back(operation);
        }
        return fail(*code, "injected: cannot " + test::describe(operation));
      }
      if (operation.kind == Kind::sync && lost.contains(operation.inode)) synced_again = true;
      image.apply(operation);
      if (operation.kind != Kind::read) operations.push_back(std::move(operation));
      return {};
    }
  };

  class MemoryFile : public File {
   public:
    MemoryFile(std::shared_ptr<State> state, int inode, std::string path)
        : state_(std::move(state)), inode_(inode), path_(std::move(path)) {}

    [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override {
      const std::lock_guard lock(state_->mutex);
      if (auto done = state_->perform({.kind = DiskOperation::Kind::read, .inode = inode_, .path = path_}); !done)
        return fail(done.error());
      const auto& content = state_->image.contents[inode_];
      if (offset >= content.size()) return std::size_t{0};
      return content.copy(into.data(), into.size(), offset);
    }
    Status write(std::uint64_t offset, std::string_view bytes) override {
      const std::lock_guard lock(state_->mutex);
      return state_->perform({.kind = DiskOperation::Kind::write,
                              .inode = inode_,
                              .offset = offset,
                              .bytes = std::string(bytes),
                              .path = path_});
    }
    Status resize(std::uint64_t size) override {
      const std::lock_guard lock(state_->mutex);
      return state_->perform({.kind = DiskOperation::Kind::resize, .inode = inode_, .offset = size, .path = path_});
    }
    Status sync() override {
      const std::lock_guard lock(state_->mutex);
      return state_->perform({.kind = DiskOperation::Kind::sync, .inode = inode_, .path = path_});
    }

   private:
    std::shared_ptr<State> state_;
    int inode_;
    std::string path_;
  };

  std::shared_ptr<State> state_;
};

// Follows the operations of a disk and knows what is certain after each of them.
class PowerCut {
 public:
  // `root` and what is in `image` stand for certain from the beginning.
  explicit PowerCut(std::string root, DiskImage image = {}) : root_(std::move(root)), certain_(std::move(image)) {}

  void follow(const DiskOperation& operation) {
    using Kind = DiskOperation::Kind;
    switch (operation.kind) {
      case Kind::write:
      case Kind::resize:
        bytes_[operation.inode].push_back(operation);
        break;
      case Kind::create:
        certain_.contents.try_emplace(operation.inode);
        [[fallthrough]];
      case Kind::rename:
      case Kind::remove:
      case Kind::make_folder:
        names_.push_back(operation);
        break;
      case Kind::sync:
        for (const auto& pending : bytes_[operation.inode]) certain_.apply(pending);
        bytes_.erase(operation.inode);
        break;
      case Kind::sync_folder:
        settle(operation.path);
        break;
      case Kind::read:
      case Kind::note:
        break;
    }
  }

  // How much of what is not certain survives.
  enum class Mercy { none, all, first_names, some };

  [[nodiscard]] DiskImage cut(std::mt19937& random, Mercy mercy) const {
    auto image = certain_;
    const auto likely = std::uniform_real_distribution<>(0.1, 0.9)(random);
    const auto spared = [&] {
      return mercy == Mercy::all || (mercy != Mercy::none && std::bernoulli_distribution(likely)(random));
    };
    const auto first = std::uniform_int_distribution<std::size_t>(0, names_.size())(random);
    for (std::size_t i = 0; i < names_.size(); ++i)
      if (mercy == Mercy::first_names ? i < first : spared()) image.apply(names_[i]);
    for (const auto& [inode, pending] : bytes_) cut_file(image, inode, pending, spared);
    image.drop_what_hangs_in_the_air(root_);
    return image;
  }

 private:
  static std::string folder_of(const DiskOperation& operation) {
    const auto& path = operation.to.empty() ? operation.path : operation.to;
    return path.substr(0, path.rfind('/'));
  }

  // Names in this folder become certain.
  void settle(const std::string& folder) {
    std::vector<DiskOperation> left;
    for (auto& operation : names_) {
      if (folder_of(operation) != folder) {
        left.push_back(std::move(operation));
        continue;
      }
      certain_.apply(operation);
      // A file that was moved here has no other name any more.
      if (operation.kind == DiskOperation::Kind::rename)
        std::erase_if(left, [&](const auto& other) { return other.inode == operation.inode; });
    }
    names_ = std::move(left);
  }

  template <class Spared>
  static void cut_file(DiskImage& image, int inode, const std::vector<DiskOperation>& pending, const Spared& spared) {
    constexpr std::uint64_t page = 4096;
    constexpr std::uint64_t sector = 512;
    std::vector<std::uint64_t> sizes{image.contents[inode].size()};
    for (const auto& operation : pending) {
      if (operation.kind == DiskOperation::Kind::resize) {
        sizes.push_back(operation.offset);
        if (spared()) image.apply(operation);
        continue;
      }
      const auto end = operation.offset + operation.bytes.size();
      sizes.push_back(std::max(sizes.back(), end));
      for (auto at = operation.offset; at < end;) {
        const auto next = std::min(end, at / page * page + page);
        if (spared())
          image.write(inode, at, std::string_view(operation.bytes).substr(at - operation.offset, next - at));
        // Torn: of a page that is lost some sectors are there, from its beginning on.
        else if (spared() && next - at > sector)
          image.write(inode, at, std::string_view(operation.bytes).substr(at - operation.offset, sector));
        at = next;
      }
    }
    // The size is as of one moment or another, whatever of the bytes is there.
    std::size_t moment = 0;
    while (moment + 1 < sizes.size() && spared()) ++moment;
    image.contents[inode].resize(sizes[moment]);
  }

  std::string root_;
  DiskImage certain_;
  std::map<int, std::vector<DiskOperation>> bytes_;
  std::vector<DiskOperation> names_;
};

}  // namespace ketenpoort::ledger::test
