#include "base/check.h"
#include "event/codec.h"
#include "event/codec_parts.h"

#include "wire/config.pb-c.h"

#include <stdalign.h>
#include <string.h>

enum { BOT_TIMEOUT_MS_MIN = 1000, BOT_TIMEOUT_MS_MAX = 120 * 1000, PUBLIC_KEY_BYTES = 32 };

#define DOMAIN struct deployment
#define WIRE Tieline__V1__Deployment
static const struct row deployment_rows[] = {
    U32(partitions),
    FIXED(ingest_public_key, PUBLIC_KEY_BYTES),
    FIXED(egress_public_key, PUBLIC_KEY_BYTES),
    LABEL(moved_into),
    LABEL(moving_from),
    URL(public_url),
};
#undef DOMAIN
#undef WIRE

static err_t check_deployment(const void *domain, struct why *why)
{
    const struct deployment *deployment = domain;
    if (deployment->partitions < 1 || deployment->partitions > LIMIT_PARTITIONS_MAX) {
        why_set(why, "partitions: is %u, must be from 1 to %d", deployment->partitions,
                LIMIT_PARTITIONS_MAX);
        return ERR(RANGE);
    }
    return err_ok();
}
static const struct schema deployment_schema = SCHEMA(
    deployment_rows, struct deployment, tieline__v1__deployment__descriptor, check_deployment);

/* A box is a slice in a struct of its own, so that no one prints it by accident. */
STATIC_CHECK(sizeof(struct sealed) == sizeof(struct slice), "a box is read as a slice");
STATIC_CHECK(sizeof(struct secret_hash) == IDENT_KEY_BYTES, "hashes stand side by side");

static const struct enum_row key_login_rows[] = {
    {KEY_LOGIN_BASIC, TIELINE__V1__KEY_LOGIN__KEY_LOGIN_UNSPECIFIED},
    {KEY_LOGIN_JWT, TIELINE__V1__KEY_LOGIN__KEY_LOGIN_JWT},
};
static const struct enum_rows key_logins = ENUM_ROWS(key_login_rows);

#define DOMAIN struct account
#define WIRE Tieline__V1__Account
static const struct row account_rows[] = {
    NAME_NEEDED(name),
    BOOL(enabled),
    FIXED_NEEDED(id_key, IDENT_KEY_BYTES),
    LABEL(subdomain),
    URL(conversations_url),
    ID(app_id),
    ID(key_id),
    BOX(key_secret),
    ID(integration_id),
    LABEL(switchboard_integration),
    LABEL(agent_target),
    HASHES_IN(webhook_secrets),
    ENUM(key_login, enum key_login, key_logins),
    URL(support_url),
    LABEL(email),
    BOX(api_token),
    LABEL(oauth_client_id),
    BOX(oauth_client_secret),
    ID(bot_user_id),
    BOXES_IN(signing_secrets, signing_secret_count, LIMIT_LIVE_SECRETS_MAX),
};
#undef DOMAIN
#undef WIRE
static const struct schema account_schema =
    SCHEMA(account_rows, struct account, tieline__v1__account__descriptor, NULL);

static const struct enum_row bot_kind_rows[] = {
    {BOT_NONE, TIELINE__V1__BOT_KIND__BOT_KIND_UNSPECIFIED},
    {BOT_HTTP, TIELINE__V1__BOT_KIND__BOT_KIND_HTTP},
    {BOT_OPENAI, TIELINE__V1__BOT_KIND__BOT_KIND_OPENAI},
};
static const struct enum_rows bot_kinds = ENUM_ROWS(bot_kind_rows);

static const struct enum_row after_release_rows[] = {
    {AFTER_RELEASE_RESUME, TIELINE__V1__AFTER_RELEASE__AFTER_RELEASE_RESUME},
    {AFTER_RELEASE_END, TIELINE__V1__AFTER_RELEASE__AFTER_RELEASE_END},
};
static const struct enum_rows after_releases = ENUM_ROWS(after_release_rows);

#define DOMAIN struct rule_outcome
#define WIRE Tieline__V1__RuleOutcome
static const struct row outcome_rows[] = {
    U32(reason), ENUM(way, enum way, codec_ways),  ENUM(priority, enum priority, codec_priorities),
    LABEL(tags), TEXT(text, LIMIT_TEXT_BYTES_MAX),
};
#undef DOMAIN
#undef WIRE
static const struct schema outcome_schema =
    SCHEMA(outcome_rows, struct rule_outcome, tieline__v1__rule_outcome__descriptor, NULL);

#define DOMAIN struct store_text
#define WIRE Tieline__V1__StoreText
static const struct row text_rows[] = {
    ENUM(slot, enum slot, codec_slots),
    LABEL(language),
    TEXT(text, LIMIT_TEXT_BYTES_MAX),
    U32(reason),
};
#undef DOMAIN
#undef WIRE
static const struct schema text_schema =
    SCHEMA(text_rows, struct store_text, tieline__v1__store_text__descriptor, NULL);

#define DOMAIN struct zone_offset
#define WIRE Tieline__V1__ZoneOffset
static const struct row offset_rows[] = {WALL(from), U32(east_s)};
#undef DOMAIN
#undef WIRE
static const struct schema offset_schema =
    SCHEMA(offset_rows, struct zone_offset, tieline__v1__zone_offset__descriptor, NULL);

static err_t check_opening(const void *domain, struct why *why)
{
    enum { WEEK = 7, MINUTES_A_DAY = 24 * 60 };
    const struct opening *opening = domain;
    if (opening->weekday >= WEEK || opening->from >= opening->until ||
        opening->until > MINUTES_A_DAY) {
        why_set(why, "openings: is no part of a day");
        return ERR(RANGE);
    }
    return err_ok();
}
#define DOMAIN struct opening
#define WIRE Tieline__V1__Opening
static const struct row opening_rows[] = {U32(weekday), U32(from), U32(until)};
#undef DOMAIN
#undef WIRE
static const struct schema opening_schema =
    SCHEMA(opening_rows, struct opening, tieline__v1__opening__descriptor, check_opening);

#define DOMAIN struct holiday
#define WIRE Tieline__V1__Holiday
static const struct row holiday_rows[] = {U32(date)};
#undef DOMAIN
#undef WIRE
static const struct schema holiday_schema =
    SCHEMA(holiday_rows, struct holiday, tieline__v1__holiday__descriptor, NULL);

static const struct enum_row closed_rows[] = {
    {CLOSED_TICKET, TIELINE__V1__CLOSED_THEN__CLOSED_THEN_UNSPECIFIED},
    {CLOSED_MESSAGE, TIELINE__V1__CLOSED_THEN__CLOSED_THEN_MESSAGE},
};
static const struct enum_rows closed_thens = ENUM_ROWS(closed_rows);

static const struct enum_row nobody_rows[] = {
    {NOBODY_WAIT, TIELINE__V1__NOBODY_THEN__NOBODY_THEN_UNSPECIFIED},
    {NOBODY_TICKET, TIELINE__V1__NOBODY_THEN__NOBODY_THEN_TICKET},
    {NOBODY_BOT, TIELINE__V1__NOBODY_THEN__NOBODY_THEN_BOT},
};
static const struct enum_rows nobody_thens = ENUM_ROWS(nobody_rows);

static const struct enum_row silent_rows[] = {
    {SILENT_RELEASE, TIELINE__V1__SILENT_THEN__SILENT_THEN_UNSPECIFIED},
    {SILENT_END, TIELINE__V1__SILENT_THEN__SILENT_THEN_END},
};
static const struct enum_rows silent_thens = ENUM_ROWS(silent_rows);

static const struct enum_row summary_place_rows[] = {
    {SUMMARY_NOTE, TIELINE__V1__SUMMARY_PLACE__SUMMARY_PLACE_UNSPECIFIED},
    {SUMMARY_FIRST_MESSAGE, TIELINE__V1__SUMMARY_PLACE__SUMMARY_PLACE_FIRST_MESSAGE},
    {SUMMARY_OFF, TIELINE__V1__SUMMARY_PLACE__SUMMARY_PLACE_OFF},
};
static const struct enum_rows summary_places = ENUM_ROWS(summary_place_rows);

static const struct enum_row transcript_place_rows[] = {
    {TRANSCRIPT_OFF, TIELINE__V1__TRANSCRIPT_PLACE__TRANSCRIPT_PLACE_UNSPECIFIED},
    {TRANSCRIPT_NOTE, TIELINE__V1__TRANSCRIPT_PLACE__TRANSCRIPT_PLACE_NOTE},
};
static const struct enum_rows transcript_places = ENUM_ROWS(transcript_place_rows);

#define DOMAIN struct field_mapping
#define WIRE Tieline__V1__FieldMapping
static const struct row mapping_rows[] = {
    ID_NEEDED(field_id),
    LABEL_NEEDED(source),
};
#undef DOMAIN
#undef WIRE
static const struct schema mapping_schema =
    SCHEMA(mapping_rows, struct field_mapping, tieline__v1__field_mapping__descriptor, NULL);

#define DOMAIN struct store
#define WIRE Tieline__V1__Store
static const struct row store_rows[] = {
    NAME_NEEDED(name),
    NAME_NEEDED(account),
    BOOL(enabled),
    ID(brand_id),
    ID(widget_id),
    BOOL(default_responder),
    ENUM(after_release, enum after_release, after_releases),
    ENUM(bot_kind, enum bot_kind, bot_kinds),
    URL(bot_url),
    BOX(bot_secret),
    SPAN(bot_timeout),
    BOOL(bot_private_allowed),
    BOOL(bot_notices),
    BOOL(bot_typing),
    LABEL(bot_model),
    TEXT(bot_system, LIMIT_TEXT_BYTES_MAX),
    U32(bot_max_tokens),
    U32(bot_context_tokens),
    LABEL(author_name),
    URL(author_avatar_url),
    TEXT(welcome, LIMIT_TEXT_BYTES_MAX),
    HASHES_IN(tokens),
    BOXES_IN(signing_secrets, signing_secret_count, LIMIT_LIVE_SECRETS_MAX),
    BOOL(handoff_live),
    U32(reasons_off),
    U32(reasons_on),
    DOUBLE(low_confidence),
    DOUBLE(low_rating),
    LABELS(actions, action_count, LIMIT_PHRASES_MAX),
    LABELS(phrases, phrase_count, LIMIT_PHRASES_MAX),
    TEXT(handoff_notice, LIMIT_TEXT_BYTES_MAX),
    TEXT(handoff_failed, LIMIT_TEXT_BYTES_MAX),
    TEXT(session_ended, LIMIT_TEXT_BYTES_MAX),
    ID(handoff_group_id),
    LABEL(handoff_tags),
    MESSAGES(outcomes, outcome_count, LIMIT_RULES_MAX, outcome_schema),
    BOOL(handoff_preferences),
    BOOL(chat),
    BOOL(chat_turns),
    SPAN(nobody_after),
    ENUM(nobody_then, enum nobody_then, nobody_thens),
    TEXT(nobody_text, LIMIT_TEXT_BYTES_MAX),
    SPAN(silent_after),
    ENUM(silent_then, enum silent_then, silent_thens),
    TEXT(silent_text, LIMIT_TEXT_BYTES_MAX),
    BOOL(end_solves),
    MESSAGES(texts, text_count, LIMIT_TEXTS_MAX, text_schema),
    LABEL(zone),
    MESSAGES(offsets, offset_count, LIMIT_OFFSETS_MAX, offset_schema),
    MESSAGES(openings, opening_count, LIMIT_OPENINGS_MAX, opening_schema),
    MESSAGES(holidays, holiday_count, LIMIT_HOLIDAYS_MAX, holiday_schema),
    ENUM(closed_then, enum closed_then, closed_thens),
    TEXT(closed_text, LIMIT_TEXT_BYTES_MAX),
    BOOL(agents_asked),
    ENUM(away_then, enum closed_then, closed_thens),
    TEXT(away_text, LIMIT_TEXT_BYTES_MAX),
    ENUM(summary_place, enum summary_place, summary_places),
    ENUM(transcript_place, enum transcript_place, transcript_places),
    MESSAGES(fields, field_count, LIMIT_FIELDS_MAX, mapping_schema),
    ENUM(handoff_priority, enum priority, codec_priorities),
    ID(handoff_assignee_id),
    ID(handoff_form_id),
    BOOL(handoff_open),
    BOOL(handoff_bot_tag),
    URL(conversation_url),
    LABEL(placeholder_domain),
};
#undef DOMAIN
#undef WIRE

static bool is_wait(span_ms_t wait)
{
    return wait.ms == 0 || (wait.ms >= CONFIG_WAIT_MS_MIN && wait.ms <= CONFIG_WAIT_MS_MAX);
}

static err_t check_store(const void *domain, struct why *why)
{
    const struct store *store = domain;
    int64_t ms = store->bot_timeout.ms;
    bool in_range = ms >= BOT_TIMEOUT_MS_MIN && ms <= BOT_TIMEOUT_MS_MAX;
    if (!in_range && !(ms == 0 && store->bot_kind == BOT_NONE)) {
        why_set(why, "bot_timeout: is %lld ms, must be from %d to %d", (long long)ms,
                BOT_TIMEOUT_MS_MIN, BOT_TIMEOUT_MS_MAX);
        return ERR(RANGE);
    }
    if (!is_wait(store->nobody_after) || !is_wait(store->silent_after)) {
        why_set(why, "%s_after: is neither 0 nor from a second to 30 days",
                is_wait(store->nobody_after) ? "silent" : "nobody");
        return ERR(RANGE);
    }
    return err_ok();
}
static const struct schema store_schema =
    SCHEMA(store_rows, struct store, tieline__v1__store__descriptor, check_store);

static const struct {
    enum config_kind kind;
    Tieline__V1__ConfigRecord__BodyCase number;
    const struct schema *of;
} bodies[] = {
    {CONFIG_DEPLOYMENT, TIELINE__V1__CONFIG_RECORD__BODY_DEPLOYMENT, &deployment_schema},
    {CONFIG_ACCOUNT, TIELINE__V1__CONFIG_RECORD__BODY_ACCOUNT, &account_schema},
    {CONFIG_STORE, TIELINE__V1__CONFIG_RECORD__BODY_STORE, &store_schema},
};
enum { BODY_COUNT = sizeof bodies / sizeof bodies[0] };
STATIC_CHECK(offsetof(struct config_record, body.store) == offsetof(struct config_record, body),
             "union");

enum {
    CONFIG_SCRATCH_BYTES = SCRATCH_BYTES(sizeof(Tieline__V1__ConfigRecord)) +
                           SCRATCH_BYTES(sizeof(Tieline__V1__Account)) +
                           SCRATCH_BYTES(sizeof(Tieline__V1__Store)) +
                           2 * SCRATCH_BYTES(LIMIT_LIVE_SECRETS_MAX * sizeof(ProtobufCBinaryData)) +
                           2 * SCRATCH_BYTES(LIMIT_PHRASES_MAX * sizeof(ProtobufCBinaryData)) +
                           SCRATCH_LIST(LIMIT_RULES_MAX, Tieline__V1__RuleOutcome) +
                           SCRATCH_LIST(LIMIT_TEXTS_MAX, Tieline__V1__StoreText) +
                           SCRATCH_LIST(LIMIT_OFFSETS_MAX, Tieline__V1__ZoneOffset) +
                           SCRATCH_LIST(LIMIT_OPENINGS_MAX, Tieline__V1__Opening) +
                           SCRATCH_LIST(LIMIT_HOLIDAYS_MAX, Tieline__V1__Holiday) +
                           SCRATCH_LIST(LIMIT_FIELDS_MAX, Tieline__V1__FieldMapping),
};

err_t codec_config_encode(const struct config_record *record, struct buf *out)
{
    alignas(SCRATCH_ALIGN) char room[CONFIG_SCRATCH_BYTES];
    struct scratch scratch = {room, sizeof room};
    for (size_t i = 0; i < BODY_COUNT; i++) {
        if (bodies[i].kind != record->kind) {
            continue;
        }
        ProtobufCMessage *inner = NULL;
        TRY(schema_put(bodies[i].of, &record->body, NULL, &scratch, &inner, NULL));
        void *place = inner;
        Tieline__V1__ConfigRecord wire = TIELINE__V1__CONFIG_RECORD__INIT;
        wire.schema = CONFIG_SCHEMA;
        wire.body_case = bodies[i].number;
        wire.account = place; /* one pointer, whatever the kind */
        return codec_pack(&wire.base, LIMIT_RECORD_BYTES_MAX, out);
    }
    return ERR(RANGE);
}

static err_t record_from(struct arena *arena, struct slice bytes, struct why *why,
                         struct config_record *ret_record)
{
    ProtobufCMessage *message = NULL;
    TRY(codec_unpack(&tieline__v1__config_record__descriptor, bytes, LIMIT_RECORD_BYTES_MAX, arena,
                     why, &message));
    const void *place = message;
    const Tieline__V1__ConfigRecord *wire = place;
    TRY(codec_check_version(wire->schema, CONFIG_SCHEMA, why));
    for (size_t i = 0; i < BODY_COUNT; i++) {
        if (bodies[i].number != wire->body_case) {
            continue;
        }
        place = wire->account;
        struct config_record record;
        memset(&record, 0, sizeof record);
        record.kind = bodies[i].kind;
        TRY(schema_get(bodies[i].of, place, arena, why, &record.body));
        *ret_record = record;
        return err_ok();
    }
    why_set(why, "body: is missing");
    return ERR(MISSING);
}

err_t codec_config_decode(struct arena *arena, struct slice bytes, struct why *why,
                          struct config_record *ret_record)
{
    struct arena_mark mark = arena_mark(arena);
    err_t e = record_from(arena, bytes, why, ret_record);
    if (err_failed(e)) {
        arena_release(arena, mark);
    }
    return e;
}
