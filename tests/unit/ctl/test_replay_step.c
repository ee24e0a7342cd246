/* `tieline replay --step`: each of its commands, and that the way back is exact: n events back and
 * n forward give the same state hash, for every n. */
#include "ctl/replay_step.h"
#include "tests/unit/processor/rig.h"

#include <stdlib.h>
#include <unistd.h>

enum { SAID_BYTES = 256 * 1024, SCRIPT_BYTES = 16 * 1024 };
static const char key[] = "acme/messaging/c1";

static void live(struct rig *r)
{
    char id[32];
    rig_configure(r);
    rig_start(r);
    for (int i = 0; i < 3; i++) {
        (void)snprintf(id, sizeof id, "m%d", i);
        rig_customer_writes(r, key, id);
        rig_run(r);
        rig_answer(r, key);
        rig_run(r);
    }
    rig_operator_calls(r, key, "o1");
    rig_run(r);
}

/* What is said to these lines, of the conversation's whole history. */
static void says(struct rig *r, char *script, char said[SAID_BYTES])
{
    struct reader_port port = log_double_reader(r->log);
    struct why why = {""};
    struct replay_tell tell;
    struct cursor *cursor = calloc(1, sizeof *cursor);
    FILE *in = fmemopen(script, strlen(script), "r");
    FILE *out = tmpfile();
    EXPECT("room", cursor != NULL && in != NULL && out != NULL);
    cursor->past = (struct past){.port = &port,
                                 .partition = log_double_partition(r->log, slice_of(key)),
                                 .span = {.key = slice_of(key)}};
    replay_tell_init(&tell, false, true);
    EXPECT_OK("opened", cursor_open(cursor, &why));
    (void)fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    EXPECT("told here", dup2(fileno(out), STDOUT_FILENO) >= 0);
    err_t e = replay_step(cursor, &tell, in, false, &why);
    (void)fflush(stdout);
    EXPECT("and there again", dup2(kept, STDOUT_FILENO) >= 0);
    (void)close(kept);
    EXPECT_OK("stepped", e);
    rewind(out);
    said[fread(said, 1, SAID_BYTES - 1, out)] = '\0';
    (void)fclose(in);
    (void)fclose(out);
    cursor_close(cursor);
    replay_tell_deinit(&tell);
    free(cursor);
}

/* The next `hash` line at or behind `from`: its number and hash; NULL when there is none. */
static const char *next_hash(const char *from, uint64_t *ret_event, struct slice *ret_hash)
{
    for (const char *line = strstr(from, "event "); line != NULL;
         line = strstr(line + 1, "event ")) {
        struct slice rest = slice_of(line + strlen("event "));
        struct slice number = slice_sub(rest, 0, slice_find(rest, ','));
        struct slice tail = slice_sub(rest, number.len, rest.len);
        struct slice label = SLICE(", state hash ");
        if (slice_starts_with(tail, label) && !err_failed(slice_to_u64(number, ret_event))) {
            *ret_hash = slice_sub(tail, label.len, label.len + 16);
            return line + 1;
        }
    }
    return NULL;
}

static void back_and_forward_for_every_n(void **state)
{
    enum { EVENTS = 8 }; /* one says which configuration is in force */
    static char said[SAID_BYTES];
    static char script[SCRIPT_BYTES];
    struct rig *r = *state;
    struct slice hashes[EVENTS + 1] = {{0}};
    uint64_t event = 0;
    struct slice hash = {0};
    size_t len = 0;
    live(r);
    for (int i = 0; i < EVENTS; i++) {
        len += (size_t)snprintf(script + len, sizeof script - len, "next\nhash\n");
    }
    for (int n = 1; n < EVENTS; n++) {
        len += (size_t)snprintf(script + len, sizeof script - len, "back %d\nhash\nnext %d\nhash\n",
                                n, n);
    }
    says(r, script, said);
    const char *at = said;
    for (uint64_t i = 1; i <= EVENTS; i++) {
        at = next_hash(at, &event, &hashes[i]);
        EXPECT("forward", at != NULL && event == i);
    }
    EXPECT("things change", !slice_equal(hashes[1], hashes[EVENTS - 1]) &&
                                !slice_equal(hashes[EVENTS - 1], hashes[EVENTS]));
    for (uint64_t n = 1; n < EVENTS; n++) {
        at = next_hash(at, &event, &hash);
        EXPECT("back", at != NULL && event == EVENTS - n && slice_equal(hash, hashes[EVENTS - n]));
        at = next_hash(at, &event, &hash);
        EXPECT("forward again", at != NULL && event == EVENTS && slice_equal(hash, hashes[EVENTS]));
    }
}

/* Each stops where it says, and tells what is there. */
static void each_command(void **state)
{
    static const struct {
        const char *lines;
        uint64_t event; /* where it stops; 0 = not looked at */
        const char *told;
    } rows[] = {
        {"hash\n", 0, "event 0, state hash 0000000000000000"},
        {"\nhash\n", 1, NULL},
        {"n\nhash\n", 1, NULL},
        {"next 2\nhash\n", 2, NULL},
        {"goto 5\nhash\n", 5, NULL},
        {"next 5\nback\nhash\n", 4, NULL},
        {"next 2\nback 9\n", 0, "before the first event"},
        {"print\n", 0, "there is no state"},
        {"next\nprint\n", 0, "\"conversation\":\"acme/messaging/c1\""},
        {"rule\nhash\n", 8, "manual"},
        {"rule manual\nhash\n", 8, "manual"},
        {"rule low_confidence\n", 0, "no more events"},
        {"rule sunshine\n", 0, "there is no rule \"sunshine\""},
        {"until type=tieline.operator\nhash\n", 8, NULL},
        {"until phase=handing_off\nhash\n", 8, NULL},
        {"until note=escalated\nhash\n", 8, NULL},
        {"until effect=pass_control\nhash\n", 8, NULL},
        {"until effect=bot_turn\nhash\n", 1, NULL},
        {"until conversation=acme/messaging/c1\nhash\n", 1, NULL},
        {"until colour=red\n", 0, "no more events"},
        {"next 99\n", 0, "no more events"},
        {"quit\nnext\n", 0, ""},
        {"?\n", 0, "decides the next event"},
    };
    static char said[SAID_BYTES];
    char script[SCRIPT_BYTES];
    struct rig *r = *state;
    live(r);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t event = 0;
        struct slice hash = {0};
        (void)snprintf(script, sizeof script, "%s", rows[i].lines);
        says(r, script, said);
        const char *at = rows[i].event == 0 ? said : next_hash(said, &event, &hash);
        if (at == NULL || event != rows[i].event) {
            print_message("%s", said);
        }
        EXPECT(rows[i].lines, at != NULL && event == rows[i].event);
        if (rows[i].told != NULL && strstr(said, rows[i].told) == NULL) {
            print_message("%s", said);
        }
        EXPECT(rows[i].lines, rows[i].told == NULL || strstr(said, rows[i].told) != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(back_and_forward_for_every_n),
        RIG_TEST(each_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
