// Replies as bytes: status line, header fields, body, in one buffer so that one TLS record carries a small answer.
#pragma once

#include <string>
#include <string_view>

#include "gateway/api/http/http.hpp"

namespace ketenpoort::net {

struct ReplyContext {
  std::string_view date;  // IMF-fixdate (RFC 9110 5.6.7)
  Uuid trace;
  std::string_view related_trace;  // the request's own BelGov-Trace-Id, already checked; empty for none
  bool keep_alive = true;
  bool says_so = false;       // that it is kept alive: who speaks HTTP/1.0 takes it for closed otherwise
  bool without_body = false;  // answers to HEAD: the length stands, the body does not follow
  bool secure = true;         // TLS: tell browsers to stay on it
};

// Appends to `out`. A reply whose header fields hold a line break or other control character is a mistake of ours;
// false, and nothing is appended.
bool write_reply(std::string& out, const api::Reply& reply, const ReplyContext& context);

// One chunk of a body whose length is not known before (RFC 9112 7.1); an empty one ends it.
void write_chunk(std::string& out, std::string_view piece);

std::string_view reason_phrase(int status);

}  // namespace ketenpoort::net
