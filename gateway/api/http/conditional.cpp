#include "gateway/api/http/conditional.hpp"

#include <utility>

#include "gateway/base/digest.hpp"
#include "gateway/base/field_text.hpp"

namespace ketenpoort::api {
namespace {

constexpr std::size_t tag_bytes = 16;

}  // namespace

std::string entity_tag(std::string_view content) {
  const auto digest = sha256(as_bytes(content));
  return '"' + to_hex(ByteView(digest).first(tag_bytes)) + '"';
}

bool names_tag(std::string_view if_none_match, std::string_view tag) {
  if (trim(if_none_match) == "*") return true;
  while (!if_none_match.empty()) {
    const auto end = if_none_match.find(',');  // our tags hold none
    auto candidate = trim(if_none_match.substr(0, end));
    if (candidate.starts_with("W/")) candidate.remove_prefix(2);
    if (candidate == tag) return true;
    if_none_match = end == std::string_view::npos ? std::string_view{} : if_none_match.substr(end + 1);
  }
  return false;
}

Reply with_entity_tag(const Request& request, Reply reply) {
  return with_entity_tag(request.header("if-none-match"), std::move(reply));
}

Reply with_entity_tag(std::string_view if_none_match, Reply reply) {
  if (reply.status != 200 || reply.rest) return reply;
  auto tag = entity_tag(reply.body);
  return with_entity_tag(if_none_match, std::move(reply), std::move(tag));
}

Reply with_entity_tag(const Request& request, Reply reply, std::string tag) {
  return with_entity_tag(request.header("if-none-match"), std::move(reply), std::move(tag));
}

Reply with_entity_tag(std::string_view if_none_match, Reply reply, std::string tag) {
  if (reply.status != 200) return reply;
  if (names_tag(if_none_match, tag)) {
    reply.status = 304;
    reply.content_type.clear();
    reply.body.clear();
    reply.rest = nullptr;
  }
  reply.headers.emplace_back("ETag", std::move(tag));
  return reply;
}

}  // namespace ketenpoort::api
