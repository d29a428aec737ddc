// A witness's own settings (`ketenpoort witness`): a partner runs it, apart from any gateway.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "gateway/base/result.hpp"

namespace ketenpoort::config {

struct WitnessFile {
  std::filesystem::path key;    // private key of type 0x04, with the witness's name
  std::filesystem::path state;  // what it remembers; never restored from an older copy
  struct Server {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8444;  // 0: any free one
    std::filesystem::path certificate;
    std::filesystem::path key;
    std::string prefix;  // "" or "/..." without a slash at its end: add-checkpoint follows
  } server;
  std::vector<std::vector<std::string>> logs;  // of each log, the vkeys it may sign with
};

// ErrorCode::config with every problem as file:line:column.
Result<WitnessFile> load_witness(const std::filesystem::path& file);

}  // namespace ketenpoort::config
