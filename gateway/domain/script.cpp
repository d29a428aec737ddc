#include "gateway/domain/script.hpp"

#include <algorithm>
#include <array>

#include "gateway/base/ascii.hpp"

namespace ketenpoort {
namespace {

constexpr std::string_view latin_script = "Latn";

// A script and the languages written in it, three letters each. A language may stand with several scripts.
struct Script {
  std::string_view code;
  std::string_view languages;
};

// After the "Suppress-Script" and script subtags of the IANA registry and Unicode CLDR, for what is spoken by those who
// come to a reception centre. Languages that are written in Latin letters as well stand under Latn too.
constexpr std::array scripts = {
    Script{
        "Arab",
        "ara arb ary arz apc apd acm acw acx aeb aec afb ajp apd arq ars ayl ayn ayp shu prs pes fas ckb sdh hac pus "
        "pbt pbu pst urd uig snd bal bgn bgp bcc haz aiq azb pnb skr kas khw hnd hno lrc mzn glk kur rhg"},
    Script{"Ethi", "amh tir tig gez byn har wal sgw"},
    Script{
        "Cyrl",
        "rus ukr bel bul mkd kaz kir tgk mon khk tat che ava oss abk bak chv inh kbd ady lez dar kum nog lbe tab srp "
        "uzb uzn tuk rue"},
    Script{"Geor", "kat xmf sva lzz"},
    Script{"Armn", "hye hyw"},
    Script{"Grek", "ell"},
    Script{"Hebr", "heb yid"},
    Script{"Deva", "hin nep npi mar san mai bho awa"},
    Script{"Beng", "ben asm syl ctg"},
    Script{"Guru", "pan"},
    Script{"Gujr", "guj"},
    Script{"Orya", "ori ory"},
    Script{"Taml", "tam"},
    Script{"Telu", "tel"},
    Script{"Knda", "kan"},
    Script{"Mlym", "mal"},
    Script{"Sinh", "sin"},
    Script{"Thai", "tha"},
    Script{"Laoo", "lao"},
    Script{"Mymr", "mya ksw shn"},
    Script{"Khmr", "khm"},
    Script{"Tibt", "bod dzo"},
    Script{"Hani", "zho cmn yue nan wuu hak"},
    Script{"Hans", "zho cmn"},
    Script{"Hant", "zho cmn yue"},
    Script{"Jpan", "jpn"},
    Script{"Kore", "kor"},
    Script{"Syrc", "syr syc aii cld tru"},
    Script{"Thaa", "div"},
    Script{"Tfng", "zgh tzm"},
    Script{"Mong", "mon mvf"},
    Script{latin_script, "srp uzb uzn tuk kur rhg wal tru tzm"},
};

bool lists(std::string_view languages, std::string_view language) {
  // Three letters and a space each, so a hit on a boundary is a whole code.
  for (std::size_t at = 0; at < languages.size(); at += 4)
    if (languages.substr(at, 3) == language) return true;
  return false;
}

}  // namespace

bool Literacy::rules_out(std::string_view script) const {
  if (script == latin_script) return latin == "NONE";
  const bool is_another = !other_script.empty() && !same_ignoring_case(other_script, script);
  return is_another || other == "NONE";  // NONE without a name: no other script at all
}

Literacy renew(const Literacy& before, Literacy now) {
  if (now.latin.empty()) now.latin = before.latin;
  if (now.other_script.empty()) now.other_script = before.other_script;
  if (now.other.empty() && same_ignoring_case(now.other_script, before.other_script)) now.other = before.other;
  return now;
}

std::vector<std::string_view> scripts_of(std::string_view language) {
  std::vector<std::string_view> out;
  for (const auto& script : scripts)
    if (lists(script.languages, language)) out.push_back(script.code);
  if (out.empty()) out.push_back(latin_script);
  return out;
}

bool rules_out_language(const Literacy& literacy, std::string_view language) {
  return std::ranges::all_of(scripts_of(language), [&](std::string_view script) { return literacy.rules_out(script); });
}

}  // namespace ketenpoort
