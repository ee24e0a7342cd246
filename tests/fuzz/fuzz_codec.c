/* Any bytes as a record. What is read can be written, read again, and is written the second time as
 * the first; what is refused leaves nothing behind and says why.
 *
 * First byte: which of the five formats. */
#include "base/limits.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/any_record.h"

#include <stdbool.h>

static struct any_record record;
static struct any_record again;

static void check_refused(err_t e, const struct arena *arena, const struct why *why)
{
    CHECK(err_class(e) == ERR_CLASS_POISON);
    CHECK(why->text[0] != '\0');
    CHECK(arena->used == 0);
}

static void check_writable(enum any_kind kind, struct arena *arena)
{
    CLEANUP(buf) struct buf first = {0};
    buf_init(&first, LIMIT_DEAD_BYTES_MAX);
    CHECK(!err_failed(any_encode(&record, &first)));
    CHECK(!err_failed(any_decode(kind, arena, buf_slice(&first), NULL, &again)));
    CLEANUP(buf) struct buf second = {0};
    buf_init(&second, LIMIT_DEAD_BYTES_MAX);
    CHECK(!err_failed(any_encode(&again, &second)));
    CHECK(slice_equal(buf_slice(&first), buf_slice(&second)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0) {
        return 0;
    }
    enum any_kind kind = (enum any_kind)(bytes[0] % ANY_KIND_COUNT);
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    struct why why = {{0}};
    err_t e = any_decode(kind, &arena, slice_from(bytes + 1, len - 1), &why, &record);
    if (err_failed(e)) {
        check_refused(e, &arena, &why);
    } else {
        check_writable(kind, &arena);
    }
    return 0;
}
