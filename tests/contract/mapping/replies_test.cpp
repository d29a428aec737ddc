// MAGDA returns a partner's file in an envelope. A mapping reads the file alone and another reads it within the
// envelope: they must not drift apart.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "gateway/base/files.hpp"

namespace ketenpoort::mapping {
namespace {

struct Pair {
  std::string file, reply;  // mappings
  std::string element;      // of the file, within the envelope
};

class Replies : public testing::TestWithParam<Pair> {
 protected:
  static std::string text(const std::string& path) { return read_file(path).value(); }

  // What a mapping does with each element; not its name, source and version.
  static std::string lines_of(const std::string& mapping) {
    auto yaml = text("mappings/" + mapping + ".yaml");
    const auto begin = yaml.find("\nfields:");
    return yaml.substr(begin, yaml.find("\nignore:") - begin);
  }

  static std::string without(std::string all, const std::string& what) {
    for (auto at = all.find(what); at != std::string::npos; at = all.find(what)) all.erase(at, what.size());
    return all;
  }

  // What stands in the file's element: its first tag has a prefix or none, and the envelope's name ends otherwise.
  [[nodiscard]] std::string content(const std::string& document) const {
    const auto& element = GetParam().element;
    auto tag = document.find(element);
    while (document[tag - 1] != '<' && document[tag - 1] != ':') tag = document.find(element, tag + 1);
    const auto begin = document.find('>', tag) + 1;
    if (document[begin - 2] == '/') return {};
    return document.substr(begin, document.rfind("</", document.rfind(element + '>')) - begin);
  }
};

TEST_P(Replies, are_read_like_the_file_alone) {
  const auto base = fmt::format("Repliek/Antwoorden/Antwoord/Inhoud/{}/", GetParam().element);
  const auto lines = lines_of(GetParam().reply);
  ASSERT_NE(lines.find(base), std::string::npos);
  EXPECT_EQ(without(lines, base), lines_of(GetParam().file));
}

TEST_P(Replies, have_every_example_of_the_file) {
  int examples = 0;
  for (const auto& entry : std::filesystem::directory_iterator("mappings/examples/" + GetParam().file)) {
    const auto name = entry.path().filename().string();
    const auto twin = "mappings/examples/" + GetParam().reply + "/" + name;
    if (name.ends_with(".out.json")) {
      EXPECT_EQ(text(twin), text(entry.path().string())) << name;
    } else if (name.ends_with(".in.xml")) {
      EXPECT_EQ(content(text(twin)), content(text(entry.path().string()))) << name;
      ++examples;
    }
  }
  EXPECT_GE(examples, 5);
}

INSTANTIATE_TEST_SUITE_P(All, Replies,
                         testing::Values(Pair{"vdab-dossier-to-outcome", "vdab-reply-to-outcome", "DossierVDAB"},
                                         Pair{"kbi-dossier-to-outcome", "kbi-reply-to-outcome", "KBIDossier"}),
                         [](const auto& info) { return info.param.element; });

}  // namespace
}  // namespace ketenpoort::mapping
