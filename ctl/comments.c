#include "ctl/comments.h"

#include "ctl/timeline.h"
#include "event/ident.h"
#include "json/json_read.h"

/* Remembers it; true when it was there already. */
static bool was_told(struct comments_seen *seen, struct slice conversation, struct slice id)
{
    uint64_t digest = ident_digest(conversation) * 31 + ident_digest(id);
    size_t held = seen->count < COMMENTS_SEEN_MAX ? seen->count : COMMENTS_SEEN_MAX;
    for (size_t i = 0; i < held; i++) {
        if (seen->digests[i] == digest) {
            return true;
        }
    }
    seen->digests[seen->count++ % COMMENTS_SEEN_MAX] = digest;
    return false;
}

static const char *speaker_of(const struct json *comment)
{
    if (slice_equal(json_string(json_find(comment, "author_role")), SLICE("end-user"))) {
        return "customer";
    }
    return json_bool(json_find(comment, "public"), false) ? "agent" : "note";
}

static err_t put(struct buf *out, const struct json *comment)
{
    TRY(buf_printf(out, "%-10s ", speaker_of(comment)));
    if (json_bool(json_find(comment, "automatic"), false)) {
        TRY(buf_append_text(out, "(automatic) "));
    }
    TRY(timeline_text(out, json_string(json_find(comment, "text"))));
    return buf_append_char(out, '\n');
}

err_t comments_put(struct arena *arena, const struct event *event, const struct config_set *set,
                   struct comments_seen *seen, struct buf *out)
{
    const struct outcome *outcome = &event->body.outcome;
    const struct json *root = NULL;
    if (event->type != EVENT_OUTCOME || outcome->effect != EFFECT_FETCH_TICKET ||
        outcome->result != OUTCOME_APPLIED ||
        err_failed(json_parse(arena, outcome->fetched, NULL, NULL, &root))) {
        return err_ok();
    }
    const struct account *account = set != NULL ? config_account(set, event->account) : NULL;
    struct slice bot = account != NULL ? account->bot_user_id : SLICE("");
    const struct json *list = json_find(root, "comments");
    size_t count = list != NULL && list->type == JSON_ARRAY ? list->count : 0;
    const struct json **items = ARENA_ARRAY(arena, const struct json *, count);
    if (items == NULL) {
        return ERR(ARENA_FULL);
    }
    size_t filled = 0;
    JSON_EACH(item, list)
    {
        items[filled++] = item;
    }
    for (size_t i = filled; i > 0; i--) { /* the newest stands first */
        const struct json *item = items[i - 1];
        bool is_bots = bot.len > 0 && slice_equal(json_id(json_find(item, "author_id")), bot);
        if (!is_bots && !was_told(seen, event->conversation, json_id(json_find(item, "id")))) {
            TRY(put(out, item));
        }
    }
    return err_ok();
}
