// Sends rows to a gateway, several at a time, until each has an answer that means something.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

#include "gateway/cli/send/send_answer.hpp"
#include "gateway/cli/send/send_row.hpp"
#include "gateway/net/client.hpp"

namespace ketenpoort::cli {

struct RowSenderOptions {
  std::size_t parallel = 8;
  std::chrono::milliseconds give_up{60'000};  // how long the gateway may take no row at all
};

// Used by one thread, on which the callbacks come too. Rows about the same person are never under way together: the
// gateway gets them in the order of the file, as a later consent or record replaces an earlier one.
class RowSender {
 public:
  struct Callbacks {
    std::function<void(const Row&, const RowAnswer&)> on_answer;  // accepted or rejected
    std::function<void(const std::string&)> on_trouble;           // once per outage
    std::function<bool()> is_interrupted;
  };
  using Transport = std::function<void(Call, net::OnAnswer)>;  // net::Client::send

  RowSender(Transport transport, RowSenderOptions options, Callbacks callbacks)
      : transport_(std::move(transport)), options_(options), callbacks_(std::move(callbacks)) {}

  // Waits for a place, sends, and does not wait for the answer. ErrorCode::unavailable: the gateway took nothing for
  // too long, or somebody interrupted; ErrorCode::forbidden: it will take nothing. Nothing is sent after an error.
  Status send(Row row, Call call);
  Status finish();  // waits for all answers

 private:
  struct Flight {
    Row row;
    Call call;
    unsigned attempts = 0;
    std::optional<std::chrono::steady_clock::time_point> due{};  // waiting to be sent again
  };
  // Outlives this: answers may come when nobody waits for them any more.
  struct Inbox {
    std::mutex mutex;
    std::condition_variable arrived;
    std::deque<std::pair<std::uint64_t, net::CallResult>> answers;
  };

  void launch(std::uint64_t id);
  [[nodiscard]] bool has_place_for(const Row& row) const;
  Status wait();
  Status handle(std::uint64_t id, const net::CallResult& result);
  Status try_again(std::uint64_t id, const RowAnswer& answer);
  void relaunch_due();

  Transport transport_;
  RowSenderOptions options_;
  Callbacks callbacks_;
  std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
  std::map<std::uint64_t, Flight> flights_;
  std::unordered_set<std::string> persons_;  // of the rows under way
  std::uint64_t next_ = 0;
  bool answered_ = false;  // the gateway has spoken to us at least once
  std::optional<std::chrono::steady_clock::time_point> outage_since_;
};

}  // namespace ketenpoort::cli
