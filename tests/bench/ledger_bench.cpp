// Durable appends of the ledger beside raw fdatasync of the same run: bench_ledger [FOLDER [SECONDS]].
//
// Prints one line per measurement, of 1,024 in flight after a warm-up. The raw figures write as many bytes per sync as
// the ledger's mean batch had, once over blocks that were written before (what the journal does) and once at the end of
// a growing file.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "gateway/ledger/published/prove.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "gateway/ledger/tree/tree.hpp"
#include "gateway/ledger/writer/sequencer.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

// Of this thread: what a core does, however busy the machine is.
double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

class NoVault : public Sink {
 public:
  void on_durable(std::uint64_t, std::span<const VaultChange>) override {}
  [[nodiscard]] std::uint64_t applied_through() const override { return 0; }
};

EntryDraft entry_of_700_bytes() {
  EntryDraft draft{.kind = "audit.queried", .actor = {.type = "system", .org = "0316380841", .role = "gateway"}};
  draft.subject = SubjectRef{1, 2, 3};
  draft.trace = new_uuid_v4();
  draft.body = encode_body(AuditQueried{"bench", {}, 1});
  draft.actor.op = "x";
  const auto bare = encode_entry(1'000'000, Clock().now(), new_uuid_v4(), "node-1", draft).size();
  draft.actor.op = std::string(701 - bare, 'x');
  return draft;
}

struct Measurement {
  std::uint64_t entries = 0;
  std::uint64_t commits = 0;
  double seconds = 0;
  double p50 = 0;  // milliseconds
  double p99 = 0;
};

// Keeps `in_flight` submissions under way for a while: each completion submits the next.
class ClosedLoop {
 public:
  ClosedLoop(const fs::path& state, std::size_t in_flight, double seconds) : in_flight_(in_flight), seconds_(seconds) {
    SequencerOptions options{.state = state,
                             .node = "node-1",
                             .org = "0316380841",
                             .software = "bench",
                             .key = *SigningKey::generate("example.be/bench")};
    options.after_batch = [this] { ++commits_; };
    auto opened = Sequencer::open(std::move(options), vault_);
    if (!opened) throw std::runtime_error(opened.error().message);
    sequencer_ = std::move(*opened);
  }

  // Until the journal uses its files again, as it does in all but the first moments of a busy gateway's life.
  void warm_up() {
    constexpr std::size_t journal_bytes = std::size_t{200} << 20;
    const auto seconds = std::exchange(seconds_, std::numeric_limits<double>::max());
    wanted_ = journal_bytes / 700;
    run();
    wanted_ = std::numeric_limits<std::size_t>::max();
    seconds_ = seconds;
    sequencer_->wait_until_published(sequencer_->size());
  }

  Measurement run() {
    latencies_.clear();
    latencies_.reserve(4'000'000);
    const auto commits_before = commits_.load();
    start_ = SteadyClock::now();
    for (std::size_t i = 0; i < in_flight_; ++i) submit();
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [&] { return running_ == 0; });
    Measurement out{
        .entries = latencies_.size(), .commits = commits_ - commits_before, .seconds = seconds_since(start_)};
    std::sort(latencies_.begin(), latencies_.end());
    out.p50 = latencies_[latencies_.size() / 2] * 1000;
    out.p99 = latencies_[latencies_.size() * 99 / 100] * 1000;
    return out;
  }

  double publish_rest() {
    const auto start = SteadyClock::now();
    sequencer_->stop();
    return seconds_since(start);
  }

 private:
  void submit() {
    ++running_;
    submit(SteadyClock::now());
  }

  // What is refused because the publisher is too far behind is tried again, and its wait counts.
  void submit(SteadyClock::time_point submitted) {
    sequencer_->submit(
        [this](const History&, std::uint64_t, Timestamp) -> Result<Transaction> {
          return Transaction{{draft_}, {}};
        },
        [this, submitted](const Result<Committed>& committed) {
          if (!committed && committed.error().code == ErrorCode::unavailable) {
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
            return submit(submitted);
          }
          if (!committed) throw std::runtime_error(committed.error().message);
          latencies_.push_back(static_cast<float>(seconds_since(submitted)));
          if (seconds_since(start_) < seconds_ && latencies_.size() < wanted_) submit();
          const std::lock_guard lock(mutex_);
          if (--running_ == 0) finished_.notify_one();
        });
  }

  std::size_t in_flight_;
  double seconds_;
  std::size_t wanted_ = std::numeric_limits<std::size_t>::max();  // entries
  NoVault vault_;
  std::unique_ptr<Sequencer> sequencer_;
  EntryDraft draft_ = entry_of_700_bytes();
  std::atomic<std::uint64_t> commits_{0};
  SteadyClock::time_point start_;
  std::vector<float> latencies_;  // seconds; pushed to by the sequencer's thread alone
  std::atomic<std::size_t> running_{0};
  std::mutex mutex_;
  std::condition_variable finished_;
};

// Syncs per second of `size` bytes each.
double raw_syncs(const fs::path& folder, std::size_t size, double seconds, bool written_before) {
  const auto path = folder / "raw";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (fd < 0) throw std::runtime_error("cannot open " + path.string());
  const std::string bytes(size, 'x');
  const std::string zeros(1U << 20, '\0');
  constexpr off_t length = off_t{512} << 20;
  if (written_before)
    for (off_t at = 0; at < length; at += static_cast<off_t>(zeros.size()))
      if (::pwrite(fd, zeros.data(), zeros.size(), at) < 0) throw std::runtime_error("cannot write");
  ::fsync(fd);
  std::uint64_t syncs = 0;
  off_t at = 0;
  const auto start = SteadyClock::now();
  while (seconds_since(start) < seconds && at + static_cast<off_t>(size) < length) {
    if (::pwrite(fd, bytes.data(), size, at) < 0 || ::fdatasync(fd) != 0) throw std::runtime_error("cannot sync");
    at += static_cast<off_t>(size);
    ++syncs;
  }
  const auto rate = static_cast<double>(syncs) / seconds_since(start);
  ::close(fd);
  fs::remove(path);
  return rate;
}

constexpr std::size_t busy = 1024;  // submissions in flight, from which on the journal fills its files within seconds

void measure(const fs::path& folder, std::size_t in_flight, double seconds) {
  const auto state = folder / "state";
  fs::remove_all(state);
  ClosedLoop loop(state, in_flight, seconds);
  if (in_flight >= busy) loop.warm_up();
  const auto m = loop.run();
  const auto rest = loop.publish_rest();
  const auto rate = static_cast<double>(m.entries) / m.seconds;
  const auto commits = static_cast<double>(m.commits) / m.seconds;
  const auto batch = m.entries * 702 / std::max<std::uint64_t>(m.commits, 1) + 64;
  const auto over = raw_syncs(folder, batch, seconds / 3, true);
  const auto growing = raw_syncs(folder, batch, seconds / 3, false);
  fmt::print(
      "in_flight={} appends/s={:.0f} p50_ms={:.2f} p99_ms={:.2f} commits/s={:.0f} batch_bytes={} "
      "raw_fdatasync/s={:.0f} "
      "raw_growing/s={:.0f} ratio={:.2f} publish_rest_s={:.2f}\n",
      in_flight, rate, m.p50, m.p99, commits, batch, over, growing, commits / over, rest);
  std::fflush(stdout);
  fs::remove_all(state);
}

// What a verifier does per entry, one core: read strictly, check the rules, hash.
void measure_reading(std::size_t count) {
  const auto draft = entry_of_700_bytes();
  UuidV7Source ids;
  std::vector<std::string> entries;
  const auto now = Clock().now();
  const auto key = *SigningKey::generate("example.be/bench");
  const EntryDraft opened{.kind = "ledger.opened",
                          .actor = {.type = "system"},
                          .body = ObjectWriter()
                                      .string("origin", "example.be/bench")
                                      .string("software", "bench")
                                      .string("vkey", key.verifier().text())
                                      .take()};
  for (std::size_t i = 0; i < count; ++i)
    entries.push_back(encode_entry(i, now, ids.next(now), "node-1", i == 0 ? opened : draft));
  const auto timed = [&](auto each) {
    const auto start = cpu_seconds();
    for (const auto& bytes : entries) each(bytes);
    return static_cast<double>(count) / (cpu_seconds() - start);
  };
  Entry entry;
  History history;
  TreeEdge edge;
  const auto id = ids.next(now);
  const auto encode = timed([&](const std::string&) {
    if (encode_entry(7, now, id, "node-1", draft).empty()) throw std::runtime_error("no bytes");
  });
  const auto decode = timed([&](const std::string& bytes) {
    if (!decode_with_body(bytes, entry)) throw std::runtime_error("not an entry");
  });
  const auto rules = timed([&](const std::string& bytes) {
    if (!decode_with_body(bytes, entry) || !history.apply(entry)) throw std::runtime_error("refused");
  });
  const auto hash = timed([&](const std::string& bytes) { edge.append(leaf_hash(as_bytes(bytes))); });
  fmt::print("encode/s={:.0f} read_entries/s={:.0f} read_and_rules/s={:.0f} hash/s={:.0f} all/s={:.0f}\n", encode,
             decode, rules, hash, 1 / (1 / rules + 1 / hash));
}

}  // namespace
}  // namespace ketenpoort::ledger

int main(int argc, char** argv) {
  const std::filesystem::path folder =
      argc > 1 ? argv[1] : std::filesystem::temp_directory_path() / "ketenpoort-bench-ledger";
  const double seconds = argc > 2 ? std::atof(argv[2]) : 6;
  try {
    std::filesystem::create_directories(folder);
    ketenpoort::ledger::measure_reading(200'000);
    for (const std::size_t in_flight : {1UL, 64UL, 1024UL}) ketenpoort::ledger::measure(folder, in_flight, seconds);
    std::filesystem::remove_all(folder);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 3;
  }
}
