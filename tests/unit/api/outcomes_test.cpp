// Who may report back, and in what: POST /outcomes through the router.
#include <gtest/gtest.h>

#include <future>

#include "gateway/api/api.hpp"
#include "tests/unit/exchange/small_mappings.hpp"

namespace ketenpoort::api {
namespace {

class OutcomeRoute : public exchange::FormatsFixture {
 protected:
  void SetUp() override {
    FormatsFixture::SetUp();
    ClientConfig partner{"vdab", "0887010362", {"partner"}};
    partner.certificate_subject = "vdab.example";
    partner.recipient = "vdab";
    ClientConfig nobody{"nobody", "0887010362", {"partner"}};
    nobody.certificate_subject = "nobody.example";
    authenticator_ = Authenticator::make({partner, nobody}, nullptr).value();
    std::vector<Route> routes;
    add_outcome_routes(*facilities_, unknown_codes_, workers_, routes);
    router_ = std::make_unique<Router>("/base", *authenticator_, std::move(routes));
  }
  void TearDown() override {
    workers_.stop();
    FormatsFixture::TearDown();
  }

  int report(const std::string& client, const std::string& type = "application/json") {
    Request request;
    request.method = "POST";
    request.path = "/base/outcomes";
    request.body = "{}";
    request.headers = {{"host", "localhost"}, {"content-type", type}};
    request.certificate = ClientCertificate{client + ".example", {}};
    const auto answer = std::make_shared<std::promise<Reply>>();
    (*router_)(std::move(request), [answer](Reply reply) { answer->set_value(std::move(reply)); });
    return answer->get_future().get().status;
  }

  exchange::UnknownCodes unknown_codes_;
  Workers workers_{1, 16};
  std::unique_ptr<Authenticator> authenticator_;
  std::unique_ptr<Router> router_;
};

TEST_F(OutcomeRoute, is_forbidden_to_a_client_that_is_no_partner) {
  EXPECT_EQ(report("nobody"), 403);
}

TEST_F(OutcomeRoute, is_not_there_for_a_partner_whose_reports_nothing_reads) {
  EXPECT_EQ(report("vdab"), 404);
}

TEST_F(OutcomeRoute, blames_the_media_type_only_when_it_is_what_no_mapping_reads) {
  facilities_->terms.change([](exchange::Terms& terms) { terms.recipients["vdab"].outcomes = {"report"}; });
  EXPECT_EQ(report("vdab", "application/json"), 415) << "no such mapping is there";
  EXPECT_EQ(report("vdab", "text/plain"), 415);
  EXPECT_EQ(report("nobody", "application/json"), 403);
}

}  // namespace
}  // namespace ketenpoort::api
