#include "gateway/storage/sqlite/write_out.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace ketenpoort::storage {
namespace {

constexpr off_t piece = 512 << 10;

}  // namespace

WriteOut::WriteOut(const std::filesystem::path& file) : file_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {}

WriteOut::WriteOut(WriteOut&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

WriteOut::~WriteOut() {
  if (file_ >= 0) ::close(file_);
}

void WriteOut::run(off_t from) const {
  struct stat about {};
  if (file_ < 0 || ::fstat(file_, &about) != 0) return;
  constexpr unsigned to_the_end = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  for (off_t at = from; at < about.st_size; at += piece)
    if (::sync_file_range(file_, at, piece, to_the_end) != 0) return;
}

}  // namespace ketenpoort::storage
