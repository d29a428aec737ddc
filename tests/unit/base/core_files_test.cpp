#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdlib>

#include "gateway/base/memory.hpp"

namespace ketenpoort {
namespace {

bool leaves_core_files() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0 || ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;
}

// In a process of its own: it cannot be undone.
TEST(CoreFilesDeathTest, hold_nothing_of_a_process_that_keeps_out_of_them) {
  ASSERT_TRUE(leaves_core_files());
  EXPECT_EXIT(
      {
        keep_out_of_core_files();
        std::exit(leaves_core_files() ? 1 : 0);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace ketenpoort
