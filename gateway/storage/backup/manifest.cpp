#include "gateway/storage/backup/manifest.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include "gateway/formats/json_text.hpp"

namespace ketenpoort::storage {
namespace {

constexpr std::int64_t manifest_version = 1;

std::optional<std::uint64_t> number_in(formats::JsonView view) {
  const auto value = view.as_int();
  if (!value || *value < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

Result<BackupFile> read_backup_file(formats::JsonView value) {
  const auto size = number_in(value.find("size"));
  const auto digest = from_hex(value.find("sha256").as_string().value_or(""));
  BackupFile file{text_of(value.find("path")), size.value_or(0), {}};
  if (file.path.empty() || !size || !digest || digest->size() != file.sha256.size())
    return fail(ErrorCode::malformed, "manifest.json: a file of it has no path, size or SHA-256");
  std::copy(digest->begin(), digest->end(), file.sha256.begin());
  return file;
}

}  // namespace

std::string format_manifest(const Manifest& manifest) {
  std::string json;
  formats::JsonWriter writer(json);
  writer.begin_object()
      .member("version", manifest_version)
      .member("software", manifest.software)
      .member("made", to_rfc3339(manifest.made))
      .member("origin", manifest.origin)
      .member("published", manifest.published)
      .member("entries", manifest.entries)
      .member("vaultBatch", manifest.vault_batch)
      .member("lastBatch", manifest.last_batch)
      .key("files")
      .begin_array();
  for (const auto& file : manifest.files)
    writer.begin_object()
        .member("path", file.path)
        .member("size", file.size)
        .member("sha256", to_hex(file.sha256))
        .end_object();
  writer.end_array().end_object();
  return json + "\n";
}

Result<Manifest> parse_manifest(std::string_view json) {
  const auto document = formats::parse_json(json, {.bytes = std::size_t{256} << 20, .depth = 8, .nodes = 1U << 24});
  if (!document) return fail(ErrorCode::malformed, "manifest.json: " + document.error().message);
  const auto root = document->root();
  if (root.find("version").as_int() != manifest_version)
    return fail(ErrorCode::malformed, "manifest.json: not a backup that this program knows");
  Manifest out{.software = text_of(root.find("software")), .origin = text_of(root.find("origin")), .files = {}};
  out.made = parse_rfc3339(text_of(root.find("made"))).value_or(Timestamp{});
  for (const auto& [name, into] :
       {std::pair("published", &out.published), std::pair("entries", &out.entries),
        std::pair("vaultBatch", &out.vault_batch), std::pair("lastBatch", &out.last_batch)}) {
    const auto value = number_in(root.find(name));
    if (!value) return fail(ErrorCode::malformed, std::string("manifest.json: it does not say ") + name);
    *into = *value;
  }
  for (const auto value : root.find("files").elements()) {
    auto file = read_backup_file(value);
    if (!file) return fail(std::move(file.error()));
    out.files.push_back(std::move(*file));
  }
  return out;
}

Result<BackupFile> measure_file(const std::filesystem::path& folder, const std::string& path) {
  std::ifstream in(folder / path, std::ios::binary);
  if (!in) return fail(ErrorCode::io, "cannot open " + (folder / path).string());
  BackupFile out{path, 0, {}};
  Sha256 hash;
  std::array<char, 1U << 16> buffer{};
  while (in.read(buffer.data(), buffer.size()), in.gcount() > 0) {
    const std::string_view piece(buffer.data(), static_cast<std::size_t>(in.gcount()));
    hash.add(as_bytes(piece));
    out.size += piece.size();
  }
  if (in.bad()) return fail(ErrorCode::io, "cannot read " + (folder / path).string());
  out.sha256 = hash.finish();
  return out;
}

}  // namespace ketenpoort::storage
