// Entity tags (RFC 9110 sections 8.8.3 and 13.1.2): what a caller has already is not sent again.
#pragma once

#include <string>
#include <string_view>

#include "gateway/api/http/http.hpp"

namespace ketenpoort::api {

// A strong tag over the bytes, with its quotes.
std::string entity_tag(std::string_view content);

// Whether an If-None-Match field names the tag, or any ("*"). Compares weakly, as that field wants.
bool names_tag(std::string_view if_none_match, std::string_view tag);

// Adds the ETag to a 200; answers 304 without content instead when the request names it.
Reply with_entity_tag(const Request& request, Reply reply);
Reply with_entity_tag(std::string_view if_none_match, Reply reply);
Reply with_entity_tag(std::string_view if_none_match, Reply reply, std::string tag);
Reply with_entity_tag(const Request& request, Reply reply, std::string tag);  // of a content that never changes

}  // namespace ketenpoort::api
