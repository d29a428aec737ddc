#include "gateway/net/stream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "tests/unit/net/loopback.hpp"

namespace ketenpoort::net::test {
namespace {

namespace asio = boost::asio;
using Outcome = Stream::Outcome;

// A stream, and the other end of its connection.
class Pair {
 public:
  Pair() {
    asio::basic_socket_acceptor<asio::ip::tcp, Executor> acceptor(
        context_, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    peer_ = RawPeer::connect_to(acceptor.local_endpoint().port());
    stream_ = std::make_unique<Stream>(acceptor.accept(), nullptr);
  }
  ~Pair() {
    stream_.reset();
    ::close(peer_);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  Stream& stream() { return *stream_; }
  [[nodiscard]] int peer() const { return peer_; }

  // Reads until there is nothing more to read in this turn.
  std::size_t read_a_turn() {
    std::string block(16'384, '\0');
    std::size_t total = 0;
    while (true) {
      const auto attempt = stream_->try_read(block);
      last_ = attempt.outcome;
      if (last_ != Outcome::done) return total;
      total += attempt.bytes;
    }
  }
  [[nodiscard]] Outcome last() const { return last_; }

  void wait(Outcome wanted) {
    asio::co_spawn(
        context_, [&]() -> Awaitable<void> { co_await stream_->wait(wanted); }, asio::detached);
    context_.run();
    context_.restart();
  }

 private:
  asio::io_context context_;
  int peer_ = -1;
  std::unique_ptr<Stream> stream_;
  Outcome last_ = Outcome::failed;
};

// Who sends faster than it is read would have the thread for itself, and no deadline would be looked at.
TEST(Stream, reads_only_so_much_before_it_waits_again) {
  Pair pair;
  const std::string much(200'000, 'x');
  ASSERT_EQ(::send(pair.peer(), much.data(), much.size(), 0), static_cast<ssize_t>(much.size()));
  std::size_t total = 0;
  for (int turns = 0; turns < 100 && total < much.size(); ++turns) {
    pair.wait(Outcome::read);
    const auto read = pair.read_a_turn();
    EXPECT_EQ(pair.last(), Outcome::read);
    EXPECT_LE(read, (64U << 10) + 16'384);
    total += read;
  }
  EXPECT_EQ(total, much.size());
}

TEST(Stream, counts_what_it_sent_of_a_call) {
  Pair pair;
  EXPECT_EQ(pair.stream().bytes_sent(), 0U);
  EXPECT_EQ(pair.stream().try_write("abc").outcome, Outcome::done);
  EXPECT_EQ(pair.stream().bytes_sent(), 3U);
  pair.stream().begin_exchange();
  EXPECT_EQ(pair.stream().bytes_sent(), 0U);
  const std::string block(1U << 20, 'x');
  std::size_t written = 0;
  auto attempt = pair.stream().try_write(block);
  for (; attempt.outcome == Outcome::done; attempt = pair.stream().try_write(block)) written += attempt.bytes;
  EXPECT_EQ(attempt.outcome, Outcome::write) << "the socket is full";
  EXPECT_EQ(pair.stream().bytes_sent(), written);
}

TEST(Stream, is_quiet_until_something_comes_or_the_peer_ends) {
  Pair pair;
  EXPECT_TRUE(pair.stream().is_quiet());
  ASSERT_EQ(::send(pair.peer(), "a", 1, 0), 1);
  pair.wait(Outcome::read);
  EXPECT_FALSE(pair.stream().is_quiet());
  EXPECT_EQ(pair.read_a_turn(), 1U);
  EXPECT_TRUE(pair.stream().is_quiet());
  ::shutdown(pair.peer(), SHUT_WR);
  pair.wait(Outcome::read);
  EXPECT_FALSE(pair.stream().is_quiet());
  EXPECT_FALSE(pair.stream().peer_has_ended());
  EXPECT_EQ(pair.read_a_turn(), 0U);
  EXPECT_EQ(pair.last(), Outcome::closed);
  EXPECT_TRUE(pair.stream().peer_has_ended());
}

}  // namespace
}  // namespace ketenpoort::net::test
