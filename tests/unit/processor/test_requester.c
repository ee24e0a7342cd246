/* requester.c: names, mail addresses and what stands in for them. Rows 89-91. */
#include "processor/core/requester.h"
#include "tests/support/unit.h"

static struct arena arena;
static struct conversation state;
static const struct store store = {.name = {"shoes", 5}};
static const struct store with_domain = {.placeholder_domain = {"visitors.shop.example", 21}};

static struct requester of(const struct store *of_store)
{
    struct context ctx = {.arena = &arena, .state = &state, .store = of_store};
    struct requester r = {0};
    EXPECT_OK("requester", requester_of(&ctx, &r));
    return r;
}

static void mail_addresses(void **unused)
{
    (void)unused;
    static const struct {
        const char *email;
        bool is_good;
    } rows[] = {
        {"ada@customer.example", true},
        {"a.b+c_d@x-y.co.uk", true},
        {"o'neill@example.org", true},
        {"", false},
        {"ada", false},
        {"ada@", false},
        {"@customer.example", false},
        {"ada@customer", false},
        {"ada@customer.", false},
        {"ada@.example", false},
        {"ada@customer..example", false},
        {"ada@-customer.example", false},
        {"ada@@customer.example", false},
        {"ada byron@customer.example", false},
        {"ada@customer.example\nBcc: x", false},
        {".ada@customer.example", false},
        {"ada..b@customer.example", false},
        {"ada@cust_omer.example", false},
        {"ad\xC3\xA4@customer.example", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        EXPECT(rows[i].email, requester_mail_is_good(slice_of(rows[i].email)) == rows[i].is_good);
    }
    char longest[300];
    memset(longest, 'a', sizeof longest);
    memcpy(longest + 244, "@b.example", 10);
    EXPECT("254 bytes", requester_mail_is_good(slice_from(longest, 254)));
    memmove(longest + 245, "@b.example", 10);
    EXPECT("255 bytes", !requester_mail_is_good(slice_from(longest, 255)));
}

static void who_is_known(void **unused)
{
    (void)unused;
    state = (struct conversation){.key = SLICE("acme/messaging/c1"), .account = SLICE("acme")};
    state.customer = (struct customer){.user_id = SLICE("u1"),
                                       .name = SLICE(" Ada Byron "),
                                       .email = SLICE("ada@customer.example"),
                                       .phone = SLICE("+44 20 7946 0000")};
    struct requester r = of(&store);
    EXPECT_SLICE("row 89: the name", r.name, SLICE("Ada Byron"));
    EXPECT_SLICE("row 90: the address", r.email, SLICE("ada@customer.example"));
    EXPECT_SLICE("row 91: the phone", r.phone, SLICE("+44 20 7946 0000"));
    EXPECT("no stand-in", !r.is_placeholder && r.user_id.len == 0);
    state.customer.zendesk_id = SLICE("38000000000001");
    EXPECT_SLICE("a user of Support", of(&store).user_id, SLICE("38000000000001"));
    state.customer.zendesk_id = SLICE("u-7");
    EXPECT("no id of Support", of(&store).user_id.len == 0);
}

static void who_is_not(void **unused)
{
    (void)unused;
    state = (struct conversation){.key = SLICE("acme/messaging/c1"), .account = SLICE("acme")};
    struct requester r = of(&store);
    EXPECT_SLICE("row 89: a name for nobody", r.name, SLICE("Anonymous Visitor"));
    EXPECT("row 90: an address that takes no mail",
           r.is_placeholder && requester_mail_is_good(r.email) &&
               slice_ends_with(r.email, SLICE("@visitors.invalid")));
    EXPECT("row 91: no phone", r.phone.len == 0);
    struct slice of_conversation = r.email;
    state.customer.user_id = SLICE("u1");
    struct slice of_user = of(&store).email;
    EXPECT("by the user, where there is one", !slice_equal(of_user, of_conversation));
    state.key = SLICE("acme/messaging/c2");
    EXPECT_SLICE("the same in all conversations of one", of(&store).email, of_user);
    state.account = SLICE("other");
    EXPECT("and not another account's", !slice_equal(of(&store).email, of_user));
    state.customer.email = SLICE("ada at customer.example");
    EXPECT("row 90: malformed", of(&store).is_placeholder);
    EXPECT("a domain of the store",
           slice_ends_with(of(&with_domain).email, SLICE("@visitors.shop.example")));
}

static void what_the_platform_captured(void **unused)
{
    (void)unused;
    static const struct datum data[] = {
        {{"dataCapture.systemField.requester.name", 38}, {"\"Augusta King\"", 14}},
        {{"dataCapture.systemField.requester.email", 39}, {"\"augusta@king.example\"", 22}},
    };
    state = (struct conversation){.key = SLICE("acme/messaging/c1"), .account = SLICE("acme")};
    state.customer = (struct customer){.name = SLICE("Ada"), .zendesk_id = SLICE("38")};
    state.data = data;
    state.data_count = 2;
    struct requester r = of(&store);
    EXPECT_SLICE("row 100: counts first", r.name, SLICE("Augusta King"));
    EXPECT_SLICE("row 100: counts first", r.email, SLICE("augusta@king.example"));
    EXPECT("also before a known user", r.user_id.len == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail_addresses),
        cmocka_unit_test(who_is_known),
        cmocka_unit_test(who_is_not),
        cmocka_unit_test(what_the_platform_captured),
    };
    arena_init(&arena, 1024 * 1024);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
