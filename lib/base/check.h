/* check — assertions that stay on in release.
 *
 * CHECK   an invariant of ours; its failure is a bug and aborts.
 * BUG     a place that cannot be reached.
 * STATIC_CHECK  an invariant of the build: limits against each other.
 *
 * Never CHECK anything that came from HTTP, Kafka or a file: a poison record and an assertion
 * together are a crash loop. Bytes are validated once at the edge and checked afterwards. */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

/* Prints "file:line: what" to stderr and aborts. The only abort in the tree. */
_Noreturn void check_failed(const char *where, const char *what);

#define CHECK_STRING_(x) #x
#define CHECK_STRING(x) CHECK_STRING_(x)
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            check_failed(__FILE__ ":" CHECK_STRING(__LINE__), #condition);                         \
        }                                                                                          \
    } while (0)

#define BUG(what) check_failed(__FILE__ ":" CHECK_STRING(__LINE__), what)
#define STATIC_CHECK(condition, what) _Static_assert(condition, what)

/* A struct that crosses a `void *` starts with `uint32_t magic` and is recovered by one checked
 * cast. */
#define MAGIC_CAST(type, magic_value, pointer)                                                     \
    ((type *)check_magic((pointer), (magic_value), #type))
void *check_magic(void *pointer, unsigned magic, const char *type);

#endif
