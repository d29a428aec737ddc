// POST /audit/subjects/query, GET /audit/subjects/{ref}/report, GET /audit/subjects/{ref}/recipients: what a data
// subject may know (GDPR art. 15 and 19), for the data protection officer and the rights officer. Each look stands in
// the log before anything is answered. Who sees values: docs/reports.md.
#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/query.hpp"
#include "gateway/api/http/representation.hpp"
#include "gateway/api/http/unknown_input.hpp"
#include "gateway/api/routes/audit_note.hpp"
#include "gateway/api/routes/person_query.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/exchange/facilities/identity.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/reporting/report_language.hpp"
#include "gateway/reporting/subject_report.hpp"

namespace ketenpoort::api {
namespace {

using formats::JsonView;
using formats::JsonWriter;

const Error unknown_subject{ErrorCode::not_found, "no subject has this reference"};

constexpr std::array<std::string_view, 3> identifiers = {"fedasilNumber", "ssin", "immigrationOfficeNumber"};
constexpr std::string_view access_request = "access-request";  // the purpose of a copy for the data subject

tl::unexpected<Error> refuse(std::string where, std::string detail) {
  return fail(ErrorCode::schema_violation, "the question is wrong",
              {{ErrorCode::schema_violation, std::move(where), std::move(detail)}});
}

// ---- who is this number's? ----

struct Question {
  JsonView subject;  // object with one identifier
  std::string purpose;
};

// A code as the ledger has them; capitals and underscores are taken for what they mean.
std::optional<std::string> parse_purpose(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c == '_' ? '-' : to_lower(c); });
  return ledger::is_code(out) ? std::optional(std::move(out)) : std::nullopt;
}

Result<std::string> read_purpose(std::string_view text) {
  auto code = parse_purpose(text);
  if (code) return std::move(*code);
  return refuse("purpose", "why you look, as a code of letters, digits and hyphens: complaint, inspection");
}

// {"subject": {"fedasilNumber": ...}, "purpose": ...}, or the number beside the purpose.
Result<Question> read_question(JsonView body) {
  if (!body.is(formats::JsonKind::object)) return refuse("$", "an object with subject and purpose");
  Question out;
  std::size_t numbers = 0;
  const auto look_at = [&](JsonView in) -> Status {
    for (const auto [key, value] : in.members()) {
      if (std::ranges::find(identifiers, key) == identifiers.end()) continue;
      const auto number = value.as_string().value_or("");
      if (number.empty()) return refuse(std::string(key), "a number, as text");
      if (const auto slip = key == "ssin" ? find_slip_in_ssin(number) : std::nullopt)
        return refuse(value.where(), *slip);
      out.subject = in;
      ++numbers;
    }
    return {};
  };
  for (const auto [key, value] : body.members()) {
    const bool is_number = std::ranges::find(identifiers, key) != identifiers.end();
    if (key != "subject" && key != "purpose" && !is_number)
      return refuse_property(key, {"subject", "purpose", identifiers[0], identifiers[1], identifiers[2]});
  }
  if (auto fits = look_at(body); !fits) return fail(fits.error());
  if (const auto subject = body.find("subject")) {
    for (const auto [key, value] : subject.members())
      if (std::ranges::find(identifiers, key) == identifiers.end())
        return refuse_property(key, {identifiers[0], identifiers[1], identifiers[2]}, "subject");
    if (auto fits = look_at(subject); !fits) return fail(fits.error());
  }
  if (numbers != 1) return refuse("subject", "one of fedasilNumber, ssin, immigrationOfficeNumber, once");
  auto purpose = read_purpose(body.find("purpose").as_string().value_or(""));
  if (!purpose) return fail(purpose.error());
  out.purpose = std::move(*purpose);
  return out;
}

struct Found {
  std::vector<SubjectRef> subjects;
  bool suppressed = false;  // somebody who was erased bore the number
  Query question;           // what the log's digest is made of: keyed marks, never numbers
};

Result<Found> find_subjects(const exchange::Vault& vault, JsonView subject) {
  Found out;
  for (const auto& mark : exchange::read_identifiers(vault, subject).all()) {
    out.question.emplace("mark", to_hex(mark));
    const auto known = vault.find_subjects(mark);
    if (!known) return fail(known.error());
    auto all = *known;
    if (const auto current = vault.find_subject(mark)) all.push_back(*current);
    for (const auto& ref : all)
      if (std::ranges::find(out.subjects, ref) == out.subjects.end()) out.subjects.push_back(ref);
    out.suppressed = out.suppressed || vault.is_suppressed(mark);
  }
  return out;
}

std::string render_found(const exchange::Facilities& facilities, const std::string& base, const Found& found) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().member("self", base + "/audit/subjects/query").key("items").begin_array();
  for (const auto& ref : found.subjects) {
    const auto state = facilities.sequencer.read([&](const ledger::History& history) {
      return history.is_erased(ref) ? "ERASED" : history.is_restricted(ref) ? "RESTRICTED" : "ACTIVE";
    });
    const auto text = ledger::to_text(ref);
    writer.begin_object()
        .member("href", base + "/audit/subjects/" + text + "/report")
        .member("ref", text)
        .member("state", state)
        .end_object();
  }
  writer.end_array();
  // All that is left of who bore this number is that it must not be taken again.
  if (found.subjects.empty() && found.suppressed) writer.member("erased", true);
  writer.end_object();
  return json;
}

void look_up(const ApiDependencies& dependencies, const Call& call) {
  const auto body = formats::parse_json(call.request.body);
  if (!body) return call.refuse(body.error());
  const auto question = read_question(body->root());
  if (!question) return call.refuse(question.error());
  const auto found = find_subjects(dependencies.facilities.vault, question->subject);
  if (!found) return call.refuse(found.error());
  std::vector<ledger::EntryDraft> notes;
  for (const auto& ref : found->subjects) {
    notes.push_back(draft_queried(call, found->question, 1, question->purpose));
    notes.back().subject = ref;
  }
  if (notes.empty()) notes.push_back(draft_queried(call, found->question, 0, question->purpose));
  auto json = std::make_shared<std::string>(render_found(dependencies.facilities, call.base, *found));
  note_and_then(dependencies.facilities, call, std::move(notes), [json](const Call& c) {
    c.answer(200, std::move(*json), {{"Cache-Control", "no-store"}});
  });
}

// ---- the report ----

constexpr std::array report_forms = {as_json, as_jsonld, as_html};
constexpr std::array recipient_forms = {as_json, as_csv};

struct Wanted {
  SubjectRef ref{};
  Representation form;
  std::string asked, accepted;  // languages
  std::string purpose;
  bool with_values = false;
  Query query;
};

Result<Wanted> read_wanted(const Call& call, std::span<const Representation> forms) {
  auto query = parse_query(call.request.query, {"format", "lang", "purpose"});
  if (!query) return fail(query.error());
  Wanted out;
  const auto ref = ledger::parse_subject_ref(call.parts.front());
  if (!ref) return fail(unknown_subject);
  out.ref = *ref;
  const auto form = choose_representation(*query, Accept(call.request), forms);
  if (!form) return fail(form.error());
  out.form = *form;
  const auto lang = query->find("lang");
  if (lang != query->end() && !reporting::is_language_tag(lang->second))
    return refuse_parameter("lang", "a language, as nl, fr, de, en or one of config/texts");
  if (lang != query->end()) out.asked = lang->second;
  out.accepted = call.request.header("accept-language");
  out.with_values = call.identity.may("rights");
  out.purpose = out.with_values ? access_request : supervision;
  if (const auto purpose = query->find("purpose"); purpose != query->end()) {
    auto code = parse_purpose(purpose->second);
    if (!code) return refuse_parameter("purpose", "a code of letters, digits and hyphens");
    out.purpose = std::move(*code);
  }
  out.query = std::move(*query);
  return out;
}

// With values it is an export, without a look.
ledger::EntryDraft draft_look(const Call& call, const Wanted& wanted, std::uint64_t entries) {
  auto query = wanted.query;
  query.emplace("subject", ledger::to_text(wanted.ref));
  auto note = wanted.with_values ? draft_exported(call, query, std::string(wanted.form.name), wanted.purpose, entries)
                                 : draft_queried(call, query, entries, wanted.purpose);
  if (wanted.with_values) note.actor = caller_of(call, "rights-officer").actor();
  note.subject = wanted.ref;
  return note;
}

// The page is for the resident: who names no language gets it in theirs. Only who may see what is kept learns which
// that is.
reporting::ReportLanguage language_of(const reporting::SubjectReport& report, const Texts& texts,
                                      const Wanted& wanted) {
  const bool is_for_resident = wanted.with_values && wanted.form.name == as_html.name;
  const auto preferred = is_for_resident ? reporting::preferred_language_of(report) : std::string();
  return reporting::choose_report_language({wanted.asked, wanted.accepted, preferred}, texts);
}

Reply render(const reporting::SubjectReport& report, const reporting::ReportTerms& terms, const Texts& texts,
             const Wanted& wanted) {
  const auto language = language_of(report, texts, wanted);
  Reply reply;
  reply.headers = {{"Cache-Control", "no-store"}, {"Vary", "Accept, Accept-Language"}};
  reply.content_type = wanted.form.media_type;
  if (wanted.form.name != as_jsonld.name)  // which speaks all four
    reply.headers.emplace_back("Content-Language", language.tag());
  if (wanted.form.name == as_html.name) {
    auto page = reporting::render_html(report, terms, language);
    reply.content_type = "text/html; charset=utf-8";
    reply.headers.emplace_back("Content-Security-Policy",
                               "default-src 'none'; style-src " + page.style_hash +
                                   "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox");
    reply.body = std::move(page.body);
  } else if (wanted.form.name == as_jsonld.name) {
    reply.body = reporting::render_jsonld(report, terms);
  } else {
    reply.body = reporting::render_json(report, terms, language);
  }
  return reply;
}

using Make = std::function<Reply(const reporting::SubjectReport&, const reporting::ReportTerms&, const Texts&)>;

void answer_report(const ApiDependencies& dependencies, const Call& call, const Wanted& wanted, const Make& make) {
  if (auto ready = wait_for_index(dependencies); !ready) return call.refuse(ready.error());
  auto report =
      reporting::make_subject_report(dependencies.facilities, dependencies.index, wanted.ref, wanted.with_values);
  if (!report) return call.refuse(report.error());
  if (!*report) return call.refuse(unknown_subject, InputPart::path);
  const auto in_use = dependencies.facilities.terms.get();
  const auto configuration = dependencies.configuration->get();
  const reporting::ReportTerms terms{*in_use, configuration->retention, call.base};
  auto reply = std::make_shared<Reply>(make(**report, terms, configuration->texts));
  note_and_then(dependencies.facilities, call, draft_look(call, wanted, (*report)->entries),
                [reply](const Call& c) { c.reply(std::move(*reply)); });
}

InputPart part_of(const Error& error) {
  return error.code == ErrorCode::not_found ? InputPart::path : InputPart::query;
}

void show_report(const ApiDependencies& dependencies, const Call& call) {
  const auto wanted = read_wanted(call, report_forms);
  if (!wanted) return call.refuse(wanted.error(), part_of(wanted.error()));
  answer_report(dependencies, call, *wanted, [&](const auto& report, const auto& terms, const Texts& texts) {
    return render(report, terms, texts, *wanted);
  });
}

void show_recipients(const ApiDependencies& dependencies, const Call& call) {
  auto wanted = read_wanted(call, recipient_forms);
  if (!wanted) return call.refuse(wanted.error(), part_of(wanted.error()));
  wanted->with_values = false;
  answer_report(dependencies, call, *wanted, [&](const auto& report, const auto& terms, const Texts& texts) {
    Reply reply;
    reply.headers = {{"Cache-Control", "no-store"}, {"Vary", "Accept, Accept-Language"}};
    const bool is_csv = wanted->form.name == as_csv.name;
    reply.content_type = is_csv ? "text/csv; charset=utf-8" : "application/json";
    reply.body = is_csv ? reporting::recipients_as_csv(report)
                        : reporting::recipients_as_json(
                              report, terms, call.base + "/audit/subjects/" + call.parts.front() + "/recipients",
                              language_of(report, texts, *wanted));
    return reply;
  });
}

}  // namespace

void add_subject_report_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  routes.push_back({"POST", "/audit/subjects/query", Access::scope, "audit", on_workers(dependencies, look_up)});
  const auto add = [&](std::string_view path, void (*run)(const ApiDependencies&, const Call&),
                       std::span<const Representation> forms) {
    std::vector<std::string_view> produces;
    for (const auto& form : forms) produces.push_back(form.media_type);
    routes.push_back({.method = "GET",
                      .path = path,
                      .scope = "audit",
                      .run = on_workers(dependencies, run),
                      .takes_query = true,
                      .or_scope = "rights",
                      .produces = std::move(produces)});
  };
  add("/audit/subjects/{ref}/report", show_report, report_forms);
  add("/audit/subjects/{ref}/recipients", show_recipients, recipient_forms);
}

}  // namespace ketenpoort::api
