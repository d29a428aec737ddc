#include "gateway/cli/terminal.hpp"

#include <gmock/gmock.h>

namespace ketenpoort::cli {
namespace {

TEST(Text, is_cut_to_whole_characters) {
  EXPECT_EQ(cut("Begoña Núñez", 20), "Begoña Núñez");
  EXPECT_EQ(cut("Begoña Núñez", 6), "Begoñ…");
  EXPECT_EQ(cut("ñññ", 3), "ñññ");
  EXPECT_EQ(cut("ñññ", 2), "ñ…");
  EXPECT_EQ(cut("ñññ", 1), "…");
  EXPECT_EQ(cut("ñññ", 0), "");
}

TEST(Text, is_padded_by_characters_and_not_by_bytes) {
  EXPECT_EQ(pad("Çelik", 8), "Çelik   ");
  EXPECT_EQ(pad("Çelik", 3), "Çelik");
}

TEST(Terminal, breaks_a_paragraph_between_words_under_its_first_line) {
  const Terminal elsewhere;  // a pipe: 100 columns
  std::string words;
  for (int i = 0; i < 60; ++i) words += "wörd ";

  const auto text = elsewhere.paragraph("  12  ", words);

  EXPECT_THAT(text, testing::StartsWith("  12  wörd wörd"));
  EXPECT_THAT(text, testing::HasSubstr("\n      wörd"));
  EXPECT_THAT(text, testing::EndsWith("wörd\n"));
  for (std::size_t start = 0; start < text.size(); start = text.find('\n', start) + 1)
    EXPECT_LE(width_of(std::string_view(text).substr(start, text.find('\n', start) - start)), 100U);
}

TEST(Terminal, keeps_a_word_that_fits_nowhere) {
  const std::string word(150, 'x');
  EXPECT_EQ(Terminal().paragraph("> ", "a " + word), "> a\n  " + word + "\n");
}

TEST(Terminal, has_no_colours_unless_it_is_one) {
  EXPECT_EQ(Terminal().paint(Colour::red, "no"), "no");
}

}  // namespace
}  // namespace ketenpoort::cli
