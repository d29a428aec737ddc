#include "gateway/net/answer_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "gateway/base/ascii.hpp"
#include "gateway/net/last_chunk.hpp"

namespace ketenpoort::net {
namespace {

namespace http = boost::beast::http;
using ErrorCodeOut = boost::beast::error_code;
using Text = boost::beast::string_view;

constexpr std::uint32_t max_head_bytes = 16U << 10;
// Of the line before a chunk, and of the fields behind the last: the parser waits for their end, however long they are.
constexpr std::size_t max_framing_bytes = max_head_bytes;
constexpr int max_interim_answers = 100;

}  // namespace

class AnswerReader::Parser final : public http::basic_parser<false> {
 public:
  Parser(Answer& answer, std::size_t max_body_bytes) : answer_(answer), max_body_bytes_(max_body_bytes) {}

 private:
  void on_request_impl(http::verb /*verb*/, Text /*method*/, Text /*target*/, int /*version*/,
                       ErrorCodeOut& /*error*/) override {}
  void on_response_impl(int code, Text /*reason*/, int /*version*/, ErrorCodeOut& /*error*/) override {
    answer_.status = code;
  }
  void on_field_impl(http::field /*field*/, Text name, Text value, ErrorCodeOut& /*error*/) override {
    answer_.headers.emplace_back(to_lower({name.data(), name.size()}), value);
  }
  void on_header_impl(ErrorCodeOut& /*error*/) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/, ErrorCodeOut& /*error*/) override {}
  std::size_t on_body_impl(Text body, ErrorCodeOut& error) override { return append(body, error); }
  void on_chunk_header_impl(std::uint64_t /*size*/, Text /*extensions*/, ErrorCodeOut& /*error*/) override {}
  std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, Text body, ErrorCodeOut& error) override {
    return append(body, error);
  }
  void on_finish_impl(ErrorCodeOut& /*error*/) override {}

  std::size_t append(Text body, ErrorCodeOut& error) {
    if (answer_.body.size() + body.size() > max_body_bytes_) {
      error = http::error::body_limit;
      return 0;
    }
    answer_.body.append(body.data(), body.size());
    return body.size();
  }

  Answer& answer_;
  std::size_t max_body_bytes_;
};

AnswerReader::AnswerReader(std::size_t max_body_bytes, bool to_head)
    : max_body_bytes_(max_body_bytes), to_head_(to_head) {
  begin();
}

AnswerReader::~AnswerReader() = default;

void AnswerReader::begin() {
  answer_ = Answer();
  parser_ = std::make_unique<Parser>(answer_, max_body_bytes_);
  parser_->header_limit(max_head_bytes);
  parser_->body_limit(boost::none);  // the parser's own callbacks count
  parser_->eager(true);
  parser_->skip(to_head_);
}

AnswerReader::Progress AnswerReader::read(std::string_view received, std::size_t& used) {
  used = 0;
  while (used < received.size()) {
    ErrorCodeOut error;
    const auto rest = received.substr(used);
    // Every body in chunks has at least that much to come, and Beast 1.81 asserts that it sees no less of a last chunk.
    if (parser_->is_header_done() && parser_->chunked() && rest.size() < shortest_last_chunk.size())
      return Progress::more;
    used += parser_->put(boost::asio::buffer(rest.data(), rest.size()), error);
    const auto announced = parser_->is_header_done() ? parser_->content_length() : boost::none;
    if (announced && *announced > max_body_bytes_ && !to_head_) return Progress::too_large;
    if (error == http::error::need_more)
      return received.size() - used > max_framing_bytes ? Progress::too_large : Progress::more;
    if (error == http::error::body_limit || error == http::error::header_limit) return Progress::too_large;
    if (error) return Progress::broken;
    if (!parser_->is_done()) continue;
    const bool interim = answer_.status >= 100 && answer_.status < 200;
    if (!interim) return Progress::done;
    if (++interim_answers_ > max_interim_answers) return Progress::too_large;
    begin();
  }
  return Progress::more;
}

AnswerReader::Progress AnswerReader::end() {
  ErrorCodeOut error;
  if (!parser_->got_some()) return Progress::broken;
  parser_->put_eof(error);
  return error ? Progress::broken : Progress::done;
}

bool AnswerReader::keep_alive() const {
  return parser_->keep_alive();
}

}  // namespace ketenpoort::net
