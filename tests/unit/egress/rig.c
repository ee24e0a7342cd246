#include "tests/unit/egress/rig.h"

#include "base/check.h"

#include <stdio.h>
#include <string.h>

/* ---- configuration */

static void config_add(struct rig *r, int64_t *offset, const char *key,
                       const struct config_record *record)
{
    CLEANUP(buf) struct buf out = {0};
    struct why why = {{0}};
    buf_init(&out, LIMIT_RECORD_BYTES_MAX);
    EXPECT_OK(key, codec_config_encode(record, &out));
    err_t e = config_log_add(r->config_log, (*offset)++, slice_of(key), buf_slice(&out), &why);
    EXPECT_OK(why.text, e);
}

static void account_add(struct rig *r, int64_t *offset, const char *name, const char *url)
{
    static const char id_key[IDENT_KEY_BYTES] = "0123456789abcdef0123456789abcde";
    char key[64];
    (void)snprintf(key, sizeof key, "account/%s", name);
    struct config_record record = {
        .kind = CONFIG_ACCOUNT,
        .body.account =
            {
                .name = slice_of(name),
                .enabled = true,
                .id_key = slice_from(id_key, sizeof id_key),
                .subdomain = slice_of(name),
                .conversations_url = slice_of(url),
                .app_id = SLICE("app1"),
                .key_id = SLICE("app_key"),
                .key_secret = {SLICE("sealed")},
                .integration_id = SLICE("int1"),
                .switchboard_integration = SLICE("bot1"),
                .bot_user_id = SLICE("900"),
                .oauth_client_id = slice_of(r->uses_oauth ? "client1" : ""),
            },
    };
    config_add(r, offset, key, &record);
}

static void store_add(struct rig *r, int64_t *offset, const char *name, const char *account,
                      enum bot_kind kind, const char *bot_url)
{
    char key[64];
    (void)snprintf(key, sizeof key, "store/%s", name);
    struct config_record record = {
        .kind = CONFIG_STORE,
        .body.store =
            {
                .name = slice_of(name),
                .account = slice_of(account),
                .enabled = true,
                .widget_id = slice_of(name),
                .bot_kind = kind,
                .bot_url = slice_of(bot_url),
                .bot_secret = {SLICE("sealed")},
                .bot_timeout = span_s(20),
            },
    };
    config_add(r, offset, key, &record);
}

/* ---- login */

static err_t conversations(void *self, const struct account *account, struct slice *ret_header)
{
    const struct rig *r = self;
    (void)account;
    if (r->login_fails) {
        return ERR(CRYPTO);
    }
    *ret_header = SLICE("Authorization: Basic dGVzdA==");
    return err_ok();
}

static err_t support(void *self, const struct account *account, struct slice *ret_header)
{
    struct rig *r = self;
    if (slice_empty(account->oauth_client_id)) {
        return conversations(self, account, ret_header);
    }
    if (r->token[0] == '\0') {
        return ERR(UNAVAILABLE);
    }
    return arena_printf(&r->arena, ret_header, "Authorization: Bearer %s", r->token);
}

static err_t token_request(void *self, const struct account *account, struct slice *ret_body)
{
    const struct rig *r = self;
    (void)account;
    *ret_body = SLICE("{\"grant_type\":\"client_credentials\"}");
    return r->login_fails ? ERR(CRYPTO) : err_ok();
}

static err_t token_keep(void *self, const struct account *account, struct slice access)
{
    struct rig *r = self;
    (void)account;
    (void)snprintf(r->token, sizeof r->token, "%.*s", SLICE_ARG(access));
    r->tokens++;
    return err_ok();
}

static void token_drop(void *self, struct slice account_name)
{
    struct rig *r = self;
    (void)account_name;
    r->token[0] = '\0';
}

static err_t bot_key(void *self, const struct store *store, struct slice *ret_key)
{
    (void)self;
    (void)store;
    *ret_key = SLICE("0123456789abcdef0123456789abcdef");
    return err_ok();
}

static err_t openai(void *self, const struct store *store, struct slice *ret_header)
{
    (void)self;
    (void)store;
    *ret_header = SLICE("Authorization: Bearer sk-test");
    return err_ok();
}

static void forget(void *self)
{
    (void)self;
}

static void on_look(void *arg, enum effect_kind effect, const char *verdict)
{
    (void)effect;
    (void)verdict;
    ((struct rig *)arg)->looks++;
}

/* ---- the rig */

void rig_init(struct rig *r, int32_t partitions,
              struct peer_reply (*reply)(void *, const struct peer_seen *, size_t), void *arg)
{
    rig_init_with(r, partitions, reply, arg, false);
}

void rig_init_with(struct rig *r, int32_t partitions,
                   struct peer_reply (*reply)(void *, const struct peer_seen *, size_t), void *arg,
                   bool uses_oauth)
{
    static const struct login_ops login = {
        .conversations = conversations,
        .support = support,
        .token_request = token_request,
        .token_keep = token_keep,
        .token_drop = token_drop,
        .bot_key = bot_key,
        .openai = openai,
        .forget = forget,
    };
    *r = (struct rig){.uses_oauth = uses_oauth};
    clock_double_init(&r->clock);
    arena_init(&r->arena, 256 * 1024 * 1024);
    r->log = log_double_new(&r->clock, partitions);
    for (int32_t i = 0; i < partitions; i++) {
        struct bus_offset first = {i, 0, slice_of(horizon_first_metadata())};
        log_double_commit(r->log, &first);
    }
    EXPECT_OK("config", config_log_new(&r->config_log));
    int64_t offset = 0;
    account_add(r, &offset, "acme", "https://acme.example");
    account_add(r, &offset, "globex", "https://globex.example");
    store_add(r, &offset, "shoes", "acme", BOT_HTTP, "https://bot.example/shoes");
    store_add(r, &offset, "hats", "acme", BOT_HTTP, "https://bot.example/hats");
    store_add(r, &offset, "brain", "acme", BOT_OPENAI, "https://model.example/v1/chat/completions");
    store_add(r, &offset, "globes", "globex", BOT_HTTP, "https://bot.example/globes");
    CHECK(offset == RIG_CONFIG_END);
    EXPECT_OK("set", config_log_at(r->config_log, INT64_MAX, &r->config));
    peer_double_init(&r->peer, &r->clock, reply, arg);
    r->options = (struct egress_options){
        .reader = log_double_reader(r->log),
        .peer = peer_double_port(&r->peer),
        .clock = clock_double_port(&r->clock),
        .login = {&login, r},
        .watcher = {.arg = r, .on_look = on_look},
        .call_timeout = span_s(15),
        .settle = span_s(60),
        .give_up = span_s(24 * 3600),
        .session_timeout = span_s(45),
        .seed = 5,
    };
}

void rig_start(struct rig *r)
{
    CHECK(r->loop == NULL);
    bus_double_init(&r->bus, r->log, TOPIC_COMMANDS);
    r->bus_port = bus_double_port(&r->bus);
    EXPECT_OK("loop", egress_loop_new(&r->options, &r->loop));
    r->bus.handler = egress_loop_handler(r->loop, &r->bus_port);
    egress_loop_configure(r->loop, r->config);
    bus_double_assign(&r->bus);
}

void rig_kill(struct rig *r)
{
    egress_loop_free(r->loop);
    r->loop = NULL;
    bus_double_deinit(&r->bus);
    /* What was out ends without us. */
    while (r->peer.in_flight > 0) {
        struct peer_answer answer = {0};
        bool got = false;
        mono_ms_t at = {0};
        (void)peer_double_next(&r->peer, &at);
        clock_double_advance(&r->clock, mono_since(at, r->clock.mono));
        struct peer port = peer_double_port(&r->peer);
        EXPECT_OK("collect", peer_collect(&port, &answer, &got));
    }
}

void rig_drain(struct rig *r)
{
    egress_loop_drain(r->loop);
    for (int i = 0; i < 1000 && !egress_loop_drained(r->loop); i++) {
        EXPECT_OK("turn", rig_run(r, span_ms(50)));
    }
    EXPECT("drained", egress_loop_drained(r->loop));
    rig_kill(r);
}

void rig_deinit(struct rig *r)
{
    if (r->loop != NULL) {
        rig_kill(r);
    }
    log_double_free(r->log);
    peer_double_deinit(&r->peer);
    config_log_free(r->config_log);
    arena_deinit(&r->arena);
}

err_t rig_run(struct rig *r, span_ms_t span)
{
    mono_ms_t end = mono_add(r->clock.mono, span);
    for (int quiet = 0; quiet < 3;) {
        span_ms_t wait = {0};
        TRY(egress_loop_turn(r->loop, &r->why, &wait));
        mono_ms_t at = {0};
        bool has_news = r->bus.first != NULL || r->bus.commit_is_out || r->bus.assign_due;
        if (wait.ms == 0 || (has_news && !r->bus.holds_deliveries && !r->bus.holds_commits)) {
            continue;
        }
        mono_ms_t next = mono_add(r->clock.mono, wait);
        if (peer_double_next(&r->peer, &at) && mono_before(at, next)) {
            next = at;
        }
        if (!mono_before(next, end)) {
            quiet++;
            next = end;
        }
        clock_double_advance(&r->clock, mono_since(next, r->clock.mono));
    }
    return err_ok();
}

void rig_add_accounts(struct rig *r, int count)
{
    CHECK(r->loop == NULL);
    int64_t offset = RIG_CONFIG_END;
    for (int i = 0; i < count; i++) {
        char name[24];
        char url[48];
        (void)snprintf(name, sizeof name, "many-%d", i);
        (void)snprintf(url, sizeof url, "https://%s.example", name);
        account_add(r, &offset, name, url);
    }
    EXPECT_OK("set", config_log_at(r->config_log, INT64_MAX, &r->config));
}

/* ---- commands */

static struct slice key_of(struct rig *r, const char *account, const char *conversation)
{
    struct slice key = {0};
    EXPECT_OK("key", ident_key(&r->arena, slice_of(account), SURFACE_MESSAGING,
                               slice_of(conversation), &key));
    return key;
}

int32_t rig_partition(struct rig *r, const char *account, const char *conversation)
{
    return log_double_partition(r->log, key_of(r, account, conversation));
}

struct command rig_base(struct rig *r, enum effect_kind effect, const char *account,
                        const char *conversation)
{
    struct command c = {
        .effect = effect,
        .slot = SLOT_WORD,
        .index = r->next_effect,
        .account = slice_of(account),
        .store = slice_of(strcmp(account, "acme") == 0 ? "shoes" : "globes"),
        .conversation = key_of(r, account, conversation),
        .remote_id = slice_of(conversation),
        .episode = 1,
        .created = r->clock.wall,
        .api = API_CONVERSATIONS,
        .method = METHOD_POST,
    };
    uint32_t number = ++r->next_effect;
    memcpy(c.effect_id.bytes, &number, sizeof number);
    c.effect_id.bytes[15] = 0xEE;
    EXPECT_OK("path", arena_printf(&r->arena, &c.path, "/conversations/%s", conversation));
    return c;
}

int64_t rig_command(struct rig *r, struct command *command)
{
    CLEANUP(buf) struct buf out = {0};
    buf_init(&out, LIMIT_RECORD_BYTES_MAX);
    EXPECT_OK("encode", codec_command_encode(command, &out));
    struct bus_message message = {.topic = TOPIC_COMMANDS,
                                  .partition = -1,
                                  .key = command->conversation,
                                  .value = buf_slice(&out)};
    return log_double_append(r->log, &message);
}

int64_t rig_message(struct rig *r, const struct rig_message *m)
{
    struct command c = rig_base(r, EFFECT_MESSAGE, m->account, m->conversation);
    char stamp[IDENT_EFFECT_TEXT_BYTES];
    effect_id_text(c.effect_id, stamp);
    c.voice = m->voice;
    c.epoch = m->epoch;
    c.look_first = m->look_first;
    c.created = wall_known(m->created) ? m->created : c.created;
    EXPECT_OK("path",
              arena_printf(&r->arena, &c.path, "/conversations/%s/messages", m->conversation));
    EXPECT_OK("body", arena_printf(&r->arena, &c.body,
                                   "{\"author\":{\"type\":\"business\"},\"metadata\":"
                                   "{\"tieline.effect\":\"%s\"}}",
                                   stamp));
    return rig_command(r, &c);
}

/* ---- outcomes */

size_t rig_outcomes(struct rig *r, int32_t partition,
                    const struct outcome *ret_outcomes[RIG_OUTCOMES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < log_double_count(r->log, TOPIC_EVENTS, partition); i++) {
        struct event *event = ARENA_NEW(&r->arena, struct event);
        struct why why = {{0}};
        EXPECT("memory", event != NULL);
        err_t e = codec_event_decode(
            &r->arena, log_double_at(r->log, TOPIC_EVENTS, partition, i)->value, &why, event);
        EXPECT_OK(why.text, e);
        if (event->type == EVENT_OUTCOME) {
            EXPECT("room", count < RIG_OUTCOMES_MAX);
            ret_outcomes[count++] = &event->body.outcome;
        }
    }
    return count;
}

const struct outcome *rig_outcome(struct rig *r, int32_t partition, int64_t offset)
{
    static const struct outcome *all[RIG_OUTCOMES_MAX];
    size_t count = rig_outcomes(r, partition, all);
    for (size_t i = 0; i < count; i++) {
        if (all[i]->command_offset == offset) {
            return all[i];
        }
    }
    return NULL;
}

struct horizon_text rig_committed(struct rig *r, int32_t partition, int64_t *ret_offset)
{
    struct horizon_text value = {0};
    EXPECT_OK("metadata",
              horizon_text_parse(slice_of(r->log->committed[partition].metadata), &value));
    *ret_offset = r->log->committed[partition].offset;
    return value;
}
