// A simulated partner: takes a message, checks it as strictly as the partner would, keeps it, and answers well or
// badly.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "adapters/http_signature.hpp"
#include "adapters/magda/simulator/magda_desk.hpp"
#include "adapters/simulator/inbox.hpp"
#include "adapters/simulator/mode.hpp"
#include "adapters/simulator/partner_profile.hpp"
#include "adapters/simulator/reaction.hpp"
#include "adapters/simulator/token_check.hpp"
#include "gateway/api/http/http.hpp"

namespace ketenpoort::simulator {

struct SimulatorOptions {
  const PartnerProfile* partner = nullptr;
  Mode mode = Mode::ok;
  std::filesystem::path received;
  Keeping keeping = Keeping::files;
  std::optional<adapters::VerifyingKey> gateway_key{};
  bool certificate_required = false;
  std::chrono::milliseconds slow{2000};
  std::uint32_t seed = 1;                           // of the flaky mode's dice
  std::optional<TokenDemand> tokens{};              // none: messages need none
  std::optional<ProvokedException> uitzondering{};  // what MAGDA messages that are in order are answered with
  std::optional<Digest> magda_certificate{};        // what signs them, when it is not what the TLS client shows
};

// Where recalls go, which are no business messages: beside what is received.
std::filesystem::path recalls_beside(const std::filesystem::path& received);

// Thread-safe; writes files, so not for an I/O thread.
class Simulator {
 public:
  static Result<std::unique_ptr<Simulator>> open(SimulatorOptions options);

  Reaction take(const api::Request& request);

 private:
  Simulator(SimulatorOptions options, std::unique_ptr<Inbox> inbox);
  Inbox* inbox_for(const api::Request& request);  // null: it cannot be written
  struct Refusal {
    int status;
    std::string reason;
    Headers headers{};
  };
  struct Judgement {
    std::optional<Refusal> refusal;
    std::optional<MagdaException> exception{};  // how MAGDA says the refusal, or what it says beside taking a message
  };
  Judgement judge(const api::Request& request, Inbox& inbox, Timestamp now);
  Judgement judge_magda(const api::Request& request, Inbox& inbox, Timestamp now);
  std::optional<MagdaException> provoke();
  [[nodiscard]] api::Reply answer(const api::Request& request, const Judgement& judgement) const;

  SimulatorOptions options_;
  std::unique_ptr<Inbox> inbox_;
  std::mutex recalls_mutex_;
  std::unique_ptr<Inbox> recalls_;  // once there is one
  Dice dice_;
  std::mutex provoked_mutex_;
  unsigned provoked_ = 0;  // how many messages were answered with the Uitzondering asked for
};

}  // namespace ketenpoort::simulator
