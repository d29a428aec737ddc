// Where in a JSON document a value stands, for messages.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ketenpoort::formats {

// "line:column" (from 1, column in bytes) of what a path leads to ("resident.birth.date", "referrals[0].reason"; "$" is
// the whole): of a property where its name begins. Of what is not there, the place of what would hold it. The text was
// read by parse_json before.
std::string json_place(std::string_view text, std::string_view path);

}  // namespace ketenpoort::formats
