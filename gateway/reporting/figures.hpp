// Counts of persons by centre, month, recipient and what became of their referral: what stuck and where. Employment,
// test results and stops are here and nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/audit/index_reader.hpp"
#include "gateway/base/time.hpp"
#include "gateway/exchange/facilities/ports.hpp"

namespace ketenpoort::reporting {

// One number, or that it is not shown. A total has no centre, no month, or neither.
struct Figure {
  std::string recipient;
  std::string outcome;  // REFERRED DELIVERED HELD REFUSED CANCELLED, or the status that came back
  std::string kind;     // of what came back: TRAINING, EMPLOYMENT; empty otherwise
  std::string reason;   // with what comes back as figures only
  std::string centre;
  std::optional<Date> month;  // its first day
  std::optional<std::uint64_t> count;
  bool is_total = false;
};

struct FigureQuery {
  std::chrono::year year{};
  std::string recipient;  // empty: all
  Date today{};           // totals over months are shown when the year is over
  // Environment test only: elsewhere a month is shown once it is over and its numbers stand still. Whoever compared two
  // looks at one that grows would see what one person added.
  bool running_month = false;
};

// The first months of the query's year that are shown: so many.
std::size_t months_shown(const FigureQuery& query);

// A person counts once in a cell. What is suppressed does not depend on the recipient asked for. Waits for disks.
Result<std::vector<Figure>> make_figures(audit::IndexReader& reader, const exchange::Vault& vault,
                                         const FigureQuery& query);

std::string figures_as_json(const std::vector<Figure>& figures, const FigureQuery& query, const std::string& self);
std::string figures_as_csv(const std::vector<Figure>& figures);

}  // namespace ketenpoort::reporting
