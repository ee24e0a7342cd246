/* One log of many conversations, each of which calls a human for another reason: decided with a
 * configuration in which one rule, text or way is another, exactly those differ that it is about
 * (`tieline replay --config`). Rows 71-80. */
#include "ctl/replay/run.h"
#include "event/reason.h"
#include "tests/unit/processor/rig.h"

/* The conversations: what the customer says, and what comes of the turn. */
enum {
    ASKED,
    PHRASE,
    BOT,
    FAILED,
    SLOW,
    MANUAL,
    UNSURE,
    RATED,
    ACTION,
    ANGRY,
    UNRESOLVED,
    CALM,
    TALKERS
};
#define ONLY(talker) (1U << (talker))
enum {
    EVERYBODY = (1U << TALKERS) - 1,
    CALLED = EVERYBODY & ~ONLY(CALM),
    ASKED_THE_BOT = EVERYBODY & ~(ONLY(ASKED) | ONLY(PHRASE)),
};

static const struct slice own_phrases[] = {{"chef please", 11}};
static const struct slice own_actions[] = {{"refund", 6}};
static const char id_key[] = "an id key of thirty-two bytes !!";

static struct store usual(void)
{
    return (struct store){
        .name = SLICE("shoes"),
        .account = SLICE("acme"),
        .enabled = true,
        .widget_id = SLICE("w1"),
        .default_responder = true,
        .bot_kind = BOT_HTTP,
        .bot_url = SLICE("http://127.0.0.1:1/"),
        .bot_timeout = span_s(20),
        .handoff_live = true,
        .handoff_notice = SLICE("One moment"),
        .reasons_on = REASON_BIT(REASON_LOW_CONFIDENCE) | REASON_BIT(REASON_LOW_RATING) |
                      REASON_BIT(REASON_ACTION) | REASON_BIT(REASON_FRUSTRATED) |
                      REASON_BIT(REASON_UNRESOLVED),
        .low_confidence = 0.5,
        .low_rating = 2,
        .phrases = own_phrases,
        .phrase_count = 1,
        .actions = own_actions,
        .action_count = 1,
    };
}

static void pack(const struct store *store, struct buf *account, struct buf *shop)
{
    struct config_record record = {.kind = CONFIG_ACCOUNT};
    record.body.account = (struct account){.name = SLICE("acme"),
                                           .enabled = true,
                                           .id_key = slice_from(id_key, IDENT_KEY_BYTES),
                                           .subdomain = SLICE("acme"),
                                           .integration_id = SLICE("int"),
                                           .switchboard_integration = SLICE("tieline"),
                                           .agent_target = SLICE("zd-agentWorkspace")};
    buf_init(account, LIMIT_RECORD_BYTES_MAX);
    buf_init(shop, LIMIT_RECORD_BYTES_MAX);
    EXPECT_OK("account", codec_config_encode(&record, account));
    record = (struct config_record){.kind = CONFIG_STORE, .body.store = *store};
    EXPECT_OK("store", codec_config_encode(&record, shop));
}

static void publish(struct rig *r)
{
    CLEANUP(buf) struct buf account = {0};
    CLEANUP(buf) struct buf shop = {0};
    struct store store = usual();
    pack(&store, &account, &shop);
    struct bus_message message = {
        .topic = TOPIC_CONFIG, .key = SLICE("account/acme"), .value = buf_slice(&account)};
    (void)log_double_append(r->log, &message);
    message.key = SLICE("store/shoes");
    message.value = buf_slice(&shop);
    (void)log_double_append(r->log, &message);
}

/* ---- the log */

static const char *key_of(int talker, char key[64])
{
    (void)snprintf(key, 64, "acme/messaging/c%d", talker);
    return key;
}

static void says(struct rig *r, int talker)
{
    char key[64];
    char id[32];
    (void)snprintf(id, sizeof id, "m%d", talker);
    struct event event = {.type = EVENT_MESSAGE,
                          .source = EVENT_FROM_CONVERSATIONS,
                          .id = slice_of(id),
                          .account = SLICE("acme"),
                          .conversation = slice_of(key_of(talker, key)),
                          .occurred = r->clock.wall};
    event.body.conversations = (struct conversations_event){
        .type = SLICE("conversation:message"),
        .conversation_id = slice_of(strrchr(key, '/') + 1),
        .widget_id = SLICE("w1"),
        .active = {.present = true, .id = SLICE("s"), .integration_id = SLICE("int")},
        .message_id = slice_of(id),
        .received = r->clock.wall,
        .author = AUTHOR_CUSTOMER,
        .text = talker == ASKED    ? SLICE("talk to a human")
                : talker == PHRASE ? SLICE("chef please")
                                   : SLICE("hello")};
    rig_tell(r, &event);
    rig_run(r);
}

/* The newest command of this kind of a conversation has come to this. False: there is none. */
static bool comes_of(struct rig *r, int talker, enum effect_kind effect,
                     const struct bot_answer *answer, enum outcome_result result)
{
    char key[64];
    char id[32];
    struct command command = {0};
    CLEANUP(arena) struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    struct slice of = slice_of(key_of(talker, key));
    int32_t p = log_double_partition(r->log, of);
    for (size_t i = log_double_count(r->log, TOPIC_COMMANDS, p); i > 0; i--) {
        const struct log_record *record = log_double_at(r->log, TOPIC_COMMANDS, p, i - 1);
        EXPECT_OK("command", codec_command_decode(&arena, record->value, NULL, &command));
        if (!slice_equal(record->key, of) || command.effect != effect) {
            continue;
        }
        (void)snprintf(id, sizeof id, "outcome/%d/%d", talker, (int)effect);
        struct event event = {.type = EVENT_OUTCOME,
                              .source = EVENT_FROM_EGRESS,
                              .id = slice_of(id),
                              .account = SLICE("acme"),
                              .conversation = of,
                              .occurred = r->clock.wall};
        event.body.outcome = (struct outcome){.effect_id = command.effect_id,
                                              .command_offset = record->offset,
                                              .effect = command.effect,
                                              .slot = command.slot,
                                              .episode = command.episode,
                                              .attempt = command.attempt,
                                              .epoch = command.epoch,
                                              .turn = command.turn,
                                              .result = result,
                                              .answer_given = answer != NULL};
        if (answer != NULL) {
            event.body.outcome.answer = *answer;
        }
        rig_tell(r, &event);
        rig_run(r);
        return true;
    }
    return false;
}

static void comes_of_the_turn(struct rig *r, int talker)
{
    static const struct slice words[] = {{"a word", 6}};
    const struct bot_answer answer = {
        .messages = words,
        .message_count = 1,
        .confidence = talker == UNSURE ? 0.3 : -1,
        .handoff = talker == BOT,
        .resolved_given = talker == UNRESOLVED,
        .actions = own_actions,
        .action_count = talker == ACTION ? 1 : 0,
        .sentiment = talker == ANGRY ? SLICE("angry") : SLICE(""),
    };
    enum outcome_result result = talker == FAILED ? OUTCOME_FAILED
                                 : talker == SLOW ? OUTCOME_TIMED_OUT
                                                  : OUTCOME_APPLIED;
    bool is_asked =
        comes_of(r, talker, EFFECT_BOT_TURN, result == OUTCOME_APPLIED ? &answer : NULL, result);
    EXPECT("who asks for a human has no turn", is_asked == (talker != ASKED && talker != PHRASE));
}

static void live(struct rig *r)
{
    char key[64];
    publish(r);
    rig_start(r);
    rig_run(r);
    for (int i = 0; i < TALKERS; i++) {
        says(r, i);
        comes_of_the_turn(r, i);
    }
    (void)comes_of(r, CALM, EFFECT_MESSAGE, NULL, OUTCOME_APPLIED);
    rig_operator_calls(r, key_of(MANUAL, key), "o1");
    rig_run(r);
    (void)comes_of(r, MANUAL, EFFECT_PASS_CONTROL, NULL, OUTCOME_APPLIED);
    struct event rating = {.type = EVENT_RATING,
                           .source = EVENT_FROM_PLATFORM,
                           .id = SLICE("r1"),
                           .account = SLICE("acme"),
                           .store = SLICE("shoes"),
                           .conversation = slice_of(key_of(RATED, key)),
                           .occurred = r->clock.wall};
    rating.body.platform.name = SLICE("stars");
    rating.body.platform.value = 1;
    rating.body.platform.answer.confidence = -1;
    rig_tell(r, &rating);
    rig_run(r);
}

/* ---- what would have gone otherwise */

static err_t differs(void *arg, const struct difference *d)
{
    unsigned *who = arg;
    uint64_t talker = 0;
    struct slice prefix = SLICE("acme/messaging/c");
    EXPECT_OK("one of them", slice_to_u64(slice_sub(d->key, prefix.len, d->key.len), &talker));
    *who |= ONLY(talker);
    return err_ok();
}

static unsigned who_differs(struct rig *r, const struct store *store)
{
    CLEANUP(buf) struct buf account = {0};
    CLEANUP(buf) struct buf shop = {0};
    CLEANUP_PTR(config_log) struct config_log *config = NULL;
    const struct config_set *set = NULL;
    struct reader_port port = log_double_reader(r->log);
    struct why why = {""};
    unsigned who = 0;
    pack(store, &account, &shop);
    EXPECT_OK("log", config_log_new(&config));
    EXPECT_OK("one", config_log_add(config, 0, SLICE("account/acme"), buf_slice(&account), &why));
    EXPECT_OK("two", config_log_add(config, 1, SLICE("store/shoes"), buf_slice(&shop), &why));
    EXPECT_OK("set", config_log_at(config, 1, &set));
    for (int32_t p = 0; p < RIG_PARTITIONS; p++) {
        struct replay y = {.port = &port,
                           .partition = p,
                           .instead = set,
                           .compares = true,
                           .watcher = {.arg = &who, .on_difference = differs}};
        EXPECT_OK("replayed", replay_run(&y, &why));
    }
    return who;
}

static void off(struct store *s, enum reason reason)
{
    s->reasons_off |= REASON_BIT(reason);
    s->reasons_on &= ~REASON_BIT(reason);
}

#define CHANGE(name, code)                                                                         \
    static void name(struct store *s)                                                              \
    {                                                                                              \
        code;                                                                                      \
    }
CHANGE(nothing, (void)s)
CHANGE(asked_off, off(s, REASON_ASKED))
CHANGE(no_phrases, s->phrase_count = 0)
CHANGE(bot_off, off(s, REASON_BOT))
CHANGE(failed_off, off(s, REASON_BOT_FAILED))
CHANGE(slow_off, off(s, REASON_BOT_TIMED_OUT))
CHANGE(unsure_off, off(s, REASON_LOW_CONFIDENCE))
CHANGE(surer, s->low_confidence = 0.2)
CHANGE(as_sure, s->low_confidence = 0.31)
CHANGE(rating_off, off(s, REASON_LOW_RATING))
CHANGE(lower, s->low_rating = 0)
CHANGE(as_low, s->low_rating = 1)
CHANGE(action_off, off(s, REASON_ACTION))
CHANGE(no_actions, s->action_count = 0)
CHANGE(frustrated_off, off(s, REASON_FRUSTRATED))
CHANGE(unresolved_off, off(s, REASON_UNRESOLVED))
CHANGE(other_notice, s->handoff_notice = SLICE("Somebody comes"))
CHANGE(no_notice, s->handoff_notice = SLICE(""))
CHANGE(by_ticket, s->handoff_live = false)
CHANGE(greeting, s->welcome = SLICE("Hi"))
CHANGE(named, s->author_name = SLICE("Bot"))
CHANGE(failed_text, s->handoff_failed = SLICE("Later"))
CHANGE(ended_text, s->session_ended = SLICE("Over"))

/* Asked for, a human is none: only a text is told. */
static void told_instead(struct store *s)
{
    static const struct rule_outcome told[] = {
        {.reason = REASON_ASKED, .way = WAY_MESSAGE, .text = {"Write to us", 11}}};
    s->outcomes = told;
    s->outcome_count = 1;
}

/* The team is at work for one minute a week, which is not now. */
static void closed(struct store *s)
{
    static const struct opening minute = {0, 0, 1};
    s->openings = &minute;
    s->opening_count = 1;
    s->closed_then = CLOSED_TICKET;
}

static void silent(struct store *s)
{
    s->silent_after = span_s(30);
    s->silent_then = SILENT_RELEASE;
    s->silent_text = SLICE("Are you there?");
}

static void nobody(struct store *s)
{
    s->nobody_after = span_s(30);
    s->nobody_then = NOBODY_TICKET;
    s->nobody_text = SLICE("Nobody is there");
}

static void each_rule_is_about_its_own(void **state)
{
    static const struct {
        const char *name;
        void (*change)(struct store *s);
        unsigned who;
    } rows[] = {
        {"nothing is another", nothing, 0},
        {"row 71: asked, off", asked_off, ONLY(ASKED) | ONLY(PHRASE)},
        {"row 71: a phrase of its own, gone", no_phrases, ONLY(PHRASE)},
        {"row 81: the bot asks, off", bot_off, ONLY(BOT)},
        {"the bot fails, off", failed_off, ONLY(FAILED)},
        {"the bot is slow, off", slow_off, ONLY(SLOW)},
        {"row 72: low confidence, off", unsure_off, ONLY(UNSURE)},
        {"row 72: 0.3 is sure enough", surer, ONLY(UNSURE)},
        {"row 72: 0.3 is not", as_sure, 0},
        {"row 73: low rating, off", rating_off, ONLY(RATED)},
        {"row 73: 1 is not low", lower, ONLY(RATED)},
        {"row 73: 1 is low", as_low, 0},
        {"row 74: actions, off", action_off, ONLY(ACTION)},
        {"row 74: no such action", no_actions, ONLY(ACTION)},
        /* Only for this rule a state keeps what was said: so it differs where a turn was asked. */
        {"row 76: frustrated, off", frustrated_off, ASKED_THE_BOT},
        {"row 80: unresolved, off", unresolved_off, ONLY(UNRESOLVED)},
        {"the notice is another", other_notice, CALLED},
        {"no notice", no_notice, CALLED},
        {"a ticket instead", by_ticket, CALLED},
        {"row 71: asked, only a text", told_instead, ONLY(ASKED) | ONLY(PHRASE)},
        {"out of hours", closed, CALLED & ~ONLY(MANUAL)},
        {"silence has an end", silent, ONLY(CALM)},
        {"nobody takes it", nobody, ONLY(MANUAL)},
        {"row 65: a welcome", greeting, EVERYBODY},
        {"row 67: the bot has a name", named, EVERYBODY},
        {"a text that nobody was told", failed_text, 0},
        {"another one", ended_text, 0},
    };
    struct rig *r = *state;
    size_t wrong = 0;
    live(r);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct store store = usual();
        rows[i].change(&store);
        unsigned who = who_differs(r, &store);
        if (who != rows[i].who) {
            print_message("%s: %03x, not %03x\n", rows[i].name, who, rows[i].who);
        }
        wrong += who == rows[i].who ? 0 : 1;
    }
    EXPECT("each row", wrong == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {RIG_TEST(each_rule_is_about_its_own)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
