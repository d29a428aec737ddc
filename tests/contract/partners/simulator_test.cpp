// The simulators against the project's own example messages: what the mappings are said to produce, each partner takes;
// what is changed in a way that partner would notice, it refuses.
#include "adapters/simulator/simulator.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "adapters/content_digest.hpp"
#include "adapters/partner_adapter.hpp"
#include "gateway/base/files.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::simulator {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// The transfer id that the example messages carry.
constexpr std::string_view example_transfer = "0f1e2d3c-4b5a-4697-8877-665544332211";

struct TemporaryFolder {
  fs::path path = fs::temp_directory_path() / ("ketenpoort-simulator-" + new_uuid_v4().text());
  TemporaryFolder() = default;
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { fs::remove_all(path); }
};

const adapters::SigningKey& gateway_key() {
  static const auto key = adapters::SigningKey::generate();
  return key;
}

// "coa-csv" is partner coa with its other form.
std::string profile_of(std::string_view partner) {
  return std::string(partner.substr(0, partner.find("-csv")));
}

std::string folder_of(std::string_view partner) {
  if (partner == "agii") return "mappings/examples/resident-to-agii-dossier";
  if (partner == "coa") return "mappings/examples/resident-to-ggm-profile";
  if (partner == "coa-csv") return "mappings/examples/resident-to-ggm-profile-csv";
  return fmt::format("mappings/examples/resident-to-{}-profile", partner);
}

std::string content_type_of(std::string_view partner) {
  if (partner == "agii") return "application/xml";
  if (partner == "coa") return "application/json";
  return partner == "coa-csv" ? "text/csv" : "application/ld+json";
}

std::string example(std::string_view partner, std::string_view name = "01-full-record") {
  const std::string_view ending = partner == "agii" ? "xml" : partner == "coa-csv" ? "csv" : "json";
  return read_file(fs::path(folder_of(partner)) / fmt::format("{}.out.{}", name, ending)).value();
}

// COA's is a partner by configuration alone.
std::unique_ptr<adapters::PartnerAdapter> adapter_of(std::string_view partner) {
  if (profile_of(partner) != "coa") return adapters::make_adapter(partner).value();
  return adapters::make_adapter("rest", RestSettings{.path = "/ggm/klantprofielen",
                                                     .reference = RestSettings::Reference::json,
                                                     .reference_at = "reference",
                                                     .trace_header = {},
                                                     .headers = {}})
      .value();
}

api::Request request_from(const Call& call) {
  api::Request request;
  request.method = call.method;
  request.path = call.path;
  request.body = call.body;
  for (auto [name, value] : call.headers) {
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    request.headers.emplace_back(std::move(name), std::move(value));
  }
  request.certificate = api::ClientCertificate{.common_name = "gateway", .thumbprint = {}};
  return request;
}

struct Sent {
  std::string partner = "vdab";
  std::string body{};
  std::string transfer = std::string(example_transfer);
  Timestamp created = Clock{}.now();
};

Call call_for(const Sent& sent) {
  const auto adapter = adapter_of(sent.partner);
  auto call = adapter->to_call({.transfer = *parse_uuid(sent.transfer),
                                .message = "any",
                                .content_type = content_type_of(sent.partner),
                                .payload = sent.body.empty() ? example(sent.partner) : sent.body,
                                .trace = new_uuid_v4()});
  adapters::sign(call, gateway_key(), "gateway", sent.created);
  return call;
}

api::Request request_for(const Sent& sent) {
  return request_from(call_for(sent));
}

std::unique_ptr<Simulator> open(const fs::path& folder, std::string_view partner = "vdab", Mode mode = Mode::ok,
                                Keeping keeping = Keeping::files) {
  return Simulator::open({.partner = find_profile(profile_of(partner)).value(),
                          .mode = mode,
                          .received = folder,
                          .keeping = keeping,
                          .gateway_key = adapters::VerifyingKey::from_pem(gateway_key().public_pem()).value(),
                          .certificate_required = true})
      .value();
}

Verdict judged(std::string_view partner, const api::Reply& reply) {
  return adapter_of(partner)->judge({reply.status, {}, reply.body});
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("the example no longer has what this test changes");
  return text.replace(at, from.size(), to);
}

std::string description(const fs::path& folder, unsigned number) {
  return read_file(folder / fmt::format("{:06}.json", number)).value();
}

class EveryPartner : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Simulator, EveryPartner, testing::Values("vdab", "agii", "municipality", "coa", "coa-csv"));

// The messages an example expects: one, or one per row of its table `each`.
std::vector<std::string> messages_of(const fs::path& expected) {
  const auto message = read_file(expected).value();
  auto input = expected.string();
  input.replace(input.find(".out."), std::string::npos, ".in.json");
  const auto text = read_file(input).value();
  const auto document = formats::parse_json(text).value();
  std::vector<std::string> messages;
  for (const auto [left, right] : document.root().find("each").members()) {
    auto& one = messages.emplace_back(message);
    constexpr std::string_view mark = "{each}";
    for (auto at = one.find(mark); at != std::string::npos; at = one.find(mark, at))
      one.replace(at, mark.size(), right.as_string().value());
  }
  if (messages.empty()) messages.push_back(message);
  return messages;
}

TEST_P(EveryPartner, takes_every_example_message_and_gives_a_reference) {
  const auto folder = folder_of(GetParam());
  unsigned taken = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().stem().extension() != ".out") continue;
    for (const auto& message : messages_of(entry.path())) {
      TemporaryFolder received;
      const auto reaction =
          open(received.path, GetParam())->take(request_for({.partner = GetParam(), .body = message}));
      ASSERT_TRUE(reaction.reply);
      ++taken;
      // A mapping can say what policy never lets happen: somebody without a status yet is not handed over.
      if (message.find("Verblijfsstatus/Verzoeker") != std::string::npos ||
          message.find("VERZOEKER") != std::string::npos) {
        EXPECT_EQ(reaction.reply->status, 422) << entry.path();
        continue;
      }
      EXPECT_EQ(reaction.reply->status, 201) << entry.path() << ": " << reaction.reply->body;
      EXPECT_EQ(judged(GetParam(), *reaction.reply).kind, Verdict::Kind::acknowledged) << entry.path();
    }
  }
  EXPECT_GE(taken, 10U);
}

TEST_P(EveryPartner, answers_a_repeated_message_as_the_first_time_also_after_a_restart) {
  TemporaryFolder received;
  const auto request = request_for({.partner = GetParam()});

  auto simulator = open(received.path, GetParam());
  const auto first = simulator->take(request).reply->body;
  const auto second = simulator->take(request).reply->body;
  const auto after_restart = open(received.path, GetParam())->take(request).reply->body;

  EXPECT_EQ(first, second);
  EXPECT_EQ(first, after_restart);
  EXPECT_THAT(description(received.path, 3), HasSubstr(R"("verdict":"ok")"));
}

TEST_P(EveryPartner, refuses_other_bytes_under_the_same_key_also_after_a_restart) {
  TemporaryFolder received;
  open(received.path, GetParam())->take(request_for({.partner = GetParam()}));

  const auto reply = open(received.path, GetParam())
                         ->take(request_for({.partner = GetParam(), .body = example(GetParam()) + "\n"}))
                         .reply;

  EXPECT_EQ(reply->status, 422);
  EXPECT_THAT(description(received.path, 2), HasSubstr("already stands for other bytes"));
}

TEST_P(EveryPartner, refuses_a_message_whose_transfer_is_not_the_keys) {
  TemporaryFolder received;
  const auto reply =
      open(received.path, GetParam())
          ->take(request_for({.partner = GetParam(), .transfer = "0190b6c8-0000-7000-8000-000000000009"}))
          .reply;
  EXPECT_EQ(reply->status, 422);
  EXPECT_EQ(judged(GetParam(), *reply).kind, Verdict::Kind::reject);
}

TEST_P(EveryPartner, refuses_a_national_number_with_wrong_check_digits) {
  TemporaryFolder received;
  const auto reply = open(received.path, GetParam())
                         ->take(request_for({.partner = GetParam(),
                                             .body = replaced(example(GetParam()), "91631400287", "91631400288")}))
                         .reply;
  EXPECT_EQ(reply->status, 422) << reply->body;
  EXPECT_THAT(reply->body, testing::Not(HasSubstr("91631400288")));
}

TEST_P(EveryPartner, refuses_what_is_not_its_format_at_all) {
  for (const std::string body : {"", "{", "[]", "<a/>", "{}", "\xff"}) {
    TemporaryFolder received;
    auto call = call_for({.partner = GetParam()});
    call.headers.resize(call.headers.size() - 2);  // signed anew over another body
    call.body = body;
    for (auto& [name, value] : call.headers)
      if (name == "Content-Digest") value = adapters::content_digest(body);
    adapters::sign(call, gateway_key(), "gateway", Clock{}.now());
    EXPECT_EQ(open(received.path, GetParam())->take(request_from(call)).reply->status, 422) << body;
  }
}

TEST(Inbox, describes_a_message_without_losing_a_header) {
  TemporaryFolder received;
  open(received.path)->take(request_for({}));

  const auto text = description(received.path, 1);
  const auto json = formats::parse_json(text);
  ASSERT_TRUE(json);
  const auto root = json->root();
  EXPECT_EQ(root.find("method").as_string(), "POST");
  EXPECT_EQ(root.find("path").as_string(), "/klantvolgsysteem/profielen");
  EXPECT_EQ(root.find("headers").find("idempotency-key").as_string(), example_transfer);
  EXPECT_TRUE(root.find("headers").find("signature-input").as_string());
  EXPECT_EQ(root.find("verdict").as_string(), "ok");
  EXPECT_FALSE(root.find("reason"));
  EXPECT_TRUE(parse_rfc3339(root.find("time").as_string().value_or("")));
  EXPECT_EQ(read_file(received.path / "000001.body").value(), example("vdab"));
}

TEST(Inbox, goes_on_after_a_body_whose_description_was_never_written) {
  TemporaryFolder received;
  open(received.path)->take(request_for({}));
  fs::remove(received.path / "000001.json");

  open(received.path)->take(request_for({}));

  EXPECT_TRUE(fs::exists(received.path / "000002.json"));
}

struct Change {
  std::string from, to;
};

std::unique_ptr<Simulator> open_with_one_file(const fs::path& folder) {
  return open(folder, "vdab", Mode::ok, Keeping::one_file);
}

TEST(OneFile, holds_description_and_body_of_every_message) {
  const TemporaryFolder received;
  const auto request = request_for({});
  auto other = request;
  other.body += " ";
  const auto simulator = open_with_one_file(received.path);
  EXPECT_EQ(simulator->take(request).reply->status, 201);
  EXPECT_EQ(simulator->take(other).reply->status, 400);  // its digest is another's
  EXPECT_FALSE(fs::exists(received.path / "000001.body"));

  const auto log = read_file(received.path / "messages.log").value();
  const auto line = log.substr(0, log.find('\n'));
  const auto first = formats::parse_json(line).value();
  EXPECT_EQ(first.root().find("bytes").as_int(), static_cast<std::int64_t>(request.body.size()));
  EXPECT_EQ(first.root().find("verdict").as_string(), "ok");
  EXPECT_EQ(log.substr(line.size() + 1, request.body.size() + 1), request.body + "\n");
  const auto rest = log.substr(line.size() + request.body.size() + 2);
  EXPECT_EQ(formats::parse_json(rest.substr(0, rest.find('\n')))->root().find("verdict").as_string(), "refused");
  EXPECT_TRUE(rest.ends_with(other.body + "\n"));
}

TEST(OneFile, knows_after_a_restart_what_each_key_stood_for) {
  const TemporaryFolder received;
  const auto request = request_for({});
  const auto first = open_with_one_file(received.path)->take(request).reply->body;
  EXPECT_EQ(open_with_one_file(received.path)->take(request).reply->body, first);
  const auto other = request_for({.body = replaced(example("vdab"), "\"@context\"", " \"@context\"")});
  const auto refused = open_with_one_file(received.path)->take(other).reply;
  EXPECT_EQ(refused->status, 422);
  EXPECT_THAT(refused->body, HasSubstr("other bytes"));
}

TEST(OneFile, cuts_off_what_a_kill_left_half_written_wherever_that_was) {
  const TemporaryFolder received;
  const auto file = received.path / "messages.log";
  open_with_one_file(received.path)->take(request_for({}));
  const auto whole = fs::file_size(file);
  constexpr std::string_view second = "11111111-2222-4333-8444-555555555555";
  const auto request =
      request_for({.body = replaced(example("vdab"), example_transfer, second), .transfer = std::string(second)});
  open_with_one_file(received.path)->take(request);
  const auto both = read_file(file).value();
  for (auto size = both.size() - 1; size > whole; size -= std::min<std::size_t>(size - whole, 997)) {
    fs::resize_file(file, size);
    const auto simulator = open_with_one_file(received.path);
    ASSERT_EQ(fs::file_size(file), whole) << "cut at " << size;
    ASSERT_EQ(simulator->take(request).reply->status, 201);
    ASSERT_EQ(fs::file_size(file), both.size());
  }
}

TEST(Vdab, refuses_a_graph_that_is_not_release_1) {
  const std::vector<Change> changes = {
      {R"("@type": "Werkvoorkeuren")", R"("@type": "Wensen")"},
      {R"("@id": "_:person")", R"("@id": "_:wishes")"},
      {"GeregistreerdPersoon.voornaam", "GeregistreerdPersoon.roepnaam"},
      {"Voorkeurtype/GewenstBeroep", "Voorkeurtype/Droomberoep"},
      {"+32470000101", "0470 00 01 01"},
      {R"("@language": "nl")", R"("@language": "fr")"},
      {"2026-12-08T09:30:00+01:00", "2026-12-08T09:30:00"},
      {R"("Werkzoekendeprofiel.tolkNodig": true)", R"("Werkzoekendeprofiel.tolkNodig": "true")"},
      {R"("Werkzoekendeprofiel.contacttaal": "ara")", R"("Werkzoekendeprofiel.arbeidshandicap": "ara")"},
      {"ns/werkzoekendeprofiel#", "ns/anders#"},
      {R"("Talenkennis.luisteren": "B1")", R"("Talenkennis.luisteren": "B3")"},
      {R"("Scholing.aantalJaren": 15)", R"("Scholing.aantalJaren": -1)"},
      {R"("Werkervaring.van": "2013-09")", R"("Werkervaring.van": "2013-13")"},
      {"2025-11-04/context", "2024-01-01/context"},
  };
  for (const auto& [from, to] : changes) {
    TemporaryFolder received;
    const auto reply = open(received.path)->take(request_for({.body = replaced(example("vdab"), from, to)})).reply;
    EXPECT_EQ(reply->status, 422) << to;
  }
}

TEST(Vdab, refuses_a_reference_into_nothing) {
  TemporaryFolder received;
  const auto body = replaced(example("vdab"), R"("@id": "_:address")", R"("@id": "_:elsewhere")");
  const auto reply = open(received.path)->take(request_for({.body = body})).reply;
  EXPECT_THAT(reply->body, HasSubstr("a reference to a node that is not there"));
}

TEST(Agii, refuses_a_dossier_that_is_not_the_published_type) {
  const std::vector<Change> changes = {
      {"<INSZ>91631400287</INSZ>", ""},
      {"<Achternaam>Barakat", "<Achternaam>" + std::string(49, 'x')},
      {"<Reden>INT_HVN", "<Reden>ANDERS"},
      {"<Talenkennis>", "<Doelgroep><Code>JA</Code></Doelgroep><Talenkennis>"},
      {"<Weekdag>MAA", "<Weekdag>MA"},
      {"<DatumGewensteStart>2026-12-01", "<DatumGewensteStart>2026-12-01Z"},
      {"http://inburgering.be/types/V02", "http://inburgering.be/types/V01"},
      {"<KlantProfiel>", "<k:KlantProfiel/><KlantProfiel>"},
      {"<k:KBIDossier", "<!DOCTYPE x [<!ENTITY e \"x\">]><k:KBIDossier"},
  };
  for (const auto& [from, to] : changes) {
    TemporaryFolder received;
    const auto reply = open(received.path, "agii")
                           ->take(request_for({.partner = "agii", .body = replaced(example("agii"), from, to)}))
                           .reply;
    EXPECT_EQ(reply->status, 422) << to;
  }
}

TEST(Municipality, refuses_an_applicant) {
  TemporaryFolder received;
  const auto body = replaced(example("municipality"), "Verblijfsstatus/ErkendVluchteling", "Verblijfsstatus/Verzoeker");
  EXPECT_EQ(
      open(received.path, "municipality")->take(request_for({.partner = "municipality", .body = body})).reply->status,
      422);
}

// What is wrong around the message; each is kept as refused.
int status_after(void (*spoil)(api::Request&), Timestamp created = Clock{}.now()) {
  TemporaryFolder received;
  auto request = request_for({.created = created});
  spoil(request);
  const auto status = open(received.path)->take(request).reply->status;
  EXPECT_THAT(description(received.path, 1), HasSubstr(R"("verdict":"refused","reason":)"));
  return status;
}

void set(api::Request& request, std::string_view name, std::string value) {
  for (auto& [key, current] : request.headers)
    if (key == name) current = value;
}

TEST(Transport, refuses_a_message_that_is_not_safely_ours) {
  EXPECT_EQ(status_after([](api::Request& r) { r.certificate.reset(); }), 401);
  EXPECT_EQ(status_after([](api::Request& r) { r.path = "/elders"; }), 404);
  EXPECT_EQ(status_after([](api::Request& r) { r.query = "a=1"; }), 404);
  EXPECT_EQ(status_after([](api::Request& r) { set(r, "content-type", "application/json"); }), 415);
  EXPECT_EQ(status_after([](api::Request& r) { set(r, "idempotency-key", "1"); }), 400);
  EXPECT_EQ(status_after([](api::Request& r) { set(r, "x-correlation-id", ""); }), 400);
  EXPECT_EQ(status_after([](api::Request& r) { r.body += " "; }), 400);
  EXPECT_EQ(status_after([](api::Request& r) { set(r, "signature", "ketenpoort=:AAAA:"); }), 401);
  EXPECT_EQ(status_after([](api::Request& r) { set(r, "idempotency-key", "0190b6c8-0000-7000-8000-000000000009"); }),
            401);
}

TEST(Transport, refuses_a_national_number_in_a_header) {
  EXPECT_EQ(status_after([](api::Request& r) { r.headers.emplace_back("x-insz", "91631400287"); }), 400);
  EXPECT_EQ(status_after([](api::Request& r) { r.headers.emplace_back("x-about", "dossier 91.63.14-002.87"); }), 400);
}

TEST(Transport, refuses_an_old_signature_and_one_from_the_future) {
  EXPECT_EQ(status_after([](api::Request&) {}, Clock{}.now() - std::chrono::minutes{6}), 401);
  EXPECT_EQ(status_after([](api::Request&) {}, Clock{}.now() + std::chrono::minutes{6}), 401);
}

TEST(Mode, down_keeps_nothing) {
  TemporaryFolder received;
  EXPECT_EQ(open(received.path, "vdab", Mode::down)->take(request_for({})).reply->status, 503);
  EXPECT_TRUE(fs::is_empty(received.path));
}

TEST(Mode, reject_keeps_the_message_as_refused) {
  TemporaryFolder received;
  EXPECT_EQ(open(received.path, "vdab", Mode::reject)->take(request_for({})).reply->status, 422);
  EXPECT_THAT(description(received.path, 1), HasSubstr(R"("verdict":"refused")"));
}

TEST(Mode, garbage_keeps_the_message_and_is_asked_again) {
  TemporaryFolder received;
  const auto reply = open(received.path, "vdab", Mode::garbage)->take(request_for({})).reply;
  EXPECT_EQ(judged("vdab", *reply).failure_class, "answer-unreadable");
  EXPECT_THAT(description(received.path, 1), HasSubstr(R"("verdict":"ok")"));
}

TEST(Mode, slow_says_how_long_to_wait) {
  TemporaryFolder received;
  EXPECT_EQ(open(received.path, "vdab", Mode::slow)->take(request_for({})).delay, std::chrono::milliseconds{2000});
}

TEST(Mode, flaky_fails_two_times_in_three_the_same_way_for_the_same_seed) {
  const auto fates = [] {
    TemporaryFolder received;
    const auto simulator = open(received.path, "vdab", Mode::flaky);
    std::string drawn;
    for (int i = 0; i < 60; ++i) {
      const auto reply = simulator->take(request_for({})).reply;
      drawn += !reply ? 't' : reply->status == 503 ? 'u' : 'o';
    }
    return drawn;
  };

  const auto drawn = fates();

  EXPECT_EQ(drawn, fates());
  for (const char fate : {'t', 'u', 'o'})
    EXPECT_THAT(std::ranges::count(drawn, fate), testing::AllOf(testing::Gt(10), testing::Lt(30)));
}

TEST(Mode, flaky_answers_after_eight_failures_in_a_row) {
  TemporaryFolder received;
  const auto simulator = open(received.path, "vdab", Mode::flaky);
  unsigned longest = 0;
  unsigned in_a_row = 0;
  for (int i = 0; i < 500; ++i) {
    const auto reply = simulator->take(request_for({})).reply;
    in_a_row = reply && reply->status != 503 ? 0 : in_a_row + 1;
    longest = std::max(longest, in_a_row);
  }
  EXPECT_EQ(longest, most_failures_in_a_row);
}

TEST(Mode, flaky_has_kept_what_it_did_not_answer) {
  TemporaryFolder received;
  const auto simulator = open(received.path, "vdab", Mode::flaky);
  unsigned kept = 0;
  for (int i = 0; i < 20; ++i) {
    const auto reply = simulator->take(request_for({})).reply;
    if (!reply || reply->status == 201) EXPECT_TRUE(fs::exists(received.path / fmt::format("{:06}.json", ++kept)));
  }
  EXPECT_FALSE(fs::exists(received.path / fmt::format("{:06}.json", kept + 1)));
}

TEST(Mode, has_the_six_names) {
  for (const std::string_view name : {"ok", "slow", "flaky", "down", "reject", "garbage"})
    EXPECT_EQ(to_text(parse_mode(name).value()), name);
  EXPECT_FALSE(parse_mode("broken"));
}

}  // namespace
}  // namespace ketenpoort::simulator
