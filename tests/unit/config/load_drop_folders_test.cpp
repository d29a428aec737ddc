#include <gmock/gmock.h>

#include <chrono>
#include <string>

#include "gateway/base/files.hpp"
#include "tests/unit/config/load_fixture.hpp"

namespace ketenpoort::config {
namespace {

namespace fs = std::filesystem;

using ketenpoort::test::replace_in_file;
using ketenpoort::test::write_file;
using test::Load;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::string_view drop_folder =
    "dropFolders:\n  - name: registry\n    folder: drop\n    client: fedasil\n    files:\n"
    "      - { pattern: \"*.csv\", format: csv, mapping: legacy-csv-to-resident, encoding: windows-1252 }\n"
    "      - { pattern: \"*.json\", format: json }\n    settle: 0s\n    keep: 2d\n";

TEST_F(Load, drop_folders_are_read) {
  replace_in_file(gateway(), "policyOwners:", std::string(drop_folder) + "policyOwners:");
  const auto loaded = load(gateway());
  ASSERT_TRUE(loaded) << loaded.error().issues.front().detail;
  ASSERT_THAT(loaded->settings.drop_folders, SizeIs(1));
  const auto& read = loaded->settings.drop_folders.front();
  EXPECT_EQ(read.folder, folder() / "config/drop");
  EXPECT_EQ(read.client, "fedasil");
  ASSERT_THAT(read.files, SizeIs(2));
  EXPECT_EQ(read.files[0].mapping, "legacy-csv-to-resident");
  EXPECT_EQ(read.files[0].encoding, "windows-1252");
  EXPECT_EQ(read.files[1].encoding, "") << "as the layout says";
  EXPECT_EQ(read.settle, std::chrono::milliseconds{0});
  EXPECT_EQ(read.poll, std::chrono::seconds{5});
  EXPECT_EQ(read.keep, std::chrono::days{2});
  EXPECT_EQ(read.keep_failed, std::chrono::days{30});
}

TEST_F(Load, a_group_may_read_the_results_of_a_drop_folder) {
  const std::string before = read_file(gateway()).value();
  const auto group_of = [&](std::string_view line) {
    write_file(gateway(), before);
    replace_in_file(gateway(), "policyOwners:", std::string(drop_folder) + std::string(line) + "policyOwners:");
    const auto loaded = load(gateway());
    EXPECT_TRUE(loaded) << loaded.error().issues.front().detail;
    return loaded ? loaded->settings.drop_folders.front().result_group : std::nullopt;
  };
  EXPECT_EQ(group_of(""), std::nullopt);
  EXPECT_EQ(group_of("    resultGroup: root\n"), 0U);
  EXPECT_EQ(group_of("    resultGroup: 4711\n"), 4711U) << "where the system has no name for it";
}

TEST_F(Load, says_what_is_wrong_with_a_drop_folder) {
  const std::string before = read_file(gateway()).value();
  const auto detail_after = [&](std::string_view what, std::string_view with) {
    std::string text(drop_folder);
    text.replace(text.find(what), what.size(), with);
    write_file(gateway(), before);
    replace_in_file(gateway(), "policyOwners:", text + "policyOwners:");
    const auto found = problems();
    return found.empty() ? std::string() : found.front().detail;
  };
  EXPECT_THAT(detail_after("name: registry", "name: Registry"), HasSubstr("small letter"));
  EXPECT_THAT(detail_after("client: fedasil", "client: nobody"), HasSubstr("clients.yaml has not"));
  EXPECT_THAT(detail_after("client: fedasil", "client: vdab"), HasSubstr("no scope records"));
  EXPECT_THAT(detail_after("format: csv", "format: pdf"), HasSubstr("format"));
  EXPECT_THAT(detail_after("*.csv", "in/*.csv"), HasSubstr("no folders"));
  EXPECT_THAT(detail_after("mapping: legacy-csv-to-resident", "mapping: none"), HasSubstr("no mapping `none`"));
  EXPECT_THAT(detail_after("format: json", "format: json, mapping: x"), HasSubstr("need no mapping"));
  EXPECT_THAT(detail_after("format: json", "format: json, encoding: utf-8"), HasSubstr("JSON comes in UTF-8 only"));
  EXPECT_THAT(detail_after("encoding: windows-1252", "encoding: utf-16"), HasSubstr("iso-8859-15 or cp850"));
  EXPECT_THAT(detail_after("format: csv, mapping: legacy-csv-to-resident, encoding: windows-1252",
                           "format: xml, encoding: cp850"),
              HasSubstr("or utf-16"));
  EXPECT_THAT(detail_after("settle: 0s", "settle: 25h"), HasSubstr("at most 24h"));
  EXPECT_THAT(detail_after("settle: 0s", "poll: 1ms"), HasSubstr("100ms"));
  EXPECT_THAT(detail_after("keep: 2d", "keepFailed: 1h"), HasSubstr("at least 1d"));
  EXPECT_THAT(detail_after("keep: 2d", "extra: 1"), HasSubstr("extra"));
  EXPECT_THAT(detail_after("keep: 2d", "resultGroup: no-such-group-here"),
              HasSubstr("this machine has no group no-such-group-here"));
  EXPECT_THAT(detail_after("keep: 2d", "resultGroup: [a]"), HasSubstr("resultGroup"));
  EXPECT_THAT(detail_after("keep: 2d", "resultGroup: \"4294967295\""), HasSubstr("has no group"));
}

TEST_F(Load, drop_folders_lie_apart) {
  const std::string before = read_file(gateway()).value();
  const fs::path drop = folder() / "config/drop";
  fs::create_directory(drop);
  fs::create_directory_symlink(drop, folder() / "config/link");
  const auto with_second = [&](const std::string& second) {
    write_file(gateway(), before);
    replace_in_file(gateway(), "policyOwners:",
                    std::string(drop_folder) + "  - name: second\n    folder: " + second +
                        "\n    client: fedasil\n    files: [ { pattern: \"*\", format: json } ]\npolicyOwners:");
  };
  const auto details = [&] {
    std::vector<std::string> out;
    for (const auto& one : problems()) out.push_back(one.detail);
    return out;
  };
  for (const std::string same : {"drop", "drop/", "./drop//", "drop/.", "other/../drop", "link", "link/"}) {
    with_second(same);
    EXPECT_THAT(details(), ElementsAre(HasSubstr("`second` watches a folder that `registry` watches too"))) << same;
  }
  for (const std::string nested : {"drop/done", "drop/done/", "drop/not/there", "link/done", "."}) {
    with_second(nested);
    EXPECT_THAT(details(), Contains(HasSubstr("`second` and `registry` lie one within the other"))) << nested;
  }
  for (const std::string apart : {"dropped", "drop2/", "drop.old/done"}) {
    with_second(apart);
    EXPECT_TRUE(load(gateway())) << apart;
  }
  with_second((load(gateway())->settings.state / "drop").string());
  EXPECT_THAT(details(), ElementsAre(HasSubstr("the folder of `second` and `state`")));
}

}  // namespace
}  // namespace ketenpoort::config
