# SANITIZE=address,undefined and the like, for everything in the build.
set(SANITIZE "" CACHE STRING "sanitizers, as -fsanitize takes them")
add_library(tieline_sanitizers INTERFACE)
if(SANITIZE)
    target_compile_options(tieline_sanitizers INTERFACE
        -fsanitize=${SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(tieline_sanitizers INTERFACE -fsanitize=${SANITIZE})
endif()
