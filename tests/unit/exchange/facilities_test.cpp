// What the use cases work with: the moment they decide on.
#include "gateway/exchange/facilities/facilities.hpp"

#include <gtest/gtest.h>

#include "tests/support/scratch_folder.hpp"
#include "tests/unit/exchange/no_vault.hpp"

namespace ketenpoort::exchange {
namespace {

class NoSink : public ledger::Sink {
 public:
  void on_durable(std::uint64_t, std::span<const ledger::VaultChange>) override {}
  [[nodiscard]] std::uint64_t applied_through() const override { return 0; }
};

// The log holds its time when the machine's clock is set back: what is decided meanwhile is decided for that time, or
// the log would refuse it as of another day, over and over.
TEST(Facilities, decide_at_no_earlier_moment_than_the_log_writes) {
  const ketenpoort::test::ScratchFolder folder;
  NoSink sink;
  const NoVault vault;
  std::array<std::uint8_t, 32> seed{};
  const Clock clock;
  ledger::SequencerOptions options{folder.path() / "state", "node-1", "0860737913", "ketenpoort test",
                                   *ledger::SigningKey::from_seed("example.be/ketenpoort/clock", seed)};
  options.now = [clock] { return clock.now() + std::chrono::hours{30}; };
  const auto sequencer = ledger::Sequencer::open(std::move(options), sink).value();
  const auto last = sequencer->read([](const ledger::History& history) { return history.last_time(); });

  const Facilities set_back{*sequencer, vault, FormatsInUse(nullptr), KeptMappings(folder.path()), clock, {}, {}};
  EXPECT_EQ(set_back.now(), last);
  const Facilities ahead{
      *sequencer, vault, FormatsInUse(nullptr), KeptMappings(folder.path()), Clock(std::chrono::hours{60}), {}, {}};
  EXPECT_GT(ahead.now(), last);
}

}  // namespace
}  // namespace ketenpoort::exchange
