// What does not hold: where, by which rule, and why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>

namespace ketenpoort::verify {

struct Flaw {
  std::string where;  // "entry 17", "tile/0/000.p/12", "checkpoint"
  std::string rule;   // docs/ledger-format.md, "What a verifier says": "invariant 3", "tree", "tiles", "keys" ...
  std::string what;   // a sentence
  bool environment = false;            // the file could not be read: nothing is said about the ledger
  std::optional<std::uint64_t> seq{};  // of the entry, if it is one
  std::string file{};                  // that holds it, as it is called in the ledger folder
};

template <class T>
using Checked = tl::expected<T, Flaw>;

inline tl::unexpected<Flaw> flawed(std::string where, std::string rule, std::string what) {
  return tl::make_unexpected(Flaw{std::move(where), std::move(rule), std::move(what)});
}
inline Flaw entry_flaw(std::uint64_t seq, std::string rule, std::string what) {
  return {"entry " + std::to_string(seq), std::move(rule), std::move(what), false, seq, {}};
}
inline tl::unexpected<Flaw> unreadable(std::string where, std::string what) {
  return tl::make_unexpected(Flaw{std::move(where), "read", std::move(what), true});
}

}  // namespace ketenpoort::verify
