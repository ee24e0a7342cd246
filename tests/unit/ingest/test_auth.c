/* Who may come in. Covers rows 26, 27, 40 and 48. */
#include "ingest/core/auth.h"
#include "tests/support/unit.h"
#include "tests/unit/ingest/fixture.h"

#include <time.h>

#define SECRET "vE9J0m4qXl2c7RkZ"
#define NOON "2026-03-02T12:00:00Z"
#define BODY "{\"event\":\"comment_added\",\"ticket_id\":\"8801\"}"
/* openssl dgst -sha256 -hmac vE9J0m4qXl2c7RkZ -binary | base64, over NOON BODY */
#define SIGNED "d4mGe+hQPnDdZt7g8cBwyacME1e0BDo67fYxxwJStaQ="
/* the same over BODY NOON, and over NOON alone */
#define SIGNED_SWAPPED "RinPQsMWdkZzOgaPncwqnyGdmLfxrssTnFdBOqROTJc="
#define SIGNED_EMPTY "7vKixj+5jmQ0N6ou6vMf37rxW/2T3GIgMFbxS+RDtQE="

static const struct {
    const char *why;
    enum endpoint endpoint;
    const char *name;
    const char *api_key;
    const char *authorization;
    bool stale;
    enum auth_verdict verdict;
} rows[] = {
    {"row 48: the secret of the account", ENDPOINT_CONVERSATIONS, "maple", "hook-new", NULL, false,
     AUTH_GRANTED},
    {"row 48: the one before it, while it rotates", ENDPOINT_CONVERSATIONS, "maple", "hook-old",
     NULL, false, AUTH_GRANTED},
    {"row 48: a wrong one", ENDPOINT_CONVERSATIONS, "maple", "hook-neW", NULL, false, AUTH_REFUSED},
    {"row 48: none", ENDPOINT_CONVERSATIONS, "maple", NULL, NULL, false, AUTH_REFUSED},
    {"row 48: an empty one", ENDPOINT_CONVERSATIONS, "maple", "", NULL, false, AUTH_REFUSED},
    {"row 48: a longer one", ENDPOINT_CONVERSATIONS, "maple", "hook-new ", NULL, false,
     AUTH_REFUSED},
    {"the bearer does not open this door", ENDPOINT_CONVERSATIONS, "maple", NULL, "Bearer hook-new",
     false, AUTH_REFUSED},
    {"row 27: another account's secret", ENDPOINT_CONVERSATIONS, "maple", "oak-hook", NULL, false,
     AUTH_REFUSED},
    {"row 26: an account that does not exist", ENDPOINT_CONVERSATIONS, "birch", "hook-new", NULL,
     false, AUTH_REFUSED},
    {"row 26: the same without a secret", ENDPOINT_CONVERSATIONS, "birch", NULL, NULL, false,
     AUTH_REFUSED},
    {"a store is no account", ENDPOINT_CONVERSATIONS, "bikes", "bikes-1", NULL, false,
     AUTH_REFUSED},
    {"no refusal on old news", ENDPOINT_CONVERSATIONS, "maple", "wrong", NULL, true, AUTH_UNSURE},
    {"nor for an account that may be new", ENDPOINT_CONVERSATIONS, "birch", "x", NULL, true,
     AUTH_UNSURE},
    {"what is known to be right stays right", ENDPOINT_CONVERSATIONS, "maple", "hook-new", NULL,
     true, AUTH_GRANTED},
    {"row 40: the store's token", ENDPOINT_TICKETS, "bikes", NULL, "Bearer bikes-1", false,
     AUTH_GRANTED},
    {"row 40: its second one", ENDPOINT_TICKETS, "bikes", NULL, "Bearer bikes-2", false,
     AUTH_GRANTED},
    {"the scheme in any case", ENDPOINT_EVENTS, "bikes", NULL, "bearer  bikes-1 ", false,
     AUTH_GRANTED},
    {"row 40: a wrong token", ENDPOINT_TICKETS, "bikes", NULL, "Bearer bikes-3", false,
     AUTH_REFUSED},
    {"row 40: another store's token", ENDPOINT_TICKETS, "bikes", NULL, "Bearer boats-1", false,
     AUTH_REFUSED},
    {"row 27: a token of another account's store", ENDPOINT_EVENTS, "bikes", NULL, "Bearer desks-1",
     false, AUTH_REFUSED},
    {"row 40: no token", ENDPOINT_TICKETS, "bikes", NULL, NULL, false, AUTH_REFUSED},
    {"another scheme", ENDPOINT_TICKETS, "bikes", NULL, "Basic bikes-1", false, AUTH_REFUSED},
    {"the token without a scheme", ENDPOINT_TICKETS, "bikes", NULL, "bikes-1", false, AUTH_REFUSED},
    {"an empty token", ENDPOINT_TICKETS, "bikes", NULL, "Bearer ", false, AUTH_REFUSED},
    {"the key does not open this door", ENDPOINT_TICKETS, "bikes", "bikes-1", NULL, false,
     AUTH_REFUSED},
    {"a store that does not exist", ENDPOINT_EVENTS, "trams", NULL, "Bearer bikes-1", false,
     AUTH_REFUSED},
    {"an account is no store", ENDPOINT_EVENTS, "maple", NULL, "Bearer hook-new", false,
     AUTH_REFUSED},
    {"a store whose account is not there: our trouble", ENDPOINT_EVENTS, "lost", NULL,
     "Bearer lost-1", false, AUTH_UNSURE},
};

static void knows_its_callers(void **state)
{
    (void)state;
    CLEANUP_PTR(config_log) struct config_log *log = NULL;
    const struct config_set *set = fixture_set(&log);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct auth_head head = {
            .endpoint = rows[i].endpoint,
            .name = slice_of(rows[i].name),
            .api_key = slice_of(rows[i].api_key),
            .authorization = slice_of(rows[i].authorization),
            .fresh = !rows[i].stale,
        };
        struct auth_caller caller = {0};
        EXPECT(rows[i].why, auth_head(set, &head, &caller) == rows[i].verdict);
        EXPECT(rows[i].why, (caller.account != NULL) == (rows[i].verdict == AUTH_GRANTED));
        if (caller.store != NULL) {
            EXPECT_SLICE(rows[i].why, caller.store->account, caller.account->name);
        }
    }
}

static void refuses_nobody_without_configuration(void **state)
{
    (void)state;
    CLEANUP_PTR(config_log) struct config_log *log = NULL;
    const struct config_set *empty = NULL;
    EXPECT_OK("a log", config_log_new(&log));
    EXPECT_OK("an empty set", config_log_at(log, INT64_MAX, &empty));
    struct auth_head head = {ENDPOINT_CONVERSATIONS, SLICE("maple"), SLICE("x"), {0}, true};
    struct auth_caller caller = {0};
    EXPECT("not read yet", auth_head(NULL, &head, &caller) == AUTH_UNSURE);
    EXPECT("read, and nothing there", auth_head(empty, &head, &caller) == AUTH_UNSURE);
}

static const struct {
    const char *why;
    const char *secret; /* the second of two; NULL = none could be opened */
    const char *timestamp;
    const char *body;
    const char *signature;
    const char *now;
    enum auth_verdict verdict;
} signatures[] = {
    {"as Zendesk signs", SECRET, NOON, BODY, SIGNED, NOON, AUTH_GRANTED},
    {"an empty body", SECRET, NOON, "", SIGNED_EMPTY, NOON, AUTH_GRANTED},
    {"five minutes later", SECRET, NOON, BODY, SIGNED, "2026-03-02T12:05:00Z", AUTH_GRANTED},
    {"six minutes later", SECRET, NOON, BODY, SIGNED, "2026-03-02T12:06:00Z", AUTH_UNTIMELY},
    {"a clock that is five minutes behind", SECRET, NOON, BODY, SIGNED, "2026-03-02T11:55:00Z",
     AUTH_GRANTED},
    {"six minutes behind", SECRET, NOON, BODY, SIGNED, "2026-03-02T11:54:00Z", AUTH_UNTIMELY},
    {"another body", SECRET, NOON, BODY " ", SIGNED, NOON, AUTH_REFUSED},
    {"another time", SECRET, "2026-03-02T12:00:01Z", BODY, SIGNED, NOON, AUTH_REFUSED},
    {"body before time", SECRET, NOON, BODY, SIGNED_SWAPPED, NOON, AUTH_REFUSED},
    {"another secret", "vE9J0m4qXl2c7Rkz", NOON, BODY, SIGNED, NOON, AUTH_REFUSED},
    {"no signature", SECRET, NOON, BODY, "", NOON, AUTH_REFUSED},
    {"part of a signature", SECRET, NOON, BODY, "AAAA", NOON, AUTH_REFUSED},
    {"no timestamp", SECRET, "", BODY, SIGNED, NOON, AUTH_REFUSED},
    {"no secret could be opened: our trouble", NULL, NOON, BODY, SIGNED, NOON, AUTH_UNSURE},
};

static wall_ms_t time_of(const char *text)
{
    wall_ms_t time = {0};
    EXPECT_OK(text, instant_parse_iso8601(slice_of(text), &time));
    return time;
}

static void checks_signatures(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(signatures); i++) {
        const struct slice secrets[] = {SLICE("another-live-secret"),
                                        slice_of(signatures[i].secret)};
        struct auth_body body = {
            .signature_set = true,
            .secrets = secrets,
            .secret_count = signatures[i].secret == NULL ? 0 : 2,
            .signature = slice_of(signatures[i].signature),
            .timestamp = slice_of(signatures[i].timestamp),
            .body = slice_of(signatures[i].body),
            .now = time_of(signatures[i].now),
            .fresh = true,
        };
        EXPECT(signatures[i].why, auth_body(&body) == signatures[i].verdict);
        bool unknown = signatures[i].verdict == AUTH_REFUSED;
        enum auth_verdict unsure = unknown ? AUTH_UNSURE : signatures[i].verdict;
        body.incomplete = true; /* it may be signed with the one that stayed closed */
        EXPECT(signatures[i].why, auth_body(&body) == unsure);
        body.incomplete = false;
        body.fresh = false;
        EXPECT(signatures[i].why, auth_body(&body) == unsure);
        body.signature_set = false;
        EXPECT("no signing secret is set", auth_body(&body) == AUTH_GRANTED);
    }
}

static void refuses_the_public_secret(void **state)
{
    (void)state;
    const struct slice secret = SLICE("dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==");
    char signature[AUTH_SIGNATURE_BYTES];
    auth_sign(secret, SLICE(NOON), SLICE(BODY), signature);
    struct auth_body body = {
        .signature_set = true,
        .secrets = &secret,
        .secret_count = 1,
        .signature = slice_of(signature),
        .timestamp = SLICE(NOON),
        .body = SLICE(BODY),
        .now = time_of(NOON),
        .fresh = true,
    };
    EXPECT("anyone can sign with it", auth_body(&body) == AUTH_REFUSED);
    EXPECT("said so", !auth_signing_secret_usable(secret));
    EXPECT("empty", !auth_signing_secret_usable(SLICE("")));
    EXPECT("a real one", auth_signing_secret_usable(SLICE(SECRET)));
}

#define ASCENDING "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13"

/* RFC 4231, the MAC below everything: all of its cases. A key of one repeated byte, or as given. */
static const struct {
    const char *why;
    const char *key;
    size_t key_len;
    const char *data;
    size_t data_len; /* > strlen: the first byte, so often */
    const char *signature;
} vectors[] = {
    {"case 1", "\x0b", 20, "Hi There", 8, "sDRMYdjbOFNcqK/OrwvxK4gdwgDJgz2nJuk3bC4yz/c="},
    {"case 2, a key shorter than the MAC", "Jefe", 4, "what do ya want for nothing?", 28,
     "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="},
    {"case 3", "\xaa", 20, "\xdd", 50, "dz6pHjaADkaFTbjr0JGBpylZCYs++MEi2WNVFM7VZf4="},
    {"case 4", ASCENDING "\x14\x15\x16\x17\x18\x19", 25, "\xcd", 50,
     "glWKOJpEPA6kzIGYmfIIOoXw+qPlePgHei4/9GcpZls="},
    {"case 5, before it is cut", "\x0c", 20, "Test With Truncation", 20,
     "o7YWdHMQDuBuDHlsKVVVK/pvfApqiu+Lk/hgqrDNIMU="},
    {"case 6, a key longer than a block", "\xaa", 131,
     "Test Using Larger Than Block-Size Key - Hash Key First", 54,
     "YOQxWR7gtn8Niiaqy/W3f44LxiE3KMUUBUYEDw7jf1Q="},
    {"case 7, and data longer than a block", "\xaa", 131,
     "This is a test using a larger than block-size key and a larger than block-size data. The key "
     "needs to be hashed before being used by the HMAC algorithm.",
     152, "mwn/pxuUL8snY1+81bDpRL/cY2RPBxOTin9RU1w6NeI="},
    /* of Standard Webhooks: over id, time and body with dots between, the secret decoded */
    {"Standard Webhooks' example",
     "\x31\xf2\x90\xf6\xbf\x06\x29\x8a\xab\x4f\x08\xd4\x3c\x3f\x08\x2c\xf6\x48\xa3\x62\xda\x2d\xa4"
     "\xb0",
     24, "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}", 60,
     "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
    {"letters of more than a byte", SECRET, 16,
     NOON "{\"text\":\"Wis\xc5\x82"
          "a \xf0\x9f\x9a\xb2\"}",
     42, "i2a49ZVytbZU98W4W0JPDshbUw34/emROe+zj1JVapw="},
};

static struct slice fill(char *room, const char *text, size_t len)
{
    if (strlen(text) == 1) {
        memset(room, text[0], len);
    } else {
        EXPECT(text, strlen(text) == len);
        memcpy(room, text, len);
    }
    return slice_from(room, len);
}

/* Wherever the timestamp ends and the body begins. */
static void signs_as_the_standards(void **state)
{
    (void)state;
    char key_room[200];
    char data_room[200];
    char signature[AUTH_SIGNATURE_BYTES];
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        struct slice key = fill(key_room, vectors[i].key, vectors[i].key_len);
        struct slice data = fill(data_room, vectors[i].data, vectors[i].data_len);
        for (size_t cut = 0; cut <= data.len; cut++) {
            auth_sign(key, slice_sub(data, 0, cut), slice_sub(data, cut, data.len), signature);
            EXPECT_TEXT(vectors[i].why, signature, vectors[i].signature);
        }
    }
}

/* Row 40: which secrets count for a call. */
static void finds_the_secrets_of_a_webhook(void **state)
{
    (void)state;
    struct account account = *fixture_account();
    struct store store = *fixture_store();
    struct auth_caller caller = {&account, &store};
    EXPECT("none are set", auth_boxes(ENDPOINT_TICKETS, &caller).count == 0);
    account.signing_secret_count = 1;
    EXPECT("the account's", auth_boxes(ENDPOINT_TICKETS, &caller).box == account.signing_secrets);
    store.signing_secret_count = 2;
    struct auth_boxes boxes = auth_boxes(ENDPOINT_TICKETS, &caller);
    EXPECT("the store's own", boxes.box == store.signing_secrets && boxes.count == 2);
    EXPECT("only tickets are signed", auth_boxes(ENDPOINT_EVENTS, &caller).count == 0);
    caller.store = NULL;
    EXPECT("nor is messaging", auth_boxes(ENDPOINT_CONVERSATIONS, &caller).count == 0);
}

/* Least time of many rounds of a thousand refusals: what is left is the work itself. */
static clock_t least_time(const struct config_set *set, enum endpoint endpoint, const char *name,
                          const char *secret)
{
    clock_t least = 0;
    for (int round = 0; round < 60; round++) {
        clock_t begin = clock();
        for (int i = 0; i < 1000; i++) {
            struct auth_head head = {endpoint, slice_of(name), slice_of(secret), slice_of(secret),
                                     true};
            struct auth_caller caller = {0};
            EXPECT("refused", auth_head(set, &head, &caller) == AUTH_REFUSED);
        }
        clock_t took = clock() - begin;
        least = round == 0 || took < least ? took : least;
    }
    return least;
}

/* Rows 26 and 48: who asks cannot tell by the time whether an account or store exists, nor how much
 * of a secret was right. */
static void takes_the_same_time_for_strangers(void **state)
{
    (void)state;
    CLEANUP_PTR(config_log) struct config_log *log = NULL;
    const struct config_set *set = fixture_set(&log);
    static const struct {
        const char *why;
        enum endpoint endpoint;
        const char *known;
        const char *unknown;
        const char *secret;
        const char *other;
    } pairs[] = {
        {"an account", ENDPOINT_CONVERSATIONS, "maple", "birch", "wrong-1", "wrong-1"},
        {"a store", ENDPOINT_TICKETS, "bikes", "trams", "Bearer wrong-1", "Bearer wrong-1"},
        {"a store of a posted event", ENDPOINT_EVENTS, "bikes", "trams", "Bearer x", "Bearer x"},
        {"an almost right secret", ENDPOINT_CONVERSATIONS, "maple", "maple", "hook-nex",
         "xook-new"},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        clock_t known = least_time(set, pairs[i].endpoint, pairs[i].known, pairs[i].secret);
        clock_t unknown = least_time(set, pairs[i].endpoint, pairs[i].unknown, pairs[i].other);
        clock_t apart = known > unknown ? known - unknown : unknown - known;
        EXPECT(pairs[i].why, apart * 4 < known + unknown); /* the work would be half or double */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_its_callers),
        cmocka_unit_test(refuses_nobody_without_configuration),
        cmocka_unit_test(checks_signatures),
        cmocka_unit_test(refuses_the_public_secret),
        cmocka_unit_test(signs_as_the_standards),
        cmocka_unit_test(finds_the_secrets_of_a_webhook),
        cmocka_unit_test(takes_the_same_time_for_strangers),
    };
    return cmocka_run_group_tests_name("ingest/auth", tests, NULL, NULL);
}
