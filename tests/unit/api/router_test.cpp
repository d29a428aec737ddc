#include "gateway/api/router.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace ketenpoort::api {
namespace {

class ARouter : public testing::Test {
 protected:
  ARouter() {
    ClientConfig reader{"reader", "0123456749", {"ledger"}};
    reader.certificate_subject = "reader.example";
    ClientConfig auditor{"auditor", "0123456749", {"audit"}};
    auditor.certificate_subject = "auditor.example";
    ClientConfig sender{"sender", "0123456749", {"records"}};
    sender.certificate_subject = "sender.example";
    ClientConfig holder{"holder", "0123456749", {"consents"}};
    holder.certificate_subject = "holder.example";
    authenticator_ = Authenticator::make({reader, auditor, sender, holder}, nullptr).value();
  }

  Reply ask(const std::string& client, const std::string& path, const std::string& method = "GET",
            const std::string& content_type = {}, const Headers& headers = {}, const std::string& query = {}) {
    Reply answer;
    router()(request(client, path, method, content_type, headers, query),
             [&](Reply reply) { answer = std::move(reply); });
    return answer;
  }

  static std::string allowed(const Reply& reply) {
    for (const auto& [name, value] : reply.headers)
      if (name == "Allow") return value;
    return {};
  }

  // By the head alone; 0: the body is waited for.
  int ask_unread(const std::string& client, const std::string& path, const std::string& method,
                 const Headers& headers = {}) {
    const auto refusal = router().refuse_unread(request(client, path, method, {}, headers, {}));
    return refusal ? refusal->status : 0;
  }

  static Request request(const std::string& client, const std::string& path, const std::string& method,
                         const std::string& content_type, const Headers& headers, const std::string& query) {
    Request request;
    request.method = method;
    request.path = path;
    request.headers = headers;
    request.query = query;
    if (!content_type.empty()) request.headers.emplace_back("content-type", content_type);
    if (!client.empty()) request.certificate = ClientCertificate{client + ".example", {}};
    return request;
  }

  Router router() {
    const auto say = [](std::string_view what) {
      return [what](const Call& call) {
        std::string parts(what);
        for (const auto& part : call.parts) parts += ' ' + part;
        call.answer(200, parts);
      };
    };
    Route told{"GET", "/told", Access::scope, "audit", say("told"), false, "records"};
    told.or_third_scope = "ledger";
    return Router("/base", *authenticator_,
                  {told,
                   {"GET", "/tile/entries/{path...}", Access::scope, "audit", say("entries")},
                   {"GET", "/tile/{path...}", Access::scope, "ledger", say("tile"), false, "audit"},
                   {"GET", "/proofs/{seq}", Access::scope, "ledger", say("proof")},
                   {"POST", "/proofs/query", Access::scope, "ledger", say("query")},
                   {"GET", "/open", Access::anyone, {}, say("open")},
                   {.method = "GET",
                    .path = "/forms",
                    .scope = "ledger",
                    .run = say("forms"),
                    .takes_query = true,
                    .produces = {"application/json", "text/csv"}},
                   {.method = "GET", .path = "/own", .scope = "ledger", .run = say("own"), .produces = {}},
                   {.method = "GET", .path = "/fetched", .scope = "ledger", .run = say("fetched"), .hands_over = true},
                   {"GET", "/doc/it", Access::anyone, {}, say("doc")},
                   {.method = "GET", .path = "/polled", .scope = "records", .run = say("polled"), .tagged = true},
                   {.method = "POST",
                    .path = "/stream",
                    .access = Access::scope,
                    .scope = "records",
                    .run = say("stream"),
                    .media_types = {"text/csv"},
                    .streamed = true}});
  }

  std::unique_ptr<Authenticator> authenticator_;
};

TEST_F(ARouter, gives_a_route_that_takes_the_rest_all_of_it) {
  EXPECT_EQ(ask("reader", "/base/tile/0/x001/234.p/5").body, "tile 0/x001/234.p/5");
  EXPECT_EQ(ask("auditor", "/base/tile/entries/x001/234").body, "entries x001/234");
  EXPECT_EQ(ask("reader", "/base/tile/0//../000").body, "tile 0//../000");
  EXPECT_EQ(ask("reader", "/base/tile").status, 404);
  EXPECT_EQ(ask("reader", "/base/proofs/3/4").status, 404);
  EXPECT_EQ(ask("reader", "/base/proofs").status, 404);
}

TEST_F(ARouter, refuses_what_the_caller_would_not_take_before_anything_is_done) {
  const auto refused = ask("reader", "/base/proofs/3", "GET", {}, {{"accept", "text/html"}});
  EXPECT_EQ(refused.status, 406);
  EXPECT_EQ(refused.content_type, "application/problem+json");
  EXPECT_NE(refused.body.find("application/json"), std::string::npos) << refused.body;
  EXPECT_EQ(ask("reader", "/base/proofs/3", "GET", {}, {{"accept", "text/html, */*;q=0.1"}}).status, 200);
  EXPECT_EQ(ask("", "/base/open", "GET", {}, {{"accept", "text/html"}}).status, 406);
  EXPECT_EQ(ask("", "/base/proofs/3", "GET", {}, {{"accept", "text/html"}}).status, 401) << "who calls comes first";
  EXPECT_EQ(ask("reader", "/base/nothing", "GET", {}, {{"accept", "text/html"}}).status, 404);
  EXPECT_EQ(ask("reader", "/base/forms", "GET", {}, {{"accept", "image/png"}}).status, 406);
  EXPECT_EQ(ask("reader", "/base/forms", "GET", {}, {{"accept", "text/csv"}}).status, 200);
  EXPECT_EQ(ask("reader", "/base/forms", "GET", {}, {{"accept", "image/png"}}, "x=1&format=csv").status, 200);
  EXPECT_EQ(ask("reader", "/base/forms", "GET", {}, {{"accept", "image/png"}}, "reformat=csv").status, 406);
  EXPECT_EQ(ask("reader", "/base/own", "GET", {}, {{"accept", "text/html"}}).status, 200) << "has a form of its own";
  EXPECT_EQ(ask("sender", "/base/stream", "POST", "text/csv", {{"accept", "text/html"}}).status, 200)
      << "what is sent is not turned away for the form of its receipt";
}

TEST_F(ARouter, tells_by_the_head_alone_who_need_not_send_a_body) {
  EXPECT_EQ(ask_unread("", "/base/stream", "POST"), 401);
  EXPECT_EQ(ask_unread("reader", "/base/stream", "POST"), 403);
  EXPECT_EQ(ask_unread("sender", "/base/nothing", "POST"), 404);
  EXPECT_EQ(ask_unread("sender", "/elsewhere", "POST"), 404);
  EXPECT_EQ(ask_unread("reader", "/base/told", "POST"), 405);
  EXPECT_EQ(ask_unread("sender", "/base/stream", "POST"), 0);
  EXPECT_EQ(ask_unread("", "/base/open", "GET"), 0);
  EXPECT_EQ(ask_unread("", "/doc/it", "GET"), 0);
}

// Whoever sends it need not say who they are, and it would be kept until it is whole.
TEST_F(ARouter, waits_for_no_large_body_of_a_look) {
  EXPECT_EQ(ask_unread("", "/base/open", "GET", {{"content-length", "1000000"}}), 413);
  EXPECT_EQ(ask_unread("", "/base/open", "GET", {{"content-length", "20"}}), 0);
  EXPECT_EQ(ask_unread("sender", "/base/stream", "POST", {{"content-length", "1000000"}}), 0);
}

TEST_F(ARouter, takes_one_of_two_scopes) {
  EXPECT_EQ(ask("reader", "/base/tile/0/000").status, 200);
  EXPECT_EQ(ask("auditor", "/base/tile/0/000").status, 200);
  EXPECT_EQ(ask("sender", "/base/tile/0/000").status, 403);
  EXPECT_EQ(ask("", "/base/tile/0/000").status, 401);
}

TEST_F(ARouter, takes_one_of_three_scopes) {
  for (const auto* client : {"reader", "auditor", "sender"})
    EXPECT_EQ(ask(client, "/base/told").body, "told") << client;
  EXPECT_EQ(ask("stranger", "/base/told").status, 401);
  EXPECT_EQ(ask("holder", "/base/told").status, 403);
}

TEST_F(ARouter, takes_the_one_scope_where_there_is_one) {
  EXPECT_EQ(ask("reader", "/base/tile/entries/000").status, 403);
  EXPECT_EQ(ask("auditor", "/base/proofs/3").status, 403);
  EXPECT_EQ(ask("reader", "/base/proofs/3").body, "proof 3");
  EXPECT_EQ(ask("", "/base/open").status, 200);
}

TEST_F(ARouter, looks_at_the_media_type_of_a_body_that_is_still_to_come) {
  EXPECT_EQ(ask("sender", "/base/stream", "POST", "text/csv; charset=utf-8").body, "stream");
  EXPECT_EQ(ask("sender", "/base/stream", "POST", "application/json").status, 415);
  EXPECT_EQ(ask("sender", "/base/stream", "POST").status, 415);
  EXPECT_EQ(ask("reader", "/base/stream", "POST", "text/csv").status, 403);
}

TEST_F(ARouter, tags_what_is_polled_and_spares_what_is_known) {
  const auto first = ask("sender", "/base/polled");
  ASSERT_EQ(first.headers.size(), 1U);
  EXPECT_EQ(first.headers[0].first, "ETag");
  const auto again = ask("sender", "/base/polled", "GET", {}, {{"if-none-match", first.headers[0].second}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(ask("sender", "/base/polled", "GET", {}, {{"if-none-match", "\"other\""}}).body, "polled");
  EXPECT_TRUE(ask("", "/base/open").headers.empty());
}

TEST_F(ARouter, looks_at_the_fields_of_a_post_once_it_is_known_who_calls) {
  EXPECT_EQ(ask("sender", "/base/stream", "POST", "text/csv", {{"content-digest", "junk"}}).status, 400);
  EXPECT_EQ(ask("sender", "/base/stream", "POST", "text/csv", {{"idempotency-key", ""}}).status, 400);
  EXPECT_EQ(ask("reader", "/base/stream", "POST", "text/csv", {{"idempotency-key", ""}}).status, 403);
  EXPECT_EQ(ask("sender", "/base/polled", "GET", {}, {{"content-digest", "junk"}}).status, 200);
}

TEST_F(ARouter, serves_the_documentation_at_the_root_as_well) {
  EXPECT_EQ(ask("", "/doc/it").body, "doc");
  EXPECT_EQ(ask("", "/base/doc/it").body, "doc");
  EXPECT_EQ(ask("", "/open").status, 404);
}

TEST_F(ARouter, takes_the_name_of_a_call_for_no_id) {
  const auto reply = ask("reader", "/base/proofs/query");
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(std::ranges::count(reply.headers, std::pair<std::string, std::string>("Allow", "POST")), 1);
  EXPECT_EQ(ask("reader", "/base/proofs/query", "POST").body, "query");
  EXPECT_EQ(ask("reader", "/base/proofs/queries").body, "proof queries");
}

TEST_F(ARouter, says_which_method_a_path_takes) {
  const auto reply = ask("reader", "/base/tile/0/000", "POST");
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(allowed(reply), "GET, HEAD");
  EXPECT_EQ(allowed(ask("sender", "/base/stream")), "POST");
  EXPECT_EQ(ask("reader", "/elsewhere").status, 404);
}

// The server sends the length of the body that a GET would have had, and not the body (server_test).
TEST_F(ARouter, answers_head_as_get) {
  EXPECT_EQ(ask("reader", "/base/tile/0/000", "HEAD").body, "tile 0/000");
  EXPECT_EQ(ask("", "/base/open", "HEAD").status, 200);
  EXPECT_EQ(ask("", "/base/tile/0/000", "HEAD").status, 401);
  EXPECT_EQ(ask("sender", "/base/tile/0/000", "HEAD").status, 403);
  EXPECT_EQ(ask("reader", "/base/forms", "HEAD", {}, {{"accept", "image/png"}}).status, 406);
  const auto tagged = ask("sender", "/base/polled", "GET").headers;
  EXPECT_EQ(ask("sender", "/base/polled", "HEAD").headers, tagged);
}

TEST_F(ARouter, answers_no_head_where_looking_is_having) {
  const auto reply = ask("reader", "/base/fetched", "HEAD");
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(allowed(reply), "GET");
  EXPECT_EQ(ask("reader", "/base/fetched").status, 200);
  EXPECT_EQ(ask("sender", "/base/stream", "HEAD").status, 405);
}

}  // namespace
}  // namespace ketenpoort::api
