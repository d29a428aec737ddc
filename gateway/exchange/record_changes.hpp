// What a newer record changes for those who have data from the older one: the stay is over, or a number is another.
#pragma once

#include "gateway/base/time.hpp"
#include "gateway/domain/category.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::exchange {

struct RecordChanges {
  bool stay_ended = false;
  CategorySet numbers;  // of the numbers that are others now; one that was not known before, or is left out, is none

  [[nodiscard]] bool any() const { return stay_ended || !numbers.empty(); }
};

// `earlier` came on day `then`; absent: it is kept no more, and whatever is so now counts as new.
RecordChanges compare_records(formats::JsonView earlier, Date then, formats::JsonView later, Date today);

}  // namespace ketenpoort::exchange
