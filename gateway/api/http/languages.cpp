#include "gateway/api/http/languages.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace ketenpoort::api {
namespace {

constexpr std::string_view problem_type = "application/problem+json";

bool has_vary(const Headers& headers) {
  return std::ranges::any_of(headers, [](const auto& one) { return one.first == "Vary"; });
}

// The same document with title and detail in other words; nothing where it has a type nobody translated.
std::optional<std::string> translate(std::string_view body, const LanguageTexts& words) {
  const auto document = formats::parse_json(body);
  if (!document) return std::nullopt;
  const auto root = document->root();
  const auto type = root.find("type").as_string().value_or("");
  const auto known = words.problems.find(type.substr(type.rfind(':') + 1));
  if (known == words.problems.end()) return std::nullopt;
  std::string out;
  formats::JsonWriter writer(out);
  writer.begin_object();
  for (const auto& [key, value] : root.members()) {
    if (key == "title") {
      writer.member(key, known->second.title);
      if (!root.find("detail")) writer.member("detail", known->second.detail);
    } else if (key == "detail") {
      writer.member(key, known->second.detail + " (" + std::string(value.as_string().value_or("")) + ")");
    } else {
      writer.member(key, value);
    }
  }
  writer.end_object();
  return out;
}

void translate(Reply& answer, const LanguageTexts& words) {
  auto body = translate(answer.body, words);
  if (body) answer.body = std::move(*body);
  if (has_vary(answer.headers)) return;
  // What nobody translated is in the usual language, whichever was asked for.
  if (body || words.tag == usual_language) answer.headers.emplace_back("Content-Language", words.tag);
  answer.headers.emplace_back("Vary", "Accept-Language");
}

// The answer to a body that is taken piece by piece comes last, and in the same language.
ReplyTo speak(std::shared_ptr<const LanguageTexts> words, ReplyTo reply) {
  return [words = std::move(words), reply = std::move(reply)](Reply answer) {
    if (answer.content_type == problem_type) translate(answer, *words);
    if (answer.take)
      answer.take = [words, take = std::move(answer.take)](std::string piece, ReplyTo next) {
        take(std::move(piece), speak(words, std::move(next)));
      };
    reply(std::move(answer));
  };
}

}  // namespace

const LanguageTexts* words_for(const Texts& texts, const Request& request) {
  const auto wanted = request.header("accept-language");
  return texts.find(wanted.empty() ? usual_language : choose_language(wanted, texts.explaining(), usual_language));
}

Headers language_headers(const LanguageTexts& words) {
  return {{"Content-Language", words.tag}, {"Vary", "Accept-Language"}};
}

void write_explanations(formats::JsonWriter& writer, const std::vector<Explanation>& explanations) {
  writer.key("explanations").begin_array();
  for (const auto& one : explanations)
    writer.begin_object().member("code", one.code).member("text", one.text).end_object();
  writer.end_array();
}

ReplyTo in_language_of(const std::shared_ptr<const Texts>& texts, const Request& request, ReplyTo reply) {
  const auto* words = words_for(*texts, request);
  if (words == nullptr) return reply;
  return speak(std::shared_ptr<const LanguageTexts>(texts, words), std::move(reply));
}

}  // namespace ketenpoort::api
