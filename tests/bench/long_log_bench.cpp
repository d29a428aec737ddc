// A long log of made-up people: bench_log build FOLDER ENTRIES [SUBJECTS] | start FOLDER | dossier FOLDER | lag FOLDER
// SECONDS
//
// Prints one line of key=value pairs per measurement. `build` writes through the sequencer, with the index beside it;
// `start` opens what was stopped in order, and once more with a tail that no snapshot covers; `dossier` reads all there
// is about single people; `lag` appends 10,000 entries a second and looks how far the index stays behind.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gateway/audit/index.hpp"
#include "gateway/base/memory.hpp"
#include "gateway/ledger/writer/sequencer.hpp"
#include "tests/support/made_up_people.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;
using test::MadeUpPeople;

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

// A line of /proc/self/status, in MB: VmRSS now, VmHWM at most.
double memory_mb(const std::string& what) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(what + ":")) return std::atof(line.c_str() + what.size() + 1) / 1024;
  return 0;
}

class NoVault : public Sink {
 public:
  void on_durable(std::uint64_t, std::span<const VaultChange>) override {}
  [[nodiscard]] std::uint64_t applied_through() const override { return 0; }
};

// One day that does not end: every decision is for it.
Timestamp bench_time() {
  static const auto begun = SteadyClock::now();
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - begun);
  return parse_rfc3339("2026-11-24T06:00:00.000Z").value() + since;
}

struct Log {
  NoVault vault;
  std::unique_ptr<audit::Index> index;
  std::unique_ptr<Sequencer> sequencer;
  double opened_ms = 0;

  Log(const fs::path& folder, bool with_index, bool keep_snapshots = true) {
    fs::create_directories(folder);
    if (with_index) {
      auto opened_index = audit::Index::open({folder / "index.sqlite", folder / "ledger"});
      if (!opened_index) throw std::runtime_error(opened_index.error().message);
      index = std::move(*opened_index);
    }
    std::array<std::uint8_t, 32> seed{};
    seed.fill(9);
    SequencerOptions options{.state = folder,
                             .node = "node-1",
                             .org = "0123456749",
                             .software = "bench",
                             .key = *SigningKey::from_seed("example.org/log", seed)};
    options.now = bench_time;
    options.publish_every = std::chrono::milliseconds(1000);
    if (!keep_snapshots) options.snapshot_every = options.snapshot_at_stop = std::uint64_t{1} << 60;
    if (with_index)
      options.on_entries = [this](std::uint64_t first, std::uint32_t count, std::string_view records) {
        index->offer(first, count, records);
      };
    const auto start = SteadyClock::now();
    auto opened = Sequencer::open(std::move(options), vault);
    opened_ms = seconds_since(start) * 1000;
    if (!opened) throw std::runtime_error(opened.error().message);
    sequencer = std::move(*opened);
    if (!with_index) return;
    if (auto started = index->start(*sequencer); !started) throw std::runtime_error(started.error().message);
  }
  ~Log() {
    sequencer->stop();
    if (index) index->stop();
  }

  // Waits for its place in the log, not for the disk, unless much is under way.
  void write(std::function<Transaction(const History&, Seq, Timestamp)> make) {
    auto done = std::make_shared<std::promise<void>>();
    under_way_.push_back(done->get_future());
    sequencer->submit(
        [make = std::move(make)](const History& history, std::uint64_t first, Timestamp now) -> Result<Transaction> {
          return make(history, first, now);
        },
        [done](const Result<Committed>& committed) {
          if (!committed) {
            fmt::print(stderr, "error: {}\n", committed.error().message);
            std::exit(3);
          }
          done->set_value();
        });
    while (under_way_.size() > 4) settle_one();
  }
  void settle() {
    while (!under_way_.empty()) settle_one();
  }

 private:
  void settle_one() {
    under_way_.front().get();
    under_way_.pop_front();
  }
  std::deque<std::future<void>> under_way_;
};

std::uint64_t size_of(const fs::path& folder) {
  std::uint64_t bytes = 0;
  for (const auto& at : fs::recursive_directory_iterator(folder))
    if (at.is_regular_file()) bytes += at.file_size();
  return bytes;
}

void build(const fs::path& folder, std::uint64_t entries, std::size_t subjects) {
  fs::remove_all(folder);
  auto people = std::make_unique<MadeUpPeople>(subjects);
  const auto before = memory_mb("VmRSS");  // the made-up people are no part of the gateway
  const auto start = SteadyClock::now();
  double half = 0;
  double append_seconds = 0;
  {
    Log log(folder, true);
    log.write([&](const History&, Seq, Timestamp) { return people->policy(); });
    while (log.sequencer->size() < entries) {
      // Its pages count as well: it keeps up when it is given some time.
      while (log.sequencer->size() - log.sequencer->published_size() > 32'000)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      log.write([&](const History& h, Seq first, Timestamp now) { return people->visits(h, first, now, 1'000); });
      if (half == 0 && log.sequencer->size() > entries / 2) half = memory_mb("VmRSS") - before;
    }
    log.settle();
    append_seconds = seconds_since(start);
    if (auto ready = log.index->wait_for(log.sequencer->size(), std::chrono::hours{1}); !ready)
      throw std::runtime_error(ready.error().message);
    fmt::print(
        "entries={} subjects={} append_s={:.1f} indexed_s={:.1f} rss_half_mb={:.0f} rss_mb={:.0f} peak_mb={:.0f} ",
        log.sequencer->size(), subjects, append_seconds, seconds_since(start), half, memory_mb("VmRSS") - before,
        memory_mb("VmHWM") - before);
  }
  fmt::print("segments_mb={} index_mb={} snapshot_mb={}\n", size_of(folder / "ledger" / "segments") >> 20,
             fs::file_size(folder / "index.sqlite") >> 20, fs::file_size(folder / "projection") >> 20);
}

void start(const fs::path& folder, std::size_t subjects) {
  for (int i = 0; i < 5; ++i) {
    const Log log(folder, false);
    fmt::print("start_ms={:.0f} entries={} replayed={} rss_mb={:.0f}\n", log.opened_ms, log.sequencer->size(),
               log.sequencer->start_report().replayed, memory_mb("VmRSS"));
  }
  {
    // As many entries as come between two snapshots, and then an end without one.
    MadeUpPeople people(subjects);
    Log log(folder, false, false);
    const auto end = log.sequencer->size() + 131'072;
    while (log.sequencer->size() < end)
      log.write([&](const History& h, Seq first, Timestamp now) { return people.visits(h, first, now, 1'000); });
    log.settle();
  }
  for (int i = 0; i < 5; ++i) {
    const Log log(folder, false, false);
    fmt::print("start_after_crash_ms={:.0f} replayed={}\n", log.opened_ms, log.sequencer->start_report().replayed);
  }
}

void dossier(const fs::path& folder, std::size_t subjects) {
  const MadeUpPeople people(subjects);
  const Log log(folder, true);
  if (auto ready = log.index->wait_for(log.sequencer->size(), std::chrono::minutes{30}); !ready)
    throw std::runtime_error(ready.error().message);
  std::vector<double> times;
  std::size_t entries = 0;
  for (std::size_t i = 0; i < 101; ++i) {
    const auto subject = people.ref(i * 104'729 + 17);
    const auto begun = SteadyClock::now();
    const auto all = log.index->use([&](audit::IndexReader& reader) { return reader.dossier(subject); });
    if (!all) throw std::runtime_error(all.error().message);
    for (const auto& place : all->entries)
      if (!log.index->bytes(place)) throw std::runtime_error("an entry cannot be read");
    times.push_back(seconds_since(begun) * 1000);
    entries = std::max(entries, all->entries.size());
  }
  std::sort(times.begin(), times.end());
  fmt::print("dossier_ms={:.1f} dossier_worst_ms={:.1f} dossier_entries={}\n", times[times.size() / 2], times.back(),
             entries);
}

void lag(const fs::path& folder, std::size_t subjects, double seconds) {
  MadeUpPeople people(subjects);
  Log log(folder, true);
  if (auto ready = log.index->wait_for(log.sequencer->size(), std::chrono::minutes{30}); !ready)
    throw std::runtime_error(ready.error().message);
  constexpr std::size_t at_once = 100;
  constexpr double rate = 10'000;
  std::vector<double> behind;
  const auto before = log.sequencer->size();
  const auto begun = SteadyClock::now();
  while (seconds_since(begun) < seconds) {
    log.write([&](const History& h, Seq first, Timestamp now) { return people.visits(h, first, now, at_once); });
    const auto due = static_cast<double>(log.sequencer->size() - before) / rate;
    while (seconds_since(begun) < due) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    behind.push_back(static_cast<double>(log.index->behind().count()));
  }
  log.settle();
  std::sort(behind.begin(), behind.end());
  fmt::print("lag_rate={:.0f} lag_p50_ms={:.0f} lag_max_ms={:.0f} rss_mb={:.0f}\n",
             static_cast<double>(log.sequencer->size() - before) / seconds_since(begun), behind[behind.size() / 2],
             behind.back(), memory_mb("VmRSS"));
}

int run(const std::vector<std::string>& words) {
  constexpr std::size_t usual_subjects = 100'000;
  const auto number = [&](std::size_t i, double otherwise) {
    return words.size() > i ? std::atof(words[i].c_str()) : otherwise;
  };
  const fs::path folder = words[1];
  if (words[0] == "build")
    build(folder, static_cast<std::uint64_t>(number(2, 1e7)), static_cast<std::size_t>(number(3, usual_subjects)));
  else if (words[0] == "start")
    start(folder, usual_subjects);
  else if (words[0] == "dossier")
    dossier(folder, usual_subjects);
  else if (words[0] == "lag")
    lag(folder, usual_subjects, number(2, 20));
  else
    return 2;
  return 0;
}

}  // namespace
}  // namespace ketenpoort::ledger

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  ketenpoort::return_large_blocks();  // as the gateway does
  try {
    return ketenpoort::ledger::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 3;
  }
}
