#include "tests/bench/webhook.h"

#include "tests/bench/load.h"

#include <stdio.h>
#include <string.h>

#define EVENT_ID "6f00000000000000000000e0"
#define MESSAGE_ID "6f00000000000000000000f0"
#define CONVERSATION_ID "6f00000000000000000000c0"
#define USER                                                                                       \
    "{\"id\":\"6f00000000000000000000aa\",\"authenticated\":true,"                                 \
    "\"externalId\":\"customer-4711\",\"zendeskId\":\"38200000000471\",\"profile\":{"              \
    "\"givenName\":\"Greta\",\"surname\":\"Sandoval\",\"email\":\"greta@customer.example\","       \
    "\"avatarUrl\":\"https://pictures.example/greta/64x64.png\",\"locale\":\"de-AT\","             \
    "\"localeOrigin\":\"browser\"},\"metadata\":{\"plan\":\"gold\",\"since\":2021},"               \
    "\"identities\":[{\"type\":\"email\",\"value\":\"greta@customer.example\","                    \
    "\"verification\":\"confirmed\"}]}"

static const char body[] =
    "{\"app\":{\"id\":\"6f0000000000000000000001\"},"
    "\"webhook\":{\"id\":\"6f0000000000000000000002\",\"version\":\"v2\"},"
    "\"events\":[{\"id\":\"" EVENT_ID "\",\"createdAt\":\"2026-04-20T13:37:11.482Z\","
    "\"type\":\"conversation:message\",\"payload\":{\"conversation\":{\"id\":\"" CONVERSATION_ID
    "\",\"type\":\"personal\",\"brandId\":\"38200000000019\",\"activeSwitchboardIntegration\":{"
    "\"id\":\"6f0000000000000000000003\",\"name\":\"tieline\","
    "\"integrationId\":\"6f0000000000000000000004\",\"integrationType\":\"custom\"}},"
    "\"message\":{\"id\":\"" MESSAGE_ID "\",\"received\":\"2026-04-20T13:37:11.291Z\","
    "\"author\":{\"userId\":\"6f00000000000000000000aa\",\"displayName\":\"Greta Sandoval\","
    "\"type\":\"user\",\"user\":" USER "},\"content\":{\"type\":\"text\",\"text\":\"Good day, I "
    "have ordered a pair of shoes two weeks ago and they are still on their way. The number of the "
    "order is 20417. Can you tell me where they are, and whether I can still have them sent to my "
    "office?\\nThank you \\u2013 Greta\"},\"source\":{\"type\":\"web\","
    "\"integrationId\":\"6f0000000000000000000005\",\"client\":{"
    "\"id\":\"6f0000000000000000000006\",\"type\":\"web\",\"status\":\"active\","
    "\"integrationId\":\"6f0000000000000000000005\",\"externalId\":\"9c1d5a2e7f\","
    "\"lastSeen\":\"2026-04-20T13:37:10.006Z\",\"platform\":\"web\",\"info\":{"
    "\"currentTitle\":\"Where is my order?\",\"currentUrl\":\"https://shop.example/orders/20417\","
    "\"browserLanguage\":\"de-AT\",\"referrer\":\"https://shop.example/\"}}}}}}]}";

static size_t place_of(const struct webhook *webhook, const char *id)
{
    return (size_t)(strstr(webhook->text, id) - webhook->text);
}

void webhook_make(struct webhook *webhook, const char *host, const char *path, const char *secret)
{
    int len = snprintf(webhook->text, sizeof webhook->text,
                       "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench\r\nAccept: */*\r\n"
                       "Content-Type: application/json\r\nX-API-Key: %s\r\n"
                       "Content-Length: %zu\r\n\r\n%s",
                       path, host, secret, sizeof body - 1, body);
    if (len < 0 || (size_t)len >= sizeof webhook->text) {
        load_fail("the request is too long");
    }
    webhook->len = (size_t)len;
    webhook->event_at = place_of(webhook, EVENT_ID);
    webhook->message_at = place_of(webhook, MESSAGE_ID);
    webhook->conversation_at = place_of(webhook, CONVERSATION_ID);
}

static void put_number(char *at, uint64_t value)
{
    for (size_t i = WEBHOOK_ID_DIGITS; i > 0; i--) {
        at[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
}

void webhook_number(struct webhook *webhook, uint64_t number)
{
    put_number(webhook->text + webhook->event_at, number);
    put_number(webhook->text + webhook->message_at, number);
    put_number(webhook->text + webhook->conversation_at, number % WEBHOOK_CONVERSATIONS);
}
