// What does not hold: where, by which rule, and why.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace ketenpoort::verify {

struct Flaw {
  std::string where;  // "entry 17", "tile/0/000.p/12", "checkpoint"
  std::string rule;   // "invariant 3", "entry", "tree", "tiles", "segments", "files", "checkpoint", "consistency"
  std::string what;   // a sentence
  bool environment = false;  // the file could not be read: nothing is said about the ledger
};

template <class T>
using Checked = tl::expected<T, Flaw>;

inline tl::unexpected<Flaw> flawed(std::string where, std::string rule, std::string what) {
  return tl::make_unexpected(Flaw{std::move(where), std::move(rule), std::move(what), false});
}
inline tl::unexpected<Flaw> unreadable(std::string where, std::string what) {
  return tl::make_unexpected(Flaw{std::move(where), "read", std::move(what), true});
}

}  // namespace ketenpoort::verify
