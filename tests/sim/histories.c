/* histories — random histories of customers, agents and a bot through the pure core.
 *
 *     histories [--seeds N] [--seed S] [--story]
 *
 * One seed is one history; the invariants are checked after every step. A failing seed is played
 * again with its story printed, and the command that repeats it. Edges of the lifecycle that no
 * seed took fail the run: a simulation that does not reach something proves nothing about it. */
#include "event/codec.h"
#include "tests/sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS_DEFAULT = 100000, ACTS = 50 };
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

static struct config_log *configure(void)
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
    return log;
}

static const char *run_seed(const struct config_set *config, uint64_t seed, bool tells,
                            uint64_t reached[16])
{
    static struct world world;
    world_init(&world, config, seed, tells);
    for (int i = 0; i < ACTS && world.broken == NULL; i++) {
        world_act(&world);
    }
    if (world.broken == NULL) {
        world_settle(&world);
    }
    for (size_t i = 0; i < 16; i++) {
        reached[i] += world.reached[i];
    }
    world_deinit(&world);
    return world.broken;
}

static int tell(const struct config_set *config, uint64_t seed, const char *broken)
{
    uint64_t reached[16] = {0};
    printf("seed %llu: does not hold: %s\n", (unsigned long long)seed, broken);
    (void)run_seed(config, seed, true, reached);
    printf("repeat: build/asan/tests/sim_histories --seed %llu --story\n",
           (unsigned long long)seed);
    return 1;
}

static uint64_t number(const char *text)
{
    uint64_t value = 0;
    if (text == NULL || err_failed(slice_to_u64(slice_of(text), &value))) {
        (void)fprintf(stderr, "usage: histories [--seeds N] [--seed S] [--story]\n");
        exit(64);
    }
    return value;
}

static int report(uint64_t seeds, const uint64_t reached[16])
{
    int failed = 0;
    printf("%llu histories; phases entered:", (unsigned long long)seeds);
    for (enum phase phase = PHASE_BOT; phase <= PHASE_RELEASED; phase++) {
        printf(" %s %llu", phase_name(phase), (unsigned long long)reached[phase]);
        failed += reached[phase] == 0 ? 1 : 0;
    }
    printf("\n%d passed, %d failed\n", failed == 0 ? 1 : 0, failed);
    return failed == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    uint64_t seeds = SEEDS_DEFAULT;
    uint64_t only = UINT64_MAX;
    bool tells = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seeds") == 0) {
            seeds = number(argv[++i]);
        } else if (strcmp(argv[i], "--seed") == 0) {
            only = number(argv[++i]);
        } else if (strcmp(argv[i], "--story") == 0) {
            tells = true;
        } else {
            (void)number(NULL);
        }
    }
    struct config_log *log = configure();
    const struct config_set *config = NULL;
    err_t err = config_log_at(log, INT64_MAX, &config);
    CHECK(!err_failed(err));
    uint64_t reached[16] = {0};
    uint64_t first = only == UINT64_MAX ? 0 : only;
    uint64_t last = only == UINT64_MAX ? seeds : only + 1;
    int status = 0;
    for (uint64_t seed = first; seed < last && status == 0; seed++) {
        const char *broken = run_seed(config, seed, tells, reached);
        status = broken != NULL ? tell(config, seed, broken) : 0;
    }
    if (status == 0 && only == UINT64_MAX) {
        status = report(seeds, reached);
    }
    config_log_free(log);
    return status;
}
