# One static library per folder. A library links exactly the folders it may include, so an include that points the wrong
# way fails to link. Sources are the folder's *.cpp.
function(ketenpoort_library name)
  cmake_parse_arguments(ARG "" "FOLDER" "LINKS;PRIVATE_LINKS" ${ARGN})
  if(NOT ARG_FOLDER)
    set(ARG_FOLDER ${name})
  endif()
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${ARG_FOLDER}/*.cpp")
  list(FILTER sources EXCLUDE REGEX "(^|/)main\\.cpp$")
  if(sources)
    add_library(ketenpoort_${name} STATIC ${sources})
    target_link_libraries(ketenpoort_${name} PUBLIC ketenpoort::options ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS})
  else()
    add_library(ketenpoort_${name} INTERFACE)
    target_link_libraries(ketenpoort_${name} INTERFACE ketenpoort::options ${ARG_LINKS})
  endif()
  add_library(ketenpoort::${name} ALIAS ketenpoort_${name})
endfunction()

# A program: its sources and what it links.
function(ketenpoort_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ketenpoort::options ${ARG_LINKS})
endfunction()

# One GoogleTest program per folder of tests/, labelled with its suite (unit, contract, e2e).
function(ketenpoort_tests suite name)
  cmake_parse_arguments(ARG "" "" "LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${suite}/${name}/*_test.cpp")
  if(NOT sources)
    return()
  endif()
  add_executable(${suite}_${name} ${sources})
  target_link_libraries(${suite}_${name} PRIVATE ketenpoort::options ${ARG_LINKS} ketenpoort_test_support GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${suite}_${name} TEST_PREFIX "${suite}/${name}/" WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
    PROPERTIES LABELS ${suite} TIMEOUT 600 DISCOVERY_TIMEOUT 60)
endfunction()
