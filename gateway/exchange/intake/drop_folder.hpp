// A folder watched for files of a system that can only write files. Each becomes a batch, as if its client had sent it
// to POST /batches, and gets a file beside it that says what became of it.
//
// Nothing is kept but the files themselves. Where a file lies says how far it is, every step can be done twice with the
// same effect, and the one that hands it over is known by its key: so a crash anywhere neither loses nor doubles one.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gateway/exchange/intake/batches.hpp"
#include "gateway/exchange/intake/drop_store.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::exchange {

// How files of a name are read.
struct DropForm {
  std::string pattern;     // as a shell has them: "residents-*.csv"
  std::string media_type;  // of the batch
  std::string mapping;     // empty: the only one that reads it
  std::string charset{};   // empty: as the layout says
};

struct DropTerms {
  log::ConfiguredName name;
  std::string client;  // on whose behalf
  std::string organisation;
  std::string base;             // what hrefs begin with
  std::vector<DropForm> forms;  // the first that fits counts
  std::chrono::milliseconds poll{std::chrono::seconds{5}};
  std::chrono::milliseconds settle{std::chrono::seconds{10}};  // so long nothing may have been written to a file
  std::chrono::seconds keep{std::chrono::days{7}};             // files that were taken
  std::chrono::seconds keep_failed{std::chrono::days{30}};
  std::uint64_t largest = std::uint64_t{1} << 30;
  bool results_apart = false;  // what became of files lies in `results`, for others to read
};

class DropFolder {
 public:
  struct Figures {
    bool usable = true;
    bool stuck = false;  // a file could not be gone on with: it is tried again
    std::uint64_t waiting = 0;
    std::uint64_t done = 0;  // since the start
    std::uint64_t failed = 0;
  };

  DropFolder(Batches& batches, std::unique_ptr<DropStore> store, Clock clock, DropTerms terms)
      : batches_(batches), store_(std::move(store)), clock_(clock), terms_(std::move(terms)) {}
  ~DropFolder() { stop(); }
  DropFolder(const DropFolder&) = delete;
  DropFolder& operator=(const DropFolder&) = delete;

  void start();
  // Likewise, once the ones before it that watched the same files have ended: a changed folder goes on where they are.
  void start_after(std::vector<std::shared_ptr<DropFolder>> before);
  void stop();    // a file that is being taken goes on at the next start
  void retire();  // the file that is being taken is the last; does not wait for it
  [[nodiscard]] bool has_started() const { return thread_.joinable(); }
  [[nodiscard]] bool has_ended() const { return ended_; }

  // One look at everything; returns when every file that could be taken was.
  void look();

  [[nodiscard]] const log::ConfiguredName& name() const { return terms_.name; }
  [[nodiscard]] Figures figures() const;

  static constexpr std::chrono::days results_kept{30};  // as long as tasks

 private:
  using Steady = std::chrono::steady_clock;
  struct Seen {
    DropFile file;
    Steady::time_point since;  // nothing has been written to it
  };

  void run();
  void wait_for_those_before();
  bool is_stopping() const { return stopping_; }
  bool takes_no_more() const { return stopping_ || retiring_; }
  bool wait(std::chrono::milliseconds time);  // false: it is over
  bool wait_for_next_look();                  // false: there is none
  void note_usable(const Status& opened);
  Status finish_taken();
  Status pick_up();
  Status take_up(const DropFile& file);
  Status carry_out(const DropFile& taken);
  Result<BatchTask> hand_over(const DropFile& taken, const DropForm& form);
  std::optional<BatchTask> wait_for(const BatchTask& batch);
  Status conclude(const DropFile& taken, const BatchTask& task);
  Status put_aside(const DropFile& taken, const Error& why);
  Status archive(const DropFile& taken, bool failed, const std::string& result);
  void remove_old();
  void remove_old(DropPlace place, std::chrono::seconds keep);
  [[nodiscard]] Result<std::string> find_free_name(const std::string& name) const;
  [[nodiscard]] Result<bool> is_taken(const std::string& name) const;
  [[nodiscard]] const DropForm* find_form(const std::string& name) const;
  [[nodiscard]] std::string key_of(const DropFile& taken) const;

  Batches& batches_;
  std::unique_ptr<DropStore> store_;
  Clock clock_;
  const DropTerms terms_;
  std::map<std::string, Seen> seen_;  // of what came in
  std::optional<Steady::time_point> tidied_;
  std::atomic<bool> usable_{true}, stuck_{false};
  std::atomic<std::uint64_t> waiting_{0}, done_{0}, failed_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stopping_{false}, retiring_{false}, ended_{false}, counted_on_{false};
  std::vector<std::shared_ptr<DropFolder>> before_;
  std::thread thread_;
};

// A file's name as it may stand in our folders: no path, no control characters, valid UTF-8, not too long for what is
// put behind it.
std::string make_plain_name(std::string_view name);

// Names of files that are still being written, by habit of those who write them: hidden, or with such an ending.
bool is_temporary_name(std::string_view name);

}  // namespace ketenpoort::exchange
