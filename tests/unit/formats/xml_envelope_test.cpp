#include "gateway/formats/xml_envelope.hpp"

#include <gtest/gtest.h>

#include <pugixml.hpp>

#include "gateway/formats/xml.hpp"

namespace ketenpoort::formats {
namespace {

const std::string soap_1_1 = "http://schemas.xmlsoap.org/soap/envelope/";
const std::string soap_1_2 = "http://www.w3.org/2003/05/soap-envelope";

std::string in_envelope(const std::string& content, const std::string& uri = soap_1_1) {
  return "<s:Envelope xmlns:s=\"" + uri + "\"><s:Body>" + content + "</s:Body></s:Envelope>";
}

// What is taken out, or where it fails and why.
std::string taken(const std::string& text, const NamespaceSynonyms& synonyms = {}) {
  const auto out = take_out_document(text, synonyms);
  if (out) return *out;
  EXPECT_EQ(out.error().issues.size(), 1U) << out.error().message;
  return out.error().issues.empty() ? out.error().message
                                    : out.error().issues[0].where + " " + out.error().issues[0].detail;
}

TEST(RootName, is_that_of_the_first_element) {
  EXPECT_EQ(find_root_name("<a/>"), "a");
  EXPECT_EQ(find_root_name("\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<!-- <b> -->\n<n:a xmlns:n=\"u\">"), "a");
  EXPECT_EQ(find_root_name("<a\tb='c'>"), "a");
  EXPECT_EQ(find_root_name("<!DOCTYPE a><a/>"), "!DOCTYPE") << "which the reader refuses";
  for (const auto* none : {"", "text", "<?xml", "<!-- never closed <a>", "<<no", "< a>", "<a&b/>", "<a='b'"})
    EXPECT_EQ(find_root_name(none), "") << none;
}

TEST(XmlEnvelope, leaves_alone_what_is_in_none) {
  for (const auto* text : {"<a/>", "not XML", "", "<a><s:Envelope/></a>", "<Envelope><Body><a/></Body></Envelope>",
                           "<e:Envelope xmlns:e=\"urn:mail\"><e:Body><a/></e:Body></e:Envelope>"})
    EXPECT_EQ(taken(text), text);
}

TEST(XmlEnvelope, of_soap_gives_what_is_in_its_body) {
  EXPECT_EQ(taken(in_envelope("<a b=\"1\">x &amp; y<c/> z </a>")),
            "<a b=\"1\" xmlns:s=\"" + soap_1_1 + "\">x &amp; y<c/> z </a>");
  EXPECT_EQ(taken(in_envelope("<a/>", soap_1_2)), "<a xmlns:s=\"" + soap_1_2 + "\"/>");
  EXPECT_EQ(taken("<Envelope xmlns=\"" + soap_1_1 + "\"><Body><a xmlns=\"\"/></Body></Envelope>"), "<a xmlns=\"\"/>");
}

TEST(XmlEnvelope, reads_no_header) {
  const auto with = [](const std::string& headers) {
    return "<s:Envelope xmlns:s=\"" + soap_1_1 + "\">" + headers + "<s:Body><a/></s:Body></s:Envelope>";
  };
  const auto plain = taken(with(""));
  EXPECT_EQ(taken(with("<s:Header/>")), plain);
  EXPECT_EQ(taken(with("<s:Header><w:Security xmlns:w=\"urn:w\" s:mustUnderstand=\"1\"><a/></w:Security></s:Header>")),
            plain);
  EXPECT_EQ(taken(with("<!-- of ours --> <s:Header/> <!-- and more -->")), plain);
}

TEST(XmlEnvelope, brings_along_the_namespaces_declared_around_it_the_nearest_first) {
  EXPECT_EQ(taken("<s:Envelope xmlns:s=\"" + soap_1_1 +
                  "\" xmlns:p=\"urn:far\" xmlns:q=\"urn:q\"><s:Body xmlns:p=\"urn:near\"><p:a xmlns:q=\"urn:own\"/>"
                  "</s:Body></s:Envelope>"),
            "<p:a xmlns:q=\"urn:own\" xmlns:p=\"urn:near\" xmlns:s=\"" + soap_1_1 + "\"/>");
}

TEST(XmlEnvelope, keeps_the_content_on_its_lines) {
  const auto out = taken("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<s:Envelope xmlns:s=\"" + soap_1_1 +
                         "\">\n  <s:Body>\n    <a>\n      <b/>\n    </a>\n  </s:Body>\n</s:Envelope>\n");
  EXPECT_EQ(out, "\n\n\n<a xmlns:s=\"" + soap_1_1 + "\">\n      <b/>\n    </a>");
}

TEST(XmlEnvelope, keeps_comments_sections_and_references_of_the_content) {
  const std::string content = "<a><!-- said --><![CDATA[<no&tag>]]>&lt;\xC3\xA9</a>";
  const auto out = take_out_document(in_envelope(content));
  ASSERT_TRUE(out);
  EXPECT_EQ(*out, "<a xmlns:s=\"" + soap_1_1 + "\"><!-- said --><![CDATA[<no&tag>]]>&lt;\xC3\xA9</a>");
}

TEST(XmlEnvelope, says_where_a_soap_message_is_wrong) {
  const auto envelope = "<s:Envelope xmlns:s=\"" + soap_1_1 + "\">";
  EXPECT_EQ(taken(envelope + "</s:Envelope>"), "1:1 an Envelope without a Body; put the message into its Body");
  EXPECT_EQ(taken(envelope + "<Body><a/></Body></s:Envelope>"),
            "1:1 an Envelope without a Body; put the message into its Body");
  EXPECT_EQ(taken(envelope + "\n <s:Body> </s:Body></s:Envelope>"),
            "2:2 a Body without an element; put the message into it");
  EXPECT_EQ(taken(envelope + "\n<s:Body><a/><b/></s:Body></s:Envelope>"),
            "2:1 a Body with more than one element; send a message for each");
  EXPECT_TRUE(taken(envelope + "<s:Body><a></s:Body></s:Envelope>").starts_with("1:"));
  EXPECT_TRUE(taken("<!DOCTYPE x>" + in_envelope("<a/>")).starts_with("<!DOCTYPE")) << "the reader refuses it";
}

TEST(XmlEnvelope, puts_the_namespace_that_is_meant_where_another_stands) {
  const NamespaceSynonyms synonyms{{"urn:said", "urn:meant"}, {"urn:also", "urn:meant"}};
  EXPECT_EQ(taken("<p:a xmlns:p=\"urn:said\"><b/></p:a>", synonyms), "<p:a xmlns:p=\"urn:meant\"><b/></p:a>");
  EXPECT_EQ(taken("<a xmlns='urn:also'/>", synonyms), "<a xmlns=\"urn:meant\"/>");
  EXPECT_EQ(taken("<a>\n<b>\n<c><p:d xmlns:p=\"urn:said\"/></c></b><e xmlns=\"urn:said\"/></a>", synonyms),
            "<a>\n<b>\n<c><p:d xmlns:p=\"urn:meant\"/></c></b><e xmlns=\"urn:meant\"/></a>");
  EXPECT_EQ(taken(in_envelope("<p:a xmlns:p=\"urn:said\"/>"), synonyms),
            "<p:a xmlns:p=\"urn:meant\" xmlns:s=\"" + soap_1_1 + "\"/>");
}

TEST(XmlEnvelope, takes_no_text_for_a_namespace) {
  const NamespaceSynonyms synonyms{{"urn:said", "urn:meant"}};
  for (const auto* text : {"<a b=\"urn:said\"/>", "<a>xmlns=\"urn:said\"</a>", "<a xmlns=\"urn:said:more\"/>"})
    EXPECT_EQ(taken(text, synonyms), text);
  EXPECT_EQ(taken("<a><!-- xmlns=\"urn:said\" --></a>", synonyms), "<a><!-- xmlns=\"urn:said\" --></a>");
}

TEST(XmlEnvelope, gives_what_the_reader_takes) {
  const auto out =
      take_out_document(in_envelope("<p:a xmlns:p='urn:p' b='\"&#10;&#9;&apos;&lt;' c=\"'\">]]&gt;&#13;\r\n</p:a>"));
  ASSERT_TRUE(out);
  pugi::xml_document document;
  ASSERT_TRUE(parse_xml(*out, document)) << *out;
  EXPECT_STREQ(document.document_element().attribute("b").value(), "\"\n\t'<");
  EXPECT_STREQ(document.document_element().attribute("c").value(), "'");
  EXPECT_STREQ(document.document_element().text().get(), "]]>\r\n");
}

}  // namespace
}  // namespace ketenpoort::formats
