#include "gateway/ledger/published/static_site.hpp"

#include <gtest/gtest.h>

#include "gateway/ledger/tree/tree.hpp"
#include "tests/support/ledger_folder.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

class AStaticSite : public testing::Test {
 protected:
  static std::vector<std::string> entries(std::size_t count, char mark = 'n') {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(std::string("{\"") + mark + "\":" + std::to_string(i) + "}");
    return out;
  }

  void grow_to(std::size_t size) { ledger_.write(entries(size), {size}); }
  Result<SiteUpdate> update() const {
    return update_static_site(ledger_.path(), test::test_key().verifier(), site_.path());
  }

  // What a monitor sees: every entry, from the bundles, hashed into the root that is signed.
  [[nodiscard]] bool holds() const {
    const auto checkpoint = open_checkpoint(site_.get("checkpoint"), test::test_key().verifier());
    if (!checkpoint) return false;
    TileBuilder builder;
    for (std::uint64_t index = 0; index * tile_width < checkpoint->size; ++index) {
      const auto bundle =
          site_.get(entry_bundle_path(index, std::min(tile_width, checkpoint->size - index * tile_width)));
      std::string_view records = bundle;
      while (const auto entry = take_record(records)) builder.append(leaf_hash(as_bytes(*entry)));
      if (!records.empty()) return false;
    }
    for (const auto& tile : builder.take_new_tiles())
      if (site_.get(tile.path) != tile.hashes) return false;
    return builder.size() == checkpoint->size && builder.root() == checkpoint->root;
  }

  test::LedgerFolder ledger_;
  test::LedgerFolder site_;
};

TEST_F(AStaticSite, of_one_entry_has_three_files) {
  grow_to(1);
  ASSERT_TRUE(update());
  EXPECT_EQ(site_.files(), (std::vector<std::string>{"checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1"}));
  EXPECT_TRUE(holds());
}

TEST_F(AStaticSite, grows_with_the_log_and_writes_only_what_is_new) {
  std::uint64_t before = 0;
  for (const std::size_t size : {1U, 2U, 255U, 256U, 257U, 511U, 512U, 65'535U, 65'536U, 65'537U, 66'000U}) {
    grow_to(size);
    const auto updated = update();
    ASSERT_TRUE(updated) << updated.error().message;
    EXPECT_EQ(updated->size_before, before);
    EXPECT_EQ(updated->checkpoint.size, size);
    ASSERT_TRUE(holds()) << size;
    before = size;
    const auto again = update();
    ASSERT_TRUE(again);
    EXPECT_EQ(again->files_written, 0U);
  }
  grow_to(66'001);
  EXPECT_EQ(update()->files_written, 2U);  // a tile and a bundle
  EXPECT_FALSE(fs::exists(site_.path() / "tile/0/000.p"));
  EXPECT_FALSE(fs::exists(site_.path() / "tile/entries/255.p"));
}

TEST_F(AStaticSite, grown_at_once_or_in_steps_has_the_same_full_files) {
  grow_to(300);
  ASSERT_TRUE(update());
  grow_to(700);
  ASSERT_TRUE(update());
  const auto bundle = site_.get("tile/entries/001");
  for (const auto& file : site_.files()) site_.remove(file);
  ASSERT_TRUE(update());
  EXPECT_EQ(site_.get("tile/entries/001"), bundle);
  EXPECT_TRUE(holds());
}

TEST_F(AStaticSite, of_another_log_is_left_alone) {
  grow_to(300);
  ASSERT_TRUE(update());
  const auto files = site_.files();
  const auto signed_before = site_.get("checkpoint");
  ledger_.write(entries(400, 'm'), {400});
  EXPECT_EQ(update().error().code, ErrorCode::conflict);
  grow_to(200);
  EXPECT_EQ(update().error().code, ErrorCode::conflict);
  ledger_.write(entries(400), {400}, test::test_key(8));
  EXPECT_EQ(update_static_site(ledger_.path(), test::test_key(8).verifier(), site_.path()).error().code,
            ErrorCode::crypto);
  EXPECT_EQ(site_.files(), files);
  EXPECT_EQ(site_.get("checkpoint"), signed_before);
}

TEST_F(AStaticSite, is_not_signed_off_with_damage_in_it) {
  grow_to(300);
  auto records = ledger_.get("segments/00000000000000000000");
  records[records.size() - 2] ^= 1;
  ledger_.put("segments/00000000000000000000", records);
  EXPECT_EQ(update().error().code, ErrorCode::malformed);
  grow_to(300);
  auto tile = ledger_.get("tile/0/001.p/44");
  tile[40] ^= 1;
  ledger_.put("tile/0/001.p/44", tile);
  EXPECT_EQ(update().error().code, ErrorCode::malformed);
  EXPECT_FALSE(fs::exists(site_.path() / "checkpoint"));
}

}  // namespace
}  // namespace ketenpoort::ledger
