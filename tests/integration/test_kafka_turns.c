/* Two producers in turns, on a real Kafka: one transaction is written while another is committed.
 */
#include "tests/integration/kafka_world.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

static void end_commit(struct loop *loop)
{
    bool ended = false;
    while (!ended) {
        EXPECT_OK("ends", bus_commit_end(&loop->bus, span_ms(100), &ended));
    }
}

/* One is open while the one before it is being committed, and each ends as it does. */
static void one_is_written_while_another_is_committed(void **state)
{
    struct world *w = *state;
    struct kafka_options o = world_options(w, "processor", "0");
    struct loop loop;
    open_processor(w, &loop, &o);
    const struct bus_offset first = {0, 1, {NULL, 0}};
    const struct bus_offset second = {0, 2, {NULL, 0}};
    begin_with(&loop, "a");
    EXPECT_OK("on its way", bus_commit_begin(&loop.bus, &first, 1));
    begin_with(&loop, "b");
    EXPECT_CODE("not before the first", bus_commit_begin(&loop.bus, &second, 1), ERR_STATE);
    EXPECT_CODE("nor given up", bus_abort(&loop.bus), ERR_STATE);
    end_commit(&loop);
    EXPECT("the first alone", stored_offset(w, "processor", 0) == 1);
    EXPECT_OK("the second", bus_commit_begin(&loop.bus, &second, 1));
    begin_with(&loop, "gone");
    end_commit(&loop);
    EXPECT_OK("abort", abort_for_sure(&loop));
    begin_with(&loop, "c");
    EXPECT_OK("committed", bus_commit(&loop.bus, &second, 1));
    expect_commands(w, "in order, and not what was given up", "a b c ");
    loop_close(&loop);
}

/* Of two producers that take turns none overtakes the other, however soon the next one writes. */
static void what_is_written_in_turns_stays_in_order(void **state)
{
    enum { TURNS = 60 };
    struct world *w = *state;
    struct kafka_options o = world_options(w, "processor", "0");
    struct loop loop;
    char wanted[TURNS * 12] = "";
    char value[12];
    open_processor(w, &loop, &o);
    for (int i = 0; i < TURNS; i++) {
        (void)snprintf(value, sizeof value, "%d", i);
        (void)snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), "%d ", i);
        begin_with(&loop, value);
        if (i > 0) {
            end_commit(&loop);
        }
        EXPECT_OK("on its way", bus_commit_begin(&loop.bus, NULL, 0));
    }
    end_commit(&loop);
    expect_commands(w, "in order", wanted);
    loop_close(&loop);
}

int main(void)
{
    if (getenv("TIELINE_TEST_BROKERS") == NULL) {
        print_message("skipped: needs a real Kafka in TIELINE_TEST_BROKERS\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        WORLD_ROW(one_is_written_while_another_is_committed),
        WORLD_ROW(what_is_written_in_turns_stays_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
