#include "gateway/formats/html.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::formats {
namespace {

TEST(EscapeHtml, leaves_nothing_that_begins_a_tag_an_entity_or_ends_a_value) {
  EXPECT_EQ(escape_html(R"(<b a="1" c='2'>&amp;</b>)"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;&lt;/b&gt;");
}

TEST(EscapeHtml, makes_controls_blanks_and_leaves_the_rest) {
  EXPECT_EQ(escape_html(std::string_view("a\0b\x1b[c\td\ne", 10)), "a b [c\td\ne");
  EXPECT_EQ(escape_html("Zoë نور 😀"), "Zoë نور 😀");
  EXPECT_EQ(escape_html(""), "");
}

}  // namespace
}  // namespace ketenpoort::formats
