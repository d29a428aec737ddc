#include "gateway/net/reply_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "gateway/base/ascii.hpp"

namespace ketenpoort::net {
namespace {

// What a handler has not said itself. The API has nothing a browser should run, frame, sniff or keep.
struct DefaultField {
  std::string_view name;
  std::string_view value;
  bool only_secure;
};
constexpr DefaultField default_fields[] = {
    {"Cache-Control", "no-store", false},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'", false},
    {"Referrer-Policy", "no-referrer", false},
    {"Strict-Transport-Security", "max-age=63072000", true},
    {"X-Content-Type-Options", "nosniff", false},
};

bool is_clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_default_fields(std::string& out, const api::Reply& reply, bool secure) {
  for (const auto& field : default_fields) {
    if (field.only_secure && !secure) continue;
    const auto said = std::any_of(reply.headers.begin(), reply.headers.end(),
                                  [&](const auto& header) { return same_ignoring_case(header.first, field.name); });
    if (!said) append_field(out, field.name, field.value);
  }
}

bool has_no_content(int status) {
  return status == 204 || status == 304;
}

}  // namespace

bool write_reply(std::string& out, const api::Reply& reply, const ReplyContext& context) {
  for (const auto& [name, value] : reply.headers)
    if (!is_clean(name) || !is_clean(value)) return false;
  if (!is_clean(reply.content_type)) return false;
  constexpr std::size_t usual_head = 512;
  out.reserve(out.size() + usual_head + reply.body.size());
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", reply.status, reason_phrase(reply.status));
  append_field(out, "Date", context.date);
  if (!reply.body.empty() || reply.rest) append_field(out, "Content-Type", reply.content_type);
  if (reply.rest)
    append_field(out, "Transfer-Encoding", "chunked");
  else if (!has_no_content(reply.status))
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", reply.body.size());
  append_field(out, "BelGov-Trace-Id", context.trace.text());
  if (!context.related_trace.empty()) append_field(out, "BelGov-Related-Trace-Id", context.related_trace);
  for (const auto& [name, value] : reply.headers) append_field(out, name, value);
  append_default_fields(out, reply, context.secure);
  if (!context.keep_alive)
    append_field(out, "Connection", "close");
  else if (context.says_so)
    append_field(out, "Connection", "keep-alive");
  out += "\r\n";
  if (!context.without_body && !has_no_content(reply.status)) out += reply.body;
  return true;
}

void write_chunk(std::string& out, std::string_view piece) {
  fmt::format_to(std::back_inserter(out), "{:x}\r\n", piece.size());
  out.append(piece).append("\r\n");
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";  // the phrase is optional (RFC 9112 4)
  }
}

}  // namespace ketenpoort::net
