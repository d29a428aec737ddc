#include "gateway/audit/packing.hpp"

namespace ketenpoort::audit {
namespace {

template <class Each>
void each_name(std::string_view names, Each each) {
  while (!names.empty()) {
    const auto end = names.find(' ');
    each(names.substr(0, end));
    names = end == std::string_view::npos ? std::string_view{} : names.substr(end + 1);
  }
}

}  // namespace

std::string pack_categories(const CategorySet& categories) {
  std::string out;
  for (const auto category : categories.list()) {
    if (!out.empty()) out += ' ';
    out += to_text(category);
  }
  return out;
}

CategorySet unpack_categories(std::string_view names) {
  CategorySet out;
  each_name(names, [&](std::string_view name) {
    if (const auto category = parse_category(name)) out.insert(*category);
  });
  return out;
}

std::vector<Reason> unpack_reasons(std::string_view names) {
  std::vector<Reason> out;
  each_name(names, [&](std::string_view name) {
    if (const auto reason = parse_reason(name)) out.push_back(*reason);
  });
  return out;
}

void add_seq(std::string& packed, ledger::Seq last, ledger::Seq seq) {
  auto difference = seq - last;
  for (; difference >= 0x80; difference >>= 7) packed += static_cast<char>(0x80 | (difference & 0x7F));
  packed += static_cast<char>(difference);
}

std::vector<ledger::Seq> unpack_seqs(std::string_view packed) {
  std::vector<ledger::Seq> out;
  ledger::Seq seq = 0;
  ledger::Seq difference = 0;
  unsigned shift = 0;
  for (const char c : packed) {
    const auto byte = static_cast<std::uint8_t>(c);
    difference |= ledger::Seq{byte & 0x7FU} << shift;
    shift += 7;
    if ((byte & 0x80) != 0) continue;
    seq += difference;
    out.push_back(seq);
    difference = 0;
    shift = 0;
  }
  return out;
}

ledger::Seq last_seq(std::string_view packed) {
  const auto seqs = unpack_seqs(packed);
  return seqs.empty() ? 0 : seqs.back();
}

}  // namespace ketenpoort::audit
