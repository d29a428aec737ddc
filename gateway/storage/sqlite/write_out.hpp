// What was written to a file goes to the disk in small pieces, each when the one before is there. A sync of a hundred
// megabytes at once would keep every other sync of that disk waiting for as long, the journal's first.
#pragma once

#include <filesystem>

namespace ketenpoort::storage {

// A way to write one file out; the sync that makes it durable follows and has little left to do. What goes wrong here
// is that sync's to tell.
class WriteOut {
 public:
  explicit WriteOut(const std::filesystem::path& file);
  WriteOut(WriteOut&& other) noexcept;
  WriteOut& operator=(WriteOut&&) = delete;
  ~WriteOut();

  void run(off_t from = 0) const;

 private:
  int file_;
};

}  // namespace ketenpoort::storage
