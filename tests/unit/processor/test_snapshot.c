/* What stands in `snapshots` is enough to begin a replay in the middle of the log: from there the
 * events alone give the same states and the same commands, byte for byte. */
#include "processor/core/checkpoint.h"
#include "processor/core/evict.h"
#include "processor/core/step.h"
#include "tests/unit/processor/rig.h"

enum { DAYS = 20, TALKERS = 5, STATES_MAX = 64 };
static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

/* The replay: a small one, on its own feet, of one partition. */
struct replay {
    struct rig *r;
    int32_t partition;
    struct checkpoint at;
    struct config_log *config;
    const struct config_set *set;
    struct arena arena;
    struct {
        char key[64];
        struct buf bytes; /* empty = none */
    } states[STATES_MAX];
    size_t count;
    size_t commands; /* replayed so far */
};

static struct buf *state_of(struct replay *y, struct slice key)
{
    for (size_t i = 0; i < y->count; i++) {
        if (slice_equal(slice_of(y->states[i].key), key)) {
            return &y->states[i].bytes;
        }
    }
    EXPECT("room", y->count < STATES_MAX && key.len < sizeof y->states[0].key);
    memcpy(y->states[y->count].key, key.ptr, key.len);
    buf_init(&y->states[y->count].bytes, LIMIT_STATE_BYTES_MAX);
    return &y->states[y->count++].bytes;
}

static int64_t offset_in(struct slice id)
{
    size_t from = id.len;
    int64_t offset = -1;
    while (from > 0 && id.ptr[from - 1] != '/') {
        from--;
    }
    EXPECT_OK("an offset", slice_to_i64(slice_sub(id, from, id.len), &offset));
    return offset;
}

/* Where the replay begins: the partition before its first event of `day`; false = no such. */
static bool find_day(struct replay *y, int64_t day)
{
    for (size_t i = 0; i < log_double_count(y->r->log, TOPIC_SNAPSHOTS, y->partition); i++) {
        const struct log_record *record =
            log_double_at(y->r->log, TOPIC_SNAPSHOTS, y->partition, i);
        if (slice_equal(record->key, checkpoint_key()) && record->time.ms / day_ms == day) {
            EXPECT_OK("checkpoint", checkpoint_parse(record->value, &y->at));
            EXPECT("its id names the event", offset_in(record->ce_id) == y->at.next);
            return true;
        }
    }
    return false;
}

/* The state of a conversation there is what was kept next, if it is from before that day. */
static void load_states(struct replay *y, int64_t day)
{
    for (size_t i = 0; i < log_double_count(y->r->log, TOPIC_SNAPSHOTS, y->partition); i++) {
        const struct log_record *record =
            log_double_at(y->r->log, TOPIC_SNAPSHOTS, y->partition, i);
        wall_ms_t updated = {0};
        if (slice_equal(record->key, checkpoint_key()) || offset_in(record->ce_id) < y->at.next) {
            continue;
        }
        EXPECT("a state", codec_conversation_updated(record->value, &updated));
        struct buf *bytes = state_of(y, record->key);
        if (updated.ms / day_ms < day && bytes->len == 0) {
            EXPECT_OK("kept", buf_append(bytes, record->value));
        }
    }
}

static void take_config(struct replay *y)
{
    EXPECT_OK("config", config_log_new(&y->config));
    for (size_t i = 0; i < log_double_count(y->r->log, TOPIC_CONFIG, 0); i++) {
        const struct log_record *record = log_double_at(y->r->log, TOPIC_CONFIG, 0, i);
        EXPECT_OK("record",
                  config_log_add(y->config, record->offset, record->key, record->value, NULL));
    }
    EXPECT_OK("in force", config_log_at(y->config, y->at.config, &y->set));
}

/* Each command that follows is the next one of the log. */
static void compare_commands(struct replay *y, const struct effects *effects, int64_t since)
{
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    for (size_t i = 0; i < effects->command_count; i++) {
        const struct log_record *record = NULL;
        do {
            record = log_double_at(y->r->log, TOPIC_COMMANDS, y->partition, y->commands++);
        } while (record->time.ms < since);
        buf_reset(&bytes);
        EXPECT_OK("encode", codec_command_encode(&effects->commands[i], &bytes));
        EXPECT_SLICE("the same command", buf_slice(&bytes), record->value);
    }
}

static void replay_one(struct replay *y, const struct log_record *record, int64_t since)
{
    static struct effects effects;
    struct event event = {0};
    arena_reset(&y->arena);
    EXPECT_OK("event", codec_event_decode(&y->arena, record->value, NULL, &event));
    if (event.type == EVENT_CONFIG) {
        EXPECT_OK("taken up", config_log_at(y->config, event.body.config_offset, &y->set));
    }
    if (!event_has_conversation(event.type)) {
        return;
    }
    struct buf *bytes = state_of(y, event.conversation);
    struct conversation *state = ARENA_NEW(&y->arena, struct conversation);
    if (bytes->len > 0) {
        EXPECT_OK("state", codec_conversation_decode(&y->arena, buf_slice(bytes), NULL, state));
    } else {
        EXPECT_OK("new", step_new(event.conversation, state));
        evict_begin(&y->at.numbers, state);
    }
    struct step_input input = {&event, record->time, y->set, y->at.incarnation, NULL};
    EXPECT_OK("step", step(&y->arena, &input, state, &effects));
    compare_commands(y, &effects, since);
    if (effects.changed) {
        buf_reset(bytes);
    }
    if (effects.evicted) {
        evict_count(&y->at.numbers, state);
    } else if (effects.changed) {
        EXPECT_OK("encode", codec_conversation_encode(state, bytes));
    }
}

/* What it came to is what stands in the changelog; how many states were compared. */
static size_t compare_states(struct replay *y)
{
    size_t compared = 0;
    for (size_t i = 0; i < y->count; i++) {
        struct slice stored = {0};
        for (size_t n = 0; n < log_double_count(y->r->log, TOPIC_CONVERSATIONS, y->partition);
             n++) {
            const struct log_record *record =
                log_double_at(y->r->log, TOPIC_CONVERSATIONS, y->partition, n);
            if (slice_equal(record->key, slice_of(y->states[i].key))) {
                stored = record->value;
            }
        }
        EXPECT_SLICE(y->states[i].key, buf_slice(&y->states[i].bytes), stored);
        compared++;
    }
    return compared;
}

static size_t replay_from(struct rig *r, int32_t partition, int64_t day)
{
    struct replay y = {.r = r, .partition = partition};
    arena_init(&y.arena, LIMIT_ARENA_BYTES_MAX);
    size_t compared = 0;
    if (find_day(&y, day)) {
        take_config(&y);
        load_states(&y, day);
        size_t count = log_double_count(r->log, TOPIC_EVENTS, partition);
        for (size_t i = (size_t)y.at.next; i < count; i++) {
            replay_one(&y, log_double_at(r->log, TOPIC_EVENTS, partition, i), day * day_ms);
        }
        compared = compare_states(&y);
    }
    for (size_t i = 0; i < y.count; i++) {
        buf_deinit(&y.states[i].bytes);
    }
    config_log_free(y.config);
    arena_deinit(&y.arena);
    return compared;
}

/* Some talk often, one falls silent and is evicted, and comes again. */
static void live(struct rig *r)
{
    char key[64];
    char id[32];
    rig_configure(r);
    rig_start(r);
    for (int day = 0; day < DAYS; day++) {
        for (int i = 0; i < TALKERS; i++) {
            if (i > 0 ? day % (i + 1) != 0 : day > 1 && day != DAYS - 1) {
                continue;
            }
            (void)snprintf(key, sizeof key, "acme/messaging/c%d", i);
            (void)snprintf(id, sizeof id, "m%d-%d", day, i);
            rig_customer_writes(r, key, id);
            rig_run(r);
            rig_answer(r, key);
            rig_run(r);
        }
        if (day == DAYS / 2) {
            rig_configure(r);
        }
        if (day % 6 == 3) {
            rig_stop(r);
            rig_start(r);
        }
        clock_double_advance(&r->clock, span_ms(day_ms));
        rig_run(r);
    }
}

static void a_replay_begins_at_any_day(void **state)
{
    struct rig *r = *state;
    live(r);
    int64_t last = r->clock.wall.ms / day_ms;
    size_t compared = 0;
    for (int64_t day = last - DAYS; day <= last; day++) {
        for (int32_t p = 0; p < RIG_PARTITIONS; p++) {
            compared += replay_from(r, p, day);
        }
    }
    EXPECT("at many days", compared > (size_t)DAYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_replay_begins_at_any_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
