/* rig_config — the configuration that stands in the log of rig.h. */
#include "tests/unit/processor/rig.h"

static const char id_key[IDENT_KEY_BYTES] = "an id key of thirty-two bytes !!";

static void publish(struct rig *r, const struct config_record *record, const char *key)
{
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    EXPECT_OK("encode", codec_config_encode(record, &bytes));
    struct bus_message message = {
        .topic = TOPIC_CONFIG, .key = slice_of(key), .value = buf_slice(&bytes)};
    (void)log_double_append(r->log, &message);
}

void rig_configure(struct rig *r)
{
    struct config_record account = {.kind = CONFIG_ACCOUNT};
    account.body.account = (struct account){.name = SLICE("acme"),
                                            .enabled = true,
                                            .id_key = slice_from(id_key, sizeof id_key),
                                            .subdomain = SLICE("acme"),
                                            .agent_target = SLICE("zd-agentWorkspace"),
                                            .integration_id = SLICE("int"),
                                            .bot_user_id = SLICE("900")};
    publish(r, &account, "account/acme");
    rig_greet(r, "");
}

void rig_greet(struct rig *r, const char *welcome)
{
    struct config_record store = {.kind = CONFIG_STORE};
    store.body.store = (struct store){.name = SLICE("shoes"),
                                      .account = SLICE("acme"),
                                      .enabled = true,
                                      .widget_id = SLICE("w1"),
                                      .bot_kind = BOT_HTTP,
                                      .bot_url = SLICE("http://127.0.0.1:1/"),
                                      .bot_timeout = span_s(20),
                                      .handoff_live = true,
                                      .transcript_place = r->transcript,
                                      .chat = true,
                                      .welcome = slice_of(welcome),
                                      .reasons_off = UINT32_MAX};
    publish(r, &store, "store/shoes");
}
