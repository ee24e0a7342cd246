/* Whom egress may speak to: a table. Rows 27, 109. */
#include "egress/core/hosts.h"
#include "tests/support/unit.h"

static const struct account acme = {.name = {"acme", 4}, .subdomain = {"acme", 4}};
static const struct account moved = {
    .name = {"moved", 5},
    .subdomain = {"moved", 5},
    .conversations_url = {"https://api.smooch.example/sc", 29},
    .support_url = {"https://tickets.example:8443", 28},
};
static const struct account local = {
    .name = {"local", 5},
    .subdomain = {"local", 5},
    .conversations_url = {"http://127.0.0.1:7001/sc", 24},
    .support_url = {"http://127.0.0.1:7002", 21},
};
static const struct account nameless = {.name = {"nameless", 8}};
static const struct store shoes = {
    .name = {"shoes", 5}, .account = {"acme", 4}, .bot_url = {"https://bot.example/shoes", 25}};
static const struct store inside = {.name = {"inside", 6},
                                    .account = {"acme", 4},
                                    .bot_url = {"http://10.0.0.7:8080/turn", 25},
                                    .bot_private_allowed = true};
static const struct store globes = {
    .name = {"globes", 6}, .account = {"globex", 6}, .bot_url = {"https://bot.example/globes", 26}};
/* As `tieline replay --into` writes them. */
static const struct account shadow = {
    .name = {"acme", 4}, .conversations_url = {"none:", 5}, .support_url = {"none:", 5}};
static const struct store shade = {
    .name = {"shoes", 5}, .account = {"acme", 4}, .bot_url = {"none:", 5}};
static const struct store mute = {.name = {"mute", 4}, .account = {"acme", 4}};

enum { NO, YES, AND_PRIVATE };

static const struct {
    const char *why;
    enum host_kind kind;
    const struct account *account;
    const struct store *store;
    const char *url;
    int may;
} rows[] = {
    {"Zendesk", HOST_SUPPORT, &acme, NULL, "https://acme.zendesk.com/api/v2/tickets", YES},
    {"in any case", HOST_SUPPORT, &acme, NULL, "HTTPS://Acme.Zendesk.COM/api/v2/tickets", YES},
    {"not in the clear", HOST_SUPPORT, &acme, NULL, "http://acme.zendesk.com/api/v2/tickets", NO},
    {"another's Zendesk", HOST_SUPPORT, &acme, NULL, "https://globex.zendesk.com/api", NO},
    {"a name that begins so", HOST_SUPPORT, &acme, NULL, "https://acme.zendesk.com.evil.example/",
     NO},
    {"a name that ends so", HOST_SUPPORT, &acme, NULL, "https://evil-acme.zendesk.com/", NO},
    {"a user's name that looks so", HOST_SUPPORT, &acme, NULL,
     "https://acme.zendesk.com@evil.example/", NO},
    {"another port", HOST_SUPPORT, &acme, NULL, "https://acme.zendesk.com:8443/api", NO},
    {"a backslash", HOST_SUPPORT, &acme, NULL, "https://acme.zendesk.com\\@evil.example/", NO},
    {"no address", HOST_SUPPORT, &acme, NULL, "", NO},
    {"a file of ours", HOST_SUPPORT, &acme, NULL, "file:///etc/passwd", NO},
    {"without a subdomain nothing", HOST_SUPPORT, &nameless, NULL, "https://.zendesk.com/", NO},
    {"without an account nothing", HOST_SUPPORT, NULL, NULL, "https://acme.zendesk.com/", NO},
    {"a shadow calls nobody", HOST_SUPPORT, &shadow, &shade, "none:/api/v2/tickets", NO},
    {"in neither API", HOST_CONVERSATIONS, &shadow, &shade, "none:/v2/apps/a/", NO},
    {"nor its bot", HOST_BOT, &shadow, &shade, "none:", NO},
    {"nor a bot's file", HOST_FILE_OF_BOT, &shadow, &shade, "https://bot.example/1.png", NO},
    {"nor Zendesk's", HOST_FILE_OF_ZENDESK, &shadow, &shade, "https://acme.zendesk.com/sc/1", NO},
    {"as configured", HOST_SUPPORT, &moved, NULL, "https://tickets.example:8443/api/v2", YES},
    {"and there only", HOST_SUPPORT, &moved, NULL, "https://moved.zendesk.com/api/v2", NO},
    {"each API at its own", HOST_SUPPORT, &moved, NULL, "https://api.smooch.example/sc/v2", NO},
    {"loopback", HOST_SUPPORT, &local, NULL, "http://127.0.0.1:7002/api/v2", AND_PRIVATE},
    {"another port of it", HOST_SUPPORT, &local, NULL, "http://127.0.0.1:9092/", NO},

    {"Conversations", HOST_CONVERSATIONS, &acme, NULL, "https://acme.zendesk.com/sc/v2/apps/a/",
     YES},
    {"configured", HOST_CONVERSATIONS, &moved, NULL, "https://api.smooch.example/sc/v2/apps/a",
     YES},
    {"Support's", HOST_CONVERSATIONS, &moved, NULL, "https://tickets.example:8443/sc", NO},
    {"loopback", HOST_CONVERSATIONS, &local, NULL, "http://127.0.0.1:7001/sc/v2", AND_PRIVATE},
    {"a bot's is none", HOST_CONVERSATIONS, &acme, &shoes, "https://bot.example/shoes", NO},

    {"a bot", HOST_BOT, &acme, &shoes, "https://bot.example/shoes", YES},
    {"another host", HOST_BOT, &acme, &shoes, "https://other.example/shoes", NO},
    {"Zendesk is no bot", HOST_BOT, &acme, &shoes, "https://acme.zendesk.com/shoes", NO},
    {"another account's store", HOST_BOT, &acme, &globes, "https://bot.example/globes", NO},
    {"no store", HOST_BOT, &acme, NULL, "https://bot.example/shoes", NO},
    {"a store without", HOST_BOT, &acme, &mute, "https://bot.example/shoes", NO},
    {"in a network of its own", HOST_BOT, &acme, &inside, "http://10.0.0.7:8080/turn", AND_PRIVATE},
    {"and nothing beside it", HOST_BOT, &acme, &inside, "http://10.0.0.8:8080/turn", NO},

    {"Zendesk's file", HOST_FILE_OF_ZENDESK, &acme, &shoes,
     "https://acme.zendesk.com/attachments/token/x/?name=a.png", YES},
    {"of Conversations", HOST_FILE_OF_ZENDESK, &moved, NULL,
     "https://api.smooch.example/sc/attachments/1", YES},
    {"of another's", HOST_FILE_OF_ZENDESK, &acme, NULL, "https://globex.zendesk.com/attachments/1",
     NO},
    {"anywhere else", HOST_FILE_OF_ZENDESK, &acme, NULL, "https://evil.example/a.png", NO},
    {"what Zendesk tells of is not at the bot", HOST_FILE_OF_ZENDESK, &acme, &shoes,
     "https://bot.example/files/7.pdf", NO},
    {"metadata of a cloud", HOST_FILE_OF_ZENDESK, &acme, NULL, "http://169.254.169.254/latest/",
     NO},
    {"the bot's file", HOST_FILE_OF_BOT, &acme, &shoes, "https://bot.example/files/7.pdf", YES},
    {"a private bot's", HOST_FILE_OF_BOT, &acme, &inside, "http://10.0.0.7:8080/f", AND_PRIVATE},
    {"what a bot tells of is not at Zendesk", HOST_FILE_OF_BOT, &acme, &shoes,
     "https://acme.zendesk.com/attachments/1", NO},
    {"anywhere else", HOST_FILE_OF_BOT, &acme, &shoes, "https://evil.example/a.png", NO},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool may_be_private = false;
        bool may = hosts_allow(rows[i].kind, rows[i].account, rows[i].store, slice_of(rows[i].url),
                               &may_be_private);
        if (may != (rows[i].may != NO) || may_be_private != (rows[i].may == AND_PRIVATE)) {
            fail_msg("%zu, %s: %s is %d, private %d", i, rows[i].why, rows[i].url, may,
                     may_be_private);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
