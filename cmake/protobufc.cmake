# tieline_proto(TARGET file.proto …): generated code as a SYSTEM library, outside our warnings.
find_program(PROTOC_C protoc-c REQUIRED)
function(tieline_proto target)
    set(sources)
    foreach(proto ${ARGN})
        get_filename_component(name ${proto} NAME_WE)
        set(out ${CMAKE_CURRENT_BINARY_DIR}/wire/${name}.pb-c)
        add_custom_command(
            OUTPUT ${out}.c ${out}.h
            COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/wire
            COMMAND ${PROTOC_C} --c_out=${CMAKE_CURRENT_BINARY_DIR}/wire
                    --proto_path=${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/${proto}
            DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${proto} ${ARGN}
            COMMENT "protoc-c ${proto}")
        list(APPEND sources ${out}.c)
    endforeach()
    add_library(${target} STATIC ${sources})
    target_include_directories(${target} SYSTEM PUBLIC ${CMAKE_CURRENT_BINARY_DIR})
    target_link_libraries(${target} PUBLIC PkgConfig::libprotobuf-c PRIVATE tieline_sanitizers)
    target_compile_options(${target} PRIVATE -w)
endfunction()
