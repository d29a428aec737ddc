#include "gateway/ledger/history/archive.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::ledger {

struct Mixed {
  std::uint32_t number = 7;
  std::string text = "seven";
  std::vector<std::string> list = {"a", "", "abc"};
  std::deque<std::uint16_t> numbers = {1, 2, 3};
  std::optional<std::string> there = "x";
  std::optional<std::uint64_t> absent;
  bool flag = true;
  bool operator==(const Mixed&) const = default;
};

template <class A>
void describe(A& io, Mixed& x) {
  io(x.number, x.text, x.list, x.numbers, x.there, x.absent, x.flag);
}

namespace {

TEST(Archive, reads_back_what_it_wrote_and_measures_it_before) {
  const std::vector<Mixed> before = {{}, {.number = 8, .text = std::string(1000, 't'), .there = {}, .absent = 9}};
  ArchiveMeter meter;
  meter(before);
  ArchiveWriter out(meter.size());
  const auto* place = out.bytes().data();
  out(before);
  EXPECT_EQ(out.bytes().size(), meter.size());
  EXPECT_EQ(out.bytes().data(), place) << "it grew all the same";

  std::vector<Mixed> after;
  ArchiveReader in(out.bytes());
  in(after);
  EXPECT_TRUE(in.finished());
  EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace ketenpoort::ledger
