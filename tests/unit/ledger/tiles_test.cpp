#include "gateway/ledger/tree/tiles.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/tree/leftover_tiles.hpp"
#include "gateway/ledger/tree/proof.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "tests/unit/ledger/vectors.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

Digest leaf(std::uint64_t i) {
  return leaf_hash(as_bytes(std::to_string(i)));
}

class TilesOnDisk : public testing::Test {
 protected:
  void SetUp() override { fs::remove_all(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::vector<Tile>& tiles) {
    for (const auto& tile : tiles) {
      fs::create_directories((folder_ / tile.path).parent_path());
      ASSERT_TRUE(replace_file(folder_ / tile.path, tile.hashes));
    }
  }
  [[nodiscard]] std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) count += entry.is_regular_file() ? 1 : 0;
    return count;
  }
  fs::path folder_ = fs::temp_directory_path() / ("ketenpoort-tiles-" + std::to_string(::getpid()));
};

TEST(TilePath, numbers_folders_as_c2sp_says) {
  EXPECT_EQ(tile_path(0, 0), "tile/0/000");
  EXPECT_EQ(tile_path(1, 1234067), "tile/1/x001/x234/067");
  EXPECT_EQ(tile_path(2, 1000, 17), "tile/2/x001/000.p/17");
  EXPECT_EQ(tile_path(0, 1000000), "tile/0/x001/x000/000");
}

TEST(TilePath, is_read_back) {
  for (const std::uint64_t index : {0U, 7U, 255U, 999U, 1000U, 999'999U, 1'000'000U, 1'234'067U})
    for (const std::uint64_t width : {1U, 17U, 255U, 256U}) {
      const auto tile = parse_tile_path(tile_path(3, index, width));
      ASSERT_TRUE(tile) << index << ' ' << width;
      EXPECT_EQ(tile->level, 3U);
      EXPECT_EQ(tile->index, index);
      EXPECT_EQ(tile->width, width);
      const auto bundle = parse_tile_path(entry_bundle_path(index, width));
      ASSERT_TRUE(bundle) << index << ' ' << width;
      EXPECT_FALSE(bundle->level);
      EXPECT_EQ(bundle->index, index);
      EXPECT_EQ(bundle->width, width);
    }
}

TEST(TilePath, has_one_spelling) {
  for (const auto* path : {"",
                           "tile",
                           "tile/",
                           "tile/0",
                           "tile/0/",
                           "tile/0/0",
                           "tile/0/00",
                           "tile/0/0000",
                           "tile/0/x000",
                           "tile/0/x000/000",
                           "tile/0/x001",
                           "tile/0/001/002",
                           "tile/0/x001/x002",
                           "tile/0/x01/002",
                           "tile/0/x001//002",
                           "/tile/0/000",
                           "tile/0/000/",
                           "tile//000",
                           "tile/00/000",
                           "tile/01/000",
                           "tile/64/000",
                           "tile/-1/000",
                           "tile/x/000",
                           "tile/0/000.p",
                           "tile/0/000.p/",
                           "tile/0/000.p/0",
                           "tile/0/000.p/256",
                           "tile/0/000.p/01",
                           "tile/0/000.p/1/",
                           "tile/0/000.p/1.p/1",
                           "tile/0/.p/1",
                           "tile/0/../000",
                           "tile/0/x001/../000",
                           "tile/0/%30%30%30",
                           "tile/0/00a",
                           "tile/0/ 00",
                           "tile/0/+00",
                           "tile/Entries/000",
                           "tile/entries",
                           "tile/entries/0",
                           "tile/entry/000",
                           "tile/0/x999/x999/x999/x999/x999/x999/999",
                           "tile/0/99999999999999999999"})
    EXPECT_FALSE(parse_tile_path(path)) << path;
  EXPECT_FALSE(parse_tile_path(std::string_view("tile/0/000\0", 11)));
}

TEST(TileBuilder, gives_the_tiles_of_a_tree_of_70000) {
  TileBuilder builder;
  for (std::uint64_t i = 0; i < 70'000; ++i) builder.append(leaf(i));
  std::map<std::string, std::size_t> tiles;
  for (const auto& tile : builder.take_new_tiles()) tiles[tile.path] = tile.hashes.size() / 32;
  EXPECT_EQ(tiles.size(), 273U + 1 + 1 + 1 + 1);
  EXPECT_EQ(tiles.at("tile/0/272"), 256U);
  EXPECT_EQ(tiles.at("tile/0/273.p/112"), 112U);
  EXPECT_EQ(tiles.at("tile/1/000"), 256U);
  EXPECT_EQ(tiles.at("tile/1/001.p/17"), 17U);
  EXPECT_EQ(tiles.at("tile/2/000.p/1"), 1U);
}

TEST(TileBuilder, has_the_root_of_the_tree_and_gives_each_tile_once) {
  TileBuilder builder;
  TreeEdge edge;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    builder.append(leaf(i));
    edge.append(leaf(i));
    ASSERT_EQ(builder.root(), edge.root()) << i;
  }
  EXPECT_EQ(builder.size(), 1000U);
  EXPECT_EQ(builder.take_new_tiles().size(), 5U);
  EXPECT_TRUE(builder.take_new_tiles().empty());
  builder.append(leaf(1000));
  ASSERT_EQ(builder.take_new_tiles().size(), 1U);
}

TEST_F(TilesOnDisk, prove_every_entry) {
  TileBuilder builder;
  for (std::uint64_t i = 0; i < 600; ++i) builder.append(leaf(i));
  write(builder.take_new_tiles());
  const TileReader reader(folder_, 600);
  const auto hashes = [&](unsigned level, std::uint64_t index) { return reader.subtree_hash(level, index); };
  for (std::uint64_t i = 0; i < 600; i += 7) {
    const auto proof = prove_inclusion(i, 600, hashes);
    ASSERT_TRUE(proof) << proof.error().message;
    EXPECT_TRUE(verify_inclusion(leaf(i), i, 600, *proof, builder.root()));
  }
  EXPECT_EQ(reader.subtree_hash(0, 600).error().code, ErrorCode::invalid_input);
}

TEST_F(TilesOnDisk, that_were_changed_do_not_lead_to_the_root) {
  TileBuilder builder;
  constexpr std::uint64_t size = 70'000;
  for (std::uint64_t i = 0; i < size; ++i) builder.append(leaf(i));
  write(builder.take_new_tiles());
  const TileReader reader(folder_, size);
  constexpr std::array<std::pair<unsigned, std::uint64_t>, 5> places{{{0, 0}, {0, 273}, {1, 0}, {1, 1}, {2, 0}}};
  for (const auto& [level, index] : places) {
    ASSERT_TRUE(reader.read_checked_tile(level, index, builder.root())) << level << " " << index;
    const auto width = std::min<std::uint64_t>(tile_width, hashes_at(level, size) - index * tile_width);
    const auto file = folder_ / tile_path(level, index, width);
    const auto whole = *read_file(file);
    auto changed = whole;
    changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
    ASSERT_TRUE(replace_file(file, changed));
    const auto read = reader.read_checked_tile(level, index, builder.root());
    ASSERT_FALSE(read) << level << " " << index;
    EXPECT_EQ(read.error().code, ErrorCode::malformed);
    ASSERT_TRUE(replace_file(file, whole));
  }
}

TEST_F(TilesOnDisk, of_a_smaller_tree_are_read_from_the_full_ones) {
  TileBuilder builder;
  TreeEdge small;
  for (std::uint64_t i = 0; i < 256; ++i) {
    builder.append(leaf(i));
    if (i < 100) small.append(leaf(i));
  }
  write(builder.take_new_tiles());
  const TileReader reader(folder_, 100);
  const auto proof =
      prove_inclusion(3, 100, [&](unsigned level, std::uint64_t index) { return reader.subtree_hash(level, index); });
  ASSERT_TRUE(proof);
  EXPECT_TRUE(verify_inclusion(leaf(3), 3, 100, *proof, small.root()));
}

TEST_F(TilesOnDisk, beyond_the_signed_size_are_removed) {
  TileBuilder builder;
  const auto grow_to = [&](std::uint64_t size) {
    while (builder.size() < size) builder.append(leaf(builder.size()));
    write(builder.take_new_tiles());
  };
  grow_to(200);  // 0/000.p/200
  grow_to(300);  // 0/000, 0/001.p/44, 1/000.p/1
  const auto signed_files = files();
  grow_to(310);   // 0/001.p/54
  grow_to(1000);  // 0/001, 0/002, 0/003.p/232, 1/000.p/3
  EXPECT_GT(files(), signed_files);
  ASSERT_TRUE(remove_tiles_beyond(*real_file_system(), folder_, 300));
  EXPECT_EQ(files(), signed_files);
  EXPECT_TRUE(fs::exists(folder_ / "tile/0/000.p/200"));
  EXPECT_TRUE(fs::exists(folder_ / "tile/0/001.p/44"));
  ASSERT_TRUE(remove_tiles_beyond(*real_file_system(), folder_, 0));
  EXPECT_EQ(files(), 0U);
}

TEST(Tiles, agree_with_the_published_log) {
  const auto folder = vectors_folder();
  if (!folder) GTEST_SKIP() << "KETENPOORT_VECTORS names no folder";
  const auto document = read_json_vector(*folder / "notes/tessera_testlog.json");
  const auto key = *VerifierKey::parse(text_in(document.root(), "vkey"));
  std::vector<Checkpoint> checkpoints;
  for (const auto v : document.root().find("checkpoints").elements()) {
    checkpoints.push_back(*open_checkpoint(text_in(v, "checkpoint"), key));
    EXPECT_EQ(checkpoints.back().size, number_in(v, "size"));
  }
  TileBuilder builder;
  for (const auto text : document.root().find("leaves_utf8").elements()) {
    builder.append(leaf_hash(as_bytes(*text.as_string())));
    for (const auto& checkpoint : checkpoints)
      if (checkpoint.size == builder.size()) EXPECT_EQ(builder.root(), checkpoint.root) << checkpoint.size;
  }
  const auto tiles = builder.take_new_tiles();
  ASSERT_EQ(tiles.size(), 1U);
  EXPECT_EQ(tiles[0].path, "tile/0/000.p/15");
  EXPECT_EQ(to_hex(as_bytes(tiles[0].hashes)), text_in(document.root(), "level0_tile_p15_hex"));
}

// The files that another implementation wrote, at each of 16 sizes.
TEST(Tiles, are_read_as_the_published_log_has_them) {
  const auto vectors = vectors_folder();
  if (!vectors) GTEST_SKIP() << "KETENPOORT_VECTORS names no folder";
  const auto facts = read_json_vector(*vectors / "notes/tessera_testlog.json");
  const auto key = *VerifierKey::parse(text_in(facts.root(), "vkey"));
  const auto log = *vectors / "tessera-testlog/testdata/log";
  EXPECT_EQ(*read_file(log / "checkpoint"), *read_file(log / "checkpoint.15"));
  EXPECT_EQ(open_checkpoint(*read_file(log / "checkpoint.0"), key)->root, empty_root());
  TreeEdge edge;
  std::vector<Digest> roots{edge.root()};
  for (std::uint64_t size = 1; size <= 15; ++size) {
    const auto checkpoint = open_checkpoint(*read_file(log / ("checkpoint." + std::to_string(size))), key);
    ASSERT_TRUE(checkpoint) << size;
    ASSERT_EQ(checkpoint->size, size);
    const auto bundle = *read_file(log / entry_bundle_path(0, size));
    std::string_view records = bundle;
    const TileReader tiles(log, size);
    const SubtreeHash hash = [&](unsigned level, std::uint64_t index) { return tiles.subtree_hash(level, index); };
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto entry = take_record(records);
      ASSERT_TRUE(entry) << size;
      const auto leaf_of_entry = leaf_hash(as_bytes(*entry));
      EXPECT_EQ(leaf_of_entry, tiles.subtree_hash(0, index)) << size;
      if (index == size - 1) edge.append(leaf_of_entry);
      const auto path = prove_inclusion(index, size, hash);
      ASSERT_TRUE(path) << path.error().message;
      EXPECT_TRUE(verify_inclusion(leaf_of_entry, index, size, *path, checkpoint->root)) << size;
    }
    EXPECT_TRUE(records.empty());
    EXPECT_EQ(edge.root(), checkpoint->root) << size;
    for (std::uint64_t before = 1; before <= size; ++before) {
      const auto growth = prove_consistency(before, size, hash);
      ASSERT_TRUE(growth) << growth.error().message;
      if (before < size) EXPECT_TRUE(verify_consistency(before, size, roots[before], checkpoint->root, *growth));
    }
    roots.push_back(checkpoint->root);
  }
}

TEST(TilePath, agrees_with_the_published_vectors) {
  const auto folder = vectors_folder();
  if (!folder) GTEST_SKIP() << "KETENPOORT_VECTORS names no folder";
  const auto document = read_json_vector(*folder / "notes/tile_paths.json");
  for (const auto [index, path] : document.root().find("index_paths").members())
    EXPECT_EQ(tile_path(0, std::stoull(std::string(index))), "tile/0/" + std::string(*path.as_string()));
  const auto stated = document.root().find("tiles_for_size_70000");
  EXPECT_EQ(hashes_at(0, 70'000) / tile_width, number_in(stated, "level0_full"));
  EXPECT_EQ(hashes_at(0, 70'000) % tile_width, number_in(stated, "level0_partial"));
  EXPECT_EQ(hashes_at(1, 70'000) / tile_width, number_in(stated, "level1_full"));
  EXPECT_EQ(hashes_at(1, 70'000) % tile_width, number_in(stated, "level1_partial"));
  EXPECT_EQ(hashes_at(2, 70'000), number_in(stated, "level2_partial"));
}

}  // namespace
}  // namespace ketenpoort::ledger
