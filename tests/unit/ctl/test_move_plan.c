/* move_plan.c: whether a deployment may be moved, and what its records become. */
#include "ctl/move_plan.h"
#include "event/codec.h"
#include "event/horizon_text.h"
#include "kafka/cluster.h"
#include "tests/support/unit.h"

#include <string.h>

enum { ROOM_BYTES = 4 * 1024 * 1024 };

/* One end as `config` has it. */
struct end {
    uint32_t partitions; /* 0 = there is no deployment */
    const char *moved_into;
    const char *moving_from;
};

static const struct {
    const char *why;
    const char *into;
    struct end here;
    struct end there;
    uint32_t partitions;
    enum err_code code;
    enum move_stage stage;
    uint32_t found;
} ends[] = {
    {"nothing is there", "new.", {4, "", ""}, {0}, 8, ERR_OK, MOVE_BEGINS, 8},
    {"the usual count", "new.", {4, "", ""}, {0}, 0, ERR_OK, MOVE_BEGINS, 16},
    {"the same prefix", "old.", {4, "", ""}, {0}, 8, ERR_USAGE, MOVE_BEGINS, 0},
    {"nothing to be moved", "new.", {0}, {0}, 8, ERR_CONFIG, MOVE_BEGINS, 0},
    {"interrupted while it was open",
     "new.",
     {4, "", ""},
     {8, "", "old."},
     0,
     ERR_OK,
     MOVE_GOES_ON,
     8},
    {"and when it was closed",
     "new.",
     {4, "new.", ""},
     {8, "", "old."},
     8,
     ERR_OK,
     MOVE_GOES_ON,
     8},
    {"it was done", "new.", {4, "new.", ""}, {8, "", ""}, 0, ERR_OK, MOVE_IS_DONE, 8},
    {"another count now", "new.", {4, "", ""}, {8, "", "old."}, 12, ERR_CONFIG, MOVE_BEGINS, 0},
    {"somebody else is there", "new.", {4, "", ""}, {8, "", ""}, 8, ERR_CONFIG, MOVE_BEGINS, 0},
    {"or on the way there", "new.", {4, "", ""}, {8, "", "other."}, 8, ERR_CONFIG, MOVE_BEGINS, 0},
    {"it has gone elsewhere", "new.", {4, "other.", ""}, {0}, 8, ERR_CONFIG, MOVE_BEGINS, 0},
    {"it has not come whole", "new.", {4, "", "other."}, {0}, 8, ERR_CONFIG, MOVE_BEGINS, 0},
};

static struct deployment deployment_of(const struct end *end)
{
    return (struct deployment){.partitions = end->partitions,
                               .moved_into = slice_of(end->moved_into),
                               .moving_from = slice_of(end->moving_from)};
}

static void a_move_is_judged_by_both_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        const struct deployment here = deployment_of(&ends[i].here);
        const struct deployment there = deployment_of(&ends[i].there);
        const struct move_ends e = {
            .from = "old.",
            .into = ends[i].into,
            .here = here.partitions == 0 ? NULL : &here,
            .there = there.partitions == 0 ? NULL : &there,
            .partitions = ends[i].partitions,
        };
        struct why why = {0};
        enum move_stage stage = MOVE_BEGINS;
        uint32_t partitions = 0;
        EXPECT_CODE(ends[i].why, move_judge(&e, &why, &stage, &partitions), ends[i].code);
        EXPECT(ends[i].why, stage == ends[i].stage && partitions == ends[i].found);
        EXPECT(ends[i].why, ends[i].code == ERR_OK || why.text[0] != '\0');
    }
}

static void the_new_deployment_waits_for_its_states(void **state)
{
    (void)state;
    const struct deployment here = {
        .partitions = 4, .ingest_public_key = SLICE("key"), .moved_into = SLICE("new.")};
    const struct move_ends e = {.from = "old.", .into = "new.", .here = &here};
    struct deployment begun = move_begun(&e, 8);
    EXPECT("its own count", begun.partitions == 8);
    EXPECT_SLICE("the same keys", begun.ingest_public_key, SLICE("key"));
    EXPECT_SLICE("from there", begun.moving_from, SLICE("old."));
    EXPECT("it was not moved itself", begun.moved_into.len == 0);
}

static void only_what_nobody_waits_for_may_stay(void **state)
{
    (void)state;
    static const struct {
        enum event_type type;
        bool may;
    } events[] = {{EVENT_HORIZON, true},   {EVENT_TAKEOVER, true}, {EVENT_ALIVE, true},
                  {EVENT_CONFIG, true},    {EVENT_MESSAGE, false}, {EVENT_OUTCOME, false},
                  {EVENT_BACKFILL, false}, {EVENT_TIMER, false},   {EVENT_OPERATOR, false}};
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        const struct event event = {.type = events[i].type};
        EXPECT(event_type_name(events[i].type), move_may_stay(&event) == events[i].may);
    }
}

static void a_chunk_lies_with_its_conversation(void **state)
{
    (void)state;
    struct slice chunk = slice_from("acme/messaging/c1\0000000002a", 26);
    EXPECT_SLICE("up to the NUL", move_place(chunk), SLICE("acme/messaging/c1"));
    EXPECT_SLICE("a state's key is whole", move_place(SLICE("acme/ticket/7")),
                 SLICE("acme/ticket/7"));
    EXPECT("so they have one partition", cluster_partition(move_place(chunk), 8) ==
                                             cluster_partition(SLICE("acme/messaging/c1"), 8));
}

/* The packed state of a ticket; with `given_up` something that may still become better news. */
static struct slice packed(struct buf *out, bool given_up)
{
    struct conversation *c = calloc(1, sizeof *c);
    *c = (struct conversation){.key = SLICE("acme/ticket/7"),
                               .account = SLICE("acme"),
                               .surface = SURFACE_TICKET,
                               .remote_id = SLICE("7"),
                               .phase = PHASE_BOT,
                               .created = {1000},
                               .updated = {2000}};
    c->given_up_count = given_up ? 1 : 0;
    c->given_up[0] = (struct given_up){{{5}}, EFFECT_TICKET_UPDATE, SLOT_WORD, 4711};
    buf_init(out, LIMIT_RECORD_BYTES_MAX);
    EXPECT_OK("pack", codec_conversation_encode(c, out));
    free(c);
    return buf_slice(out);
}

static void a_state_names_no_place_in_the_old_topics(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    CLEANUP(buf) struct buf bytes = {0};
    CLEANUP(buf) struct buf out = {0};
    struct slice moved = {0};
    arena_init(&arena, ROOM_BYTES);
    buf_init(&out, LIMIT_RECORD_BYTES_MAX);
    EXPECT_OK("move", move_state(&arena, packed(&bytes, true), &out, &moved));
    struct conversation *c = calloc(1, sizeof *c);
    struct arena room;
    arena_init(&room, ROOM_BYTES);
    EXPECT_OK("unpack", codec_conversation_decode(&room, moved, NULL, c));
    EXPECT("what was given up is known",
           c->given_up_count == 1 && c->given_up[0].effect == EFFECT_TICKET_UPDATE);
    EXPECT("but no offset of a new command is its own", c->given_up[0].command_offset == INT64_MAX);
    arena_deinit(&room);
    free(c);
    buf_deinit(&bytes);
    struct slice plain = packed(&bytes, false);
    EXPECT_OK("move", move_state(&arena, plain, &out, &moved));
    EXPECT("others go byte for byte", moved.ptr == plain.ptr && moved.len == plain.len);
    EXPECT_OK("move", move_state(&arena, SLICE("\xff garbage"), &out, &moved));
    EXPECT_SLICE("also what cannot be read", moved, SLICE("\xff garbage"));
    EXPECT_OK("move", move_state(&arena, SLICE(""), &out, &moved));
    EXPECT("and what has gone", moved.len == 0);
}

static void the_partitions_become_one_knowledge(void **state)
{
    (void)state;
    struct checkpoint one = {.next = 900, .config = 17, .incarnation = 3, .at = {5000}};
    struct checkpoint two = {.next = 12, .config = 18, .incarnation = 9, .at = {4000}};
    one.gaps = (struct gaps){.alive = {700}, .since = {100}, .until = {300}, .account = "acme"};
    two.gaps = (struct gaps){.alive = {600}};
    one.numbers = (struct evict_numbers){4, 1, 9};
    two.numbers = (struct evict_numbers){2, 8, 3};
    struct move_gathered g = {0};
    move_gather(&g, &two);
    move_gather(&g, &one);
    struct checkpoint c = move_checkpoint(&g, 33);
    EXPECT("from the first event on, with the newest configuration",
           c.next == 33 && c.config == -1);
    EXPECT("the oldest sign of life: a gap is found", c.gaps.alive.ms == 600);
    EXPECT("a gap that is open stays open",
           c.gaps.since.ms == 100 && c.gaps.until.ms == 300 && strcmp(c.gaps.account, "acme") == 0);
    EXPECT("the newest time: no day begins twice", c.at.ms == 5000);
    EXPECT("numbers that none has used", c.numbers.episode == 4 && c.numbers.epoch == 8);
    EXPECT("also of what platforms heard", c.numbers.status == 9);
    two.gaps = (struct gaps){.alive = {600}, .since = {50}, .until = {200}, .account = "bets"};
    move_gather(&g, &two);
    c = move_checkpoint(&g, 0);
    EXPECT("two gaps are one, of all accounts",
           c.gaps.since.ms == 50 && c.gaps.until.ms == 300 && c.gaps.account[0] == '\0');
}

static void each_move_begins_a_count_of_owners(void **state)
{
    (void)state;
    struct move_gathered g = {0};
    EXPECT("of none that ever ran", move_first_owner(&g) == UINT64_C(1) << 32);
    struct checkpoint c = {.incarnation = 7};
    move_gather(&g, &c);
    EXPECT("the first move", move_first_owner(&g) == UINT64_C(1) << 32);
    EXPECT("known to the processor", move_checkpoint(&g, 0).incarnation == UINT64_C(1) << 32);
    c.incarnation = (UINT64_C(1) << 32) + 3;
    move_gather(&g, &c);
    EXPECT("the second", horizon_moves(move_first_owner(&g)) == 2);
    char text[CHECKPOINT_TEXT_BYTES];
    struct checkpoint read;
    checkpoint_format(move_checkpoint(&g, 5), text);
    EXPECT_OK("it can be written and read", checkpoint_parse(slice_of(text), &read));
    EXPECT("whole", read.incarnation == UINT64_C(2) << 32 && read.next == 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_move_is_judged_by_both_ends),
        cmocka_unit_test(the_new_deployment_waits_for_its_states),
        cmocka_unit_test(only_what_nobody_waits_for_may_stay),
        cmocka_unit_test(a_chunk_lies_with_its_conversation),
        cmocka_unit_test(a_state_names_no_place_in_the_old_topics),
        cmocka_unit_test(the_partitions_become_one_knowledge),
        cmocka_unit_test(each_move_begins_a_count_of_owners),
    };
    return cmocka_run_group_tests_name("ctl/move_plan", tests, NULL, NULL);
}
