// What has been received and not yet read. Its memory is taken at the first byte and can be given back while it is
// empty, so an idle connection holds none.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace ketenpoort::net {

class InputBuffer {
 public:
  [[nodiscard]] std::string_view content() const { return {bytes_.get() + begin_, end_ - begin_}; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }

  // Room for at least half a kilobyte more, moving or doubling what is there. Invalidates content().
  std::span<char> room() {
    if (empty()) begin_ = end_ = 0;
    if (capacity_ - end_ < least_room) make_room();
    return {bytes_.get() + end_, capacity_ - end_};
  }
  void received(std::size_t size) { end_ += size; }
  void consume(std::size_t size) { begin_ += size; }

  void release_if_empty() {
    if (!empty()) return;
    bytes_.reset();
    capacity_ = begin_ = end_ = 0;
  }

 private:
  static constexpr std::size_t least_room = 512;
  static constexpr std::size_t first_capacity = 8192;  // holds most requests whole: head and body in one read

  void make_room() {
    const auto size = end_ - begin_;
    const auto capacity = size + least_room <= first_capacity ? first_capacity : 2 * (size + least_room);
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    if (size > 0) std::memcpy(bytes.get(), bytes_.get() + begin_, size);
    bytes_ = std::move(bytes);
    capacity_ = capacity;
    begin_ = 0;
    end_ = size;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace ketenpoort::net
