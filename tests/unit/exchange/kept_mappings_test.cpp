#include "gateway/exchange/facilities/kept_mappings.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/exchange/small_mappings.hpp"

namespace ketenpoort::exchange {
namespace {

class Kept : public testing::Test {
 protected:
  [[nodiscard]] mapping::Library load() const {
    auto library = mapping::Library::load(files_.folder());
    if (!library) throw std::runtime_error(library.error().message);
    return std::move(*library);
  }
  SmallMappings files_;
  test::ScratchFolder scratch_;
  KeptMappings kept_{scratch_.path() / "mappings"};
};

TEST_F(Kept, gives_back_what_was_kept_when_the_folder_is_gone) {
  const auto library = load();
  const auto& mapping = *library.mappings().front();
  ASSERT_TRUE(kept_.keep(mapping));
  ASSERT_TRUE(kept_.keep(mapping)) << "again";
  std::filesystem::remove_all(files_.folder());
  const auto found = kept_.find("m", "1.0.0", mapping.hash());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ((*found)->hash(), mapping.hash());
}

TEST_F(Kept, has_no_other_version_and_nothing_that_was_changed) {
  const auto library = load();
  const auto& mapping = *library.mappings().front();
  EXPECT_EQ(kept_.find("m", "1.0.0", mapping.hash()).error().code, ErrorCode::not_found);
  ASSERT_TRUE(kept_.keep(mapping));
  EXPECT_FALSE(kept_.find("m", "1.0.1", mapping.hash()));
  EXPECT_FALSE(kept_.find("m", "1.0.0", Digest{}));
  const auto list = scratch_.path() / "mappings" / to_hex(mapping.hash()) / "codelists/sex.csv";
  ASSERT_TRUE(std::filesystem::exists(list));
  std::ofstream(list) << "source,target,label,from,to\n1,X,Man,,\n2,V,Woman,,\n";
  EXPECT_FALSE(kept_.find("m", "1.0.0", mapping.hash()));
}

TEST_F(Kept, puts_anew_what_was_changed_lost_or_added_to) {
  const auto library = load();
  const auto& mapping = *library.mappings().front();
  const auto folder = scratch_.path() / "mappings" / to_hex(mapping.hash());
  const std::vector<std::function<void()>> damages = {
      [&] { std::ofstream(folder / "codelists/sex.csv") << "source,target,label,from,to\n1,X,Man,,\n"; },
      [&] { std::ofstream(folder / "codelists/sex.csv"); },  // as a crash may leave it
      [&] { std::filesystem::remove(folder / "m.yaml"); },
      [&] { std::ofstream(folder / "another.yaml") << "mapping: another\n"; },
      [&] { std::filesystem::remove_all(folder); },
  };
  ASSERT_TRUE(kept_.keep(mapping));
  for (std::size_t i = 0; i < damages.size(); ++i) {
    damages[i]();
    EXPECT_FALSE(kept_.find("m", "1.0.0", mapping.hash())) << i;
    ASSERT_TRUE(kept_.keep(mapping)) << i;
    EXPECT_TRUE(kept_.find("m", "1.0.0", mapping.hash())) << i;
  }
}

TEST_F(Kept, leaves_alone_what_is_whole) {
  const auto library = load();
  const auto& mapping = *library.mappings().front();
  ASSERT_TRUE(kept_.keep(mapping));
  const auto file = scratch_.path() / "mappings" / to_hex(mapping.hash()) / "m.yaml";
  const auto long_ago = std::filesystem::last_write_time(file) - std::chrono::hours{1};
  std::filesystem::last_write_time(file, long_ago);
  ASSERT_TRUE(kept_.keep(mapping));
  EXPECT_EQ(std::filesystem::last_write_time(file), long_ago);
}

TEST_F(Kept, does_not_take_an_interrupted_one_for_whole) {
  const auto library = load();
  const auto& mapping = *library.mappings().front();
  const auto unfinished = scratch_.path() / "mappings" / (to_hex(mapping.hash()) + ".unfinished");
  std::filesystem::create_directories(unfinished);
  EXPECT_FALSE(kept_.find("m", "1.0.0", mapping.hash()));
  ASSERT_TRUE(kept_.keep(mapping));
  EXPECT_FALSE(std::filesystem::exists(unfinished));
  EXPECT_TRUE(kept_.find("m", "1.0.0", mapping.hash()));
}

TEST_F(Kept, has_another_hash_when_the_companion_of_a_code_list_changes) {
  const auto before = load().mappings().front()->hash();
  files_.write("codelists/sex.meta.yaml", "title: Sex\nversion: 1.0.1\nlicence: EUPL-1.2\n");
  EXPECT_NE(load().mappings().front()->hash(), before);
}

}  // namespace
}  // namespace ketenpoort::exchange
