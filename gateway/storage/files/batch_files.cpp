#include "gateway/storage/files/batch_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "gateway/base/files.hpp"

namespace ketenpoort::storage {
namespace {

namespace fs = std::filesystem;
using exchange::BatchTask;

constexpr std::string_view magic = "KPB1";
constexpr std::size_t sealed_key_bytes = sizeof(AeadKey) + aead_overhead;
constexpr std::size_t head_bytes = magic.size() + sealed_key_bytes;
constexpr std::size_t block_bytes = 64U << 10;  // of the body, in each sealed piece but the last
constexpr std::size_t length_bytes = 4;

// The first byte of every context: what is sealed. Part of the format on disk.
enum class Sealed : std::uint8_t { key = 1, piece = 2, task = 3 };

Bytes context_of(Sealed what, const Uuid& id) {
  Bytes context{static_cast<std::uint8_t>(what)};
  context.insert(context.end(), id.bytes.begin(), id.bytes.end());
  return context;
}

Bytes piece_context(const Uuid& id, std::uint64_t index, bool last) {
  auto context = context_of(Sealed::piece, id);
  for (int shift = 56; shift >= 0; shift -= 8) context.push_back(static_cast<std::uint8_t>(index >> shift));
  context.push_back(last ? 1 : 0);
  return context;
}

Error disk_error(std::string_view what, const fs::path& file, int number) {
  if (number == ENOSPC || number == EDQUOT)
    return {ErrorCode::unavailable, "there is no room on the gateway's disk; send the batch again later"};
  return io_error(what, file, number);
}

class File {
 public:
  File(fs::path path, int flags) : path_(std::move(path)), fd_(::open(path_.c_str(), flags | O_CLOEXEC, 0600)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { close(); }

  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  [[nodiscard]] const fs::path& path() const { return path_; }

  Status write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return fail(disk_error("cannot write", path_, errno));
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  // As many bytes as there are, up to `size`.
  Result<Bytes> read(std::size_t size) {
    Bytes bytes(size);
    std::size_t have = 0;
    while (have < size) {
      const auto got = ::read(fd_, bytes.data() + have, size - have);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail(io_error("cannot read", path_, errno));
      if (got == 0) break;
      have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
  }

  // So that what is behind the head can be read no more: no byte is written anew where the disk has no room for one.
  Status overwrite_head(std::size_t bytes) {
    std::error_code error;
    const auto size = fs::file_size(path_, error);
    if (error || size == 0) return {};
    return write(std::string(std::min<std::uintmax_t>(bytes, size), '\0'));
  }

  Status empty() {
    if (::ftruncate(fd_, 0) != 0) return fail(io_error("cannot empty", path_, errno));
    return {};
  }

  Status sync() {
    if (::fsync(fd_) != 0) return fail(disk_error("cannot sync", path_, errno));
    return {};
  }

  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  fs::path path_;
  int fd_;
};

tl::unexpected<Error> damaged(const fs::path& path) {
  return fail(ErrorCode::crypto, fmt::format("{}: it was cut off or changed, or its key is another", path.string()));
}

class Intake final : public exchange::BatchIntake {
 public:
  Intake(const fs::path& part, fs::path body, const Uuid& id)
      : file_(part, O_WRONLY | O_CREAT | O_EXCL), body_(std::move(body)), id_(id) {
    fill_random(key_.bytes());
  }
  ~Intake() override {
    file_.close();
    if (kept_) return;
    std::error_code ignored;
    fs::remove(file_.path(), ignored);
  }

  Status start(const SecretKey& folder_key) {
    if (!file_.is_open()) return fail(disk_error("cannot create", file_.path(), errno));
    const auto sealed = seal(folder_key.bytes(), key_.bytes(), context_of(Sealed::key, id_));
    return file_.write(std::string(magic) + std::string(as_text(sealed)));
  }

  Status append(std::string_view piece) override {
    while (!piece.empty()) {
      const auto taken = piece.substr(0, block_bytes - block_.size());
      block_ += taken;
      piece.remove_prefix(taken.size());
      if (block_.size() == block_bytes)
        if (auto written = write_block(false); !written) return written;
    }
    return {};
  }

  Status finish() override {
    if (!block_.empty())
      if (auto written = write_block(false); !written) return written;
    if (auto written = write_block(true); !written) return written;
    return file_.sync();
  }

  Status keep() override {
    if (::rename(file_.path().c_str(), body_.c_str()) != 0)
      return fail(disk_error("cannot rename", file_.path(), errno));
    kept_ = true;
    return sync_folder(body_.parent_path());
  }

 private:
  Status write_block(bool last) {
    const auto sealed = seal(key_.bytes(), as_bytes(block_), piece_context(id_, index_++, last));
    wipe({reinterpret_cast<std::uint8_t*>(block_.data()), block_.size()});
    block_.clear();
    std::string framed;
    framed.reserve(length_bytes + sealed.size());
    for (int shift = 24; shift >= 0; shift -= 8) framed += static_cast<char>(sealed.size() >> shift);
    framed += as_text(sealed);
    return file_.write(framed);
  }

  File file_;
  fs::path body_;
  Uuid id_;
  SecretKey key_;
  std::string block_;
  std::uint64_t index_ = 0;
  bool kept_ = false;
};

class Body final : public exchange::BatchBody {
 public:
  Body(const fs::path& path, const Uuid& id) : file_(path, O_RDONLY), id_(id) {}

  Status start(const SecretKey& folder_key) {
    if (!file_.is_open()) return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io, "the batch has no body");
    auto head = file_.read(magic.size() + sealed_key_bytes);
    if (!head) return fail(std::move(head.error()));
    if (head->size() != magic.size() + sealed_key_bytes || !as_text(*head).starts_with(magic))
      return damaged(file_.path());
    auto key = open_sealed(folder_key.bytes(), ByteView(*head).subspan(magic.size()), context_of(Sealed::key, id_));
    if (!key || key->size() != sizeof(AeadKey)) return damaged(file_.path());
    std::copy(key->begin(), key->end(), key_.bytes().begin());
    wipe(*key);
    return {};
  }

  Result<std::string> next() override {
    if (ended_) return std::string();
    const auto length = file_.read(length_bytes);
    if (!length) return fail(length.error());
    if (length->size() != length_bytes) return damaged(file_.path());
    std::size_t size = 0;
    for (const auto byte : *length) size = size << 8 | byte;
    if (size < aead_overhead || size > block_bytes + aead_overhead) return damaged(file_.path());
    const auto sealed = file_.read(size);
    if (!sealed) return fail(sealed.error());
    ended_ = size == aead_overhead;  // the empty one, which is the last
    const auto plain = open_sealed(key_.bytes(), *sealed, piece_context(id_, index_++, ended_));
    if (!plain) return damaged(file_.path());
    return std::string(as_text(*plain));
  }

 private:
  File file_;
  Uuid id_;
  SecretKey key_;
  std::uint64_t index_ = 0;
  bool ended_ = false;
};

Status remove_file(const fs::path& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail(io_error("cannot remove", path, errno));
  return {};
}

}  // namespace

BatchFiles::BatchFiles(fs::path folder, const SecretKey& master)
    : folder_(std::move(folder)), key_(derive_key(master.bytes(), "ketenpoort batches 1")) {}

Result<std::unique_ptr<BatchFiles>> BatchFiles::open(const fs::path& folder, const SecretKey& master) {
  std::error_code error;
  if (fs::create_directory(folder, error)) {
    fs::permissions(folder, fs::perms::owner_all, error);
    if (auto synced = sync_folder(folder.parent_path()); !synced) return fail(std::move(synced.error()));
  }
  if (error) return fail(io_error("cannot make", folder, error.value()));
  return std::unique_ptr<BatchFiles>(new BatchFiles(folder, master));
}

fs::path BatchFiles::file(const Uuid& id, std::string_view extension) const {
  return folder_ / (id.text() + std::string(extension));
}

Result<std::unique_ptr<exchange::BatchIntake>> BatchFiles::begin(const Uuid& id) {
  auto intake = std::make_unique<Intake>(file(id, ".part"), file(id, ".body"), id);
  if (auto started = intake->start(key_); !started) return fail(std::move(started.error()));
  return Result<std::unique_ptr<exchange::BatchIntake>>(std::move(intake));
}

Result<std::unique_ptr<exchange::BatchBody>> BatchFiles::open(const Uuid& id) {
  auto body = std::make_unique<Body>(file(id, ".body"), id);
  if (auto started = body->start(key_); !started) return fail(std::move(started.error()));
  return Result<std::unique_ptr<exchange::BatchBody>>(std::move(body));
}

Status BatchFiles::save(const BatchTask& task) {
  const auto json = exchange::encode_task(task);
  const auto sealed = seal(key_.bytes(), as_bytes(json), context_of(Sealed::task, task.id));
  const auto path = file(task.id, ".task");
  auto saved = replace_file(path, as_text(sealed), true);
  if (saved) return saved;
  const bool full = errno == ENOSPC || errno == EDQUOT;  // of the call that failed: nothing has been called since
  auto temporary = path;
  temporary += ".new";
  (void)remove_file(temporary);
  if (full) return fail(disk_error("cannot write", path, ENOSPC));
  return saved;
}

Result<BatchTask> BatchFiles::read(const Uuid& id) {
  const auto path = file(id, ".task");
  const auto sealed = read_file(path);
  if (!sealed) return fail(sealed.error());
  const auto json = open_sealed(key_.bytes(), as_bytes(*sealed), context_of(Sealed::task, id));
  if (!json) return damaged(path);
  auto task = exchange::decode_task(as_text(*json));
  if (!task || task->id != id) return damaged(path);
  return task;
}

// Half a body is nobody's, nor is a whole one without a task or a task that never got its body: the sender was told of
// none of them.
Result<std::vector<BatchTask>> BatchFiles::load() {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error))
    files.push_back(at->path());
  if (error) return fail(io_error("cannot list", folder_, error.value()));
  std::vector<BatchTask> tasks;
  for (const auto& path : files) {
    const auto id = parse_uuid(path.stem().string());
    const bool is_task = id && path.extension() == ".task";
    const bool orphan = id && path.extension() == ".body" && !fs::exists(file(*id, ".task"));
    if (path.extension() == ".part" || path.extension() == ".new" || orphan)
      if (auto removed = remove_file(path); !removed) return fail(std::move(removed.error()));
    if (!is_task) continue;
    auto task = read(*id);
    if (!task) return fail(std::move(task.error()));
    const bool has_body = fs::exists(file(*id, ".body"));
    const bool running = task->state == exchange::BatchState::running;
    if (running && !has_body) {
      if (auto forgotten = forget(*id); !forgotten) return fail(std::move(forgotten.error()));
      continue;
    }
    if (!running && has_body)
      if (auto dropped = drop_body(*id); !dropped) return fail(std::move(dropped.error()));
    tasks.push_back(std::move(*task));
  }
  return tasks;
}

Status BatchFiles::drop_body(const Uuid& id) {
  const auto path = file(id, ".body");
  {
    File body(path, O_WRONLY);
    if (!body.is_open()) return errno == ENOENT ? Status{} : fail(io_error("cannot open", path, errno));
    if (auto wiped = body.overwrite_head(head_bytes); !wiped) return wiped;
    if (auto synced = body.sync(); !synced) return synced;
  }
  if (auto removed = remove_file(path); !removed) return removed;
  return sync_folder(folder_);
}

Status BatchFiles::empty_body(const Uuid& id) {
  const auto path = file(id, ".body");
  File body(path, O_WRONLY);
  if (!body.is_open()) return errno == ENOENT ? Status{} : fail(io_error("cannot open", path, errno));
  if (auto wiped = body.overwrite_head(head_bytes); !wiped) return wiped;
  if (auto synced = body.sync(); !synced) return synced;
  if (auto emptied = body.empty(); !emptied) return emptied;
  return body.sync();
}

Result<std::uint64_t> BatchFiles::free_bytes() const {
  std::error_code error;
  const auto space = fs::space(folder_, error);
  if (error) return fail(io_error("cannot tell the free space of", folder_, error.value()));
  return static_cast<std::uint64_t>(space.available);
}

Status BatchFiles::forget(const Uuid& id) {
  if (auto dropped = drop_body(id); !dropped) return dropped;
  if (auto removed = remove_file(file(id, ".task")); !removed) return removed;
  return sync_folder(folder_);
}

}  // namespace ketenpoort::storage
