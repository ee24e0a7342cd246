/* An hour in which half of a hundred accounts answer 429: what the others wait, call by call,
 * beside them and alone. Time is the test's, so alone against alone differs by nothing. */
#include "tests/unit/egress/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig rig;

enum {
    ACCOUNTS = 100,
    SECONDS = 3600,
    BURST = 3,
    EVERY_S = 2,
    CALLS = SECONDS / EVERY_S * BURST,
    PAUSE_S = 60
};

struct hour {
    int64_t waits[CALLS]; /* of the others, from writing to request, ms */
    size_t calls;
    size_t limited; /* requests to those that are limited */
};

static uint64_t number_behind(struct slice text, const char *word)
{
    const char *at = strstr(text.ptr, word);
    EXPECT(word, at != NULL);
    at += strlen(word);
    uint64_t number = 0;
    EXPECT_OK("a number", slice_to_u64(slice_from(at, strspn(at, "0123456789")), &number));
    return number;
}

static struct peer_reply every_other(void *arg, const struct peer_seen *seen, size_t index)
{
    struct hour *h = arg;
    if (number_behind(seen->url, "many-") % 2 == 1) {
        h->limited++;
        return (struct peer_reply){.status = 429, .retry_after = span_s(PAUSE_S)};
    }
    EXPECT("room", h->calls < CALLS);
    h->waits[h->calls++] = seen->at.ms - (int64_t)number_behind(seen->body, "\"written\":");
    return (struct peer_reply){.status = 201,
                               .body = "{\"messages\":[{\"id\":\"m1\"}]}",
                               .after = span_ms(20 + (int64_t)(index * 37 % 80))};
}

static void write_burst(int account)
{
    char name[24];
    (void)snprintf(name, sizeof name, "many-%d", account);
    for (int i = 0; i < BURST; i++) {
        struct command c = rig_base(&rig, EFFECT_MESSAGE, name, "c");
        c.voice = VOICE_CUSTOMER;
        c.path = SLICE("/conversations/c/messages");
        EXPECT_OK("body", arena_printf(&rig.arena, &c.body, "{\"written\":%lld}",
                                       (long long)rig.clock.mono.ms));
        (void)rig_command(&rig, &c);
    }
}

static void play(struct hour *h, bool with_limited)
{
    *h = (struct hour){.calls = 0};
    rig_init(&rig, 4, every_other, h);
    rig_add_accounts(&rig, ACCOUNTS);
    rig_start(&rig);
    for (int s = 0; s < SECONDS; s += EVERY_S) {
        int account = s / EVERY_S * 2 % ACCOUNTS;
        write_burst(account);
        if (with_limited) {
            write_burst(account + 1);
        }
        EXPECT_OK("run", rig_run(&rig, span_s(EVERY_S)));
    }
    EXPECT_OK("the last", rig_run(&rig, span_s(2)));
    rig_deinit(&rig);
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static int64_t p99(struct hour *h)
{
    qsort(h->waits, h->calls, sizeof h->waits[0], compare);
    return h->waits[h->calls * 99 / 100];
}

static void test_others_do_not_notice_for_an_hour(void **state)
{
    static struct hour alone, beside;
    (void)state;
    play(&alone, false);
    play(&beside, true);
    EXPECT("all of the others' calls", alone.calls == CALLS && beside.calls == CALLS);
    EXPECT("nobody is limited alone", alone.limited == 0);
    /* Each gate asks with one call when its pause is over. */
    EXPECT("the limited are asked, and no oftener than they want",
           beside.limited >= ACCOUNTS / 2 * 30 &&
               beside.limited <= ACCOUNTS / 2 * (SECONDS / PAUSE_S + 3));
    int64_t floor = p99(&alone);
    int64_t seen = p99(&beside);
    print_message(
        "p99 of the others: %lld ms alone, %lld ms beside; %zu calls each; the limited were "
        "asked %zu times\n",
        (long long)floor, (long long)seen, beside.calls, beside.limited);
    EXPECT("there is something to wait for", floor > 0);
    EXPECT("p99 within a tenth", seen * 10 <= floor * 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_others_do_not_notice_for_an_hour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
