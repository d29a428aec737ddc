// How lists stand in one column: names with a blank between them, ascending seqs as differences of seven bits a byte.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/domain/category.hpp"
#include "gateway/domain/transfer.hpp"
#include "gateway/ledger/entry/bodies.hpp"

namespace ketenpoort::audit {

std::string pack_categories(const CategorySet& categories);
CategorySet unpack_categories(std::string_view names);  // passes over names it does not know
std::vector<Reason> unpack_reasons(std::string_view names);

void add_seq(std::string& packed, ledger::Seq last, ledger::Seq seq);  // `last`: of those packed, 0 for none
std::vector<ledger::Seq> unpack_seqs(std::string_view packed);
ledger::Seq last_seq(std::string_view packed);

}  // namespace ketenpoort::audit
