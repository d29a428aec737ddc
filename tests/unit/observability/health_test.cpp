#include "gateway/observability/health.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace ketenpoort {
namespace {

TEST(HealthBoard, is_as_well_as_its_worst_part) {
  std::ostringstream log;
  log::configure(log::Level::info, log);
  HealthBoard board;
  EXPECT_EQ(board.overall(), Health::up);
  board.report("partner", Health::degraded);
  EXPECT_EQ(board.overall(), Health::degraded);
  board.report("journal", Health::down);
  EXPECT_EQ(board.overall(), Health::down);
  board.report("journal", Health::up);
  board.report("partner", Health::up);
  EXPECT_EQ(board.overall(), Health::up);
  log::configure(log::Level::info, log::Destination::standard_output);
}

TEST(HealthBoard, says_how_each_part_fares) {
  HealthBoard board;
  board.report("vault", Health::up);
  board.report("recipients", Health::degraded, "vdab is away");
  const std::map<std::string_view, HealthBoard::Part> parts{{"recipients", {Health::degraded, "vdab is away"}},
                                                            {"vault", {Health::up, {}}}};
  EXPECT_EQ(board.parts(), parts);
}

TEST(HealthBoard, logs_a_change_once) {
  std::ostringstream log;
  log::configure(log::Level::info, log);
  HealthBoard board;
  board.report("journal", Health::up);
  board.report("journal", Health::down);
  board.report("journal", Health::down);
  log::configure(log::Level::info, log::Destination::standard_output);
  const auto text = log.str();
  EXPECT_EQ(text.find("health_changed"), text.rfind("health_changed"));
  EXPECT_NE(text.find(R"("part":"journal","health":"DOWN")"), std::string::npos);
}

TEST(HealthBoard, is_ready_only_once_told_and_while_not_down) {
  std::ostringstream log;
  log::configure(log::Level::info, log);
  HealthBoard board;
  EXPECT_FALSE(board.ready());
  board.set_ready(true);
  EXPECT_TRUE(board.ready());
  board.report("journal", Health::degraded);
  EXPECT_TRUE(board.ready());
  board.report("journal", Health::down);
  EXPECT_FALSE(board.ready());
  log::configure(log::Level::info, log::Destination::standard_output);
}

TEST(Health, is_named_as_belgif_names_it) {
  EXPECT_EQ(to_text(Health::up), "UP");
  EXPECT_EQ(to_text(Health::degraded), "DEGRADED");
  EXPECT_EQ(to_text(Health::down), "DOWN");
}

}  // namespace
}  // namespace ketenpoort
