// The language and the form an answer is given in, as the caller asked for (RFC 9110 section 12).
#pragma once

#include <memory>
#include <string_view>

#include "gateway/api/http/http.hpp"
#include "gateway/domain/texts.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::api {

// What a caller without wishes gets.
constexpr std::string_view usual_language = "en";

// The language of explanations. Null when there are no texts at all.
const LanguageTexts* words_for(const Texts& texts, const Request& request);

// Content-Language and Vary, for an answer in these words.
Headers language_headers(const LanguageTexts& words);

// "explanations": [{code, text}] of a decision's reasons.
void write_explanations(formats::JsonWriter& writer, const std::vector<Explanation>& explanations);

// Answers through this one tell problems (RFC 9457) in the caller's language: title, and a sentence before the detail.
// What stands under `issues` is for whoever writes the calling program, and stays as it is.
ReplyTo in_language_of(const std::shared_ptr<const Texts>& texts, const Request& request, ReplyTo reply);

}  // namespace ketenpoort::api
