#include "gateway/api/http/accept.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace ketenpoort::api {
namespace {

constexpr std::array<std::string_view, 4> offered = {"application/json", "text/csv; charset=utf-8", "text/html",
                                                     "application/ld+json"};

std::string liked(std::string_view field, std::span<const std::string_view> all = offered) {
  const auto place = Accept(field).choose(all);
  return place ? std::string(all[*place]) : "none";
}

TEST(Accept, takes_anything_where_it_is_missing_or_empty) {
  EXPECT_EQ(Accept(Request{}).choose(offered), 0U);
  EXPECT_EQ(liked(""), "application/json");
  EXPECT_EQ(liked(" , ,"), "application/json");
}

TEST(Accept, knows_wildcards) {
  EXPECT_EQ(liked("*/*"), "application/json");
  EXPECT_EQ(liked("text/*"), "text/csv; charset=utf-8");
  EXPECT_EQ(liked("TEXT/HTML"), "text/html");
  EXPECT_EQ(liked("image/*"), "none");
}

TEST(Accept, weighs_by_the_most_specific_range) {
  EXPECT_EQ(liked("text/*;q=0.3, text/html;q=0.7, */*;q=0.5"), "text/html");
  EXPECT_EQ(liked("text/html;q=0.4, */*;q=0.5"), "application/json");
  EXPECT_EQ(liked("application/json;q=0, */*"), "text/csv; charset=utf-8");
  EXPECT_EQ(liked("text/*, text/csv;q=0"), "text/html");
  EXPECT_EQ(liked("text/html, text/csv"), "text/html") << "named first";
  EXPECT_EQ(liked("*/*, text/csv"), "text/csv; charset=utf-8") << "named more exactly";
}

TEST(Accept, rules_out_with_weight_nought) {
  EXPECT_EQ(liked("*/*;q=0"), "none");
  EXPECT_EQ(liked("text/html;q=0.000, application/pdf"), "none");
  EXPECT_EQ(liked("*/*;q=0, text/html;q=0.001"), "text/html");
  EXPECT_EQ(liked("image/png"), "none");
}

TEST(Accept, takes_json_of_some_kind_for_json) {
  constexpr std::array<std::string_view, 2> linked = {"application/ld+json", "text/html"};
  EXPECT_EQ(liked("application/json", linked), "application/ld+json");
  EXPECT_EQ(liked("application/json, text/html;q=0.9", linked), "application/ld+json");
  EXPECT_EQ(liked("application/json, application/ld+json;q=0, text/html;q=0.1", linked), "text/html");
  EXPECT_EQ(liked("application/ld+json"), "application/ld+json");
  EXPECT_EQ(liked("application/json"), "application/json");
}

TEST(Accept, does_not_stumble_over_parameters) {
  EXPECT_EQ(liked("application/json;charset=utf-8"), "application/json");
  EXPECT_EQ(liked("text/html;level=1;q=0.4, text/html;q=0.7, application/json;q=0.5"), "text/html");
  EXPECT_EQ(liked("text/html;a=\"x, image/png;q=0\";q=1"), "text/html");
  EXPECT_EQ(liked("text/csv ; header=present ; q=0.8 , application/json ; q=0.2"), "text/csv; charset=utf-8");
  EXPECT_EQ(liked("text/html;Q=0"), "none");
}

TEST(Accept, is_lenient_where_it_is_malformed) {
  for (const auto* field : {"json", "text/", "/html", "text/html;q=2", "text/html;q=.2", "*/html", "image/png, *; q=.2",
                            "application/*+json", "\"", "text/html;q=0.1234", "te xt/html"})
    EXPECT_EQ(liked(field), "application/json") << field;
  EXPECT_EQ(liked("text/html, *; q=.2"), "text/html") << "what can be read counts";
}

TEST(Accept, may_stand_in_several_fields) {
  Request request;
  request.headers = {{"accept", "image/png"}, {"host", "x"}, {"accept", "text/html"}};
  EXPECT_EQ(Accept(request).choose(offered), 2U);
}

TEST(Accept, names_what_there_is) {
  EXPECT_NE(not_acceptable_detail(offered).find("application/json, text/csv, text/html, application/ld+json"),
            std::string::npos);
}

// Whatever stands there: an answer, and always the same.
TEST(Accept, property_any_bytes_are_read_to_their_end) {
  std::mt19937 random(20261129);  // NOLINT: the same at every run
  constexpr std::string_view alphabet = "*/;,q=01. \"\\texhmljsonap+\x80\t";
  for (int i = 0; i < 20'000; ++i) {
    std::string field;
    for (auto left = random() % 40; left > 0; --left) field += alphabet[random() % alphabet.size()];
    const auto first = Accept(field).choose(offered);
    EXPECT_EQ(first, Accept(field).choose(offered)) << field;
    if (first) EXPECT_LT(*first, offered.size());
  }
}

}  // namespace
}  // namespace ketenpoort::api
