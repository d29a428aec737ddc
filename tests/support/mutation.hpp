// Damage to a document, the same on every run: bytes dropped, doubled, swapped for others, pieces moved about.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace ketenpoort::test {

class Mutator {
 public:
  // `words`: pieces of the syntax that are put in, besides bytes of the document itself.
  Mutator(std::uint32_t seed, std::vector<std::string> words) : random_(seed), words_(std::move(words)) {}

  std::string damage(std::string_view document) {
    std::string text(document);
    for (auto times = below(4) + 1; times > 0; --times) once(text);
    return text;
  }

  std::size_t below(std::size_t end) { return end == 0 ? 0 : random_() % end; }

 private:
  void once(std::string& text) {
    const auto at = below(text.size() + 1);
    const auto length = std::min(below(8) + 1, text.size() - at);
    switch (below(6)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, text.substr(at, length));
        break;
      case 2:
        text.insert(at, words_[below(words_.size())]);
        break;
      case 3:
        if (at < text.size()) text[at] = text[below(text.size())];
        break;
      case 4:
        if (at < text.size()) text[at] = static_cast<char>(0x20 + below(0x5F));
        break;
      default:
        text.replace(at, length, words_[below(words_.size())]);
    }
  }

  std::minstd_rand random_;
  std::vector<std::string> words_;
};

}  // namespace ketenpoort::test
