#include "processor/core/ways.h"

#include "base/buf.h"

enum { REASONS_MAX = 32 };

/* NULL = the rule has none of its own. */
static const struct rule_outcome *outcome_of(const struct store *store, uint32_t reason)
{
    for (size_t i = 0; i < store->outcome_count; i++) {
        if (store->outcomes[i].reason == reason) {
            return &store->outcomes[i];
        }
    }
    return NULL;
}

static enum way usual_way(const struct store *store)
{
    return store->handoff_live ? WAY_LIVE : WAY_TICKET;
}

/* Whom a person calls is called. */
static enum way way_of(const struct store *store, uint32_t reason)
{
    const struct rule_outcome *outcome = outcome_of(store, reason);
    bool has_own = outcome != NULL && outcome->way != WAY_UNSET &&
                   !(outcome->way == WAY_MESSAGE && reason == REASON_MANUAL);
    return has_own ? outcome->way : usual_way(store);
}

bool ways_call(const struct store *store, uint32_t reasons)
{
    for (uint32_t reason = 1; reason < REASONS_MAX; reason++) {
        if ((reasons & REASON_BIT(reason)) != 0 && way_of(store, reason) != WAY_MESSAGE) {
            return true;
        }
    }
    return false;
}

struct slice ways_text(const struct store *store, enum reason reason)
{
    const struct rule_outcome *outcome = outcome_of(store, reason);
    bool is_told = outcome != NULL && way_of(store, reason) == WAY_MESSAGE;
    return is_told ? outcome->text : SLICE("");
}

static bool has_tag(struct slice tags, struct slice wanted)
{
    while (tags.len > 0) {
        struct slice tag = {0};
        (void)slice_split(tags, ',', &tag, &tags);
        if (slice_equal(slice_trim(tag), wanted)) {
            return true;
        }
    }
    return false;
}

static err_t add_tags(struct buf *out, struct slice tags)
{
    while (tags.len > 0) {
        struct slice tag = {0};
        (void)slice_split(tags, ',', &tag, &tags);
        tag = slice_trim(tag);
        bool fits = out->len + (out->len > 0) + tag.len <= LIMIT_LABEL_BYTES_MAX;
        if (tag.len > 0 && fits && !has_tag(buf_slice(out), tag)) {
            TRY(buf_append_text(out, out->len > 0 ? "," : ""));
            TRY(buf_append(out, tag));
        }
    }
    return err_ok();
}

err_t ways_join_tags(struct arena *arena, struct slice a, struct slice b, struct slice *ret_tags)
{
    CLEANUP(buf) struct buf joined = {0};
    buf_init(&joined, LIMIT_LABEL_BYTES_MAX + 1);
    TRY(add_tags(&joined, a));
    TRY(add_tags(&joined, b));
    return arena_copy(arena, buf_slice(&joined), ret_tags);
}

static err_t add(struct arena *arena, struct ways *ways, enum way way, enum priority priority,
                 struct slice tags)
{
    ways->way = way > ways->way ? way : ways->way;
    if (way == WAY_MESSAGE) {
        return err_ok(); /* it makes no ticket, so it has nothing to say about one */
    }
    ways->priority = priority > ways->priority ? priority : ways->priority;
    return tags.len == 0 ? err_ok() : ways_join_tags(arena, ways->tags, tags, &ways->tags);
}

err_t ways_judge(struct arena *arena, const struct store *store, uint32_t reasons,
                 const struct bot_answer *answer, struct ways *ret_ways)
{
    struct ways ways = {.way = WAY_UNSET};
    for (uint32_t reason = 1; reason < REASONS_MAX; reason++) {
        const struct rule_outcome *outcome = outcome_of(store, reason);
        if ((reasons & REASON_BIT(reason)) == 0) {
            continue;
        }
        enum way way = way_of(store, reason);
        enum priority priority = outcome != NULL ? outcome->priority : PRIORITY_UNSET;
        struct slice tags = outcome != NULL ? outcome->tags : SLICE("");
        bool may_say = reason == REASON_BOT && answer != NULL && store->handoff_preferences &&
                       way != WAY_MESSAGE;
        if (may_say) {
            way = answer->handoff_way >= WAY_TICKET ? answer->handoff_way : way;
            priority =
                answer->handoff_priority != PRIORITY_UNSET ? answer->handoff_priority : priority;
            TRY(ways_join_tags(arena, tags, answer->handoff_tags, &tags));
        }
        TRY(add(arena, &ways, way, priority, tags));
    }
    *ret_ways = ways;
    return err_ok();
}
