// The sandbox's folder: throw-away certificates, keys and tokens, and the configuration that uses them. Made once, used
// again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"

namespace ketenpoort::cli {

struct SandboxPorts {
  std::uint16_t gateway = 0;
  std::uint16_t metrics = 0;
  std::uint16_t token_server = 0;
  std::map<std::string, std::uint16_t, std::less<>> partners;  // by name
};

struct SandboxWishes {
  std::filesystem::path state;
  std::optional<std::uint16_t> port;
  std::optional<std::string> now;  // RFC 3339; the gateway's clock starts there
  std::filesystem::path config_dir;
  std::filesystem::path mappings_dir;
  unsigned concurrency = 8;          // calls at a time to each partner
  bool one_file = false;             // simulators keep what arrives in one file each
  std::vector<std::string> without;  // messages that its partners do not get: "vdab-referral"
};

// A caller of the sandbox's gateway.
struct SandboxClient {
  std::string_view id;
  std::string_view organisation;  // KBO number
  std::string_view scopes;        // as YAML: "records, consents"
  std::string_view recipient;     // of a partner; empty otherwise
  bool has_certificate;
};
const std::vector<SandboxClient>& sandbox_clients();
const std::vector<std::string_view>& sandbox_partners();
const std::vector<std::string_view>& sandbox_simulators();  // the partners, and Fedasil's receiver of events

class SandboxState {
 public:
  // Makes what is missing, keeps what is there: ports, keys, certificates, and the clock's start unless another is
  // wished for. Fails when another sandbox uses the folder (ErrorCode::conflict) or the configuration does not load
  // (ErrorCode::config).
  static Result<SandboxState> prepare(const SandboxWishes& wishes);
  SandboxState(SandboxState&& other) noexcept;
  SandboxState& operator=(SandboxState&&) = delete;
  ~SandboxState();

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const SandboxPorts& ports() const { return ports_; }
  [[nodiscard]] std::string gateway_url() const;
  [[nodiscard]] std::string partner_url(std::string_view partner) const;
  [[nodiscard]] std::string token_server_url() const;
  [[nodiscard]] std::filesystem::path log(std::string_view process) const;
  [[nodiscard]] std::filesystem::path received(std::string_view partner) const;

  // The arguments that start a partner's simulator, and the authorization server.
  [[nodiscard]] std::vector<std::string> partner_arguments(std::string_view partner, std::string_view mode) const;
  [[nodiscard]] std::vector<std::string> token_server_arguments(std::string_view mode) const;

  // The line that tells a check where everything is; also kept as sandbox.json. Pids by process name.
  [[nodiscard]] Result<std::string> describe(const std::map<std::string, long>& pids) const;

 private:
  SandboxState(std::filesystem::path folder, int lock) : folder_(std::move(folder)), lock_(lock) {}
  Status choose_ports(const SandboxWishes& wishes);
  Status make_certificates() const;
  Status make_keys() const;
  Status make_tokens() const;
  Status copy_texts(const SandboxWishes& wishes) const;
  Status write_configuration(const SandboxWishes& wishes) const;
  [[nodiscard]] std::string gateway_yaml(const SandboxWishes& wishes) const;
  [[nodiscard]] std::string channels_yaml(std::string_view partner) const;
  [[nodiscard]] std::string partner_yaml(std::string_view partner, const std::vector<std::string>& without) const;

  std::filesystem::path folder_;
  int lock_;  // held as long as the sandbox lives
  SandboxPorts ports_;
  std::optional<std::string> now_;
  unsigned concurrency_ = 8;
  bool one_file_ = false;
};

}  // namespace ketenpoort::cli
