// Activities as they are read: one as JSON with its codes in words, all of them as a table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/exchange/outcomes/activity_board.hpp"
#include "gateway/reporting/language.hpp"

namespace ketenpoort::reporting {

bool is_activity_kind(std::string_view code);
bool is_activity_profile(std::string_view code);

// What was sent, with `href`, `id`, `partner`, and the kind and the way to enrol in words.
std::string activity_as_json(const exchange::PublishedActivity& activity, const std::string& base, Language language);
// One line each, texts in the language asked for or else one there is.
std::string activities_as_csv(const std::vector<exchange::PublishedActivity>& activities, Language language);

}  // namespace ketenpoort::reporting
