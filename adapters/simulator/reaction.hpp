// What a simulator does with a request.
#pragma once

#include <chrono>
#include <optional>

#include "gateway/api/http/http.hpp"

namespace ketenpoort::simulator {

struct Reaction {
  std::optional<api::Reply> reply;  // none: close the connection without a word
  std::chrono::milliseconds delay{0};
};

// Answers that are none.
api::Reply unavailable();
api::Reply garbage();

}  // namespace ketenpoort::simulator
