// The message while it is written: memory that is grown once and used again.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

#include "gateway/base/byte_block.hpp"

namespace ketenpoort::mapping {

class MessageBuffer {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::string_view text() const { return {bytes_.get(), size_}; }
  [[nodiscard]] char back() const { return bytes_[size_ - 1]; }
  // Only ever shorter.
  void resize(std::size_t size) { size_ = size; }
  void clear() { size_ = 0; }

  // Gives where the text stands now; a block behind its end can be read.
  const char* put(std::string_view text) {
    reserve(text.size());
    char* const to = bytes_.get() + size_;
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    size_ += text.size();
    return to;
  }

  // The same for short texts that are readable for sixteen bytes behind them: whole blocks are copied, and what was too
  // much is written over.
  void put_readable(const char* text, std::size_t size) {
    reserve(size);
    copy(bytes_.get() + size_, text, size);
    size_ += size;
  }
  struct Part {
    const char* text;
    std::size_t size;
  };
  [[gnu::always_inline]] void put_readable(Part first, Part second, Part third) {
    const auto size = first.size + second.size + third.size;
    reserve(size);
    char* const to = bytes_.get() + size_;
    copy(to, first.text, first.size);
    copy(to + first.size, second.text, second.size);
    copy(to + first.size + second.size, third.text, third.size);
    size_ += size;
  }

 private:
  [[gnu::always_inline]] static void copy(char* to, const char* from, std::size_t size) {
    ByteBlock(from).write(to);
    for (std::size_t i = ByteBlock::size; i < size; i += ByteBlock::size) ByteBlock(from + i).write(to + i);
  }

  void reserve(std::size_t more) {
    if (size_ + more + ByteBlock::size > room_) [[unlikely]]
      grow(size_ + more + ByteBlock::size);
  }

  void grow(std::size_t needed) {
    constexpr std::size_t least = 16384;
    const auto room = std::max({needed, room_ * 2, least});
    auto bytes = std::make_unique<char[]>(room);
    if (size_ > 0) std::memcpy(bytes.get(), bytes_.get(), size_);
    bytes_ = std::move(bytes);
    room_ = room;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t room_ = 0;
};

}  // namespace ketenpoort::mapping
