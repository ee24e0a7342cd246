/* checks — everything that `tieline doctor` looks for: one table, in checks.c.
 *
 * name, how bad, exit status of an error, FEATURES row, cause, remedy in the words of Zendesk's own
 * screens. What was seen is written by the code that looks. docs/RUNBOOK.md has a section for each
 * name; tests/integration/doctor.py brings each about. Names are stable: scripts hold on to them.
 */
#ifndef CTL_DOCTOR_CHECKS_H
#define CTL_DOCTOR_CHECKS_H

enum check_id {
    /* login to Support */
    CHECK_SUPPORT_UNREACHABLE,
    CHECK_SUPPORT_NO_ACCOUNT,
    CHECK_SUPPORT_OAUTH_REFUSED,
    CHECK_SUPPORT_TOKEN_REFUSED,
    CHECK_SUPPORT_PLAN,
    CHECK_SUPPORT_SCOPE,
    CHECK_SUPPORT_NOT_ADMIN,
    CHECK_SUPPORT_TOKEN_ENDS,
    /* the bot's user */
    CHECK_BOT_MISSING,
    CHECK_BOT_SUSPENDED,
    CHECK_BOT_NOT_AGENT,
    CHECK_BOT_LIGHT_AGENT,
    CHECK_BOT_UNVERIFIED,
    CHECK_BOT_OTHER_USER,
    /* the Conversations API */
    CHECK_MESSAGING_KEYS,
    CHECK_MESSAGING_UNREACHABLE,
    CHECK_MESSAGING_KEY,
    CHECK_MESSAGING_SCOPE,
    CHECK_MESSAGING_PLAN,
    CHECK_MULTI_CONVERSATIONS,
    /* our integration and its webhook */
    CHECK_INTEGRATION_MISSING,
    CHECK_INTEGRATION_DOUBLED,
    CHECK_HOOK_MISSING,
    CHECK_HOOK_TARGET,
    CHECK_HOOK_SECRET,
    CHECK_HOOK_MESSAGES,
    CHECK_HOOK_EVENTS,
    /* the switchboard */
    CHECK_SWITCHBOARD_MISSING,
    CHECK_LINE_MISSING,
    CHECK_LINE_NAME,
    CHECK_LINE_STANDBY,
    CHECK_LINE_NEXT,
    CHECK_AGENT_TARGET,
    CHECK_DEFAULT_RESPONDER,
    CHECK_OTHER_BOT,
    CHECK_NOT_DEFAULT,
    /* widgets and brands */
    CHECK_WIDGET_UNKNOWN,
    CHECK_WIDGET_KIND,
    CHECK_WIDGET_BRAND,
    CHECK_WIDGET_UNMAPPED,
    CHECK_WIDGET_FALLBACK,
    CHECK_BRAND_UNKNOWN,
    CHECK_BRAND_UNSET,
    /* tickets */
    CHECK_TICKET_HOOK,
    CHECK_TICKET_HOOK_OFF,
    CHECK_TICKET_HOOK_DOUBLED,
    CHECK_TICKET_HOOK_FORM,
    CHECK_TICKET_HOOK_SIGNING,
    CHECK_TRIGGER_CREATED,
    CHECK_TRIGGER_ASSIGN,
    CHECK_TRIGGER_COMMENT,
    CHECK_TRIGGER_CHANGED,
    CHECK_TRIGGER_OFF,
    CHECK_TRIGGER_CONDITION,
    CHECK_TRIGGER_BODY,
    CHECK_FIELD_UNKNOWN,
    CHECK_GROUP_UNKNOWN,
    /* the bot and its texts */
    CHECK_NO_RULE,
    CHECK_NO_BOT,
    CHECK_BOT_UNREACHABLE,
    CHECK_AVATAR,
    CHECK_DISABLED,
    /* the way in */
    CHECK_PUBLIC_HTTP,
    CHECK_PUBLIC_DIFFERS,
    CHECK_PUBLIC_UNREACHABLE,
    CHECK_PUBLIC_OTHER,
    CHECK_PUBLIC_REFUSED,
    CHECK_PUBLIC_BUSY,
    CHECK_PUBLIC_SLOW,
    CHECK_COUNT
};

enum check_severity { CHECK_WARN, CHECK_BAD };

struct check {
    const char *name;
    enum check_severity severity;
    int exit_status; /* of `tieline doctor` when this is an error */
    int row;         /* of FEATURES */
    const char *cause;
    const char *remedy;
};

const struct check *check_at(enum check_id id);

#endif
