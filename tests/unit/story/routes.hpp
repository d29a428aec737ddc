// The messages a purpose means for its recipient, and how recipients answer them.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ketenpoort::story {

// How a recipient answers.
enum class Manner : unsigned char {
  refers,       // 2xx with its own reference
  takes,        // 2xx, the reference comes later
  unreachable,  // nothing left us
  times_out,    // it may have the message
  refuses,      // 4xx: it never will
  silent,       // no answer yet
};
constexpr std::array<std::string_view, 6> manner_names = {"refers",    "takes",   "is unreachable",
                                                          "times out", "refuses", "is silent"};

constexpr unsigned most_attempts = 3;
constexpr std::chrono::minutes retry_wait{40};  // give or take a fifth

struct MessageRoute {
  std::string message;
  std::string mapping;
  bool needs_ssin;
};
inline const std::map<std::string, std::vector<MessageRoute>>& routes() {
  static const std::map<std::string, std::vector<MessageRoute>> table = {
      {"work-guidance",
       {{"vdab-profile", "resident-to-vdab-profile", false}, {"vdab-referral", "resident-to-vdab-referral", true}}},
      {"language-course", {{"agii-dossier", "resident-to-agii-dossier", true}}},
      {"civic-integration", {{"agii-dossier", "resident-to-agii-dossier", true}}},
      {"warm-handover", {{"municipality-profile", "resident-to-municipality-profile", false}}},
  };
  return table;
}

}  // namespace ketenpoort::story
