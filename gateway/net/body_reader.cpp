#include "gateway/net/body_reader.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "gateway/net/last_chunk.hpp"

namespace ketenpoort::net {
namespace {

namespace http = boost::beast::http;
using ErrorCodeOut = boost::beast::error_code;
using Text = boost::beast::string_view;

constexpr std::size_t most_extension_bytes = 256;
constexpr std::string_view line_end = "\r\n";
// The parser begins with a head; ours has been read already.
constexpr std::string_view chunked_head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

// Less of a last chunk than Beast 1.81 can take again: it asserts that it never sees less than `shortest_last_chunk` of
// one that came in parts. Of any other line, however short, it says at once what it is.
bool is_short_end(std::string_view rest) {
  return rest.size() < shortest_last_chunk.size() &&
         rest.substr(0, rest.find('\r')).find_first_not_of('0') == std::string_view::npos;
}

// What can become no chunk, however much of it still comes: it begins with no size, or a line ends without carriage
// return. Beast says so only once it has found the line's end.
bool is_no_chunk(std::string_view rest, bool after_chunk) {
  if (after_chunk) {
    if (!line_end.starts_with(rest.substr(0, line_end.size()))) return true;
    rest.remove_prefix(std::min(line_end.size(), rest.size()));
  }
  if (rest.empty()) return false;
  const auto behind = rest.find_first_not_of("0123456789abcdefABCDEF");
  if (behind == 0 ||
      (behind != std::string_view::npos && std::string_view("; \t\r").find(rest[behind]) == std::string_view::npos))
    return true;
  const auto end = rest.find('\n');
  return end != std::string_view::npos && rest[end - 1] != '\r';
}

}  // namespace

class BodyReader::Chunks final : public http::basic_parser<true> {
 public:
  explicit Chunks(std::uint64_t limit) {
    body_limit(limit);
    ErrorCodeOut error;
    put(boost::asio::buffer(chunked_head.data(), chunked_head.size()), error);
  }

  void append_to(std::string* piece) { piece_ = piece; }
  [[nodiscard]] bool between_chunks() const { return left_ == 0; }
  [[nodiscard]] bool has_begun() const { return has_begun_; }

 private:
  void on_request_impl(http::verb /*verb*/, Text /*method*/, Text /*target*/, int /*version*/,
                       ErrorCodeOut& /*error*/) override {}
  void on_response_impl(int /*code*/, Text /*reason*/, int /*version*/, ErrorCodeOut& /*error*/) override {}
  void on_field_impl(http::field /*field*/, Text /*name*/, Text /*value*/, ErrorCodeOut& /*error*/) override {}
  void on_header_impl(ErrorCodeOut& /*error*/) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/, ErrorCodeOut& /*error*/) override {}
  std::size_t on_body_impl(Text /*body*/, ErrorCodeOut& /*error*/) override { return 0; }
  void on_chunk_header_impl(std::uint64_t size, Text extensions, ErrorCodeOut& error) override {
    left_ = size;
    has_begun_ = true;
    if (extensions.size() > most_extension_bytes) error = http::error::bad_chunk_extension;
  }
  std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, Text body, ErrorCodeOut& /*error*/) override {
    piece_->append(body.data(), body.size());
    left_ -= body.size();
    return body.size();
  }
  void on_finish_impl(ErrorCodeOut& /*error*/) override {}

  std::string* piece_ = nullptr;
  std::uint64_t left_ = 0;  // of the chunk
  bool has_begun_ = false;  // there was a chunk: its line end comes before the next one's size
};

BodyReader::BodyReader(std::optional<std::uint64_t> content_length, std::uint64_t limit)
    : left_(content_length.value_or(0)), chunks_(content_length ? nullptr : std::make_unique<Chunks>(limit)) {}

BodyReader::~BodyReader() = default;

BodyReader::Progress BodyReader::read(std::string_view received, std::size_t& used, std::string& piece) {
  used = 0;
  return chunks_ ? read_chunks(received, used, piece) : read_counted(received, used, piece);
}

BodyReader::Progress BodyReader::read_counted(std::string_view received, std::size_t& used, std::string& piece) {
  const auto room = piece_bytes - std::min(piece_bytes, piece.size());
  used = static_cast<std::size_t>(std::min<std::uint64_t>({left_, received.size(), room}));
  piece += received.substr(0, used);
  left_ -= used;
  if (left_ == 0) return Progress::end;
  return piece.size() >= piece_bytes ? Progress::piece : Progress::more;
}

BodyReader::Progress BodyReader::read_chunks(std::string_view received, std::size_t& used, std::string& piece) {
  chunks_->append_to(&piece);
  while (!chunks_->is_done() && used < received.size() && piece.size() < piece_bytes) {
    const auto rest = received.substr(used);
    if (chunks_->between_chunks()) {
      if (is_no_chunk(rest, chunks_->has_begun())) return Progress::wrong;
      if (is_short_end(rest)) return Progress::more;
    }
    ErrorCodeOut error;
    used += chunks_->put(boost::asio::buffer(rest.data(), rest.size()), error);
    if (error == http::error::need_more)
      return received.size() - used > most_framing_bytes ? Progress::wrong : Progress::more;
    if (error == http::error::body_limit) return Progress::too_large;
    if (error) return Progress::wrong;
  }
  if (chunks_->is_done()) return Progress::end;
  return piece.size() >= piece_bytes ? Progress::piece : Progress::more;
}

}  // namespace ketenpoort::net
