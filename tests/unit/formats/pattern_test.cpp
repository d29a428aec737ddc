#include "gateway/formats/pattern.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::formats {
namespace {

bool match(std::string_view pattern, std::string_view text, bool anchored = false) {
  const auto compiled = Pattern::compile(pattern, anchored);
  EXPECT_TRUE(compiled.has_value()) << pattern;
  return compiled.has_value() && compiled->matches(text);
}

TEST(Pattern, anchors_bind_and_their_absence_searches) {
  EXPECT_TRUE(match("^[A-Z]{3}$", "BEL"));
  EXPECT_FALSE(match("^[A-Z]{3}$", "BELG"));
  EXPECT_FALSE(match("^[A-Z]{3}$", "BEL\n"));
  EXPECT_TRUE(match("b+", "aabbcc"));
  EXPECT_FALSE(match("b+", "aacc"));
  EXPECT_FALSE(match("b+", "aabb", true));
  EXPECT_TRUE(match("ANDERE|[A-Z]{2,3}", "ANDERE", true));
  EXPECT_FALSE(match("ANDERE|[A-Z]{2,3}", "ANDER", true));
}

TEST(Pattern, incomplete_dates) {
  const auto* pattern = "^[0-9]{4}-(00-00|(0[1-9]|1[0-2])-(0[0-9]|[12][0-9]|3[01]))$";
  EXPECT_TRUE(match(pattern, "1990-00-00"));
  EXPECT_TRUE(match(pattern, "1990-12-00"));
  EXPECT_TRUE(match(pattern, "1990-12-31"));
  EXPECT_FALSE(match(pattern, "1990-00-10"));
  EXPECT_FALSE(match(pattern, "1990-13-10"));
}

TEST(Pattern, counts_are_of_characters) {
  EXPECT_TRUE(match("^.{3}$",
                    "\xC3\xA9\xF0\x9F\x98\x80"
                    "a"));
  EXPECT_FALSE(match("^.{3}$", "\xC3\xA9"));
  EXPECT_TRUE(match("^[^@ ]+@[^@ ]+\\.[^@ ]+$", "j\xC3\xA9@x.be"));
  EXPECT_FALSE(match("^[^@ ]+@[^@ ]+\\.[^@ ]+$", "a@b"));
}

TEST(Pattern, of_one_length_looks_at_every_byte) {
  const std::string text = "0af9-AZ\xC3\xA9z";
  const auto pattern = Pattern::compile("[0-9a-f]{4}-[A-Z]{2}[^x]z", true);
  ASSERT_TRUE(pattern.has_value());
  EXPECT_TRUE(pattern->matches(text));
  EXPECT_TRUE(pattern->matches("0af9-AZyz"));
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(pattern->matches(text.substr(0, size)));
  EXPECT_FALSE(pattern->matches(text + "z"));

  const auto plain = Pattern::compile("[0-9a-f]{4}-[A-Z]{2}z", true);
  ASSERT_TRUE(plain.has_value());
  for (std::size_t place = 0; place < 8; ++place)
    for (unsigned byte = 0; byte < 0x80; ++byte) {
      std::string changed = "0af9-AZz";
      changed[place] = static_cast<char>(byte);
      const bool is_hexadecimal = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
      const bool fits = place < 4    ? is_hexadecimal
                        : place == 4 ? byte == '-'
                        : place < 7  ? byte >= 'A' && byte <= 'Z'
                                     : byte == 'z';
      EXPECT_EQ(plain->matches(changed), fits) << place << " " << byte;
    }
}

TEST(Pattern, many_classes_of_bytes_are_told_apart) {
  std::string all;
  for (char c = '!'; c <= '~'; ++c)
    if (std::string_view("\\^$.|?*+()[]{}").find(c) == std::string_view::npos) all += c;
  for (const bool anchored : {true, false}) {
    const auto pattern = Pattern::compile(anchored ? all : "^" + all + "$", anchored);
    ASSERT_TRUE(pattern.has_value());
    EXPECT_TRUE(pattern->matches(all));
    for (std::size_t place = 0; place + 1 < all.size(); ++place) {
      auto changed = all;
      std::swap(changed[place], changed[place + 1]);
      EXPECT_FALSE(pattern->matches(changed)) << changed;
    }
  }
}

TEST(Pattern, escapes_and_classes) {
  EXPECT_TRUE(match("^\\+[1-9]\\d{5,14}$", "+32470123456"));
  EXPECT_TRUE(match("^[A-Za-z0-9/_.-]+$", "a-b.c"));
  EXPECT_TRUE(match("^(?:ab)*$", ""));
  EXPECT_TRUE(match("^a{2,}$", "aaaa"));
  EXPECT_FALSE(match("^a{2,}$", "a"));
  EXPECT_TRUE(match("", "anything"));
}

TEST(Pattern, exponential_patterns_are_linear) {
  EXPECT_FALSE(match("^(a+)+$", std::string(100'000, 'a') + "b"));
}

TEST(Pattern, brackets_hold_brackets_as_characters) {
  EXPECT_TRUE(match("^[[]$", "["));
  EXPECT_TRUE(match("^[[a:]+$", "[a:"));
  EXPECT_TRUE(match("^[[:.]+$", "[:."));
  EXPECT_TRUE(match("^[!-\\-]$", "-"));
}

TEST(Pattern, what_is_not_supported_is_refused) {
  for (const auto* bad :
       {"(",       ")",   "[a",  "a{2",   "a{3,2}", "*a",      "a**",        "a+?",           "(?=a)",
        "\\b",     "\\1", "a^b", "[z-a]", "^a|b$",  "a{2000}", "[\xC3\xA9]", "(a{900}){900}", "[[:alpha:]]",
        "[a-\\d]", "[a",  "a\\"})
    EXPECT_FALSE(Pattern::compile(bad).has_value()) << bad;
}

}  // namespace
}  // namespace ketenpoort::formats
