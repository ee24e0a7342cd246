# A room is one static library (or program) of the house. Sources are listed by name.
#
#   tieline_room(NAME lib_x SOURCES a.c b.c LINKS lib_base …)
#   tieline_program(NAME tieline-x SOURCES main.c … LINKS …)
#   tieline_test(NAME test_x LABEL unit SOURCES … LINKS … [ARGS …])
#
# Includes are relative to the tree's root ("ingest/core/route.h") or to lib/ ("base/err.h").

function(tieline_flags target)
    target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/lib)
    target_compile_definitions(${target} PRIVATE _POSIX_C_SOURCE=200809L)
    target_link_libraries(${target} PRIVATE tieline_warnings tieline_hardening tieline_sanitizers)
endfunction()

function(tieline_room)
    cmake_parse_arguments(room "" "NAME" "SOURCES;LINKS" ${ARGN})
    add_library(${room_NAME} STATIC ${room_SOURCES})
    tieline_flags(${room_NAME})
    target_link_libraries(${room_NAME} PUBLIC ${room_LINKS})
endfunction()

function(tieline_program)
    cmake_parse_arguments(room "" "NAME" "SOURCES;LINKS" ${ARGN})
    add_executable(${room_NAME} ${room_SOURCES})
    tieline_flags(${room_NAME})
    target_link_libraries(${room_NAME} PRIVATE ${room_LINKS})
    install(TARGETS ${room_NAME} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

function(tieline_test)
    cmake_parse_arguments(room "" "NAME;LABEL;TIMEOUT" "SOURCES;LINKS;ARGS" ${ARGN})
    add_executable(${room_NAME} ${room_SOURCES})
    tieline_flags(${room_NAME})
    set_target_properties(${room_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    target_link_libraries(${room_NAME} PRIVATE ${room_LINKS} PkgConfig::cmocka)
    target_compile_definitions(${room_NAME} PRIVATE TEST_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    add_test(NAME ${room_NAME} COMMAND ${room_NAME} ${room_ARGS})
    if(NOT room_TIMEOUT)
        set(room_TIMEOUT 60)
    endif()
    set_tests_properties(${room_NAME} PROPERTIES LABELS ${room_LABEL} TIMEOUT ${room_TIMEOUT})
endfunction()
