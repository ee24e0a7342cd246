/* egress_ports — reader, clock, login and configuration of a copy. */
#include "base/check.h"
#include "event/codec.h"
#include "event/horizon_text.h"
#include "tests/sim/egress_sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reader */

struct reader {
    struct sim_copy *copy;
    enum topic topic;
    int32_t partition;
    int64_t position, end;
    bool end_told;
};

static err_t open_reader(void *self, enum topic topic, int32_t partition, int64_t from,
                         struct reader **ret_reader)
{
    struct sim_copy *c = self;
    struct sim *s = c->sim;
    faults_at(c, topic == TOPIC_EVENTS ? MOMENT_EVENTS_READ : MOMENT_COMMANDS_READ);
    if (c->is_dead || sim_chance(s, 3)) {
        return ERR(UNAVAILABLE);
    }
    int64_t end = (int64_t)log_double_count(s->log, topic, partition);
    from = from == READER_FROM_START ? 0 : from;
    if (from < 0 || from > end) {
        return ERR(RANGE);
    }
    struct reader *r = calloc(1, sizeof *r);
    CHECK(r != NULL);
    *r = (struct reader){c, topic, partition, from, end, false};
    *ret_reader = r;
    return err_ok();
}

static err_t next(struct reader *r, span_ms_t timeout, struct bus_record *ret_record,
                  enum reader_status *ret_status)
{
    struct sim *s = r->copy->sim;
    (void)timeout;
    *ret_status = READER_IDLE;
    if (r->copy->is_dead || sim_chance(s, 10)) {
        return err_ok();
    }
    if (r->position >= (int64_t)log_double_count(s->log, r->topic, r->partition)) {
        *ret_status = r->end_told ? READER_IDLE : READER_END;
        r->end_told = true;
        return err_ok();
    }
    const struct log_record *record =
        log_double_at(s->log, r->topic, r->partition, (size_t)r->position++);
    r->end_told = false;
    *ret_record = (struct bus_record){.topic = r->topic,
                                      .partition = r->partition,
                                      .offset = record->offset,
                                      .time = record->time,
                                      .key = record->key,
                                      .value = record->value,
                                      .traceparent = record->traceparent};
    *ret_status = READER_RECORD;
    if (r->topic == TOPIC_COMMANDS) {
        oracle_read(r->copy, ret_record);
    }
    return err_ok();
}

static bool barred(const struct reader *r)
{
    (void)r;
    return false; /* egress writes outside of transactions */
}

static int64_t end(const struct reader *r)
{
    return r->end;
}

static int64_t position(const struct reader *r)
{
    return r->position;
}

static void close_reader(struct reader *r)
{
    free(r);
}

struct reader_port reader_port_of(struct sim_copy *c)
{
    static const struct reader_ops ops = {open_reader, next, barred, end, position, close_reader};
    return (struct reader_port){&ops, c};
}

/* ---- clock */

static wall_ms_t wall(void *self)
{
    return ((const struct sim_copy *)self)->sim->clock.wall;
}

static mono_ms_t mono(void *self)
{
    struct sim_copy *c = self;
    c->in_hole = false; /* from here on it could know how long it slept */
    return c->sim->clock.mono;
}

struct clock clock_port(struct sim_copy *c)
{
    static const struct clock_ops ops = {wall, mono};
    return (struct clock){&ops, c};
}

/* ---- login */

static err_t header(void *self, const struct account *account, struct slice *ret_header)
{
    (void)self;
    (void)account;
    *ret_header = SLICE("Authorization: Basic dGVzdA==");
    return err_ok();
}

static err_t token_request(void *self, const struct account *account, struct slice *ret_body)
{
    (void)self;
    (void)account;
    (void)ret_body;
    return ERR(MISSING);
}

static err_t token_keep(void *self, const struct account *account, struct slice access)
{
    (void)self;
    (void)account;
    (void)access;
    return err_ok();
}

static void token_drop(void *self, struct slice account_name)
{
    (void)self;
    (void)account_name;
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

struct login login_port(struct sim_copy *c)
{
    static const struct login_ops ops = {
        .conversations = header,
        .support = header,
        .token_request = token_request,
        .token_keep = token_keep,
        .token_drop = token_drop,
        .bot_key = bot_key,
        .openai = openai,
        .forget = forget,
    };
    return (struct login){&ops, c};
}

/* ---- configuration */

static void config_add(struct sim *s, int64_t offset, const char *key,
                       const struct config_record *record)
{
    CLEANUP(buf) struct buf out = {0};
    struct why why = {{0}};
    buf_init(&out, LIMIT_RECORD_BYTES_MAX);
    err_t e = codec_config_encode(record, &out);
    CHECK(!err_failed(e));
    e = config_log_add(s->config_log, offset, slice_of(key), buf_slice(&out), &why);
    CHECK(!err_failed(e));
}

void ports_configure(struct sim *s)
{
    static const char id_key[IDENT_KEY_BYTES] = "0123456789abcdef0123456789abcde";
    const struct config_record account = {
        .kind = CONFIG_ACCOUNT,
        .body.account =
            {
                .name = SLICE("acme"),
                .enabled = true,
                .id_key = slice_from(id_key, sizeof id_key),
                .subdomain = SLICE("acme"),
                .conversations_url = SLICE("https://acme.example"),
                .app_id = SLICE("app1"),
                .key_id = SLICE("app_key"),
                .key_secret = {SLICE("sealed")},
                .integration_id = SLICE("int1"),
                .switchboard_integration = SLICE("bot1"),
                .bot_user_id = SLICE("900"),
            },
    };
    const struct config_record store = {
        .kind = CONFIG_STORE,
        .body.store =
            {
                .name = SLICE("shoes"),
                .account = SLICE("acme"),
                .enabled = true,
                .widget_id = SLICE("shoes"),
                .bot_kind = BOT_HTTP,
                .bot_url = SLICE("https://bot.example/shoes"),
                .bot_secret = {SLICE("sealed")},
                .bot_timeout = span_s(5),
            },
    };
    err_t e = config_log_new(&s->config_log);
    CHECK(!err_failed(e));
    config_add(s, 0, "account/acme", &account);
    config_add(s, 1, "store/shoes", &store);
    e = config_log_at(s->config_log, INT64_MAX, &s->config);
    CHECK(!err_failed(e));
}
