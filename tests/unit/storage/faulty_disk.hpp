// A disk that can fail and lose power: an SQLite VFS over the real one that counts writes and syncs, makes one of them
// fail on demand, and knows what a power cut would leave of each file.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>

#include "gateway/base/files.hpp"

namespace ketenpoort::storage {

// Default VFS of the process as long as it lives; one at a time.
class FaultyDisk {
 public:
  FaultyDisk() : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
    current() = this;
    vfs_.pNext = nullptr;
    vfs_.zName = "faulty-disk";
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    vfs_.xOpen = &open;
    sqlite3_vfs_register(&vfs_, 1);
  }
  ~FaultyDisk() {
    sqlite3_vfs_unregister(&vfs_);
    current() = nullptr;
  }
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  // Every operation from the nth on (0 is the next) that matches fails with `code`, until repair().
  enum class Operation { write, sync };
  void fail_from(Operation operation, int nth, int code) {
    code_ = code;
    failing_ = operation;
    left_ = nth;
  }
  void repair() { left_ = never; }
  [[nodiscard]] bool failed() const { return left_ < 0; }

  // Copies what was synced of a database, its log included, to `folder`: the least a power cut leaves.
  void cut_power(const std::filesystem::path& database, const std::filesystem::path& folder) {
    const std::lock_guard lock(mutex_);
    for (const std::string suffix : {"", "-wal", "-sealed"}) {
      const auto synced = synced_.find(database.string() + suffix);
      if (synced == synced_.end()) continue;
      if (!replace_file(folder / (database.filename().string() + suffix), synced->second))
        throw std::runtime_error("cannot copy what was synced");
    }
  }

 private:
  static constexpr int never = 1 << 30;

  struct File {
    sqlite3_file base;
    const char* name;
  };

  static FaultyDisk*& current() {
    static FaultyDisk* disk = nullptr;
    return disk;
  }
  static sqlite3_file* real(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + sizeof(File));
  }

  bool fails(Operation operation) { return operation == failing_ && left_ != never && left_-- <= 0; }

  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    auto* opened = reinterpret_cast<File*>(file);
    opened->name = name;
    opened->base.pMethods = nullptr;
    auto* below = current()->real_;
    const int code = below->xOpen(below, name, real(file), flags, out_flags);
    if (code == SQLITE_OK) opened->base.pMethods = &methods();
    return code;
  }

  static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    if (current()->fails(Operation::write)) return current()->code_;
    return real(file)->pMethods->xWrite(real(file), data, size, offset);
  }

  static int sync(sqlite3_file* file, int flags) {
    auto& disk = *current();
    if (disk.fails(Operation::sync)) return disk.code_;
    const std::lock_guard lock(disk.mutex_);
    const char* name = reinterpret_cast<File*>(file)->name;
    if (name != nullptr) disk.synced_[name] = read_file(name).value();
    return real(file)->pMethods->xSync(real(file), flags);
  }

  static const sqlite3_io_methods& methods() {
    static const sqlite3_io_methods table = [] {
      sqlite3_io_methods m{};
      m.iVersion = 2;
      m.xClose = [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); };
      m.xRead = [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
        return real(f)->pMethods->xRead(real(f), to, n, at);
      };
      m.xWrite = &write;
      m.xTruncate = [](sqlite3_file* f, sqlite3_int64 n) { return real(f)->pMethods->xTruncate(real(f), n); };
      m.xSync = &sync;
      m.xFileSize = [](sqlite3_file* f, sqlite3_int64* n) { return real(f)->pMethods->xFileSize(real(f), n); };
      m.xLock = [](sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); };
      m.xUnlock = [](sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); };
      m.xCheckReservedLock = [](sqlite3_file* f, int* out) {
        return real(f)->pMethods->xCheckReservedLock(real(f), out);
      };
      m.xFileControl = [](sqlite3_file* f, int op, void* arg) {
        return real(f)->pMethods->xFileControl(real(f), op, arg);
      };
      m.xSectorSize = [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); };
      m.xDeviceCharacteristics = [](sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); };
      m.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
        return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
      };
      m.xShmLock = [](sqlite3_file* f, int at, int n, int flags) {
        return real(f)->pMethods->xShmLock(real(f), at, n, flags);
      };
      m.xShmBarrier = [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); };
      m.xShmUnmap = [](sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); };
      return m;
    }();
    return table;
  }

  sqlite3_vfs* real_;
  sqlite3_vfs vfs_;
  std::atomic<int> left_ = never;
  Operation failing_ = Operation::write;
  int code_ = SQLITE_OK;
  std::mutex mutex_;
  std::map<std::string, std::string> synced_;
};

}  // namespace ketenpoort::storage
