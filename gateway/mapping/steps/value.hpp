// A value on its way from source to target, and the memory that changed texts live in.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace ketenpoort::mapping {

enum class ValueKind : std::uint8_t { absent, string, number, boolean, object, array };

struct Value {
  std::string_view text;  // of a scalar; for true and false the word
  ValueKind kind = ValueKind::absent;
  bool constant = false;  // a default took its place: says nothing about the person

  [[nodiscard]] bool is_scalar() const {
    return kind == ValueKind::string || kind == ValueKind::number || kind == ValueKind::boolean;
  }
};

// Hands out bytes that stay put until it is cleared; sixteen more behind them can be read. Keeps its blocks, so a warm
// one does not allocate.
class TextArena {
 public:
  char* take(std::size_t size) {
    if (at_ + size > block_size_) grow(size);
    char* result = blocks_[current_].bytes.get() + at_;
    at_ += size;
    return result;
  }
  std::string_view keep(std::string_view text) {
    if (text.empty()) return {};
    char* copy = take(text.size());
    std::memcpy(copy, text.data(), text.size());
    return {copy, text.size()};
  }
  void clear() {
    current_ = 0;
    at_ = 0;
    block_size_ = blocks_.empty() ? 0 : blocks_[0].size;
  }

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };
  static constexpr std::size_t usual_block = 4096;
  static constexpr std::size_t readable_behind = 16;

  void grow(std::size_t size) {
    if (!blocks_.empty()) ++current_;
    while (current_ < blocks_.size() && blocks_[current_].size < size) ++current_;
    if (current_ == blocks_.size()) {
      const auto block = size > usual_block ? size : usual_block;
      blocks_.push_back({std::make_unique<char[]>(block + readable_behind), block});
    }
    block_size_ = blocks_[current_].size;
    at_ = 0;
  }

  std::vector<Block> blocks_;
  std::size_t current_ = 0;
  std::size_t at_ = 0;
  std::size_t block_size_ = 0;
};

}  // namespace ketenpoort::mapping
