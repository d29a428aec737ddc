#include "gateway/net/head_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "gateway/base/ascii.hpp"

namespace ketenpoort::net {
namespace {

namespace http = boost::beast::http;
using ErrorCodeOut = boost::beast::error_code;

class HeadReader final : public http::basic_parser<true> {
 public:
  explicit HeadReader(api::Request& request) : request_(request) {}

 private:
  void on_request_impl(http::verb /*verb*/, boost::beast::string_view method, boost::beast::string_view target,
                       int /*version*/, ErrorCodeOut& /*error*/) override {
    request_.method = method;
    const auto relative = in_origin_form({target.data(), target.size()});
    const auto question_mark = std::min(relative.find('?'), relative.size());
    request_.path = relative.substr(0, question_mark);
    if (question_mark < relative.size()) request_.query = relative.substr(question_mark + 1);
  }

  void on_field_impl(http::field /*field*/, boost::beast::string_view name, boost::beast::string_view value,
                     ErrorCodeOut& /*error*/) override {
    request_.headers.emplace_back(to_lower(name), value);
  }

  void on_header_impl(ErrorCodeOut& /*error*/) override {}
  void on_response_impl(int /*code*/, boost::beast::string_view /*reason*/, int /*version*/,
                        ErrorCodeOut& /*error*/) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/, ErrorCodeOut& /*error*/) override {}
  std::size_t on_body_impl(boost::beast::string_view /*body*/, ErrorCodeOut& /*error*/) override { return 0; }
  void on_chunk_header_impl(std::uint64_t /*size*/, boost::beast::string_view /*extensions*/,
                            ErrorCodeOut& /*error*/) override {}
  std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, boost::beast::string_view /*body*/,
                                 ErrorCodeOut& /*error*/) override {
    return 0;
  }
  void on_finish_impl(ErrorCodeOut& /*error*/) override {}

  api::Request& request_;
};

}  // namespace

bool read_head(std::string_view head, const Framing& framing, api::Request& request) {
  HeadReader reader(request);
  reader.header_limit(static_cast<std::uint32_t>(head.size() + 1));
  reader.body_limit(boost::none);  // the guard has checked it
  ErrorCodeOut error;
  const auto used = reader.put(boost::asio::buffer(head.data(), head.size()), error);
  if (error || used != head.size() || !reader.is_header_done() || reader.chunked() != framing.chunked) return false;
  const auto length = reader.content_length();
  return (length ? *length : 0) == framing.content_length && request.method == framing.method &&
         request.path == framing.path && request.query == framing.query;
}

}  // namespace ketenpoort::net
