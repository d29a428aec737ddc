// A plain REST push as a partner file describes it, so that a partner that speaks one needs no code of its own.
#pragma once

#include <string>

#include "gateway/domain/call.hpp"

namespace ketenpoort {

struct RestSettings {
  enum class Reference : unsigned char { none, json, xml, header };

  std::string path;  // beneath the partner's URL
  std::string accept = "application/json";
  Reference reference = Reference::none;  // where its answer carries its own reference
  std::string reference_at;               // a.b members, a/b elements from the root on, or a header's lower-case name
  std::string trace_header;               // a further name for BelGov-Trace-Id; empty for none
  Headers headers;                        // fixed ones

  bool operator==(const RestSettings&) const = default;
};

}  // namespace ketenpoort
