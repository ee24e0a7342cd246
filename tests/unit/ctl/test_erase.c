/* erase_find.c and erase_tell.c: whose a state is, how it stands now, and when what is left has
 * gone. Row 35. */
#include "ctl/erase_tell.h"
#include "event/codec.h"
#include "tests/support/unit.h"

#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static const struct {
    const char *why, *person;
    bool is_theirs;
} people[] = {
    {"the user id of Conversations", "u1", true},
    {"the site's own id", "shop-17", true},
    {"Zendesk's id", "900", true},
    {"the address, however it is written", "Ada@X.example", true},
    {"a value of the customer data", "second@x.example", true},
    {"the conversation itself", "acme/messaging/c1", true},
    {"part of an address", "ada", false},
    {"the name, which many have", "Ada Byron", false},
    {"another", "u2", false},
    {"nobody", "", false},
};

static struct conversation *talk(struct arena *arena)
{
    static const struct datum data[] = {{TEXT("mail"), TEXT("\"second@x.example\"")}};
    struct conversation *state = ARENA_NEW(arena, struct conversation);
    *state = (struct conversation){
        .key = SLICE("acme/messaging/c1"),
        .account = SLICE("acme"),
        .surface = SURFACE_MESSAGING,
        .remote_id = SLICE("c1"),
        .routing = ROUTING_WAITING,
        .customer = {.user_id = SLICE("u1"),
                     .external_id = SLICE("shop-17"),
                     .zendesk_id = SLICE("900"),
                     .name = SLICE("Ada Byron"),
                     .email = SLICE("ada@x.example")},
        .phase = PHASE_BOT,
        .data = data,
        .data_count = 1,
        .created = {1000},
        .updated = {2000},
    };
    return state;
}

static void whose_it_is(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    const struct conversation *c = talk(&arena);
    for (size_t i = 0; i < COUNT_OF(people); i++) {
        EXPECT(people[i].why, erase_names(c, slice_of(people[i].person)) == people[i].is_theirs);
    }
}

static void take(struct erase_list *list, const struct conversation *c)
{
    CLEANUP(buf) struct buf value = {0};
    buf_init(&value, LIMIT_STATE_BYTES_MAX);
    EXPECT_OK("encoded", codec_conversation_encode(c, &value));
    const struct bus_record record = {
        .topic = TOPIC_CONVERSATIONS, .partition = 3, .key = c->key, .value = buf_slice(&value)};
    EXPECT_OK("taken", erase_take_record(list, &record));
}

static void the_newest_record_counts(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    struct erase_list list;
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    struct conversation *c = talk(&arena);
    erase_list_init(&list, &arena, SLICE("u1"), (struct slice){NULL, 0});
    take(&list, c);
    EXPECT("found", list.count == 1 && !list.entries[0].is_held && list.entries[0].partition == 3);
    c->phase = PHASE_HUMAN;
    take(&list, c);
    EXPECT("as it stands now",
           list.count == 1 && list.entries[0].is_held && list.entries[0].owner == OWNER_HUMAN);
    const struct bus_record gone = {.topic = TOPIC_CONVERSATIONS, .key = c->key};
    EXPECT_OK("a tombstone", erase_take_record(&list, &gone));
    EXPECT("it is gone", list.count == 0);
    take(&list, c);
    c->customer.user_id = SLICE("u2");
    take(&list, c);
    EXPECT("it is another's now", list.count == 0);
    const struct bus_record bad = {.key = SLICE("acme/ticket/1"), .value = SLICE("garbage")};
    EXPECT_OK("what cannot be read is passed", erase_take_record(&list, &bad));
    erase_list_deinit(&list);

    erase_list_init(&list, &arena, SLICE("u2"), SLICE("maple"));
    take(&list, c);
    EXPECT("of another account", list.count == 0);
    erase_list_deinit(&list);
}

static void when_the_rest_has_gone(void **state)
{
    (void)state;
    const struct topic_state week = {.retention_ms = 700, .segment_ms = 30};
    const struct topic_state unknown = {.retention_ms = 0};
    const struct topic_state ever = {.retention_ms = -1, .segment_ms = 30};
    EXPECT("a segment after it is over", erase_gone_by(&week, (wall_ms_t){5}).ms == 735);
    EXPECT("nobody knows", !wall_known(erase_gone_by(&unknown, (wall_ms_t){5})));
    EXPECT("never", !wall_known(erase_gone_by(&ever, (wall_ms_t){5})));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whose_it_is),
        cmocka_unit_test(the_newest_record_counts),
        cmocka_unit_test(when_the_rest_has_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
