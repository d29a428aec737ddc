// What the server lets through and refuses while shaking hands.
#include <gmock/gmock.h>
#include <openssl/err.h>

#include <thread>

#include "gateway/net/tls_check.hpp"
#include "tests/unit/net/loopback.hpp"

namespace ketenpoort::net::test {
namespace {

using testing::HasSubstr;

void tell_certificate(const api::Request& request, const api::ReplyTo& reply_to) {
  api::Reply reply;
  reply.body =
      request.certificate ? request.certificate->common_name + " " + to_hex(request.certificate->thumbprint) : "none";
  reply_to(std::move(reply));
}

PeerOptions with_certificate() {
  PeerOptions options;
  options.client_certificate = true;
  return options;
}

// A server whose files a test may change.
struct OwnServer {
  ketenpoort::test::ScratchFolder folder;
  ServerTls tls;
  std::unique_ptr<Server> server;

  OwnServer() {
    tls.certificate_chain = folder.write("server.pem", certificates().server().certificate);
    tls.private_key = folder.write("server.key", certificates().server().private_key);
    tls.client_authorities = certificates().ca;
  }
  void start() {
    ServerOptions options;
    options.tls = tls;
    server = Server::start(options, tell_certificate).value();
  }
};

// With TLS 1.3 a client learns only at its first read that its certificate was refused.
std::string ask_once(std::uint16_t port, const PeerOptions& options) {
  RawPeer peer(port, options);
  return peer.connected() ? peer.ask(simple_get) : std::string();
}

TEST(ServerTls, speaks_1_2_and_nothing_older) {
  const auto server = start_server();
  PeerOptions options;
  options.max_version = TLS1_2_VERSION;
  RawPeer current(server->port(), options);
  EXPECT_TRUE(current.connected());
  EXPECT_THAT(SSL_get_cipher_name(current.ssl()), HasSubstr("ECDHE-ECDSA-AES"));
  EXPECT_EQ(status_of(current.ask(simple_get)), 200);
  options.max_version = TLS1_1_VERSION;
  EXPECT_FALSE(RawPeer(server->port(), options).connected());
}

TEST(ServerTls, negotiates_http_1_1_and_refuses_clients_that_speak_only_http_2) {
  const auto server = start_server();
  PeerOptions options;
  options.alpn = std::string("\x02h2\x08http/1.1");
  RawPeer both(server->port(), options);
  ASSERT_TRUE(both.connected());
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(both.ssl(), &chosen, &size);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");
  options.alpn = std::string("\x02h2");
  EXPECT_FALSE(RawPeer(server->port(), options).connected());
}

TEST(ServerTls, refuses_renegotiation) {
  const auto server = start_server();
  PeerOptions options;
  options.max_version = TLS1_2_VERSION;
  RawPeer peer(server->port(), options);
  ASSERT_EQ(status_of(peer.ask(simple_get)), 200);
  SSL_renegotiate(peer.ssl());
  EXPECT_NE(SSL_do_handshake(peer.ssl()), 1);
}

// False when the server takes no more.
bool make_new_key(RawPeer& peer) {
  return SSL_key_update(peer.ssl(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(peer.ssl()) == 1;
}

TEST(ServerTls, goes_on_with_who_makes_a_new_key_now_and_then) {
  const auto server = start_server();
  RawPeer peer(server->port());
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(make_new_key(peer));
    EXPECT_EQ(status_of(peer.ask(simple_get)), 200);
  }
}

TEST(ServerTls, goes_on_with_who_makes_many_new_keys_for_much_that_is_sent) {
  const auto server = start_server();
  RawPeer peer(server->port());
  const std::string body(1'000'000, 'x');
  for (int i = 0; i < 8; ++i) {
    for (int n = 0; n < 3; ++n) EXPECT_TRUE(make_new_key(peer));
    for (int n = 0; n < 2; ++n) ASSERT_EQ(status_of(peer.ask(post(body))), 200) << i;
  }
}

// Each costs the server far more than the peer, and all that have come are handled before anybody else is.
TEST(ServerTls, cuts_off_who_makes_new_keys_without_end) {
  const auto server = start_server();
  RawPeer peer(server->port());
  for (int i = 0; i < 1000 && make_new_key(peer); ++i) {
  }
  EXPECT_EQ(status_of(peer.ask(simple_get)), 0);
  EXPECT_EQ(status_of(RawPeer(server->port()).ask(simple_get)), 200);
}

TEST(ServerTls, tells_the_handler_whose_certificate_it_verified) {
  const auto server = start_server(tell_certificate);
  const auto thumbprint = certificate_thumbprint(certificates().client().certificate).value();
  EXPECT_EQ(body_of(ask_once(server->port(), with_certificate())), "test-client " + to_hex(thumbprint));
  EXPECT_EQ(body_of(ask_once(server->port(), {})), "none");
}

TEST(ServerTls, still_knows_the_certificate_after_a_resumed_session) {
  const auto server = start_server(tell_certificate);
  RawPeer first(server->port(), with_certificate());
  ASSERT_THAT(body_of(first.ask(simple_get)), HasSubstr("test-client"));
  const SslSessionPtr session(SSL_get1_session(first.ssl()));
  SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  SslPtr ssl(SSL_new(context.get()));
  const int fd = RawPeer::connect_to(server->port());
  SSL_set_fd(ssl.get(), fd);
  SSL_set_session(ssl.get(), session.get());

  ASSERT_EQ(SSL_connect(ssl.get()), 1);
  ASSERT_EQ(SSL_session_reused(ssl.get()), 1);
  SSL_write(ssl.get(), simple_get.data(), static_cast<int>(simple_get.size()));
  char block[4096];
  const int size = SSL_read(ssl.get(), block, sizeof block);
  ::close(fd);

  ASSERT_GT(size, 0);
  EXPECT_THAT(body_of(std::string(block, static_cast<std::size_t>(size))), HasSubstr("test-client"));
}

TEST(ServerTls, refuses_a_certificate_of_an_authority_it_does_not_know) {
  const auto server = start_server(tell_certificate);
  const auto stranger = make_authority("Somebody else", 1).value();
  const auto client = issue_client(stranger, "test-client", 1).value();
  const ketenpoort::test::ScratchFolder folder;
  auto options = with_certificate();
  options.certificate = folder.write("c.pem", client.certificate);
  options.key = folder.write("c.key", client.private_key);
  EXPECT_EQ(ask_once(server->port(), options), "");
}

TEST(ServerTls, refuses_a_server_certificate_shown_by_a_client) {
  const auto server = start_server(tell_certificate);
  auto options = with_certificate();
  options.certificate = certificates().server_certificate;
  options.key = certificates().server_key;
  EXPECT_EQ(ask_once(server->port(), options), "");
}

TEST(ServerTls, refuses_a_revoked_certificate_and_takes_the_others) {
  OwnServer own;
  const auto revoked = issue_client(certificates().authority(), "revoked-client", 1).value();
  const auto list = make_revocation_list(certificates().authority(), {revoked.certificate}, 1).value();
  own.tls.client_revocations = own.folder.write("crl.pem", list);
  own.start();
  auto options = with_certificate();
  EXPECT_THAT(body_of(ask_once(own.server->port(), options)), HasSubstr("test-client"));
  options.certificate = own.folder.write("r.pem", revoked.certificate);
  options.key = own.folder.write("r.key", revoked.private_key);
  EXPECT_EQ(ask_once(own.server->port(), options), "");
}

// Told beforehand, a client with many certificates knows which to show.
TEST(ServerTls, says_of_which_authorities_it_takes_certificates) {
  const auto server = start_server();
  RawPeer peer(server->port(), with_certificate());
  ASSERT_EQ(status_of(peer.ask(simple_get)), 200);
  const auto* const names = SSL_get0_peer_CA_list(peer.ssl());
  ASSERT_EQ(sk_X509_NAME_num(names), 1);
  const auto authority = parse_certificate(certificates().authority().certificate);
  EXPECT_EQ(X509_NAME_cmp(sk_X509_NAME_value(names, 0), X509_get_subject_name(authority.get())), 0);
}

// The test client's certificate with other common names, signed by the authority.
PeerOptions with_common_names(const ketenpoort::test::ScratchFolder& folder, const std::vector<std::string>& names) {
  const auto certificate = parse_certificate(certificates().client().certificate);
  const auto key = parse_private_key(certificates().authority().private_key);
  auto* const subject = X509_get_subject_name(certificate.get());
  while (X509_NAME_entry_count(subject) > 0) X509_NAME_ENTRY_free(X509_NAME_delete_entry(subject, 0));
  for (const auto& name : names)
    X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.data()), static_cast<int>(name.size()), -1,
                               0);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  const BioPtr pem(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(pem.get(), certificate.get());
  auto options = with_certificate();
  options.certificate = folder.write("names.pem", content_of(pem.get()));
  return options;
}

TEST(ServerTls, takes_a_common_name_only_when_there_is_one_and_it_is_whole) {
  using namespace std::string_literals;
  const auto server = start_server([](const api::Request& request, const api::ReplyTo& reply_to) {
    reply_to({200, "text/plain", request.certificate ? "name " + request.certificate->common_name : "none"});
  });
  const ketenpoort::test::ScratchFolder folder;
  const auto told = [&](const std::vector<std::string>& names) {
    return body_of(ask_once(server->port(), with_common_names(folder, names)));
  };
  EXPECT_EQ(told({"fedasil"}), "name fedasil");
  EXPECT_EQ(told({"fedasil", "vdab"}), "name ") << "which of them speaks?";
  EXPECT_EQ(told({"fedasil", "fedasil"}), "name ");
  EXPECT_EQ(told({"fedasil\0.example"s}), "name ") << "a reader of C strings would stop at the NUL";
  EXPECT_EQ(told({}), "name ");
}

TEST(ServerTls, refuses_revocation_lists_of_other_authorities_and_files_that_are_none) {
  OwnServer own;
  const auto stranger = make_authority("Somebody else", 1).value();
  own.tls.client_revocations = own.folder.write("crl.pem", make_revocation_list(stranger, {}, 1).value());
  const auto foreign = check_server_tls(own.tls);
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, ErrorCode::config);
  EXPECT_THAT(foreign.error().message, HasSubstr("crl.pem: error: list 1 in it is signed by no authority of "));
  const auto namesake = make_authority("Test authority", 1).value();
  own.folder.write("crl.pem", make_revocation_list(namesake, {}, 1).value());
  EXPECT_FALSE(check_server_tls(own.tls)) << "of the same name, with another key";
  const auto ours = make_revocation_list(certificates().authority(), {}, 1).value();
  for (const auto& wrong : {std::string(), std::string("not a list"), ours + ours.substr(0, ours.size() / 2)}) {
    own.folder.write("crl.pem", wrong);
    const auto refused = check_server_tls(own.tls);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_THAT(refused.error().message, HasSubstr("crl.pem")) << wrong;
  }
  own.folder.write("crl.pem", ours);
  EXPECT_TRUE(check_server_tls(own.tls));
}

// A connection that was opened with a client certificate before something happens to it.
struct OpenConnection : OwnServer {
  KeyedCertificate client = issue_client(certificates().authority(), "open-client", 1).value();
  PeerOptions options = with_certificate();

  OpenConnection() {
    tls.client_revocations = folder.write("crl.pem", make_revocation_list(certificates().authority(), {}, 1).value());
    options.certificate = folder.write("c.pem", client.certificate);
    options.key = folder.write("c.key", client.private_key);
    start();
  }
  void revoke(const std::vector<std::string>& revoked) {
    folder.write("crl.pem", make_revocation_list(certificates().authority(), revoked, 1).value());
    ASSERT_TRUE(server->reload());
  }
};

TEST(ServerTls, a_certificate_that_is_revoked_speaks_for_nobody_on_connections_that_are_open) {
  OpenConnection own;
  RawPeer idle(own.server->port(), own.options);
  RawPeer speaking(own.server->port(), own.options);
  RawPeer other(own.server->port(), with_certificate());
  ASSERT_THAT(body_of(idle.ask(simple_get)), HasSubstr("open-client"));
  ASSERT_THAT(body_of(speaking.ask(simple_get)), HasSubstr("open-client"));
  ASSERT_THAT(body_of(other.ask(simple_get)), HasSubstr("test-client"));
  speaking.send(simple_get.substr(0, 20));  // it has begun to ask
  std::this_thread::sleep_for(200ms);

  own.revoke({own.client.certificate});

  const auto answer = speaking.ask(simple_get.substr(20));
  EXPECT_EQ(body_of(answer), "none");
  EXPECT_EQ(header_of(answer, "Connection"), "close");
  EXPECT_TRUE(idle.is_closed());
  EXPECT_THAT(body_of(other.ask(simple_get)), HasSubstr("test-client"));
  EXPECT_EQ(ask_once(own.server->port(), own.options), "");
}

TEST(ServerTls, a_certificate_that_one_reload_let_in_is_looked_at_again_after_the_next) {
  OpenConnection own;
  RawPeer peer(own.server->port(), own.options);
  ASSERT_THAT(body_of(peer.ask(simple_get)), HasSubstr("open-client"));
  own.revoke({});
  ASSERT_THAT(body_of(peer.ask(simple_get)), HasSubstr("open-client"));
  peer.send(simple_get.substr(0, 20));  // not idle: it would be closed
  std::this_thread::sleep_for(200ms);
  own.revoke({own.client.certificate});
  EXPECT_EQ(body_of(peer.ask(simple_get.substr(20))), "none");
}

TEST(ServerTls, neither_does_one_whose_authority_is_gone) {
  OpenConnection own;
  own.tls.client_revocations.clear();
  own.tls.client_authorities = own.folder.write("authorities.pem", certificates().authority().certificate);
  own.start();
  RawPeer open(own.server->port(), own.options);
  ASSERT_THAT(body_of(open.ask(simple_get)), HasSubstr("open-client"));
  own.folder.write("authorities.pem", make_authority("Somebody else", 1).value().certificate);
  ASSERT_TRUE(own.server->reload());
  EXPECT_TRUE(open.is_closed());
}

TEST(ServerTls, a_reload_that_changes_nothing_for_a_certificate_leaves_its_connections_as_they_are) {
  OpenConnection own;
  RawPeer peer(own.server->port(), own.options);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(body_of(peer.ask(simple_get)), HasSubstr("open-client"));
    own.revoke({certificates().server().certificate});
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_THAT(body_of(peer.ask(simple_get)), HasSubstr("open-client"));
}

TEST(ServerTls, nor_does_one_that_has_run_out) {
  OpenConnection own;
  const auto brief = parse_certificate(own.client.certificate);
  const auto key = parse_private_key(certificates().authority().private_key);
  X509_gmtime_adj(X509_getm_notAfter(brief.get()), 4);
  X509_sign(brief.get(), key.get(), EVP_sha256());
  const BioPtr pem(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(pem.get(), brief.get());
  own.options.certificate = own.folder.write("brief.pem", content_of(pem.get()));
  RawPeer peer(own.server->port(), own.options);
  ASSERT_THAT(body_of(peer.ask(simple_get)), HasSubstr("open-client"));
  EXPECT_TRUE(peer.is_closed()) << "within five seconds";
}

TEST(ServerTls, reload_gives_new_connections_the_new_certificate_and_keeps_the_open_ones) {
  OwnServer own;
  own.start();
  RawPeer open(own.server->port());
  ASSERT_EQ(status_of(open.ask(simple_get)), 200);
  const auto renewed = issue_server(certificates().authority(), {"renewed.example", "127.0.0.1"}, 1).value();
  own.folder.write("server.pem", renewed.certificate);
  own.folder.write("server.key", renewed.private_key);

  ASSERT_TRUE(own.server->reload());

  EXPECT_EQ(status_of(open.ask(simple_get)), 200);
  RawPeer fresh(own.server->port());
  ASSERT_TRUE(fresh.connected());
  EXPECT_EQ(X509_check_host(SSL_get0_peer_certificate(fresh.ssl()), "renewed.example", 0, 0, nullptr), 1);
}

TEST(ServerTls, a_reload_of_broken_files_changes_nothing_and_names_the_file) {
  OwnServer own;
  own.start();
  own.folder.write("server.key", "not a key");
  const auto reloaded = own.server->reload();
  ASSERT_FALSE(reloaded);
  EXPECT_EQ(reloaded.error().code, ErrorCode::config);
  EXPECT_THAT(reloaded.error().message, HasSubstr("server.key"));
  RawPeer peer(own.server->port());
  EXPECT_EQ(status_of(peer.ask(simple_get)), 200);
}

TEST(ServerTls, drops_who_speaks_plain_http_to_it) {
  const auto server = start_server();
  const int fd = RawPeer::connect_to(server->port());
  ::send(fd, simple_get.data(), simple_get.size(), 0);
  char block[64];
  ssize_t size = 0;
  ssize_t total = 0;
  while ((size = ::recv(fd, block, sizeof block, 0)) > 0) total += size;
  EXPECT_FALSE(size < 0 && errno == EAGAIN) << "it is not closed";
  ::close(fd);
  EXPECT_LT(total, 32);  // a TLS alert at most, never an answer
}

}  // namespace
}  // namespace ketenpoort::net::test
