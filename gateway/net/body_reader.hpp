// A request body that is too large to hold, cut into pieces as it arrives: of a known length, or chunked (RFC 9112 7.1,
// read by Beast's parser, more narrowly). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ketenpoort::net {

class BodyReader {
 public:
  // `more`: the piece is not full. `piece`: it is, take it. `end`: the body is whole; the piece may hold its last bytes
  // and is then taken first (the next read gives an empty one). `wrong`: these are no chunks; where the next request
  // begins is not known.
  enum class Progress { more, piece, end, wrong, too_large };

  // Without `content_length` the body is chunked, of `limit` bytes at most. Of the chunks' extensions and of trailer
  // fields nothing is kept.
  BodyReader(std::optional<std::uint64_t> content_length, std::uint64_t limit);
  ~BodyReader();
  BodyReader(const BodyReader&) = delete;
  BodyReader& operator=(const BodyReader&) = delete;

  // Reads on in `received`, appends to `piece` and says how many bytes were `used`; give the rest again with more.
  Progress read(std::string_view received, std::size_t& used, std::string& piece);

  static constexpr std::size_t piece_bytes = 64U << 10;        // a piece may be larger by what one read brings
  static constexpr std::size_t most_framing_bytes = 4U << 10;  // of a chunk's head, or of the trailer fields

 private:
  class Chunks;
  Progress read_counted(std::string_view received, std::size_t& used, std::string& piece);
  Progress read_chunks(std::string_view received, std::size_t& used, std::string& piece);

  std::uint64_t left_ = 0;          // without chunks
  std::unique_ptr<Chunks> chunks_;  // null: a body of known length
};

}  // namespace ketenpoort::net
