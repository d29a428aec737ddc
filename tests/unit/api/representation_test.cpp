#include "gateway/api/http/representation.hpp"

#include <gtest/gtest.h>

#include <array>

namespace ketenpoort::api {
namespace {

constexpr std::array forms = {as_json, as_csv, as_html};

std::string chosen(const Query& query, std::string_view accept) {
  const auto form = choose_representation(query, Accept(accept), forms);
  return form ? std::string(form->name) : "refused";
}

TEST(Representation, is_what_format_names_whatever_is_accepted) {
  EXPECT_EQ(chosen({{"format", "csv"}}, "text/html"), "csv");
  EXPECT_EQ(chosen({{"format", "csv"}}, "image/png"), "csv");
  EXPECT_EQ(chosen({{"format", "pdf"}}, "text/html"), "refused");
  EXPECT_EQ(chosen({{"format", ""}}, ""), "refused");
}

TEST(Representation, is_the_one_that_accept_likes_best) {
  EXPECT_EQ(chosen({}, ""), "json");
  EXPECT_EQ(chosen({}, "*/*"), "json");
  EXPECT_EQ(chosen({}, "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"), "html");
  EXPECT_EQ(chosen({}, "application/pdf, text/csv ;header=present"), "csv");
  EXPECT_EQ(chosen({}, "text/html;q=0, text/csv;q=0.5"), "csv");
  EXPECT_EQ(chosen({}, ",;,  ,"), "json");
}

}  // namespace
}  // namespace ketenpoort::api
