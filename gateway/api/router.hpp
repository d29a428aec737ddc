// The calls the gateway takes: every route states who may make it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/api/access/authentication.hpp"
#include "gateway/api/http/http.hpp"
#include "gateway/domain/texts.hpp"

namespace ketenpoort::api {

// A request on its way to its use case.
struct Call {
  Request request;
  Identity identity;               // of who made it; empty on public routes
  std::vector<std::string> parts;  // what stood for {..} in the path, in order
  std::string base;                // "https://host:port/ketenpoort/v1": what hrefs begin with
  ReplyTo reply;

  void answer(int status, std::string json, Headers headers = {}) const {
    reply({status, "application/json", std::move(json), std::move(headers)});
  }
  void refuse(const Error& error, InputPart in = InputPart::body) const {
    reply(problem_reply(error, request.trace, in));
  }
};

enum class Access { anyone, scope };  // "anyone" is written out at the route

struct Route {
  std::string_view method;
  std::string_view path;  // beneath the base path: "/transfers/{id}"; "{rest...}" at its end takes one segment or more
  Access access = Access::scope;
  std::string_view scope;
  std::function<void(Call)> run;
  bool takes_query = false;     // without: any query parameter is unknown input and refused
  std::string_view or_scope{};  // another scope that is enough as well
  std::vector<std::string_view> media_types{"application/json"};  // that a body may have; empty: any
  std::string_view or_third_scope{};                              // and another
  bool tagged = false;    // a 200 carries an ETag over its body, and If-None-Match is obeyed
  bool streamed = false;  // the body comes piece by piece, after the call has been looked at
  // The forms of its answers that are no problem; a GET gets 406 where Accept rules out all. Empty: the form of what
  // lies there.
  std::vector<std::string_view> produces{"application/json"};
  // Who asks has it from then on: no HEAD, which would count and show nothing.
  bool hands_over = false;
};

using TextsInUse = std::function<std::shared_ptr<const Texts>()>;

class Router {
 public:
  // `base_path` "/ketenpoort/v1". The authenticator must outlive the router, `texts` gives those that count now, in
  // which problems are told to who asks for another language than English; without them nobody is.
  Router(std::string base_path, const Authenticator& authenticator, std::vector<Route> routes, TextsInUse texts = {});

  void operator()(Request request, ReplyTo reply) const;
  // Why a request is refused whose body has not come yet, by its head alone: nobody need hold a megabyte for who may
  // not make the call. Nothing where the body decides.
  [[nodiscard]] std::optional<Reply> refuse_unread(const Request& head) const;
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

 private:
  // The route that was asked for, what stood for {..} in its path, and who calls.
  struct Admitted {
    const Route* route;
    std::vector<std::string> parts;
    Identity identity;
  };
  [[nodiscard]] tl::expected<Admitted, Reply> admit(const Request& request) const;

  std::string base_path_;
  const Authenticator& authenticator_;
  std::vector<Route> routes_;
  TextsInUse texts_;
};

}  // namespace ketenpoort::api
