// Requests that can be read in more than one way, or not at all, each with the status it is refused with. The guard is
// tested with them directly and the server over TLS.
#pragma once

#include <string>
#include <vector>

namespace ketenpoort::net::test {

struct RefusedRequest {
  std::string name;
  std::string bytes;
  int status;
};

// A POST with these header lines, with Host where `host`.
inline std::string with_fields(const std::string& fields, const std::string& body = "", bool host = true) {
  return "POST /records HTTP/1.1\r\n" + std::string(host ? "Host: localhost\r\n" : "") + fields + "\r\n" + body;
}

inline std::string with_target(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

inline std::string with_line(const std::string& line) {
  return line + "\r\nHost: localhost\r\n\r\n";
}

inline std::vector<RefusedRequest> refused_requests() {
  using namespace std::string_literals;
  const std::string chunk = "1\r\na\r\n0\r\n\r\n";
  return {
      {"transfer_encoding_gzip_before_length", with_fields("Transfer-Encoding: gzip\r\nContent-Length: 3\r\n", "abc"),
       400},
      {"transfer_encoding_gzip_alone", with_fields("Transfer-Encoding: gzip\r\n"), 501},
      {"transfer_encoding_gzip_then_chunked", with_fields("Transfer-Encoding: gzip, chunked\r\n", chunk), 501},
      {"transfer_encoding_chunked_twice", with_fields("Transfer-Encoding: chunked, chunked\r\n", chunk), 501},
      {"transfer_encoding_in_two_fields",
       with_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunk), 400},
      {"transfer_encoding_with_vertical_tab", with_fields("Transfer-Encoding: \vchunked\r\n", chunk), 400},
      {"transfer_encoding_quoted", with_fields("Transfer-Encoding: \"chunked\"\r\n", chunk), 501},
      {"transfer_encoding_empty", with_fields("Transfer-Encoding:\r\n"), 501},
      {"chunked_after_length", with_fields("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", chunk), 400},
      {"chunked_before_length", with_fields("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", chunk), 400},
      {"chunked_in_http_1_0", "POST /a HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk, 400},
      {"chunked", with_fields("Transfer-Encoding: chunked\r\n", chunk), 411},
      {"chunked_with_big_extension",
       with_fields("Transfer-Encoding: chunked\r\n", "1;" + std::string(20'000, 'x') + "\r\na\r\n0\r\n\r\n"), 411},
      {"host_twice", with_fields("Host: localhost\r\n"), 400},
      {"host_missing", with_fields("", "", false), 400},
      {"host_missing_in_http_1_0", "GET / HTTP/1.0\r\n\r\n", 400},
      {"host_empty", with_fields("Host:\r\n", "", false), 400},
      {"host_with_path", with_fields("Host: localhost/a\r\n", "", false), 400},
      {"host_with_user", with_fields("Host: me@localhost\r\n", "", false), 400},
      {"host_with_space", with_fields("Host: local host\r\n", "", false), 400},
      {"host_list", with_fields("Host: a, b\r\n", "", false), 400},
      {"host_with_bad_port", with_fields("Host: localhost:80a\r\n", "", false), 400},
      {"host_with_a_letter_first_in_its_port", with_fields("Host: localhost:x80\r\n", "", false), 400},
      {"host_with_endless_port", with_fields("Host: localhost:0000080\r\n", "", false), 400},
      {"host_with_broken_address", with_fields("Host: [::1\r\n", "", false), 400},
      {"host_with_empty_address", with_fields("Host: []\r\n", "", false), 400},
      {"host_with_address_of_letters", with_fields("Host: [elsewhere]\r\n", "", false), 400},
      {"host_with_address_and_a_letter_before_it", with_fields("Host: [g::1]\r\n", "", false), 400},
      {"host_with_address_and_a_letter_behind_it", with_fields("Host: [::g]\r\n", "", false), 400},
      {"host_with_something_behind_the_address", with_fields("Host: [::1]8443\r\n", "", false), 400},
      {"host_of_a_port_alone", with_fields("Host: :8443\r\n", "", false), 400},
      {"host_with_empty_port", with_fields("Host: localhost:\r\n", "", false), 400},
      {"host_longer_than_a_name", with_fields("Host: " + std::string(256, 'a') + "\r\n", "", false), 400},
      {"folded_field", with_fields("X-A: b\r\n c\r\n"), 400},
      {"folded_first_field", "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n", 400},
      {"folded_field_with_tab", with_fields("X-A: b\r\n\tc\r\n"), 400},
      {"length_twice_the_same", with_fields("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), 400},
      {"length_twice_different", with_fields("Content-Length: 3\r\nContent-Length: 4\r\n", "abc"), 400},
      {"length_list", with_fields("Content-Length: 3, 3\r\n", "abc"), 400},
      {"length_with_plus", with_fields("Content-Length: +3\r\n", "abc"), 400},
      {"length_negative", with_fields("Content-Length: -3\r\n", "abc"), 400},
      {"length_with_inner_space", with_fields("Content-Length: 3 3\r\n", "abc"), 400},
      {"length_hexadecimal", with_fields("Content-Length: 0x3\r\n", "abc"), 400},
      {"length_with_leading_zero", with_fields("Content-Length: 03\r\n", "abc"), 400},
      {"length_empty", with_fields("Content-Length:\r\n"), 400},
      {"length_beyond_the_limit", with_fields("Content-Length: 1048577\r\n"), 413},
      {"length_beyond_64_bits", with_fields("Content-Length: 18446744073709551617\r\n"), 413},
      {"bare_line_feed_in_fields", "GET / HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n", 400},
      {"bare_line_feed_first", "\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"bare_line_feeds_alone", "GET / HTTP/1.1\nHost: localhost\n\n", 400},
      {"bare_carriage_return_in_value", with_fields("X-A: b\rc\r\n"), 400},
      {"bare_carriage_return_in_request_line", "GET /\r HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"doubled_carriage_return", "GET / HTTP/1.1\r\r\nHost: localhost\r\n\r\n", 400},
      {"nul_in_value", with_fields("X-A: b\0c\r\n"s), 400},
      {"nul_in_name", with_fields("X-\0A: b\r\n"s), 400},
      {"control_character_in_value", with_fields("X-A: b\x01\r\n"), 400},
      {"delete_in_value", with_fields("X-A: b\x7f\r\n"), 400},
      {"space_before_colon", with_fields("X-A : b\r\n"), 400},
      {"tab_before_colon", with_fields("Content-Length\t: 3\r\n", "abc"), 400},
      {"name_missing", with_fields(": b\r\n"), 400},
      {"colon_missing", with_fields("X-A\r\n"), 400},
      {"name_with_bracket", with_fields("X[A]: b\r\n"), 400},
      {"name_not_ascii", with_fields("X-\xc3\xa9: b\r\n"), 400},
      {"absolute_target_without_tls", with_target("http://localhost/records"), 400},
      {"absolute_target_elsewhere", with_target("https://elsewhere/records"), 400},
      {"absolute_target_on_another_port", with_target("https://localhost:8443/records"), 400},
      {"absolute_target_with_a_user", with_target("https://user@localhost/records"), 400},
      {"absolute_target_without_a_host", with_target("https:///records"), 400},
      {"absolute_target_without_a_path", with_target("https://localhost"), 400},
      {"absolute_target_without_a_path_but_a_query", with_target("https://localhost?a=/records"), 400},
      {"absolute_target_with_dots", with_target("https://localhost/../records"), 400},
      {"authority_target", with_target("localhost:443"), 400},
      {"connect", "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 501},
      {"asterisk_target", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"path_not_ascii", with_target("/r\xc3\xa9sum\xc3\xa9"), 400},
      {"path_with_dots", with_target("/a/../b"), 400},
      {"path_ending_in_dots", with_target("/a/.."), 400},
      {"path_with_dot", with_target("/a/./b"), 400},
      {"path_with_empty_segment", with_target("//a"), 400},
      {"path_percent_encoded", with_target("/a%2fb"), 400},
      {"path_percent_encoded_dots", with_target("/%2e%2e/b"), 400},
      {"path_with_backslash", with_target("/a\\b"), 400},
      {"path_with_nul", with_target("/a\0b"s), 400},
      {"path_with_fragment", with_target("/a#b"), 400},
      {"query_with_broken_percent", with_target("/a?b=%2"), 400},
      {"query_with_bad_percent", with_target("/a?b=%zz"), 400},
      {"query_with_bad_first_digit", with_target("/a?b=%g2"), 400},
      {"query_with_bad_second_digit", with_target("/a?b=%2G"), 400},
      {"query_with_colon_for_a_digit", with_target("/a?b=%2:"), 400},
      {"query_not_ascii", with_target("/a?b=\xc3\xa9"), 400},
      {"query_with_quote", with_target("/a?b=\"c\""), 400},
      {"target_too_long", with_target("/" + std::string(5'000, 'a')), 414},
      {"target_far_too_long", "GET /" + std::string(30'000, 'a'), 414},
      {"http_0_9", "GET /\r\n", 505},
      {"http_2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"http_1_2", with_line("GET / HTTP/1.2"), 505},
      {"http_3", with_line("GET / HTTP/3.0"), 505},
      {"version_in_lower_case", with_line("GET / http/1.1"), 400},
      {"version_with_two_digits", with_line("GET / HTTP/1.10"), 400},
      {"space_after_version", with_line("GET / HTTP/1.1 "), 400},
      {"two_spaces_after_method", with_line("GET  / HTTP/1.1"), 400},
      {"tab_after_method", with_line("GET\t/ HTTP/1.1"), 400},
      {"space_before_method", with_line(" GET / HTTP/1.1"), 400},
      {"empty_line_before_request", "\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"method_in_lower_case", with_line("get / HTTP/1.1"), 501},
      {"method_unknown", with_line("BREW / HTTP/1.1"), 501},
      {"method_trace", with_line("TRACE / HTTP/1.1"), 501},
      {"method_endless", std::string(40, 'A'), 501},
      {"not_http", "\x16\x03\x01\x02\x00\x01"s, 400},
      {"expect_something_else", with_fields("Expect: 200-ok\r\n"), 417},
      {"expect_twice", with_fields("Expect: 100-continue\r\nExpect: 100-continue\r\n"), 417},
      {"upgrade", with_fields("Connection: Upgrade\r\nUpgrade: h2c\r\n"), 400},
      {"upgrade_without_connection", with_fields("Upgrade: websocket\r\n"), 400},
      {"connection_upgrade_alone", with_fields("Connection: keep-alive, Upgrade\r\n"), 400},
      {"connection_not_a_list", with_fields("Connection: keep alive\r\n"), 400},
      {"authorization_twice", with_fields("Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"), 400},
      {"content_type_twice", with_fields("Content-Type: a/b\r\nContent-Type: c/d\r\n"), 400},
      {"compressed_body", with_fields("Content-Encoding: gzip\r\nContent-Length: 3\r\n", "abc"), 415},
      {"too_many_fields", with_fields([] {
         std::string fields;
         for (int i = 0; i < 100; ++i) fields += "X-" + std::to_string(i) + ": a\r\n";
         return fields;
       }()),
       431},
      {"fields_too_large", with_fields("X-A: " + std::string(20'000, 'a') + "\r\n"), 431},
      {"fields_endless", "GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + std::string(20'000, 'a'), 431},
  };
}

}  // namespace ketenpoort::net::test
