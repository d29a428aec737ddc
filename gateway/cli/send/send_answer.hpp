// What the gateway's answer to a row means for the sending of it.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/domain/call.hpp"

namespace ketenpoort::cli {

using Tally = std::map<std::string, std::size_t>;  // by state

struct RowAnswer {
  enum class Meaning {
    accepted,
    rejected,   // this row will never be taken as it is
    try_again,  // the gateway is full, starting or down
    stop,       // no row will be taken: who we are, or where we send to, is wrong
  } meaning = Meaning::rejected;
  Tally transfers{};            // accepted record: its transfers
  Tally consents{};             // accepted consent: GIVEN, REFUSED
  std::vector<Issue> issues{};  // otherwise: what is wrong and where
  std::string detail{};         // otherwise: one sentence
  std::optional<std::chrono::seconds> retry_after{};
};

RowAnswer read_answer(const Answer& answer);
RowAnswer read_failure(const CallFailure& failure);

}  // namespace ketenpoort::cli
