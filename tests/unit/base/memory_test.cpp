#include "gateway/base/memory.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

#ifdef __GLIBC__
#include <malloc.h>

namespace ketenpoort {
namespace {

using Block = std::unique_ptr<void, void (*)(void*)>;

Block block_of(std::size_t megabytes) {
  Block block(std::malloc(megabytes << 20), std::free);
  if (block) *static_cast<volatile char*>(block.get()) = 1;  // or the compiler does without it
  return block;
}

TEST(Memory, keeps_mapping_large_blocks_after_one_was_freed) {
  const auto mapped = [] { return mallinfo2().hblks; };
  const auto none = mapped();
  // glibc always maps as much as this.
  if (const auto block = block_of(64); mapped() == none) GTEST_SKIP() << "another allocator stands in for glibc's";
  return_large_blocks();
  for (int i = 0; i < 3; ++i) {
    const auto before = mapped();
    const auto block = block_of(8);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(mapped(), before + 1) << "block " << i << " stands in a heap";
  }
}

}  // namespace
}  // namespace ketenpoort

#endif
