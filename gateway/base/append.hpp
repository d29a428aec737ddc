// Plain values as text at the end of a text: what is written a thousand times a second needs no string of its own.
#pragma once

#include <string>

#include "gateway/base/bytes.hpp"
#include "gateway/base/time.hpp"
#include "gateway/base/uuid.hpp"

namespace ketenpoort {

void append_hex(std::string& out, ByteView bytes);      // as to_hex
void append_uuid(std::string& out, const Uuid& id);     // as Uuid::text
void append_rfc3339(std::string& out, Timestamp time);  // as to_rfc3339
void append_iso(std::string& out, Date date);           // as to_iso

}  // namespace ketenpoort
