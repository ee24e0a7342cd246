#include "ctl/doctor/checks.h"

#include "base/check.h"
#include "rt/stop.h"

#define ADMIN_API "Admin Center > Apps and integrations > APIs > "
#define ADMIN_HOOKS "Admin Center > Apps and integrations > Actions and webhooks > Webhooks"
#define ADMIN_TRIGGERS "Admin Center > Objects and rules > Business rules > Triggers"
#define ADMIN_CHANNELS "Admin Center > Channels > Messaging and social > Messaging"
#define ADMIN_AI "Admin Center > AI > AI agents"
#define ADMIN_TEAM "Admin Center > People > Team > Team members"
#define AGAIN "run `tieline connect`"

static const struct check checks[CHECK_COUNT] = {

    /* login to Support */
    [CHECK_SUPPORT_UNREACHABLE] =
        {"support-unreachable", CHECK_BAD, EXIT_UNAVAILABLE, 120,
         "no connection to Zendesk from here, or the subdomain does not exist",
         "look at network, proxy and DNS of this machine; compare `subdomain` with the address in "
         "the browser"},
    [CHECK_SUPPORT_NO_ACCOUNT] =
        {"support-no-account", CHECK_BAD, EXIT_CONFIG, 15,
         "the subdomain is not the account's own (a brand's does not have the API)",
         "write what stands before .zendesk.com in Admin Center > Account > Appearance > Branding, "
         "as `subdomain`"},
    [CHECK_SUPPORT_OAUTH_REFUSED] =
        {"support-oauth-refused", CHECK_BAD, EXIT_PERMISSION, 14,
         "the OAuth client was deleted, its secret was regenerated, or it is of another account",
         ADMIN_API "OAuth clients: compare the unique identifier; Regenerate the secret, put it "
                   "in, `tieline apply`"},
    [CHECK_SUPPORT_TOKEN_REFUSED] =
        {"support-token-refused", CHECK_BAD, EXIT_PERMISSION, 122,
         "first: the mail address is not the token's owner; second: token access is off; third: a "
         "plan without API",
         ADMIN_API "Zendesk API: Token access must be enabled and the token active. New tokens "
                   "cannot be made any more: use an OAuth client"},
    [CHECK_SUPPORT_PLAN] =
        {"support-plan", CHECK_BAD, EXIT_PERMISSION, 17,
         "the plan has no API access (Team or above has; some legacy plans restrict it)",
         "Admin Center > Account > Billing > Subscription: choose a plan with API access"},
    [CHECK_SUPPORT_SCOPE] = {"support-scope", CHECK_BAD, EXIT_PERMISSION, 14,
                             "the OAuth client may not read and write everything; audits of "
                             "tickets need the whole `read`",
                             ADMIN_API "OAuth clients: give the client the scopes read and write"},
    [CHECK_SUPPORT_NOT_ADMIN] = {"support-not-admin", CHECK_WARN, EXIT_PERMISSION, 18,
                                 "webhooks and triggers are shown to administrators alone; Tieline "
                                 "runs without, `connect` and this check do not",
                                 "for setting up use credentials of an administrator (" ADMIN_TEAM
                                 ")"},
    [CHECK_SUPPORT_TOKEN_ENDS] =
        {"support-token-ends", CHECK_WARN, 0, 14,
         "the login is an API token; all of them stop on 2027-04-30, and after 30 days without use",
         ADMIN_API
         "OAuth clients: add a confidential client, put it into `support.oauth`, `tieline apply`"},
    /* the bot's user */
    [CHECK_BOT_MISSING] =
        {"bot-missing", CHECK_BAD, EXIT_CONFIG, 12,
         "`support.bot_user_id` names nobody of this account",
         ADMIN_TEAM ": open the bot's profile; the number at the end of its address is the id"},
    [CHECK_BOT_SUSPENDED] = {"bot-suspended", CHECK_BAD, EXIT_CONFIG, 12,
                             "a suspended or deactivated user can neither sign in nor write",
                             ADMIN_TEAM ": open the bot's profile, Unsuspend access"},
    [CHECK_BOT_NOT_AGENT] = {"bot-not-agent", CHECK_BAD, EXIT_CONFIG, 12,
                             "the bot answers tickets as an agent; an end user cannot",
                             ADMIN_TEAM ": open the bot's profile, Roles and access: Agent"},
    [CHECK_BOT_LIGHT_AGENT] = {"bot-light-agent", CHECK_BAD, EXIT_CONFIG, 12,
                               "a light agent writes private comments only and is never an "
                               "assignee: customers would see nothing",
                               ADMIN_TEAM
                               ": open the bot's profile, Roles and access: a full Agent seat"},
    [CHECK_BOT_UNVERIFIED] = {"bot-unverified", CHECK_BAD, EXIT_CONFIG, 12,
                              "the link in the bot's first mail was never followed",
                              ADMIN_TEAM ": open the bot's profile, Verify now; an address like "
                                         "support+bot@… lands in an inbox that is read"},
    [CHECK_BOT_OTHER_USER] =
        {"bot-other-user", CHECK_BAD, EXIT_CONFIG, 21,
         "who logs in is not the bot: its comments would be taken for those of a human, who then "
         "has the ticket",
         "log in as the bot's own user, or write the id of who logs in as `support.bot_user_id`"},
    /* the Conversations API */
    [CHECK_MESSAGING_KEYS] = {"messaging-keys-missing", CHECK_BAD, EXIT_CONFIG, 19,
                              "messaging needs all three: App ID, Key ID and Secret",
                              ADMIN_API
                              "Conversations API: Create API key; the secret is shown once"},
    [CHECK_MESSAGING_UNREACHABLE] =
        {"messaging-unreachable", CHECK_BAD, EXIT_UNAVAILABLE, 120,
         "no connection to Zendesk from here, or the subdomain does not exist",
         "look at network, proxy and DNS of this machine; compare `subdomain` with the address in "
         "the browser"},
    [CHECK_MESSAGING_KEY] = {"messaging-key-refused", CHECK_BAD, EXIT_PERMISSION, 19,
                             "the key was deleted, or Key ID and Secret do not belong together",
                             ADMIN_API "Conversations API: Create API key, put the new one in, "
                                       "`tieline apply`, then `tieline connect`"},
    [CHECK_MESSAGING_SCOPE] =
        {"messaging-key-scope", CHECK_BAD, EXIT_PERMISSION, 20,
         "the key was made inside an integration; switchboards need one of the whole app",
         ADMIN_API "Conversations API: Create API key there, not in an integration"},
    [CHECK_MESSAGING_PLAN] = {"messaging-missing", CHECK_BAD, EXIT_CONFIG, 16,
                              "the plan has no messaging (Suite Professional or above has), the "
                              "Conversations integration is off, or the App ID is wrong",
                              ADMIN_API "Conversations API: is the page there, and the App ID the "
                                        "same? Else Account > Billing > Subscription"},
    [CHECK_MULTI_CONVERSATIONS] = {"multi-conversations-off", CHECK_BAD, EXIT_CONFIG, 88,
                                   "a customer may have one conversation only, so the second "
                                   "hand-over from the bot's own widget fails",
                                   ADMIN_CHANNELS
                                   " > Manage settings > Web Widget and Mobile SDK settings: "
                                   "Multi-conversations on (cannot be undone)"},
    /* our integration and its webhook */
    [CHECK_INTEGRATION_MISSING] =
        {"integration-missing", CHECK_BAD, EXIT_CONFIG, 55,
         "`conversations.integration_id` is none of the account's Conversations integrations",
         AGAIN ", or compare with Admin Center > Apps and integrations > Integrations > "
               "Conversations integrations"},
    [CHECK_INTEGRATION_DOUBLED] =
        {"integration-doubled", CHECK_WARN, 0, 55,
         "two integrations send to the same endpoint: each event comes twice, and one of them is "
         "refused",
         "keep the first one and its secret; delete the other under Conversations integrations"},
    [CHECK_HOOK_MISSING] =
        {"webhook-missing", CHECK_BAD, EXIT_CONFIG, 30,
         "the integration has no webhook, so nothing that customers write arrives", AGAIN},
    [CHECK_HOOK_TARGET] = {"webhook-target", CHECK_BAD, EXIT_CONFIG, 26,
                           "the integration's webhook sends elsewhere",
                           AGAIN ", or correct the Webhook endpoint URL of the integration under "
                                 "Conversations integrations"},
    [CHECK_HOOK_SECRET] = {"webhook-secret", CHECK_BAD, EXIT_CONFIG, 48,
                           "Zendesk's shared secret is not among `conversations.webhook_secrets`: "
                           "each event is answered 401 and lost for ever",
                           "copy the Shared secret of the integration under Conversations "
                           "integrations into the configuration, `tieline apply`"},
    [CHECK_HOOK_MESSAGES] =
        {"webhook-messages", CHECK_BAD, EXIT_CONFIG, 49,
         "the webhook is not subscribed to conversation:message: the bot hears nothing",
         AGAIN ", or tick it under Webhook subscriptions of the integration"},
    [CHECK_HOOK_EVENTS] = {"webhook-events", CHECK_WARN, 0, 52,
                           "some events are not subscribed to, and what needs them does not work",
                           AGAIN ", or tick them under Webhook subscriptions of the integration"},
    /* the switchboard */
    [CHECK_SWITCHBOARD_MISSING] =
        {"switchboard-missing", CHECK_BAD, EXIT_CONFIG, 56,
         "the app has no switchboard, or it is off: everybody hears everything, nobody hands over",
         AGAIN},
    [CHECK_LINE_MISSING] = {"line-missing", CHECK_BAD, EXIT_CONFIG, 62,
                            "our integration is not registered on the switchboard: no hand-over, "
                            "and widget replies may show raw HTML",
                            AGAIN},
    [CHECK_LINE_NAME] =
        {"line-name", CHECK_BAD, EXIT_CONFIG, 56,
         "`conversations.switchboard_integration` is neither id nor name of our line",
         AGAIN " and put in the name that it prints"},
    [CHECK_LINE_STANDBY] = {"line-standby", CHECK_WARN, 0, 104,
                            "standby events are off: while a human has a conversation the bot's "
                            "side hears nothing of it, nor of its end",
                            AGAIN},
    [CHECK_LINE_NEXT] = {"line-next", CHECK_WARN, 0, 56,
                         "after ours no Agent Workspace follows, so `next` leads nowhere", AGAIN},
    [CHECK_AGENT_TARGET] =
        {"agent-target", CHECK_BAD, EXIT_CONFIG, 58,
         "`conversations.agent_target` names no line of the switchboard: each hand-over fails",
         AGAIN ", or write \"zd-agentWorkspace\"; Admin Center > Workspaces > Agent workspace must "
               "be on"},
    [CHECK_DEFAULT_RESPONDER] =
        {"default-responder", CHECK_BAD, EXIT_CONFIG, 56,
         "the store wants its bot to answer first, but new conversations go to the humans",
         AGAIN ", or " ADMIN_CHANNELS ": open the channel, Responder: Tieline's integration"},
    [CHECK_OTHER_BOT] =
        {"other-bot", CHECK_BAD, EXIT_CONFIG, 11,
         "another bot answers first in this widget: customers get two answers, or ours none",
         ADMIN_AI
         ": take the AI agent off the messaging channel, e-mail and web form; then " AGAIN},
    [CHECK_NOT_DEFAULT] =
        {"default-responder-unwanted", CHECK_WARN, 0, 8,
         "the store's `default_responder` is off, but new conversations come to it all the same",
         "switch `default_responder` on, or " ADMIN_CHANNELS
         ": open the channel and choose another Responder"},
    /* widgets and brands */
    [CHECK_WIDGET_UNKNOWN] =
        {"widget-unknown", CHECK_BAD, EXIT_CONFIG, 119,
         "no channel of the account has this id, so this store never hears anything",
         "`tieline widgets` lists the widgets with their ids"},
    [CHECK_WIDGET_KIND] =
        {"widget-is-integration", CHECK_BAD, EXIT_CONFIG, 115,
         "this is the id of a Conversations integration, not of a brand's web widget",
         "`tieline widgets` lists the widgets with their ids"},
    [CHECK_WIDGET_BRAND] =
        {"widget-brand", CHECK_WARN, 0, 119,
         "the widget belongs to another brand than the store: its customers get this store's "
         "answers",
         "`tieline widgets` lists each brand's widget; correct `widget` or `brand`"},
    [CHECK_WIDGET_UNMAPPED] =
        {"widget-unmapped", CHECK_WARN, 0, 119,
         "no store has this widget and none has an empty mapping: its customers get no answer",
         "put the id as `widget` into the store of its brand"},
    [CHECK_WIDGET_FALLBACK] =
        {"widget-fallback", CHECK_WARN, 0, 116,
         "several widgets, and a store with an empty mapping answers for those that nobody maps",
         "map every store, the first too; an empty mapping is for one store alone"},
    [CHECK_BRAND_UNKNOWN] = {"brand-unknown", CHECK_BAD, EXIT_CONFIG, 119,
                             "the account has no brand with this id, so no ticket is this store's",
                             "Admin Center > Account > Brand management > Brands: the number in "
                             "the brand's address is its id"},
    [CHECK_BRAND_UNSET] =
        {"brand-unset", CHECK_WARN, 0, 116,
         "the account has several brands and this store names none: no ticket is its own",
         "put the id of its brand into the store as `brand`"},
    /* tickets */
    [CHECK_TICKET_HOOK] =
        {"ticket-webhook-missing", CHECK_WARN, 0, 117,
         "no webhook calls this store's ticket endpoint: its bot never hears of a ticket", AGAIN},
    [CHECK_TICKET_HOOK_OFF] = {"ticket-webhook-inactive", CHECK_BAD, EXIT_CONFIG, 117,
                               "the webhook is switched off",
                               ADMIN_HOOKS ": open it, Actions: Activate"},
    [CHECK_TICKET_HOOK_DOUBLED] = {"ticket-webhook-doubled", CHECK_WARN, 0, 117,
                                   "two webhooks call the same endpoint: Tieline answers once, but "
                                   "Zendesk's limits are used twice",
                                   ADMIN_HOOKS ": delete the one that no trigger of Tieline uses"},
    [CHECK_TICKET_HOOK_FORM] =
        {"ticket-webhook-form", CHECK_BAD, EXIT_CONFIG, 39,
         "the webhook must be POST, JSON, with a bearer token: else each call is answered 401",
         ADMIN_HOOKS ": Request method POST, Request format JSON, Authentication Bearer token"},
    [CHECK_TICKET_HOOK_SIGNING] =
        {"ticket-webhook-signing", CHECK_BAD, EXIT_CONFIG, 117,
         "the signing secret of the webhook is not among the store's `signing_secrets`: each call "
         "is answered 401",
         ADMIN_HOOKS ": open it, Reveal secret; put it into the store, `tieline apply`"},
    [CHECK_TRIGGER_CREATED] = {"trigger-created-missing", CHECK_BAD, EXIT_CONFIG, 117,
                               "no trigger tells of new tickets: they get no reply", AGAIN},
    [CHECK_TRIGGER_ASSIGN] = {"trigger-created-assign", CHECK_BAD, EXIT_CONFIG, 117,
                              "the trigger for new tickets does not assign them to the bot, and "
                              "the bot answers its own alone",
                              ADMIN_TRIGGERS ": in its actions, Ticket > Assignee: the bot's user"},
    [CHECK_TRIGGER_COMMENT] =
        {"trigger-comment-missing", CHECK_BAD, EXIT_CONFIG, 118,
         "no trigger tells of customers' comments: the bot ignores their replies", AGAIN},
    [CHECK_TRIGGER_CHANGED] = {"trigger-changed-missing", CHECK_WARN, 0, 61,
                               "no trigger tells of a change of assignee or status: a hand-back or "
                               "a closed ticket is noticed late",
                               AGAIN},
    [CHECK_TRIGGER_OFF] = {"trigger-inactive", CHECK_BAD, EXIT_CONFIG, 117,
                           "the trigger is switched off", ADMIN_TRIGGERS ": open it, Activate"},
    [CHECK_TRIGGER_CONDITION] = {"trigger-condition", CHECK_BAD, EXIT_CONFIG, 118,
                                 "a condition of the trigger is missing, or one too many: it fires "
                                 "too often, or not when it must",
                                 ADMIN_TRIGGERS ": correct the conditions as named, or " AGAIN},
    [CHECK_TRIGGER_BODY] = {"trigger-body", CHECK_BAD, EXIT_CONFIG, 41,
                            "the JSON body of the trigger's webhook action is not the template: "
                            "ids in it may be empty",
                            AGAIN},
    [CHECK_FIELD_UNKNOWN] =
        {"field-unknown", CHECK_WARN, 0, 98,
         "a mapped ticket field does not exist or is inactive: what should stand in it is lost",
         "Admin Center > Objects and rules > Tickets > Fields: the id stands in the list; correct "
         "`handoff.fields`"},
    [CHECK_GROUP_UNKNOWN] = {"group-unknown", CHECK_WARN, 0, 100,
                             "the group of the hand-over does not exist: its tickets go to nobody",
                             "Admin Center > People > Team > Groups: correct `handoff.group`"},
    /* the bot and its texts */
    [CHECK_NO_RULE] =
        {"no-escalation-rule", CHECK_WARN, 0, 77,
         "no rule of the store is on: no human is called and no ticket made, but by hand",
         "switch on at least one under `handoff.rules`"},
    [CHECK_NO_BOT] = {"bot-endpoint-missing", CHECK_WARN, 0, 23,
                      "the store has no `bot`: nobody answers",
                      "put the bot's url into the store as `bot`"},
    [CHECK_BOT_UNREACHABLE] =
        {"bot-unreachable", CHECK_BAD, EXIT_UNAVAILABLE, 23,
         "nobody listens at the bot's address as seen from here, or its certificate is not valid",
         "start the bot, or correct `bot.url`; egress must reach it too"},
    [CHECK_AVATAR] =
        {"avatar", CHECK_WARN, 0, 69,
         "customers see no picture: the address must be the image itself, public, over https",
         "put a direct address of an image into `author.avatar_url`"},
    [CHECK_DISABLED] = {"disabled", CHECK_WARN, 0, 36,
                        "it is switched off in the configuration: what it would do is not done",
                        "`\"enabled\": true` and `tieline apply`"},
    /* the way in */
    [CHECK_PUBLIC_HTTP] = {"public-plain-http", CHECK_BAD, EXIT_CONFIG, 33,
                           "Zendesk calls https alone",
                           "put a proxy with a certificate before ingest (docs/PROXY.md)"},
    [CHECK_PUBLIC_DIFFERS] = {"public-url-differs", CHECK_BAD, EXIT_CONFIG, 26,
                              "Zendesk's webhook goes to another host than --public-url",
                              AGAIN " with the right --public-url"},
    [CHECK_PUBLIC_UNREACHABLE] = {"public-unreachable", CHECK_BAD, EXIT_UNAVAILABLE, 117,
                                  "no connection to the address that Zendesk calls: DNS, firewall, "
                                  "proxy, certificate, or ingest is down",
                                  "look at the proxy (docs/PROXY.md) and at `tieline status`; from "
                                  "outside: curl -v the address"},
    [CHECK_PUBLIC_OTHER] = {"public-not-ingest", CHECK_BAD, EXIT_CONFIG, 26,
                            "something answers there, but not ingest: a proxy without a route, a "
                            "log-in page, another program",
                            "let the proxy pass /api/v1/ on to ingest unchanged (docs/PROXY.md)"},
    [CHECK_PUBLIC_REFUSED] = {"public-refused", CHECK_BAD, EXIT_CONFIG, 48,
                              "ingest does not take the secret that Zendesk sends: it has not "
                              "taken up the configuration, or a proxy drops the header",
                              "`tieline apply`, look at `tieline status`; the proxy must pass "
                              "X-API-Key and Authorization on"},
    [CHECK_PUBLIC_BUSY] =
        {"public-unavailable", CHECK_BAD, EXIT_UNAVAILABLE, 120,
         "ingest answers 503: its broker is away, it is stopping, or it has too much to do",
         "look at `tieline status` and at ingest's /readyz"},
    [CHECK_PUBLIC_SLOW] = {"public-slow", CHECK_WARN, 0, 117,
                           "Zendesk gives up after 10 seconds (tickets) or 20 (messaging)",
                           "look at the way to ingest; by itself it answers within two seconds"},
};

const struct check *check_at(enum check_id id)
{
    CHECK(id < CHECK_COUNT);
    return &checks[id];
}
