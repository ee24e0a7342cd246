/* core — what must hold of the pure core for any history, on the simulator's seeds.
 *
 *     again     the same history gives the same commands and the same state, byte for byte
 *     packed    a state that was packed and unpacked between any two events decides the same
 *     twice     an event that comes twice in a row changes nothing the second time (row 44)
 *
 * The twists draw nothing from the seed, so that both runs see the same world. */
#include "event/codec.h"
#include "tests/sim/world.h"
#include "tests/support/unit.h"

enum { SEEDS = 1500, ACTS = 40 };

static struct buf play(struct config_log *config, uint64_t seed, enum twist twist,
                       uint64_t *ret_trace)
{
    static struct world world;
    static struct reach unused;
    world_init(&world, config, seed, false, &unused);
    world.twist = twist;
    for (uint64_t i = 0; i < ACTS && world.broken == NULL; i++) {
        world_act(&world, i);
    }
    world_settle(&world);
    struct buf state = {0};
    buf_init(&state, LIMIT_STATE_BYTES_MAX);
    EXPECT_OK("packed", codec_conversation_encode(world.state, &state));
    *ret_trace = world.trace;
    EXPECT(world.broken == NULL ? "all holds" : world.broken, world.broken == NULL);
    world_deinit(&world);
    return state;
}

static void check(enum twist twist, const char *why)
{
    struct config_log *config = world_configure();
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        uint64_t plain_trace = 0;
        uint64_t trace = 0;
        CLEANUP(buf) struct buf plain = play(config, seed, TWIST_NONE, &plain_trace);
        CLEANUP(buf) struct buf twisted = play(config, seed, twist, &trace);
        if (trace != plain_trace || !slice_equal(buf_slice(&plain), buf_slice(&twisted))) {
            fail_msg("seed %llu: %s", (unsigned long long)seed, why);
        }
    }
    config_log_free(config);
}

static void again(void **unused)
{
    (void)unused;
    check(TWIST_NONE, "the same history came out otherwise");
}

static void packed(void **unused)
{
    (void)unused;
    check(TWIST_CODEC, "a state forgot something when it was packed");
}

static void twice(void **unused)
{
    (void)unused;
    check(TWIST_TWICE, "an event that came twice was acted on twice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(again),
        cmocka_unit_test(packed),
        cmocka_unit_test(twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
