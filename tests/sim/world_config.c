#include "base/buf.h"
#include "base/check.h"
#include "event/codec.h"
#include "tests/sim/world.h"

/* Two accounts and their stores; versions count from 1. */
enum { RECORDS_A_VERSION = 2 + 4 };
/* Where the team goes home: in both of them the hours are the same, but not what follows. */
enum { VERSION_CLOSED_TICKET = 3, VERSION_CLOSED_MESSAGE = 6 };
/* Histories begin at nine, and most last for some minutes. Minutes of each day, [from, until). */
static const struct {
    uint32_t from, until;
} at_work[] = {{540, 541}, {542, 544}, {546, 720}};
enum { WEEK = 7, PARTS = sizeof at_work / sizeof at_work[0] };

static const char id_keys[2][IDENT_KEY_BYTES] = {"an id key of thirty-two bytes !!",
                                                 "another key of thirty-two bytes!"};
static const char *const accounts[] = {"acme", "tools"};
static const char *const stores[2][2] = {{"shoes", "hats"}, {"drills", "saws"}};

/* Where the records of all versions go. */
struct out {
    world_record_fn take;
    void *arg;
    int64_t offset;
};

static void publish(struct out *out, const struct config_record *record, const char *kind,
                    const char *name)
{
    CLEANUP(buf) struct buf bytes = {0};
    CLEANUP(buf) struct buf key = {0};
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    buf_init(&key, LIMIT_NAME_BYTES_MAX * 2);
    err_t err = codec_config_encode(record, &bytes);
    err = err_failed(err) ? err : buf_append_text(&key, kind);
    err = err_failed(err) ? err : buf_append_text(&key, name);
    CHECK(!err_failed(err));
    out->take(out->arg, out->offset++, buf_slice(&key), buf_slice(&bytes));
}

static struct config_record account(size_t which)
{
    struct config_record record = {.kind = CONFIG_ACCOUNT};
    record.body.account = (struct account){.name = slice_of(accounts[which]),
                                           .enabled = true,
                                           .id_key = slice_from(id_keys[which], IDENT_KEY_BYTES),
                                           .subdomain = slice_of(accounts[which]),
                                           .bot_user_id = SLICE("900"),
                                           .switchboard_integration = SLICE("tieline"),
                                           .agent_target = SLICE("zd-agentWorkspace"),
                                           .integration_id = SLICE("int")};
    return record;
}

static struct config_record usual(size_t which, size_t brand)
{
    struct config_record record = {.kind = CONFIG_STORE};
    record.body.store = (struct store){.name = slice_of(stores[which][brand]),
                                       .account = slice_of(accounts[which]),
                                       .enabled = true,
                                       .brand_id = brand == 0 ? SLICE("11") : SLICE("12"),
                                       .widget_id = brand == 0 ? SLICE("w1") : SLICE("w2"),
                                       .default_responder = true,
                                       .chat = true,
                                       .chat_turns = which == 0,
                                       .bot_kind = BOT_HTTP,
                                       .bot_url = SLICE("http://127.0.0.1:1/"),
                                       .bot_timeout = span_s(20),
                                       .welcome = SLICE("Hi"),
                                       .handoff_live = true,
                                       .handoff_notice = SLICE("One moment"),
                                       .handoff_failed = SLICE("Later"),
                                       .session_ended = SLICE("Over")};
    return record;
}

static bool has_hours(size_t version)
{
    return version == VERSION_CLOSED_TICKET || version == VERSION_CLOSED_MESSAGE;
}

bool world_is_open(size_t version, wall_ms_t at)
{
    enum { MINUTE_MS = 60 * 1000, DAY = 1440 };
    int64_t minute = at.ms / MINUTE_MS % DAY;
    bool is_open = !has_hours(version);
    for (size_t i = 0; i < PARTS && !is_open; i++) {
        is_open = minute >= at_work[i].from && minute < at_work[i].until;
    }
    return is_open;
}

static void open_at(struct store *store, size_t version)
{
    static struct opening openings[WEEK * PARTS];
    for (uint32_t day = 0; day < WEEK; day++) {
        for (size_t i = 0; i < PARTS; i++) {
            openings[day * PARTS + i] = (struct opening){day, at_work[i].from, at_work[i].until};
        }
    }
    if (has_hours(version)) {
        store->zone = SLICE("Etc/UTC");
        store->openings = openings;
        store->opening_count = WEEK * PARTS;
        store->closed_text = SLICE("Nobody is at work");
        store->closed_then = version == VERSION_CLOSED_TICKET ? CLOSED_TICKET : CLOSED_MESSAGE;
    }
}

/* What changes from one version to the next. */
static void change(struct store *store, size_t version)
{
    static const struct slice phrases[] = {{"chef", 4}};
    static const struct slice actions[] = {{"refund", 6}};
    static const struct rule_outcome outcomes[] = {
        {.reason = REASON_LOW_CONFIDENCE, .way = WAY_MESSAGE, .text = {"Let me see", 10}},
        {.reason = REASON_ACTION, .way = WAY_TICKET, .priority = PRIORITY_HIGH},
    };
    store->reasons_on = REASON_BIT(REASON_TURN_CAP);
    if (version >= 2) { /* every rule counts, some in ways of their own */
        store->reasons_on = REASON_BIT(REASON_LOW_CONFIDENCE) | REASON_BIT(REASON_LOW_RATING) |
                            REASON_BIT(REASON_ACTION) | REASON_BIT(REASON_FRUSTRATED) |
                            REASON_BIT(REASON_UNRESOLVED) | REASON_BIT(REASON_TURN_CAP);
        store->low_confidence = 0.5;
        store->low_rating = 2;
        store->phrases = phrases;
        store->phrase_count = 1;
        store->actions = actions;
        store->action_count = 1;
        store->outcomes = outcomes;
        store->outcome_count = 2;
    }
    if (version >= 3) { /* who waits in vain does so for a while */
        store->nobody_after = span_s(15);
        store->nobody_then = version == 3 ? NOBODY_TICKET : NOBODY_BOT;
        store->nobody_text = SLICE("Nobody is there");
        store->silent_after = span_s(30);
        store->silent_then = version == 6 ? SILENT_END : SILENT_RELEASE;
        store->silent_text = SLICE("Are you there?");
    }
    open_at(store, version);
    store->handoff_live = version != 5;
    store->enabled = version != 4;
    store->after_release = version >= 5 ? AFTER_RELEASE_END : AFTER_RELEASE_RESUME;
    store->default_responder = version < 5;
    if (version == 6) { /* a bot that is asked in its own widget is asked no more, and another is */
        store->chat_turns = !store->chat_turns;
    }
}

void world_config_records(world_record_fn take, void *arg)
{
    struct out out = {take, arg, 0};
    for (size_t version = 1; version <= WORLD_VERSIONS; version++) {
        for (size_t which = 0; which < 2; which++) {
            struct config_record record = account(which);
            publish(&out, &record, "account/", accounts[which]);
            for (size_t brand = 0; brand < 2; brand++) {
                record = usual(which, brand);
                change(&record.body.store, version);
                publish(&out, &record, "store/", stores[which][brand]);
            }
        }
        CHECK(out.offset - 1 == world_config_offset(version));
    }
}

int64_t world_config_offset(size_t version)
{
    return (int64_t)version * RECORDS_A_VERSION - 1;
}

static void keep(void *arg, int64_t offset, struct slice key, struct slice bytes)
{
    err_t err = config_log_add(arg, offset, key, bytes, NULL);
    CHECK(!err_failed(err));
}

struct config_log *world_configure(void)
{
    struct config_log *log = NULL;
    err_t err = config_log_new(&log);
    CHECK(!err_failed(err));
    world_config_records(keep, log);
    return log;
}

const struct config_set *world_config(struct config_log *log, size_t version)
{
    const struct config_set *set = NULL;
    err_t err = config_log_at(log, world_config_offset(version), &set);
    CHECK(!err_failed(err));
    return set;
}
