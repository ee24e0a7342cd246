# The warnings that every file of ours is compiled with; generated code is exempt.
add_library(tieline_warnings INTERFACE)
option(TIELINE_WERROR "warnings are errors" ON)
target_compile_options(tieline_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wdouble-promotion -Wformat=2
    -Wundef -Wvla -Walloca -Wcast-qual -Wcast-align -Wwrite-strings -Wpointer-arith
    -Wstrict-prototypes -Wold-style-definition -Wmissing-prototypes -Wredundant-decls
    -Wnull-dereference -Wimplicit-fallthrough -Wswitch-enum -Wdate-time
    $<$<BOOL:${TIELINE_WERROR}>:-Werror>
    $<$<C_COMPILER_ID:GNU>:-Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wjump-misses-init
        -Wformat-signedness -Wstringop-overflow=4 -Warith-conversion>
    $<$<C_COMPILER_ID:Clang>:-Wconditional-uninitialized -Wcomma -Wassign-enum -Wunreachable-code
        -Wextra-semi-stmt -Wmissing-variable-declarations>)
