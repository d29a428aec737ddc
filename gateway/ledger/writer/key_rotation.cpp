#include "gateway/ledger/writer/key_rotation.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "gateway/base/files.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_key = 4096;

fs::path beside(fs::path file, std::string_view ending) {
  file += ending;
  return file;
}

bool stands(const fs::path& file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
}

Status move(const fs::path& from, const fs::path& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return fail(io_error("cannot put in its place", from, errno));
  return sync_folder(to.has_parent_path() ? to.parent_path() : ".");
}

Result<SigningKey> make(const fs::path& file, std::string_view origin) {
  auto key = SigningKey::generate(origin);
  if (!key) return key;
  if (auto written = replace_file(file, key->secret_text() + "\n", true); !written) return fail(written.error());
  return key;
}

}  // namespace

fs::path next_key_file(const fs::path& signing_key) {
  return beside(signing_key, ".next");
}

fs::path prepared_key_file(const fs::path& signing_key) {
  return beside(signing_key, ".prepared");
}

Result<SigningKey> load_signing_key(const fs::path& file, std::string_view origin) {
  const auto text = read_file(file, largest_key);
  if (!text) return fail(text.error());
  auto key = SigningKey::parse(*text);
  if (!key) return fail(ErrorCode::config, fmt::format("{}: {}", file.string(), key.error().message));
  if (key->verifier().name() != origin)
    return fail(ErrorCode::config,
                fmt::format("{} signs for another log than ledger.origin {} names", file.string(), origin));
  return key;
}

Result<std::vector<SigningKey>> load_signing_keys(const fs::path& signing_key, std::string_view origin) {
  std::vector<SigningKey> keys;
  for (const auto& file : {signing_key, next_key_file(signing_key)}) {
    if (file != signing_key && !stands(file)) continue;
    auto key = load_signing_key(file, origin);
    if (!key) return fail(key.error());
    keys.push_back(std::move(*key));
  }
  return keys;
}

Status finish_rotation(const fs::path& signing_key) {
  return move(next_key_file(signing_key), signing_key);
}

Result<SigningKey> order_rotation(const fs::path& signing_key, std::string_view origin) {
  const auto next = next_key_file(signing_key);
  const auto prepared = prepared_key_file(signing_key);
  if (stands(next)) return load_signing_key(next, origin);
  if (!stands(prepared)) return make(next, origin);
  auto key = load_signing_key(prepared, origin);
  if (!key) return key;
  if (auto done = move(prepared, next); !done) return fail(done.error());
  return key;
}

// An order that stands has its key already: that one is next, whatever else is made.
Result<SigningKey> prepare_rotation(const fs::path& signing_key, std::string_view origin) {
  if (const auto next = next_key_file(signing_key); stands(next)) return load_signing_key(next, origin);
  const auto prepared = prepared_key_file(signing_key);
  return stands(prepared) ? load_signing_key(prepared, origin) : make(prepared, origin);
}

}  // namespace ketenpoort::ledger
