// What POST /ledger/witness and GET /ledger/checkpoint.cosigned answer (C2SP tlog-witness), through the router.
#include "gateway/ledger/published/witness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "gateway/api/api.hpp"
#include "gateway/formats/json.hpp"
#include "tests/support/anchored_log.hpp"

namespace ketenpoort::api {
namespace {

using exchange::test::AnchoredLog;
using testing::HasSubstr;

class WitnessRoute : public testing::Test {
 protected:
  WitnessRoute() {
    ClientConfig witness{"witness", "0123456749", {"witness"}};
    witness.certificate_subject = "witness.example";
    ClientConfig reader{"reader", "0123456749", {"ledger"}};
    reader.certificate_subject = "reader.example";
    ClientConfig auditor{"auditor", "0123456749", {"audit"}};
    auditor.certificate_subject = "auditor.example";
    authenticator_ = Authenticator::make({witness, reader, auditor}, nullptr).value();
    log_.grow(6);
    log_.start({}, {log_.witness("w1")});
    use(&log_.anchoring(), nullptr);
  }
  ~WitnessRoute() override { workers_.stop(); }

  void use(exchange::Anchoring* anchoring, ledger::Witness* witness) {
    std::vector<Route> routes;
    add_witness_routes(log_.sequencer(), workers_, anchoring, witness, routes);
    router_ = std::make_unique<Router>("/base", *authenticator_, std::move(routes));
  }
  // We witness a log that another AnchoredLog is.
  void witness_another() {
    const auto key = ledger::WitnessSigner::from_seed("we", sha256({})).value();
    std::vector<ledger::WitnessedLog> logs{{other_.key().verifier().name(), {other_.key().verifier()}}};
    witness_ = std::move(ledger::Witness::open(memory_.path(), key, std::move(logs)).value());
    use(&log_.anchoring(), witness_.get());
  }

  Reply ask(const std::string& method, const std::string& path, std::string body = {},
            const std::string& client = "witness", const std::string& type = "text/plain; charset=utf-8") {
    Request request;
    request.method = method;
    request.path = "/base" + path;
    request.body = std::move(body);
    request.headers = {{"host", "localhost"}, {"content-type", type}};
    if (!client.empty()) request.certificate = ClientCertificate{client + ".example", {}};
    const auto answer = std::make_shared<std::promise<Reply>>();
    (*router_)(std::move(request), [answer](Reply reply) { answer->set_value(std::move(reply)); });
    return answer->get_future().get();
  }
  Reply bring(std::string body, const std::string& client = "witness") {
    return ask("POST", "/ledger/witness", std::move(body), client);
  }
  // The other log's checkpoint as add-checkpoint takes it, proven from an older size.
  std::string grown(std::uint64_t from) {
    const auto note = other_.sequencer().checkpoint();
    const auto size = ledger::parse_checkpoint(ledger::split_note(note).value().text).value().size;
    return ledger::format_add_checkpoint({from, other_.sequencer().prove_growth(from, size).value(), note});
  }

  AnchoredLog log_;
  AnchoredLog other_;
  ketenpoort::test::ScratchFolder memory_;
  std::unique_ptr<ledger::Witness> witness_;
  Workers workers_{1, 16};
  std::unique_ptr<Authenticator> authenticator_;
  std::unique_ptr<Router> router_;
};

TEST_F(WitnessRoute, takes_a_cosignature_of_ours_and_says_where_it_stands) {
  const auto note = log_.sequencer().checkpoint();
  const auto brought = note + log_.local("w1").cosign(note);
  const auto reply = bring(brought);
  ASSERT_EQ(reply.status, 200) << reply.body;
  const auto seq = log_.bodies<ledger::Cosigned>().front().first;
  EXPECT_EQ(reply.body, "{\"ledger\":[" + std::to_string(seq) + "]}");
  EXPECT_EQ(bring(brought).status, 409) << "known already";

  const auto shown = ask("GET", "/ledger/checkpoint.cosigned", {}, "reader");
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(shown.body, brought);
  EXPECT_EQ(shown.content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(ask("GET", "/ledger/checkpoint.cosigned", {}, "auditor").status, 200);
}

TEST_F(WitnessRoute, says_what_is_wrong_with_a_cosignature) {
  const auto note = log_.sequencer().checkpoint();
  EXPECT_EQ(bring("nothing").status, 400);
  EXPECT_EQ(bring("").status, 400);
  EXPECT_EQ(bring(note).status, 403);
  EXPECT_EQ(bring(note + log_.stranger().cosign(note)).status, 403);
  auto elsewhere = note;
  elsewhere.replace(0, elsewhere.find('\n'), "elsewhere.example");
  EXPECT_EQ(bring(elsewhere + log_.local("w1").cosign(note)).status, 404);
  const auto never = ledger::sign_checkpoint({log_.key().verifier().name(), 3, Digest{}}, log_.key()).value();
  EXPECT_EQ(bring(never + log_.local("w1").cosign(never)).status, 409);
  EXPECT_EQ(bring(note + log_.local("w1").cosign(note, std::chrono::hours{1})).status, 400);
  EXPECT_EQ(ask("GET", "/ledger/checkpoint.cosigned", {}, "reader").status, 404);
  use(nullptr, nullptr);
  EXPECT_EQ(bring(note + log_.local("w1").cosign(note)).status, 403) << "nobody witnesses this log";
}

TEST_F(WitnessRoute, is_for_who_has_the_scope) {
  const auto note = log_.sequencer().checkpoint();
  const auto brought = note + log_.local("w1").cosign(note);
  EXPECT_EQ(bring(brought, "reader").status, 403);
  EXPECT_EQ(bring(brought, "").status, 401);
  EXPECT_EQ(ask("GET", "/ledger/checkpoint.cosigned", {}, "witness").status, 403);
  EXPECT_EQ(ask("GET", "/ledger/witness").status, 405);
  EXPECT_TRUE(log_.bodies<ledger::Cosigned>().empty());
}

TEST_F(WitnessRoute, cosigns_another_log_as_c2sp_says) {
  witness_another();
  const auto first = bring(grown(0));
  ASSERT_EQ(first.status, 200) << first.body;
  const auto note = other_.sequencer().checkpoint();
  EXPECT_TRUE(witness_->key().verify(ledger::split_note(note).value().text,
                                     std::string_view(first.body).substr(0, first.body.size() - 1)));
  const auto seen = witness_->seen().front().size;

  other_.grow(5);
  const auto behind = bring(grown(seen + 1));
  EXPECT_EQ(behind.status, 409) << "it remembers another size";
  EXPECT_EQ(behind.content_type, "text/x.tlog.size");
  EXPECT_EQ(behind.body, std::to_string(seen) + "\n");

  auto wrong_proof = ledger::parse_add_checkpoint(grown(seen)).value();
  wrong_proof.proof.front()[0] ^= 1;
  EXPECT_EQ(bring(ledger::format_add_checkpoint(wrong_proof)).status, 422);

  const auto forged =
      ledger::sign_checkpoint({other_.key().verifier().name(), 3, Digest{}}, AnchoredLog::another_key());
  EXPECT_EQ(bring(ledger::format_add_checkpoint({0, {}, forged.value()})).status, 403);
  std::array<std::uint8_t, 32> seed{};
  const auto unknown = ledger::SigningKey::from_seed("elsewhere.example", seed).value();
  EXPECT_EQ(bring(ledger::format_add_checkpoint(
                      {0, {}, ledger::sign_checkpoint({"elsewhere.example", 3, Digest{}}, unknown).value()}))
                .status,
            404);
  EXPECT_EQ(bring("old many\n\n" + note).status, 400);
  const auto fork = ledger::sign_checkpoint({other_.key().verifier().name(), seen, Digest{}}, other_.key()).value();
  const auto forked = bring(ledger::format_add_checkpoint({seen, {}, fork}));
  EXPECT_EQ(forked.status, 409) << "another tree of the size it saw";
  EXPECT_NE(forked.content_type, "text/x.tlog.size");

  EXPECT_EQ(bring(grown(seen)).status, 200) << "and goes on with the true one";
  EXPECT_GT(witness_->seen().front().size, seen);
}

TEST_F(WitnessRoute, that_witnesses_no_log_knows_none) {
  EXPECT_EQ(bring(grown(0)).status, 404);
  EXPECT_EQ(bring("old many\n\nwhat").status, 400);
}

TEST_F(WitnessRoute, takes_whatever_type_a_body_says_it_has) {
  witness_another();
  EXPECT_EQ(ask("POST", "/ledger/witness", grown(0), "witness", "application/octet-stream").status, 200);
  other_.grow(1);
  EXPECT_EQ(ask("POST", "/ledger/witness", grown(witness_->seen().front().size), "witness", "").status, 200);
}

}  // namespace
}  // namespace ketenpoort::api
