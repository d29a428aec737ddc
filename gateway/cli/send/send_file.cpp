#include "gateway/cli/send/send_file.hpp"

#include <openssl/evp.h>

#include <cerrno>
#include <stdexcept>
#include <vector>

#include "gateway/base/files.hpp"
#include "gateway/base/owned.hpp"

namespace ketenpoort::cli {
namespace {

constexpr std::string_view blank = " \t\r";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// SHA-256 of what comes in pieces.
class RunningDigest {
 public:
  RunningDigest() { check(EVP_DigestInit_ex2(context_.get(), EVP_sha256(), nullptr)); }
  void add(std::string_view piece) { check(EVP_DigestUpdate(context_.get(), piece.data(), piece.size())); }
  Digest finish() {
    Digest out;
    check(EVP_DigestFinal_ex(context_.get(), out.data(), nullptr));
    return out;
  }

 private:
  static void check(int ok) {
    if (ok != 1) throw std::runtime_error("OpenSSL failed: SHA-256");
  }
  Owned<EVP_MD_CTX, EVP_MD_CTX_free> context_{EVP_MD_CTX_new()};
};

// Counts lines with something on them, whatever the pieces they come in.
class RowCounter {
 public:
  void add(std::string_view piece) {
    for (const char c : piece) {
      if (c == '\n') {
        rows_ += in_row_ ? 1 : 0;
        in_row_ = false;
      } else if (blank.find(c) == std::string_view::npos) {
        in_row_ = true;
      }
    }
  }
  [[nodiscard]] std::size_t rows() const { return rows_ + (in_row_ ? 1 : 0); }

 private:
  std::size_t rows_ = 0;
  bool in_row_ = false;
};

Result<std::ifstream> open_stream(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) return fail(io_error("cannot read", file, EISDIR));
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail(io_error("cannot open", file, errno));
  return stream;
}

}  // namespace

Result<FileFacts> look_at_file(const std::filesystem::path& file) {
  auto stream = open_stream(file);
  if (!stream) return fail(std::move(stream.error()));
  RunningDigest digest;
  RowCounter counter;
  std::vector<char> buffer(std::size_t{1} << 18);
  for (bool is_first = true; *stream; is_first = false) {
    stream->read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    std::string_view piece(buffer.data(), static_cast<std::size_t>(stream->gcount()));
    digest.add(piece);
    if (is_first && piece.starts_with(byte_order_mark)) piece.remove_prefix(byte_order_mark.size());
    counter.add(piece);
  }
  if (stream->bad()) return fail(io_error("cannot read", file, errno));
  return FileFacts{.sha256 = digest.finish(), .rows = counter.rows()};
}

Result<RowReader> RowReader::open(const std::filesystem::path& file) {
  auto stream = open_stream(file);
  if (!stream) return fail(std::move(stream.error()));
  return RowReader(file, std::move(*stream));
}

Result<std::optional<std::pair<std::size_t, std::string>>> RowReader::next() {
  std::string text;
  while (std::getline(stream_, text)) {
    ++line_;
    if (line_ == 1 && text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
    if (text.ends_with('\r')) text.pop_back();
    if (text.find_first_not_of(blank) != std::string::npos) return std::pair(line_, std::move(text));
  }
  if (stream_.bad()) return fail(io_error("cannot read", file_, errno));
  return std::nullopt;
}

}  // namespace ketenpoort::cli
