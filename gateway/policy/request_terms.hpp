// When a request of a data subject must be answered, and what a purpose's legal basis gives them. Pure.
//
// Terms run as Regulation (EEC, Euratom) 1182/71 counts them, in civil days of Brussels: a month ends with the last
// hour of the day of the same number as the day the request came, or of the month's last day when it has none
// (art. 3(2)(c)); a term that would end on a Saturday, Sunday or public holiday ends on the next working day
// (art. 3(4)).
#pragma once

#include <string_view>

#include "gateway/base/time.hpp"
#include "gateway/domain/purpose.hpp"

namespace ketenpoort::policy {

// No Saturday, no Sunday and none of the ten public holidays of Belgium (royal decree of 18 April 1974, art. 1).
bool is_working_day(Date day);

Date answer_deadline(Date received);  // one month, GDPR art. 12(3)

// Two further months, so three after receipt. Of the receipt only the first deadline is known, and several days may
// have it: the earliest counts, so that the answer is late for none of them.
Date extended_deadline(Date deadline);

// What follows from the sender's legal basis, which a purpose states in its articles.
bool may_be_objected_to(const Purpose& purpose);  // GDPR art. 21(1): it rests on art. 6(1)(e) or (f)
bool is_portable(const Purpose& purpose);         // GDPR art. 20(1)(a): on consent or a contract

}  // namespace ketenpoort::policy
