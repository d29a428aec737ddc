// An XML message as it travels, made the document that is meant: out of its SOAP envelope, and in the namespaces under
// which its reader knows it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace ketenpoort::formats {

// From a namespace's URI to that of the one that means the same.
using NamespaceSynonyms = std::map<std::string, std::string, std::less<>>;

// The local name of the first element; empty where there is none to be seen. A glance at where the reader will look
// properly: what is no XML has no name here and is refused there.
std::string_view find_root_name(std::string_view xml);

// `text`, in UTF-8, as it is, unless it is a SOAP envelope (1.1 or 1.2) or one of the synonyms stands in it: then the
// one element in the envelope's Body, with the namespaces that were declared around it, each under its meant URI. It
// keeps its line, and its header blocks are not read: who sends it is known by certificate or token, and an
// intermediary is none of ours. ErrorCode::malformed, with where = "line:column": it is not well-formed, or no such
// envelope.
Result<std::string> take_out_document(std::string text, const NamespaceSynonyms& synonyms = {});

}  // namespace ketenpoort::formats
