// Published test vectors, when KETENPOORT_VECTORS names the folder that holds them.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "gateway/base/bytes.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/files.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::ledger {

inline std::optional<std::filesystem::path> vectors_folder() {
  const char* folder = std::getenv("KETENPOORT_VECTORS");
  return folder == nullptr ? std::nullopt : std::optional<std::filesystem::path>(folder);
}

inline formats::JsonDocument read_json_vector(const std::filesystem::path& file) {
  auto document = formats::parse_json(*read_file(file), {.bytes = 16U << 20});
  if (!document) throw std::runtime_error(file.string() + ": " + document.error().message);
  return std::move(*document);
}

inline Digest digest_from_hex(std::string_view hex) {
  const auto bytes = from_hex(hex).value();
  Digest out{};
  std::copy_n(bytes.begin(), out.size(), out.begin());
  return out;
}

inline std::uint64_t number_in(const formats::JsonView& view, std::string_view key) {
  return std::stoull(std::string(view.find(key).as_number().value()));
}
inline std::string text_in(const formats::JsonView& view, std::string_view key) {
  return std::string(view.find(key).as_string().value());
}

}  // namespace ketenpoort::ledger
