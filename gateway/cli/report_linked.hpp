// Answers of the audit calls as JSON-LD, in the names that the gateway's own JSON-LD has (Data Privacy Vocabulary).
#pragma once

#include <string>

#include "gateway/formats/json.hpp"

namespace ketenpoort::cli {

std::string recipients_as_jsonld(formats::JsonView answer);  // of GET /audit/subjects/{ref}/recipients
std::string refusals_as_jsonld(formats::JsonView answer);    // of every page of GET /audit/refusals
std::string figures_as_jsonld(formats::JsonView answer);     // of GET /figures

}  // namespace ketenpoort::cli
