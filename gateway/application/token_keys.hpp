// Keys of tokens that lie at an address (tokens.jwks: https://...): fetched at the start, every few minutes, and when a
// token names a key that is not known. What came last is kept in a file, so that a start does not depend on who issues
// the tokens, and that nothing is fetched while a request waits.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "gateway/config/settings.hpp"
#include "gateway/net/blocking_client.hpp"

namespace ketenpoort {

class TokenKeys {
 public:
  // Fetches them. Where they cannot be had, those kept in `file` do; without these it fails.
  static Result<std::unique_ptr<TokenKeys>> open(const config::TokenSettings& settings, std::filesystem::path file);
  ~TokenKeys();
  TokenKeys(const TokenKeys&) = delete;
  TokenKeys& operator=(const TokenKeys&) = delete;

  // From now on; `on_changed` is called when the file holds other keys than before, on a thread of its own.
  void start(std::function<void()> on_changed);
  void wake();  // look now, but for a moment of rest; from any thread

  [[nodiscard]] bool is_failing() const { return failing_; }

 private:
  TokenKeys(net::BlockingClient client, std::string path, std::filesystem::path file);
  Result<bool> fetch();  // whether they changed
  Result<bool> ask();
  void run(const std::function<void()>& on_changed);
  bool wait();  // false: it is over

  net::BlockingClient client_;
  std::string path_;
  std::filesystem::path file_;
  std::atomic<bool> failing_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ketenpoort
