# Compiler settings for every target, and the two ways that this project declares libraries and tests.

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12's optimiser sees uninitialised members in every tl::expected that holds a string, and overlaps in
    # std::string concatenation (GCC bug 105651); clang builds with all warnings.
    add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overread)
endif()
if(SCARDLAB_WERROR)
    add_compile_options(-Werror)
endif()
if(SCARDLAB_SANITIZE)
    add_compile_options(-fsanitize=${SCARDLAB_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${SCARDLAB_SANITIZE})
endif()

# scardlab_library(NAME SOURCES... [PUBLIC LIBS...] [PRIVATE LIBS...]): static library scardlab_NAME, alias scardlab::NAME.
# Includes start at the repository root.
function(scardlab_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
    add_library(scardlab_${name} STATIC ${ARG_SOURCES})
    add_library(scardlab::${name} ALIAS scardlab_${name})
    target_include_directories(scardlab_${name} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(scardlab_${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
    set_property(GLOBAL APPEND PROPERTY SCARDLAB_LIBRARIES scardlab_${name})
endfunction()

# scardlab_test(NAME SOURCES... LIBS... [THREADS] [TIMEOUT SECONDS]): Boost.Test program NAME, one CTest test of the same
# name. THREADS: it has threads, so it is run with the thread sanitizer too. Test code is not optimised: the macros of
# Boost.Test take g++ several times as long otherwise.
function(scardlab_test name)
    cmake_parse_arguments(ARG "THREADS" "TIMEOUT" "SOURCES;LIBS" ${ARGN})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 300)
    endif()
    set(main ${PROJECT_SOURCE_DIR}/tests/main.cpp)
    add_executable(${name} ${ARG_SOURCES} ${main})
    target_compile_definitions(${name} PRIVATE BOOST_TEST_DYN_LINK)
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O0>)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE ${ARG_LIBS} Boost::unit_test_framework)
    target_precompile_headers(${name} PRIVATE <boost/test/unit_test.hpp>)
    set_source_files_properties(${main} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
    add_test(NAME ${name} COMMAND ${name} --logger=HRF,error,stdout:JUNIT,all,${CMAKE_BINARY_DIR}/junit/${name}.xml)
    set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
    if(ARG_THREADS)
        set_tests_properties(${name} PROPERTIES LABELS threads)
    endif()
endfunction()
