// XML well-formedness, case by case and on damaged documents, with expat as the judge: what it refuses we refuse, and
// what we refuse beyond that is on purpose.
#include <expat.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <pugixml.hpp>

#include "gateway/formats/xml.hpp"
#include "tests/support/mutation.hpp"

namespace ketenpoort::formats {
namespace {

// The separator must be a character that stands in no namespace: expat refuses one that holds it.
bool expat_takes(std::string_view text) {
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(XML_ParserCreateNS(nullptr, '\f'),
                                                                            XML_ParserFree);
  return XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), 1) == XML_STATUS_OK;
}

bool we_take(std::string_view text) {
  pugi::xml_document document;
  return parse_xml(text, document).has_value();
}

struct Case {
  std::string_view why;
  std::string_view text;
};

using namespace std::string_view_literals;

constexpr std::array well_formed = {
    Case{"the least document", "<a/>"},
    Case{"start and end tag", "<a></a>"},
    Case{"white space in tags", "<a\n\t\r ></a\n>"},
    Case{"white space before the empty mark", "<a />"},
    Case{"both quotes", "<a b='\"' c=\"'\"/>"},
    Case{"> in an attribute", "<a b='>'/>"},
    Case{"> in text", "<a>></a>"},
    Case{"]] in text", "<a>]] ></a>"},
    Case{"the five entities", "<a b='&lt;&gt;&amp;&quot;&apos;'>&lt;&gt;&amp;&quot;&apos;</a>"},
    Case{"character references", "<a>&#65;&#x42;&#x1F600;&#9;&#10;&#13;</a>"},
    Case{"white space around the equals sign", "<a b = 'c'/>"},
    Case{"CDATA with markup", "<a><![CDATA[<&]]x]]></a>"},
    Case{"CDATA with brackets at its end", "<a><![CDATA[]]]]></a>"},
    Case{"empty CDATA", "<a><![CDATA[]]></a>"},
    Case{"comments everywhere", "<!-- a --><a><!-- <b> & --></a><!---->"},
    Case{"a comment with single dashes", "<a><!-- - - --></a>"},
    Case{"a declaration", "<?xml version=\"1.0\"?><a/>"},
    Case{"a declaration with all parts", "<?xml version = '1.0' encoding='UTF-8' standalone=\"yes\" ?>\n<a/>"},
    Case{"an encoding in small letters", "<?xml version='1.0' encoding='utf-8'?><a/>"},
    Case{"a byte order mark", "\xEF\xBB\xBF<a/>"},
    Case{"a byte order mark and a declaration", "\xEF\xBB\xBF<?xml version='1.0'?><a/>"},
    Case{"white space after the root", "<a/> \n\t\r"},
    Case{"names with digits, dashes and dots", "<a-1.b_c/>"},
    Case{"a name that begins with _", "<_a/>"},
    Case{"letters beyond ASCII in names", "<caf\xC3\xA9 \xC3\xB1='x'/>"},
    Case{"text beyond the basic plane", "<a>\xF0\x9F\x98\x80</a>"},
    Case{"DEL and C1 controls", "<a>\x7F\xC2\x85</a>"},
    Case{"U+FFFD", "<a>\xEF\xBF\xBD</a>"},
    Case{"a default namespace", "<a xmlns='urn:a'><b/></a>"},
    Case{"a default namespace taken back", "<a xmlns='urn:a'><b xmlns=''/></a>"},
    Case{"a prefix", "<p:a xmlns:p='urn:p' p:b='c'/>"},
    Case{"a prefix declared further out", "<a xmlns:p='urn:p'><b><p:c/></b></a>"},
    Case{"one local name in two namespaces", "<a xmlns:p='urn:p' xmlns:q='urn:q' p:x='1' q:x='2' x='3'/>"},
    Case{"a default namespace is none of an attribute's", "<p:a xmlns='urn:p' xmlns:p='urn:p' p:x='1' x='2'/>"},
    Case{"xml needs no declaration", "<a xml:lang='nl'/>"},
    Case{"xml declared as what it is", "<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:space='preserve'/>"},
    Case{"a prefix bound anew further in", "<p:a xmlns:p='urn:1'><p:b xmlns:p='urn:2'/></p:a>"},
};

constexpr std::array not_well_formed = {
    Case{"nothing at all", ""},
    Case{"white space only", " \n"},
    Case{"text only", "a"},
    Case{"a comment only", "<!-- a -->"},
    Case{"a declaration only", "<?xml version='1.0'?>"},
    Case{"two roots", "<a/><b/>"},
    Case{"text after the root", "<a/>b"},
    Case{"text before the root", "b<a/>"},
    Case{"a reference outside the root", "<a/>&#32;"},
    Case{"CDATA outside the root", "<a/><![CDATA[]]>"},
    Case{"not closed", "<a>"},
    Case{"not opened", "</a>"},
    Case{"closed twice", "<a></a></a>"},
    Case{"closed by another name", "<a></b>"},
    Case{"closed by another case", "<a></A>"},
    Case{"crossed", "<a><b></a></b>"},
    Case{"an attribute in an end tag", "<a></a b='c'>"},
    Case{"a space before a name", "< a/>"},
    Case{"a space before the name of an end tag", "<a></ a>"},
    Case{"a space within the empty mark", "<a/ >"},
    Case{"a name that begins with a digit", "<1a/>"},
    Case{"a name that begins with a dash", "<-a/>"},
    Case{"a name that begins with a dot", "<.a/>"},
    Case{"a multiplication sign in a name", "<a\xC3\x97/>"},
    Case{"a combining mark that begins a name", "<\xCC\x81/>"},
    Case{"an arrow in a name", "<a\xE2\x86\x90/>"},
    Case{"< in text", "<a><</a>"},
    Case{"a bare ampersand", "<a>&</a>"},
    Case{"an ampersand before a space", "<a>& b;</a>"},
    Case{"an entity nobody declared", "<a>&nbsp;</a>"},
    Case{"an entity without its semicolon", "<a>&lt</a>"},
    Case{"an entity of another case", "<a>&LT;</a>"},
    Case{"an empty reference", "<a>&;</a>"},
    Case{"a reference without digits", "<a>&#;</a>"},
    Case{"a hexadecimal reference without digits", "<a>&#x;</a>"},
    Case{"a capital X", "<a>&#X41;</a>"},
    Case{"hexadecimal digits in a decimal reference", "<a>&#4A;</a>"},
    Case{"a reference to NUL", "<a>&#0;</a>"},
    Case{"a reference to a control character", "<a>&#1;</a>"},
    Case{"a reference to half a pair", "<a>&#xD800;</a>"},
    Case{"a reference to U+FFFE", "<a>&#xFFFE;</a>"},
    Case{"a reference beyond Unicode", "<a>&#x110000;</a>"},
    Case{"a reference that overflows", "<a>&#4294967361;</a>"},
    Case{"]]> in text", "<a>]]></a>"},
    Case{"CDATA that is not closed", "<a><![CDATA[</a>"},
    Case{"CDATA in small letters", "<a><![cdata[]]></a>"},
    Case{"a comment with --", "<a><!-- -- --></a>"},
    Case{"a comment that ends with --->", "<a><!-- a ---></a>"},
    Case{"a comment that is not closed", "<a><!-- </a>"},
    Case{"a comment that is too short", "<!-->"},
    Case{"an attribute without quotes", "<a b=c/>"},
    Case{"an attribute without a value", "<a b/>"},
    Case{"an attribute that is not closed", "<a b='c/>"},
    Case{"attributes without a space between", "<a b='c'd='e'/>"},
    Case{"< in an attribute", "<a b='<'/>"},
    Case{"a bare ampersand in an attribute", "<a b='&'/>"},
    Case{"the same attribute twice", "<a b='1' b='2'/>"},
    Case{"an attribute without a name", "<a ='b'/>"},
    Case{"NUL", "<a>\0</a>"sv},
    Case{"a control character in text", "<a>\x01</a>"},
    Case{"a control character in an attribute", "<a b='\x1F'/>"},
    Case{"a form feed between elements", "<a>\x0C</a>"},
    Case{"U+FFFF", "<a>\xEF\xBF\xBF</a>"},
    Case{"a byte that is no UTF-8", "<a>\xFF</a>"},
    Case{"an overlong form", "<a>\xC0\x80</a>"},
    Case{"half a surrogate pair in UTF-8", "<a>\xED\xA0\x80</a>"},
    Case{"UTF-8 cut off", "<a>\xC3</a>"},
    Case{"UTF-8 cut off at the end", "<a/>\xE2\x82"},
    Case{"a declaration after white space", " <?xml version='1.0'?><a/>"},
    Case{"a declaration within", "<a><?xml version='1.0'?></a>"},
    Case{"a declaration in capitals", "<?XML version='1.0'?><a/>"},
    Case{"a declaration without a version", "<?xml encoding='UTF-8'?><a/>"},
    Case{"a declaration with its parts the other way round", "<?xml encoding='UTF-8' version='1.0'?><a/>"},
    Case{"a declaration with more than it may", "<?xml version='1.0' author='x'?><a/>"},
    Case{"a declaration without a space", "<?xml version='1.0'encoding='UTF-8'?><a/>"},
    Case{"a declaration that says maybe", "<?xml version='1.0' standalone='maybe'?><a/>"},
    Case{"a declaration without quotes", "<?xml version=1.0?><a/>"},
    Case{"a declaration with two quotes", "<?xml version='1.0\"?><a/>"},
    Case{"a declaration that is not closed", "<?xml version='1.0'><a/>"},
    Case{"a prefix nobody declared", "<p:a/>"},
    Case{"an attribute with such a prefix", "<a p:b='c'/>"},
    Case{"a prefix declared beside, not around", "<a><b xmlns:p='urn:p'/><p:c/></a>"},
    Case{"two colons", "<a xmlns:p='urn:p'><p:b:c/></a>"},
    Case{"a prefix bound to nothing", "<a xmlns:p=''/>"},
    Case{"xmlns declared", "<a xmlns:xmlns='urn:p'/>"},
    Case{"xml bound to something else", "<a xmlns:xml='urn:p'/>"},
    Case{"another prefix for xml's namespace", "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>"},
    Case{"a prefix for xmlns' namespace", "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>"},
    Case{"xml's namespace as the default one", "<a xmlns='http://www.w3.org/XML/1998/namespace'/>"},
    Case{"an element in xmlns", "<xmlns:a/>"},
    Case{"one attribute under two prefixes", "<a xmlns:p='urn:p' xmlns:q='urn:p' p:x='1' q:x='2'/>"},
};

// Well-formed, and refused all the same.
constexpr std::array refused_on_purpose = {
    Case{"a DOCTYPE", "<!DOCTYPE a><a/>"},
    Case{"entities of its own", "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>"},
    Case{"an external entity", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"},
    Case{"a processing instruction", "<a><?run it?></a>"},
    Case{"a style sheet", "<?xml-stylesheet href='x'?><a/>"},
    Case{"another encoding, though the bytes are ASCII", "<?xml version='1.0' encoding='ISO-8859-1'?><a/>"},
    Case{"a reference longer than any character needs", "<a>&#000000000065;</a>"},
};

TEST(XmlCorpus, takes_what_is_well_formed) {
  for (const auto& [why, text] : well_formed) {
    EXPECT_TRUE(we_take(text)) << why;
    EXPECT_TRUE(expat_takes(text)) << why;
  }
}

TEST(XmlCorpus, refuses_what_is_not) {
  for (const auto& [why, text] : not_well_formed) {
    EXPECT_FALSE(we_take(text)) << why;
    EXPECT_FALSE(expat_takes(text)) << why;
  }
}

TEST(XmlCorpus, refuses_more_only_on_purpose) {
  for (const auto& [why, text] : refused_on_purpose) {
    EXPECT_FALSE(we_take(text)) << why;
    EXPECT_TRUE(expat_takes(text)) << why;
  }
}

// Expat holds names to the fourth edition of XML, we to the fifth: they are the same for the letters of Latin-1.
bool has_letters_beyond_latin_1(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 0xC3; });
}

// Whether a document that expat takes may be refused by us.
bool is_purpose(std::string_view text) {
  const auto holds = [&](std::string_view what) { return text.find(what) != std::string_view::npos; };
  return holds("<!D") || holds("<?") || holds("&#0") || holds("&#x0");
}

TEST(XmlCorpus, agrees_with_expat_on_damaged_documents) {
  constexpr int rounds = 400;
  test::Mutator mutator(20261128, {"<",
                                   ">",
                                   "/",
                                   "'",
                                   "\"",
                                   "=",
                                   "&",
                                   ";",
                                   "&amp;",
                                   "&#65;",
                                   "<!--",
                                   "-->",
                                   "--",
                                   "]]>",
                                   "<![CDATA[",
                                   " ",
                                   "\n",
                                   "xmlns",
                                   "xmlns:p='urn:p'",
                                   "p:",
                                   ":",
                                   "<b>",
                                   "</b>",
                                   "</a>",
                                   "<b/>",
                                   "<?xml version='1.0'?>",
                                   "b='c'",
                                   "\x01",
                                   "\xC3\xA9",
                                   "\xEF\xBB\xBF"});
  int taken = 0;
  int refused = 0;
  for (const auto& [why, text] : well_formed) {
    for (int i = 0; i < rounds; ++i) {
      const auto damaged = mutator.damage(text);
      if (has_letters_beyond_latin_1(damaged)) continue;
      const bool ours = we_take(damaged);
      const bool theirs = expat_takes(damaged);
      ASSERT_TRUE(theirs || !ours) << "we take what expat refuses (" << why << "): " << damaged;
      ASSERT_TRUE(ours || !theirs || is_purpose(damaged)) << "we refuse what expat takes (" << why << "): " << damaged;
      ++(ours ? taken : refused);
    }
  }
  EXPECT_GT(taken, 500) << "the damage leaves nothing to agree on";
  EXPECT_GT(refused, 500) << "the damage does no harm";
}

}  // namespace
}  // namespace ketenpoort::formats
