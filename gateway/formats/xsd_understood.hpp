// Whether a schema says only what xsd.cpp takes into account.
#pragma once

#include <pugixml.hpp>

namespace ketenpoort::formats {

// Of a whole schema (or a part of one). What is not listed here may forbid a document that the structure and the texts
// of XsdSchema allow (fixed values, keys, assertions, substitutions ..), so that only libxml2 can tell. Facets and
// simple types are not judged here: XsdType::text is null where one is not understood.
bool is_understood(const pugi::xml_node& part);

}  // namespace ketenpoort::formats
