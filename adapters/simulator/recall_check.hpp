// How a simulated partner reads a recall, and what it answers. Its own reading of what docs/operations.md promises
// partners, shared with nothing of the gateway's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ketenpoort::simulator {

constexpr std::string_view recall_path = "/ketenpoort/recalls";

// The first fault of a body under its idempotency key, as a sentence without values of the message.
std::optional<std::string> find_recall_fault(std::string_view body, std::string_view key);

// What the partner did with a recall that has no fault, as the answer's body. VDAB keeps the file it has made itself
// when a consent is withdrawn or a stay ends, on the ground of its own task (GDPR art. 17(3)(b)).
std::string recall_answer(std::string_view partner, std::string_view body);

}  // namespace ketenpoort::simulator
