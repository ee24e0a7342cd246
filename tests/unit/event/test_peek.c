/* codec_peek.c: what is told of a state without unpacking it. */
#include "base/rng.h"
#include "event/codec.h"
#include "tests/support/unit.h"

enum { ROUNDS = 20000 };

static struct conversation *resting(struct arena *arena)
{
    struct conversation *state = ARENA_NEW(arena, struct conversation);
    EXPECT("memory", state != NULL);
    state->key = SLICE("acme/messaging/c1");
    state->account = SLICE("acme");
    state->surface = SURFACE_MESSAGING;
    state->remote_id = SLICE("c1");
    state->routing = ROUTING_WAITING;
    state->created = state->updated = (wall_ms_t){1789377125331};
    state->seen[0] = (struct seen_id){UINT64_C(0xFEDCBA9876543210), state->created};
    state->seen_count = 1;
    state->history[0] = (struct history_entry){SPEAKER_BOT, SLICE("Good day"), state->created};
    state->history_count = 1;
    return state;
}

static void a_timer_is_seen(void **unused)
{
    (void)unused;
    CLEANUP(arena) struct arena arena = {0};
    CLEANUP(buf) struct buf out = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    buf_init(&out, LIMIT_STATE_BYTES_MAX);
    struct conversation *state = resting(&arena);
    EXPECT_OK("encoded", codec_conversation_encode(state, &out));
    EXPECT("none", codec_conversation_is_timeless(buf_slice(&out)));
    EXPECT("nothing at all is no state", !codec_conversation_is_timeless(SLICE("")));
    state->timers[0] = (struct timer){TIMER_TURN, {1789377135331}, SLICE("turn")};
    state->timer_count = 1;
    buf_reset(&out);
    EXPECT_OK("encoded", codec_conversation_encode(state, &out));
    EXPECT("one", !codec_conversation_is_timeless(buf_slice(&out)));
    /* schema 2, in the place of 1 */
    EXPECT("of a newer writer", !codec_conversation_is_timeless(SLICE("\x08\x02")));
    EXPECT("a length beyond the end", !codec_conversation_is_timeless(SLICE("\x08\x01\x12\x05k")));
    EXPECT("a varint without an end", !codec_conversation_is_timeless(SLICE(
                                          "\x08\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF")));
}

static void the_last_change_is_told(void **unused)
{
    (void)unused;
    CLEANUP(arena) struct arena arena = {0};
    CLEANUP(buf) struct buf out = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    buf_init(&out, LIMIT_STATE_BYTES_MAX);
    struct conversation *state = resting(&arena);
    state->updated = (wall_ms_t){1789377199999};
    wall_ms_t updated = {0};
    EXPECT_OK("encoded", codec_conversation_encode(state, &out));
    EXPECT("told", codec_conversation_updated(buf_slice(&out), &updated));
    EXPECT("as it is", updated.ms == 1789377199999);
    updated.ms = 1;
    EXPECT("nothing at all", !codec_conversation_updated(SLICE(""), &updated));
    EXPECT("of a newer writer", !codec_conversation_updated(SLICE("\x08\x02"), &updated));
    EXPECT("cut",
           !codec_conversation_updated(slice_sub(buf_slice(&out), 0, out.len - 1), &updated));
    EXPECT("left as it was", updated.ms == 1);
}

static void what_caused_a_command_has_its_time_told(void **unused)
{
    (void)unused;
    CLEANUP(buf) struct buf out = {0};
    buf_init(&out, LIMIT_RECORD_BYTES_MAX);
    struct command command = {.effect_id = {{1}},
                              .conversation = SLICE("acme/messaging/c1"),
                              .account = SLICE("acme"),
                              .effect = EFFECT_FENCE,
                              .slot = SLOT_FENCE,
                              .created = {1789377199999}};
    wall_ms_t created = {0};
    EXPECT_OK("encoded", codec_command_encode(&command, &out));
    EXPECT("told", codec_command_created(buf_slice(&out), &created));
    EXPECT("as it is", created.ms == 1789377199999);
    created.ms = 1;
    EXPECT("nothing at all", !codec_command_created(SLICE(""), &created));
    EXPECT("of a newer writer", !codec_command_created(SLICE("\x08\x02"), &created));
    EXPECT("left as it was", created.ms == 1);
}

static void the_owner_is_told(void **unused)
{
    (void)unused;
    static const struct {
        const char *why;
        enum phase phase;
        enum owner owner;
    } cases[] = {
        {"new", PHASE_NEW, OWNER_BOT},
        {"bot", PHASE_BOT, OWNER_BOT},
        {"handing off", PHASE_HANDING_OFF, OWNER_HUMAN},
        {"human", PHASE_HUMAN, OWNER_HUMAN},
        {"released", PHASE_RELEASED, OWNER_NOBODY},
        {"ended", PHASE_ENDED, OWNER_NOBODY},
    };
    CLEANUP(arena) struct arena arena = {0};
    CLEANUP(buf) struct buf out = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    buf_init(&out, LIMIT_STATE_BYTES_MAX);
    enum owner owner = OWNER_BOT;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct conversation *state = resting(&arena);
        state->phase = cases[i].phase;
        buf_reset(&out);
        EXPECT_OK("encoded", codec_conversation_encode(state, &out));
        EXPECT(cases[i].why, codec_conversation_owner(buf_slice(&out), &owner));
        EXPECT(cases[i].why, owner == cases[i].owner && owner == phase_owner(cases[i].phase));
    }
    EXPECT("without a phase", !codec_conversation_owner(SLICE("\x08\x01"), &owner));
    EXPECT("of a newer writer", !codec_conversation_owner(SLICE("\x08\x02"), &owner));
}

/* Whatever is said of bytes that were damaged, no timer of a state that can be read is lost. */
static void no_timer_is_overlooked(void **unused)
{
    (void)unused;
    CLEANUP(arena) struct arena arena = {0};
    CLEANUP(buf) struct buf out = {0};
    struct rng rng;
    size_t timeless = 0;
    rng_seed(&rng, 46);
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    buf_init(&out, LIMIT_STATE_BYTES_MAX);
    for (int i = 0; i < ROUNDS; i++) {
        arena_reset(&arena);
        buf_reset(&out);
        struct conversation *state = resting(&arena);
        state->timers[0] = (struct timer){TIMER_TURN, {1789377135331}, SLICE("turn")};
        state->timer_count = rng_below(&rng, 2);
        EXPECT_OK("encoded", codec_conversation_encode(state, &out));
        for (uint64_t n = rng_below(&rng, 3); n > 0; n--) {
            out.ptr[rng_below(&rng, out.len)] = (char)rng_below(&rng, 256);
        }
        struct slice bytes = slice_sub(buf_slice(&out), 0, out.len - rng_below(&rng, 2) * 9);
        bool is_timeless = codec_conversation_is_timeless(bytes);
        bool is_read = !err_failed(codec_conversation_decode(&arena, bytes, NULL, state));
        EXPECT("told rightly", !is_timeless || !is_read || state->timer_count == 0);
        timeless += is_timeless ? 1 : 0;
    }
    EXPECT("both were met", timeless > ROUNDS / 20 && timeless < ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timer_is_seen),
        cmocka_unit_test(the_last_change_is_told),
        cmocka_unit_test(what_caused_a_command_has_its_time_told),
        cmocka_unit_test(the_owner_is_told),
        cmocka_unit_test(no_timer_is_overlooked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
