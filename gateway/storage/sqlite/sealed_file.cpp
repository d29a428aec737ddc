#include "gateway/storage/sqlite/sealed_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "gateway/base/files.hpp"

namespace ketenpoort::storage {
namespace {

constexpr std::size_t write_at_once = 128U << 10;
constexpr std::size_t piece_size = 64U << 10;
constexpr std::uint64_t largest = 1U << 30;

Error file_error(const std::string& path, int code) {
  const bool passes = (code & 0xff) == SQLITE_FULL || (code & 0xff) == SQLITE_NOMEM;
  return Error{passes ? ErrorCode::unavailable : ErrorCode::io,
               fmt::format("{}: {} (SQLite {})", path, sqlite3_errstr(code), code)};
}

}  // namespace

std::filesystem::path sealed_path(const std::filesystem::path& database) {
  auto path = database;
  path += "-sealed";
  return path;
}

Status check_documents(const std::filesystem::path& database, std::uint64_t synced) {
  if (synced == 0) return {};
  const auto file = sealed_path(database);
  std::error_code fault;
  const auto size = std::filesystem::file_size(file, fault);
  if (!fault && size >= synced) return {};
  const bool missing = fault == std::errc::no_such_file_or_directory;
  if (fault && !missing) return fail(io_error("cannot look at", file, fault.value()));
  return fail(missing ? ErrorCode::io : ErrorCode::malformed,
              fmt::format("{} {} and {} speaks of {} bytes in it: put the file back that belongs to it, or restore "
                          "both from a backup (ketenpoort restore)",
                          file.string(), missing ? "is missing" : fmt::format("has {} bytes", size), database.string(),
                          synced));
}

void SealedFile::Close::operator()(sqlite3_file* file) const {
  if (file->pMethods != nullptr) file->pMethods->xClose(file);
  ::operator delete(file);
}

Result<SealedFile> SealedFile::open(const std::filesystem::path& database, Database::Access access) {
  SealedFile out;
  out.path_ = std::make_unique<std::string>(std::filesystem::absolute(sealed_path(database)).string());
  std::error_code fault;
  const bool writes = access == Database::Access::write;
  if (writes) {
    if (auto made = make_private_file(out.path()); !made) return fail(std::move(made.error()));
  } else if (!std::filesystem::exists(out.path(), fault)) {
    return out;
  }
  if (const int code = sqlite3_initialize(); code != SQLITE_OK) return fail(file_error(out.path(), code));
  auto* files = sqlite3_vfs_find(nullptr);
  out.file_.reset(static_cast<sqlite3_file*>(::operator new(static_cast<std::size_t>(files->szOsFile))));
  out.file_->pMethods = nullptr;
  const int flags =
      (writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_SUPER_JOURNAL;
  const int code = files->xOpen(files, out.path().c_str(), out.file_.get(), flags, nullptr);
  if (code != SQLITE_OK) return fail(file_error(out.path(), code));
  const auto size = out.size();
  if (!size) return fail(size.error());
  out.unsynced_from_ = *size;
  return out;
}

Result<std::uint64_t> SealedFile::size() const {
  sqlite3_int64 size = 0;
  if (file_ == nullptr) return std::uint64_t{0};
  if (const int code = file_->pMethods->xFileSize(file_.get(), &size); code != SQLITE_OK)
    return fail(file_error(path(), code));
  return static_cast<std::uint64_t>(size);
}

Result<Bytes> SealedFile::read(SealedPlace place) const {
  if (place.size > largest) return fail(ErrorCode::crypto, "vault: a document's size is impossible: it was changed");
  Bytes out(place.size);
  if (file_ == nullptr || out.empty()) return out;
  for (std::size_t done = 0; done < out.size(); done += piece_size) {
    const int code = file_->pMethods->xRead(file_.get(), out.data() + done,
                                            static_cast<int>(std::min(out.size() - done, piece_size)),
                                            static_cast<sqlite3_int64>(place.at + done));
    if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) return fail(file_error(path(), code));
  }
  return out;
}

bool SealedFile::is_blank(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](auto byte) { return byte == 0; });
}

Status SealedFile::append(ByteView bytes, std::uint64_t at) {
  if (gathered_.empty()) gathered_at_ = at;
  gathered_.append(as_text(bytes));
  return gathered_.size() < write_at_once ? Status{} : flush();
}

Status SealedFile::flush() {
  const auto written = write(as_bytes(gathered_), gathered_at_);
  gathered_.clear();  // after an error all of it comes again
  return written;
}

// In pieces: SQLite's file layer takes no more than 128 KB at a time.
Status SealedFile::write(ByteView bytes, std::uint64_t at) {
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), piece_size));
    const int code = file_->pMethods->xWrite(file_.get(), piece.data(), static_cast<int>(piece.size()),
                                             static_cast<sqlite3_int64>(at));
    if (code != SQLITE_OK) return fail(file_error(path(), code));
    bytes = bytes.subspan(piece.size());
    at += piece.size();
  }
  return {};
}

Status SealedFile::cut(std::uint64_t size) {
  const auto there = this->size();
  if (!there) return fail(there.error());
  if (*there <= size) return {};
  const int code = file_->pMethods->xTruncate(file_.get(), static_cast<sqlite3_int64>(size));
  if (code != SQLITE_OK) return fail(file_error(path(), code));
  return {};
}

Status SealedFile::sync() {
  const auto end = size();
  if (!end) return fail(end.error());
  WriteOut(path()).run(static_cast<off_t>(std::min(unsynced_from_, *end)));
  const int code = file_->pMethods->xSync(file_.get(), SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
  if (code != SQLITE_OK) return fail(file_error(path(), code));
  unsynced_from_ = *end;
  return {};
}

Status SealedFile::wipe(const std::vector<SealedPlace>& places) {
  if (places.empty()) return {};
  const auto end = size();
  if (!end) return fail(end.error());
  static constexpr std::array<std::uint8_t, piece_size> zeros{};
  for (const auto& place : places) {
    const auto last = std::min(place.at + place.size, *end);  // beyond it there is nothing to wipe
    for (auto at = place.at; at < last; at += std::min<std::uint64_t>(zeros.size(), last - at)) {
      const auto piece = ByteView(zeros).first(std::min<std::uint64_t>(zeros.size(), last - at));
      if (auto written = write(piece, at); !written) return written;
    }
  }
  const int code = file_->pMethods->xSync(file_.get(), SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
  if (code != SQLITE_OK) return fail(file_error(path(), code));
  for (const auto& place : places) give_back(place);
  return {};
}

// Where the file system cannot, the zeros stay.
void SealedFile::give_back(const SealedPlace& place) const {
  const int fd = ::open(path().c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  static_cast<void>(::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(place.at),
                                static_cast<off_t>(place.size)));
  ::close(fd);
}

}  // namespace ketenpoort::storage
