// A ledger folder of its own, written from given entries as the format says, without the gateway.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/base/files.hpp"
#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "gateway/ledger/tree/tiles.hpp"

namespace ketenpoort::ledger::test {

inline SigningKey test_key(std::uint8_t seed = 7) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(seed);
  return SigningKey::from_seed("example.org/log", bytes).value();
}

class LedgerFolder {
 public:
  LedgerFolder() : path_(std::filesystem::temp_directory_path() / ("ketenpoort-ledger-" + to_hex(random_bytes<8>()))) {
    std::filesystem::create_directories(path_);
  }
  ~LedgerFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  LedgerFolder(const LedgerFolder&) = delete;
  LedgerFolder& operator=(const LedgerFolder&) = delete;

  // Writes everything anew. A checkpoint was signed at each of the sizes, so their partial tiles stay; the last one is
  // the checkpoint, entries beyond it are not signed. `tiles_of`: other entries that the tiles and the signature are
  // made from.
  void write(const std::vector<std::string>& entries, std::vector<std::size_t> sizes,
             const SigningKey& key = test_key(), const std::vector<std::string>* tiles_of = nullptr) {
    for (const auto& old : std::filesystem::directory_iterator(path_)) std::filesystem::remove_all(old.path());
    std::string records;
    for (std::size_t seq = 0; seq < entries.size(); ++seq) {
      append_record(records, entries[seq]);
      if ((seq + 1) % segment_entries == 0 || seq + 1 == entries.size()) {
        put(segment_path(seq), records);
        records.clear();
      }
    }
    write_tiles(tiles_of != nullptr ? *tiles_of : entries, std::move(sizes), key);
  }

  void put(const std::string& name, std::string_view content) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << content;
  }
  [[nodiscard]] std::string get(const std::string& name) const { return read_file(path_ / name).value(); }
  void remove(const std::string& name) const { std::filesystem::remove_all(path_ / name); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> out;
    for (const auto& at : std::filesystem::recursive_directory_iterator(path_))
      if (at.is_regular_file()) out.push_back(at.path().lexically_relative(path_).string());
    std::ranges::sort(out);
    return out;
  }

 private:
  void write_tiles(const std::vector<std::string>& entries, std::vector<std::size_t> sizes, const SigningKey& key) {
    TileBuilder tiles;
    std::size_t next = 0;
    for (const auto size : sizes) {
      while (next < size) tiles.append(leaf_hash(as_bytes(entries[next++])));
      for (const auto& tile : tiles.take_new_tiles()) put(tile.path, tile.hashes);
      put("checkpoint", sign_checkpoint({key.verifier().name(), size, tiles.root()}, key).value());
    }
  }

  std::filesystem::path path_;
};

}  // namespace ketenpoort::ledger::test
