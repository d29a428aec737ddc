// Use case: somebody exercises a right (GDPR art. 15 to 21). The rights officer names a number and gets the reference
// that all further calls are about; the log says that a request came and until when it must be answered.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "gateway/exchange/facilities.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::exchange {

struct OpenedRequest {
  Uuid id{};
  SubjectRef subject{};
  std::uint32_t article = 15;
  Date deadline{};
  std::uint64_t seq = 0;
};

// `identifiers`: {fedasilNumber | ssin | immigrationOfficeNumber}, one of them. Looks into the vault's file, so not on
// an I/O thread. A number that belongs to several (a retired reference, a family's file number) means the one it
// belongs to now, or the one known last. ErrorCode::not_found: nothing is known of that person; gone: the data were
// erased.
void open_request(Facilities& facilities, const Caller& caller, formats::JsonView identifiers, std::uint32_t article,
                  Date received, std::function<void(Result<OpenedRequest>)> done);

// `outcome`: GRANTED, PARTLY_GRANTED, REFUSED, WITHDRAWN. ErrorCode::not_found: no such request is open.
void close_request(Facilities& facilities, const Caller& caller, const Uuid& request, const std::string& outcome,
                   std::function<void(Status)> done);

}  // namespace ketenpoort::exchange
