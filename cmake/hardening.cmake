# What makes an exploit of a bug harder; and no path of the build machine in the binaries.
add_library(tieline_hardening INTERFACE)
target_compile_options(tieline_hardening INTERFACE
    -fstack-protector-strong -fstack-clash-protection -fcf-protection -fvisibility=hidden
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -ffile-prefix-map=${CMAKE_BINARY_DIR}/=build/)
target_link_options(tieline_hardening INTERFACE -pie -Wl,-z,relro,-z,now)
# _FORTIFY_SOURCE needs optimisation and does not go together with the sanitizers.
if(NOT SANITIZE)
    target_compile_options(tieline_hardening INTERFACE $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
endif()
