# Every third-party library, found once. All are Debian 12 packages; ./run names and installs them.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(LibXml2 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(pugixml REQUIRED)
find_package(tl-expected QUIET)
find_package(PkgConfig REQUIRED)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
# Signs and verifies Ed25519 in half the time of OpenSSL 3.0; without it OpenSSL does (docs/decisions/0012).
pkg_check_modules(sodium IMPORTED_TARGET libsodium)
# Takes and gives back the gateway's memory; without it glibc does (docs/decisions/0026). Sanitizers bring their own.
if(NOT KETENPOORT_SANITIZE)
  pkg_check_modules(jemalloc IMPORTED_TARGET jemalloc)
endif()
pkg_check_modules(xmlsec REQUIRED IMPORTED_TARGET xmlsec1-openssl)

# RapidJSON is header-only; its own includes trip our warnings, so it enters as a system include.
find_path(RAPIDJSON_INCLUDE_DIR rapidjson/reader.h REQUIRED)
add_library(rapidjson INTERFACE)
target_include_directories(rapidjson SYSTEM INTERFACE "${RAPIDJSON_INCLUDE_DIR}")
target_compile_definitions(rapidjson INTERFACE RAPIDJSON_HAS_STDSTRING=1)

# Boost.Asio and Beast are compiled once, in gateway/net/boost_implementation.cpp (separate compilation).
add_library(boost_network INTERFACE)
target_compile_definitions(boost_network INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(boost_network INTERFACE Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
