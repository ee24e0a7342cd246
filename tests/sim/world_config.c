#include "base/buf.h"
#include "base/check.h"
#include "event/codec.h"
#include "tests/sim/world.h"

static const char id_key[IDENT_KEY_BYTES] = "an id key of thirty-two bytes !!";

static void publish(struct config_log *log, int64_t offset, const struct config_record *record,
                    const char *key)
{
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    err_t err = codec_config_encode(record, &bytes);
    err =
        err_failed(err) ? err : config_log_add(log, offset, slice_of(key), buf_slice(&bytes), NULL);
    CHECK(!err_failed(err));
}

struct config_log *world_configure(const struct config_set **ret_config)
{
    struct config_log *log = NULL;
    err_t err = config_log_new(&log);
    CHECK(!err_failed(err));
    struct config_record account = {.kind = CONFIG_ACCOUNT};
    account.body.account = (struct account){.name = SLICE("acme"),
                                            .enabled = true,
                                            .id_key = slice_from(id_key, sizeof id_key),
                                            .subdomain = SLICE("acme"),
                                            .bot_user_id = SLICE("900"),
                                            .switchboard_integration = SLICE("tieline"),
                                            .agent_target = SLICE("zd-agentWorkspace"),
                                            .integration_id = SLICE("int")};
    publish(log, 0, &account, "account/acme");
    struct config_record store = {.kind = CONFIG_STORE};
    store.body.store = (struct store){.name = SLICE("shoes"),
                                      .account = SLICE("acme"),
                                      .enabled = true,
                                      .widget_id = SLICE("w1"),
                                      .default_responder = true,
                                      .bot_kind = BOT_HTTP,
                                      .bot_url = SLICE("http://127.0.0.1:1/"),
                                      .bot_timeout = span_s(20),
                                      .welcome = SLICE("Hi"),
                                      .handoff_live = true,
                                      .handoff_notice = SLICE("One moment"),
                                      .handoff_failed = SLICE("Later"),
                                      .session_ended = SLICE("Over")};
    publish(log, 1, &store, "store/shoes");
    err = config_log_at(log, INT64_MAX, ret_config);
    CHECK(!err_failed(err));
    return log;
}
