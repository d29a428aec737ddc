// Codes that partners reported with and that no code list of ours has: what an operator must add before such an item
// can be taken. Kept in memory; the partner sends the item again.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "gateway/base/time.hpp"
#include "gateway/mapping/library.hpp"

namespace ketenpoort::exchange {

struct UnknownCode {
  std::string of;    // what it would say: "status", "kind" or "reason"
  std::string code;  // as the partner sent it; empty where that is no code by its looks
  std::string list;  // by which the mapping reads it
};

// Short, of capitals, digits, '-', '_' and '.', with few digits: what stands in a code's place might be anything.
bool looks_like_code(std::string_view text);

// The source codes of a list that hold on that day, in the file's order; of a list that no mapping uses, none.
std::vector<std::string> known_codes(const mapping::Library& library, std::string_view list, Date on);

class UnknownCodes {
 public:
  struct Seen {
    std::string recipient;  // who sent it
    UnknownCode code;
    std::uint64_t items = 0;
    Timestamp first{};
    Timestamp last{};
  };

  void note(const std::string& recipient, const UnknownCode& code, Timestamp now);
  // Those that the lists still lack; what was added to one meanwhile, or was not seen for a week, is forgotten.
  [[nodiscard]] std::vector<Seen> lacking(const mapping::Library& library, Date on);
  [[nodiscard]] std::uint64_t items() const;  // since the start

  static constexpr std::size_t most = 200;  // different ones; of more only their number is known

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  // list, code, recipient
  mutable std::mutex mutex_;
  std::map<Key, Seen> seen_;
  std::uint64_t items_ = 0;
};

}  // namespace ketenpoort::exchange
