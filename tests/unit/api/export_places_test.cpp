#include "gateway/api/routes/export_places.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace ketenpoort::api {
namespace {

using Refusal = ExportPlaces::Refusal;

TEST(ExportPlaces, one_client_has_one_at_a_time) {
  const auto places = std::make_shared<ExportPlaces>();
  auto first = places->take("auditor");
  ASSERT_TRUE(first.place);
  EXPECT_EQ(places->take("auditor").refusal, Refusal::client_has_one);
  EXPECT_TRUE(places->take("supervisor").place) << "another is not kept out, and gives it back at once";
  const auto also = first.place;  // the reply holds it as well
  first.place.reset();
  EXPECT_FALSE(places->take("auditor").place) << "it is still under way";
}

TEST(ExportPlaces, is_given_back_when_the_last_who_holds_it_goes) {
  const auto places = std::make_shared<ExportPlaces>();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(places->take("auditor").place) << i;
}

TEST(ExportPlaces, is_given_back_once) {
  const auto places = std::make_shared<ExportPlaces>();
  auto first = places->take("auditor");
  first.place->give_back();
  auto second = places->take("auditor");
  ASSERT_TRUE(second.place);
  first.place.reset();
  EXPECT_FALSE(places->take("auditor").place) << "it is the second's now";
}

TEST(ExportPlaces, no_more_than_so_many_in_all) {
  const auto places = std::make_shared<ExportPlaces>();
  std::vector<ExportPlaces::Answer> held;
  for (std::size_t i = 0; i < ExportPlaces::most_at_once; ++i) {
    held.push_back(places->take("client-" + std::to_string(i)));
    EXPECT_TRUE(held.back().place);
  }
  EXPECT_EQ(places->take("late").refusal, Refusal::all_taken);
  EXPECT_EQ(places->take("client-0").refusal, Refusal::client_has_one);
  held.pop_back();
  EXPECT_TRUE(places->take("late").place);
}

TEST(ExportPlaces, outlives_whoever_made_the_routes) {
  auto places = std::make_shared<ExportPlaces>();
  const std::weak_ptr<ExportPlaces> watched = places;
  auto held = places->take("auditor");
  ASSERT_TRUE(held.place);
  places.reset();
  EXPECT_FALSE(watched.expired()) << "the place is given back to it later";
  held.place.reset();
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace ketenpoort::api
