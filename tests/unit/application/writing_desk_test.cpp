#include "gateway/application/writing_desk.hpp"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

#include "gateway/observability/log.hpp"

namespace ketenpoort {
namespace {

TEST(WritingDesk, goes_on_after_a_job_that_threw) {
  log::configure(log::Level::off, log::Destination::standard_error);
  std::promise<int> reached;
  WritingDesk desk;
  desk.add([] { throw std::runtime_error("no memory"); });
  desk.add([&] { reached.set_value(7); });
  EXPECT_EQ(reached.get_future().get(), 7);
}

}  // namespace
}  // namespace ketenpoort
