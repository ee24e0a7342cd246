# The libraries of docs/ARCHITECTURE.md, all from Debian 12.
find_package(PkgConfig REQUIRED)
foreach(lib rdkafka libmicrohttpd libcurl yajl libprotobuf-c libsodium libutf8proc)
    pkg_check_modules(${lib} REQUIRED IMPORTED_TARGET GLOBAL ${lib})
endforeach()
find_library(CMARK_LIBRARY cmark REQUIRED)
find_package(Threads REQUIRED)
# An allocator for the program that allocates most (docs/decisions/0034); sanitizers bring their own.
if(NOT SANITIZE AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET GLOBAL jemalloc)
endif()
if(TIELINE_TESTS)
    pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET GLOBAL cmocka)
endif()
