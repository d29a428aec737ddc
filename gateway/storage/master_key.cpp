#include "gateway/storage/master_key.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "gateway/base/files.hpp"

namespace ketenpoort::storage {
namespace {

// Base64 of 32 bytes takes 44 characters and a line end; a longer file is no key.
struct KeyText {
  std::array<std::uint8_t, 64> bytes{};
  std::size_t size = 0;

  KeyText() = default;
  KeyText(const KeyText&) = delete;
  KeyText& operator=(const KeyText&) = delete;
  ~KeyText() { wipe(bytes); }
};

Status check_private(int fd, const std::filesystem::path& file) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return fail(io_error("cannot read master key", file, errno));
  if ((info.st_mode & 077) != 0)
    return fail(ErrorCode::config,
                fmt::format("master key {} is open to its group or to others (mode {:04o}): chmod 600 it",
                            file.string(), info.st_mode & 07777));
  return {};
}

Status read_key_text(const std::filesystem::path& file, KeyText& text) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(io_error("cannot open master key", file, errno));
  auto status = check_private(fd, file);
  while (status && text.size < text.bytes.size()) {
    const auto got = ::read(fd, text.bytes.data() + text.size, text.bytes.size() - text.size);
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      status = fail(io_error("cannot read master key", file, errno));
    else
      text.size += static_cast<std::size_t>(got);
  }
  ::close(fd);
  return status;
}

bool take_key(ByteView bytes, SecretKey& key) {
  if (bytes.size() != key.bytes().size()) return false;
  std::copy(bytes.begin(), bytes.end(), key.bytes().begin());
  return true;
}

}  // namespace

void wipe(std::span<std::uint8_t> secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
}

SecretKey::~SecretKey() {
  wipe(bytes_);
}

Result<SecretKey> load_master_key(const std::filesystem::path& file) {
  KeyText text;
  if (auto read = read_key_text(file, text); !read) return fail(std::move(read.error()));
  SecretKey key;
  const ByteView raw(text.bytes.data(), text.size);
  if (take_key(raw, key)) return key;
  auto line = as_text(raw);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  auto decoded = from_base64(line);
  const bool ok = decoded && take_key(*decoded, key);
  if (decoded) wipe(*decoded);
  if (ok) return key;
  return fail(
      ErrorCode::config,
      fmt::format("master key {} must hold 32 bytes, raw or in base64 (openssl rand -base64 32)", file.string()));
}

SecretKey derive_key(ByteView key, std::string_view purpose) {
  const Digest no_salt{};
  const SecretKey extracted(hmac_sha256(no_salt, key));
  Bytes info(purpose.begin(), purpose.end());
  info.push_back(1);
  return SecretKey(hmac_sha256(extracted.bytes(), info));
}

}  // namespace ketenpoort::storage
