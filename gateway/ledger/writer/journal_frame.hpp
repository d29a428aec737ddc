// Frames of the journal as they are written and read back (journal.hpp says what they consist of).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/ledger/writer/journal.hpp"

namespace ketenpoort::ledger {

// A batch's frame as pieces, of which the large ones are not copied: the batch must stay as it is meanwhile.
class Frame {
 public:
  Frame() = default;
  Frame(const JournalBatch& batch, const JournalPlace& place);
  Frame(Frame&&) = default;
  Frame& operator=(Frame&&) = default;
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  [[nodiscard]] std::span<const std::string_view> pieces() const { return pieces_; }

 private:
  std::vector<char> own_;  // header, and the small parts of changes
  std::vector<std::string_view> pieces_;
};

// What stands in the header of a frame, whether or not the rest of it is there.
struct FrameHead {
  std::uint64_t part = 0;
  std::uint64_t batch = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t size = 0;  // of the whole frame
  bool recycled = false;
};

std::optional<FrameHead> read_frame_head(std::string_view bytes);

// The frame of this part at the beginning of `bytes`; false when there is none, whole and unharmed.
bool decode_frame(std::string_view bytes, std::uint64_t part, JournalBatch& batch);

// Whether such a frame stands anywhere in `bytes`.
bool holds_frame(std::string_view bytes, std::uint64_t part);

}  // namespace ketenpoort::ledger
