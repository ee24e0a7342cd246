/* The ids are promises to what stands in Zendesk already: these values never change. They were
 * computed by another implementation of BLAKE2b. */
#include "base/limits.h"
#include "event/ident.h"
#include "tests/support/unit.h"

static unsigned char key_bytes[IDENT_KEY_BYTES];
static unsigned char ones[IDENT_KEY_BYTES];

static int set_up(void **state)
{
    (void)state;
    for (unsigned char i = 0; i < IDENT_KEY_BYTES; i++) {
        key_bytes[i] = i;
        ones[i] = 0xff;
    }
    return 0;
}

static struct slice id_key(void)
{
    return slice_from(key_bytes, sizeof key_bytes);
}

static void effect_ids_never_change(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        bool other_key;
        struct effect_cause cause;
        const char *id;
    } rows[] = {
        {"a turn",
         false,
         {{"acme", 4}, {"acme/messaging/6a1", 18}, 0, 0, {"e-1", 3}, SLOT_TURN, 0},
         "448c60d0b319d9ed94f3f0d43d765e9e"},
        {"its first word",
         false,
         {{"acme", 4}, {"acme/messaging/6a1", 18}, 0, 0, {"e-1", 3}, SLOT_WORD, 0},
         "0841f9a8f86a6280fd566eb5185ec236"},
        {"its second word",
         false,
         {{"acme", 4}, {"acme/messaging/6a1", 18}, 0, 0, {"e-1", 3}, SLOT_WORD, 1},
         "c77514a78d54121036e1267b3c98cf89"},
        {"a hand-over, by episode and attempt",
         false,
         {{"acme", 4}, {"acme/messaging/6a1", 18}, 2, 1, {"", 0}, SLOT_PASS, 0},
         "8da8cd24a6759ccdda3df52995b62be4"},
        {"the same under another account's key",
         true,
         {{"acme", 4}, {"acme/messaging/6a1", 18}, 2, 1, {"", 0}, SLOT_PASS, 0},
         "24f17031792dbf75c8507c59c5a8f639"},
        {"all empty",
         false,
         {{NULL, 0}, {NULL, 0}, 0, 0, {NULL, 0}, SLOT_TURN, 0},
         "039c201edc84f8fb8854a859c85985cc"},
        {"the largest numbers, and a NUL in the id",
         false,
         {{"acme", 4},
          {"acme/ticket/17", 14},
          UINT32_MAX,
          UINT32_MAX,
          {"a\0b", 3},
          SLOT_FORWARD,
          UINT32_MAX},
         "fcae95119b9c4a4faa2dfcd5f6bde7f4"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice key = rows[i].other_key ? slice_from(ones, sizeof ones) : id_key();
        struct effect_id id = ident_effect(key, &rows[i].cause);
        char text[IDENT_EFFECT_TEXT_BYTES];
        effect_id_text(id, text);
        EXPECT_TEXT(rows[i].why, text, rows[i].id);
        struct effect_id parsed;
        EXPECT_OK(rows[i].why, effect_id_parse(slice_of(text), &parsed));
        EXPECT(rows[i].why, effect_id_equal(id, parsed) && !effect_id_zero(id));
    }
}

/* Fields that run together differently are different causes. */
static void no_two_causes_share_an_id(void **state)
{
    (void)state;
    static const struct effect_cause causes[] = {
        {{"ab", 2}, {"c", 1}, 0, 0, {"", 0}, SLOT_TURN, 0},
        {{"a", 1}, {"bc", 2}, 0, 0, {"", 0}, SLOT_TURN, 0},
        {{"abc", 3}, {"", 0}, 0, 0, {"", 0}, SLOT_TURN, 0},
        {{"", 0}, {"abc", 3}, 0, 0, {"", 0}, SLOT_TURN, 0},
        {{"ab", 2}, {"", 0}, 0, 0, {"c", 1}, SLOT_TURN, 0},
        {{"ab", 2}, {"c", 1}, 1, 0, {"", 0}, SLOT_TURN, 0},
        {{"ab", 2}, {"c", 1}, 0, 1, {"", 0}, SLOT_TURN, 0},
        {{"ab", 2}, {"c", 1}, 0, 0, {"", 0}, SLOT_WORD, 0},
        {{"ab", 2}, {"c", 1}, 0, 0, {"", 0}, SLOT_TURN, 1},
        {{"ab\0", 3}, {"c", 1}, 0, 0, {"", 0}, SLOT_TURN, 0},
    };
    for (size_t i = 0; i < COUNT_OF(causes); i++) {
        for (size_t j = 0; j < i; j++) {
            EXPECT("two ids", !effect_id_equal(ident_effect(id_key(), &causes[i]),
                                               ident_effect(id_key(), &causes[j])));
        }
    }
}

static void slots_keep_their_numbers(void **state)
{
    (void)state;
    static const struct {
        enum slot slot;
        int number;
    } rows[] = {
        {SLOT_TURN, 1},           {SLOT_WORD, 2},
        {SLOT_WELCOME, 3},        {SLOT_FETCH_ACTIVE, 4},
        {SLOT_FENCE, 5},          {SLOT_NOTICE_HANDOVER, 6},
        {SLOT_SUMMARY, 7},        {SLOT_PASS, 8},
        {SLOT_NOTICE_ENDED, 9},   {SLOT_NOTICE_FAILED, 10},
        {SLOT_CREATE_TICKET, 11}, {SLOT_TICKET_UPDATE, 12},
        {SLOT_FETCH_TICKET, 13},  {SLOT_RELEASE, 14},
        {SLOT_FORWARD, 15},       {SLOT_FETCH_MESSAGES, 16},
        {SLOT_SEARCH, 17},        {SLOT_NOTICE_RULE, 20},
        {SLOT_CREATE_PLAIN, 21},  {SLOT_UPDATE_PLAIN, 22},
        {SLOT_TICKET_AGAIN, 23},  {SLOT_TICKET_TAGS, 24},
        {SLOT_REQUESTER, 25},     {SLOT_FETCH_AGENTS, 60},
        {SLOT_NOTICE_AWAY, 61},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT("part of every effect id", (int)rows[i].slot == rows[i].number);
    }
}

static void macs_digests_and_hashes_never_change(void **state)
{
    (void)state;
    char text[IDENT_EFFECT_TEXT_BYTES];
    ident_key_mac(id_key(), SLICE("acme/messaging/6a1"), text);
    EXPECT_TEXT("a key's MAC", text, "ca4b94c9a705e0ec6b0a5ae18a0d726f");
    ident_key_mac(id_key(), SLICE("acme/ticket/17"), text);
    EXPECT_TEXT("another key's MAC", text, "cc6551b5497782bf56242acfac68286c");

    EXPECT("digest of nothing", ident_digest((struct slice){0}) == 0xc1ab0b386eb1ab68);
    EXPECT("digest of an id",
           ident_digest(SLICE("6a10000000000000000000d1")) == 0xdb041b174f741f37);
    EXPECT("digest with a NUL", ident_digest(slice_from("a\0b", 3)) == 0x85b093d50740dc61);

    unsigned char hash[IDENT_KEY_BYTES];
    ident_secret_hash(SLICE("correct horse"), hash);
    static const unsigned char expected[IDENT_KEY_BYTES] = {
        0xf5, 0xea, 0xc8, 0x55, 0x38, 0x98, 0x2d, 0xaa, 0x5f, 0xbe, 0xaf,
        0xad, 0x4a, 0x68, 0x5f, 0xe4, 0x47, 0x17, 0x8c, 0x52, 0xd5, 0x0b,
        0xe1, 0xa2, 0x36, 0xb5, 0x70, 0xa2, 0xae, 0xb9, 0x67, 0x2b,
    };
    EXPECT("a secret's hash", memcmp(hash, expected, sizeof hash) == 0);
}

static void an_effect_id_is_32_lower_case_digits(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const char *text;
        enum err_code code;
    } rows[] = {
        {"all zero", "00000000000000000000000000000000", ERR_OK},
        {"all digits", "0123456789abcdef0123456789abcdef", ERR_OK},
        {"empty", "", ERR_SYNTAX},
        {"one short", "0123456789abcdef0123456789abcde", ERR_SYNTAX},
        {"one long", "0123456789abcdef0123456789abcdef0", ERR_SYNTAX},
        {"upper case", "0123456789ABCDEF0123456789abcdef", ERR_SYNTAX},
        {"no digit", "g123456789abcdef0123456789abcdef", ERR_SYNTAX},
        {"no digit at the end", "0123456789abcdef0123456789abcde/", ERR_SYNTAX},
        {"between the digits and the letters", ":123456789abcdef0123456789abcdef", ERR_SYNTAX},
        {"before the letters", "`123456789abcdef0123456789abcdef", ERR_SYNTAX},
        {"blank in front", " 123456789abcdef0123456789abcdef", ERR_SYNTAX},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct effect_id id = {{1}};
        EXPECT_CODE(rows[i].why, effect_id_parse(slice_of(rows[i].text), &id), rows[i].code);
        EXPECT(rows[i].why, rows[i].code == ERR_OK || id.bytes[0] == 1);
    }
}

static char long_id[LIMIT_ID_BYTES_MAX + 1];
static char long_name[LIMIT_NAME_BYTES_MAX + 1];

static void a_key_is_account_surface_id(void **state)
{
    (void)state;
    memset(long_id, 'i', sizeof long_id);
    memset(long_name, 'n', sizeof long_name);
    const struct {
        const char *why;
        struct slice account;
        enum surface surface;
        struct slice id;
        const char *key; /* NULL = refused */
    } rows[] = {
        {"a ticket", SLICE("acme"), SURFACE_TICKET, SLICE("17"), "acme/ticket/17"},
        {"a messaging conversation", SLICE("a"), SURFACE_MESSAGING, SLICE("6a"), "a/messaging/6a"},
        {"a chat with slashes in its id", SLICE("a-1"), SURFACE_CHAT, SLICE("x/y"), "a-1/chat/x/y"},
        {"a user", SLICE("0"), SURFACE_USER, SLICE("/"), "0/user//"},
        {"an account", SLICE("a"), SURFACE_ACCOUNT, SLICE("tickets"), "a/account/tickets"},
        {"no account", SLICE(""), SURFACE_TICKET, SLICE("17"), NULL},
        {"an account that is no name", SLICE("Acme"), SURFACE_TICKET, SLICE("17"), NULL},
        {"a slash in the account", SLICE("a/b"), SURFACE_TICKET, SLICE("17"), NULL},
        {"no surface", SLICE("acme"), SURFACE_NONE, SLICE("17"), NULL},
        {"no id", SLICE("acme"), SURFACE_TICKET, SLICE(""), NULL},
        {"NUL in the id", SLICE("acme"), SURFACE_TICKET, slice_from("1\0002", 3), NULL},
        {"id too long", SLICE("acme"), SURFACE_TICKET, slice_from(long_id, sizeof long_id), NULL},
        {"name too long", slice_from(long_name, sizeof long_name), SURFACE_TICKET, SLICE("1"),
         NULL},
    };
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, 16 * 1024);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice key = {0};
        EXPECT_CODE(rows[i].why,
                    ident_key(&arena, rows[i].account, rows[i].surface, rows[i].id, &key),
                    rows[i].key == NULL ? ERR_RANGE : ERR_OK);
        if (rows[i].key == NULL) {
            continue;
        }
        EXPECT_SLICE(rows[i].why, key, slice_of(rows[i].key));
        struct slice account = {0};
        struct slice id = {0};
        enum surface surface = SURFACE_NONE;
        EXPECT_OK(rows[i].why, ident_key_parse(key, &account, &surface, &id));
        EXPECT_SLICE(rows[i].why, account, rows[i].account);
        EXPECT_SLICE(rows[i].why, id, rows[i].id);
        EXPECT(rows[i].why, surface == rows[i].surface);
    }
    struct slice longest = {0};
    EXPECT_OK("the longest",
              ident_key(&arena, slice_from(long_name, LIMIT_NAME_BYTES_MAX), SURFACE_MESSAGING,
                        slice_from(long_id, LIMIT_ID_BYTES_MAX), &longest));
    EXPECT("fits a record's key", longest.len <= LIMIT_KEY_BYTES_MAX);
    CLEANUP(arena) struct arena tiny = {0};
    arena_init(&tiny, 8);
    EXPECT_CODE("no room", ident_key(&tiny, SLICE("acme"), SURFACE_TICKET, SLICE("1"), &longest),
                ERR_ARENA_FULL);
}

static void what_is_no_key_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct slice key;
    } rows[] = {
        {"empty", {NULL, 0}},
        {"a word", {"acme", 4}},
        {"two parts", {"acme/ticket", 11}},
        {"no id", {"acme/ticket/", 12}},
        {"no account", {"/ticket/1", 9}},
        {"unknown surface", {"acme/mail/1", 11}},
        {"no surface", {"acme//1", 7}},
        {"surface in capitals", {"acme/Ticket/1", 13}},
        {"NUL in the id", {"acme/ticket/1\0", 14}},
        {"account with a NUL", {"ac\0me/ticket/1", 14}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice account = SLICE("kept");
        struct slice id = {0};
        enum surface surface = SURFACE_NONE;
        EXPECT_CODE(rows[i].why, ident_key_parse(rows[i].key, &account, &surface, &id), ERR_SYNTAX);
        EXPECT_SLICE("untouched", account, SLICE("kept"));
    }
}

static void names_are_of_lower_case_letters_digits_and_dashes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_name;
    } rows[] = {
        {"a", true},         {"0", true},    {"acme-2-eu", true}, {"a-", true},   {"", false},
        {"-a", false},       {"A", false},   {"a_b", false},      {"a.b", false}, {"a b", false},
        {"\xc3\xa4", false}, {"a/b", false}, {"a`", false},       {"a{", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT(rows[i].text, ident_is_name(slice_of(rows[i].text)) == rows[i].is_name);
    }
    memset(long_name, 'n', sizeof long_name);
    EXPECT("longest", ident_is_name(slice_from(long_name, LIMIT_NAME_BYTES_MAX)));
    EXPECT("too long", !ident_is_name(slice_from(long_name, LIMIT_NAME_BYTES_MAX + 1)));
    EXPECT_TEXT("no surface has no name", surface_name(SURFACE_NONE), "none");
    enum surface surface = SURFACE_CHAT;
    EXPECT("and is none", !surface_from_name(SLICE("none"), &surface) && surface == SURFACE_CHAT);
}

static void hash_with_short_key(void)
{
    struct effect_cause cause = {0};
    (void)ident_effect(SLICE("short"), &cause);
}
static void mac_with_short_key(void)
{
    char text[IDENT_EFFECT_TEXT_BYTES];
    ident_key_mac((struct slice){0}, SLICE("acme/ticket/1"), text);
}

static void a_key_of_the_wrong_length_is_a_bug(void **state)
{
    (void)state;
    EXPECT("effect id", unit_aborts(hash_with_short_key));
    EXPECT("MAC", unit_aborts(mac_with_short_key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(effect_ids_never_change),
        cmocka_unit_test(no_two_causes_share_an_id),
        cmocka_unit_test(slots_keep_their_numbers),
        cmocka_unit_test(macs_digests_and_hashes_never_change),
        cmocka_unit_test(an_effect_id_is_32_lower_case_digits),
        cmocka_unit_test(a_key_is_account_surface_id),
        cmocka_unit_test(what_is_no_key_is_refused),
        cmocka_unit_test(names_are_of_lower_case_letters_digits_and_dashes),
        cmocka_unit_test(a_key_of_the_wrong_length_is_a_bug),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
