// Use case: the mappings are changed while the gateway runs. They are read again, checked whole, their examples run,
// written down as activated, and swapped in whole; or refused whole, and those in use go on.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/exchange/facilities/facilities.hpp"

namespace ketenpoort::exchange {

struct FormatsChange {
  struct Version {
    std::string mapping;
    std::string version;
    Digest hash{};
  };
  std::vector<Version> came;  // was not in use before, or with other content
  std::vector<Version> went;
  std::vector<Issue> warnings;
};

class FormatsReload {
 public:
  // `on_swapped`: what waits for a better mapping may be looked at again.
  FormatsReload(Facilities& facilities, std::filesystem::path folder, mapping::LoadOptions options,
                std::function<void()> on_swapped);

  // One at a time; waits for the disk and the ledger. ErrorCode::config with an issue for each place when they are
  // refused.
  Result<FormatsChange> run();

  // The same as a part of something greater: looked at together with the terms that are to come, and put to use by
  // whoever does that with all of it. Until it is let go of, there is no other.
  struct Next {
    std::unique_lock<std::mutex> alone;
    std::shared_ptr<const MessageFormats> formats;
    FormatsChange change;
  };
  Result<Next> look_at_next(const Terms& terms, const mapping::LoadOptions& options);
  // They are in use, and what they were read with is from here on.
  void note_use(const Next& next, mapping::LoadOptions options);

  struct Figures {
    std::uint64_t swapped = 0;
    std::uint64_t refused = 0;
    bool last_refused = false;
  };
  [[nodiscard]] Figures figures() const { return {swapped_, refused_, last_refused_}; }
  // Of the last one that was refused, while no later one was accepted.
  [[nodiscard]] std::vector<Issue> faults() const;

 private:
  [[nodiscard]] Result<Next> read_next(const Terms& terms, const mapping::LoadOptions& options) const;
  Error note_refusal(Error error);
  void note_swap(const FormatsChange& change);

  Facilities& facilities_;
  std::filesystem::path folder_;
  mapping::LoadOptions options_;  // of whoever has the lock
  std::function<void()> on_swapped_;
  std::mutex running_;
  mutable std::mutex mutex_;
  std::vector<Issue> faults_;
  std::atomic<std::uint64_t> swapped_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<bool> last_refused_{false};
};

}  // namespace ketenpoort::exchange
