// What net and api know of each other: a request in, a reply out, sooner or later.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/domain/call.hpp"

namespace ketenpoort::api {

// The client certificate of a mutual-TLS connection, already verified against the configured authorities.
struct ClientCertificate {
  std::string common_name;
  Digest thumbprint{};  // SHA-256 of the DER (RFC 8705 x5t#S256)
};

// One request with its framing already checked: an absolute path, one Host, a whole body.
struct Request {
  std::string method;
  std::string path;   // our paths are plain ASCII without percent-encoding; anything else finds no route
  std::string query;  // raw, after '?'
  Headers headers;    // names in lower case, in order of arrival
  std::string body;
  bool streamed = false;  // the body is not here: it goes to the reply's `take`
  std::optional<ClientCertificate> certificate;
  Uuid trace;  // fresh for every request; goes back as BelGov-Trace-Id

  [[nodiscard]] std::string_view header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers)
      if (name == lower_case_name) return value;
    return {};
  }
};

struct Reply;

// Called once, from any thread.
using ReplyTo = std::function<void(Reply)>;

// Asks for the next piece of a body that is sent as it is made: a reply of status 200 whose body is the piece, an empty
// one at the end. Any other status breaks the connection off, so that nobody takes what came for the whole. Called on
// the I/O thread once the piece before is out: it must not block.
using NextPiece = std::function<void(ReplyTo)>;

// Takes a body as it comes, piece after piece, and an empty piece once it is whole. A reply of status 100 asks for the
// next piece, any other is the answer and ends it. Destroyed before the empty piece: the body did not arrive. Called on
// the I/O thread: it must not block.
using TakePiece = std::function<void(std::string, ReplyTo)>;

struct Reply {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  Headers headers{};  // further ones; net adds BelGov-Trace-Id, Content-Length, Date, Connection and security headers
  NextPiece rest{};   // if given, the body comes from here, in chunks, and `body` is empty
  TakePiece take{};   // to a streamed request, with status 100: no answer yet, the body goes here
};

// No answer at all: the connection is closed at once, as a crash would. For simulators that must fail like this.
inline Reply close_without_answer() {
  return {.status = 0, .content_type = {}, .body = {}};
}

// Runs on the I/O thread and must not block: it answers at once or hands `reply_to` to whoever will.
using Handler = std::function<void(Request, ReplyTo)>;

}  // namespace ketenpoort::api
