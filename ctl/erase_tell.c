#include "ctl/erase_tell.h"

#include "ctl/out.h"
#include "ctl/text.h"

#include <stdio.h>

enum { COLUMNS = 5, NUMBER_BYTES = 24, TEXT_BYTES = 256 };

static const char *owner_name(enum owner owner)
{
    static const char *const names[] = {"bot", "human", "nobody"};
    return names[owner];
}

static const char *fate_name(enum erase_fate fate, bool is_dry)
{
    switch (fate) {
    case ERASE_FOUND: return is_dry ? "would_be_erased" : "kept";
    case ERASE_HELD: return "held";
    case ERASE_ORDERED: return "not_yet";
    case ERASE_DONE: return "erased";
    }
    BUG("fate out of range");
}

void erase_tell_found(const struct erase_list *list)
{
    static const char *const heading[COLUMNS] = {"CONVERSATION", "OWNER", "CALLS", "USER",
                                                 "LAST EVENT"};
    struct out_table *table = out_table_new(COLUMNS);
    out_table_add(table, heading);
    for (size_t i = 0; i < list->count; i++) {
        const struct erase_entry *e = &list->entries[i];
        char key[TEXT_BYTES];
        char calls[NUMBER_BYTES];
        char user[TEXT_BYTES];
        char updated[INSTANT_TEXT_BYTES];
        text_set(key, sizeof key, "%.*s", SLICE_ARG(e->key));
        text_set(calls, sizeof calls, "%zu", e->calls);
        text_set(user, sizeof user, "%.*s", SLICE_ARG(e->user_id));
        instant_format_iso8601(e->updated, updated);
        const char *const cells[COLUMNS] = {key, owner_name(e->owner), calls, user, updated};
        out_table_add(table, cells);
    }
    out_table_print(table, stdout);
    out_table_free(table);
}

static void tell_fate(const struct erase_entry *e, bool is_dry)
{
    const char *text = "";
    switch (e->fate) {
    case ERASE_FOUND: text = is_dry ? "would be erased" : "stays"; break;
    case ERASE_HELD:
        text = "not erased: a human has it, or a call or an answer is under way; try again when "
               "that is over, or use --force";
        break;
    case ERASE_ORDERED:
        text = "not erased yet: the processor is behind or away, or something began in it "
               "meanwhile; run this again";
        break;
    case ERASE_DONE: text = "erased"; break;
    }
    (void)printf("%.*s: %s\n", SLICE_ARG(e->key), text);
}

void erase_tell_fates(const struct erase_list *list, bool is_json, bool is_dry)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct erase_entry *e = &list->entries[i];
        if (!is_json) {
            tell_fate(e, is_dry);
            continue;
        }
        struct out_line o;
        char updated[INSTANT_TEXT_BYTES];
        instant_format_iso8601(e->updated, updated);
        out_begin(&o, stdout);
        json_put_slice(&o.json, "conversation", e->key);
        json_put_text(&o.json, "result", fate_name(e->fate, is_dry));
        json_put_text(&o.json, "owner", owner_name(e->owner));
        json_put_int(&o.json, "calls", (int64_t)e->calls);
        json_put_slice_if(&o.json, "user", e->user_id);
        json_put_text(&o.json, "updated", updated);
        out_end(&o);
    }
}

/* ---- what stays */

wall_ms_t erase_gone_by(const struct topic_state *topic, wall_ms_t now)
{
    if (topic->retention_ms <= 0) {
        return (wall_ms_t){0};
    }
    int64_t segment = topic->segment_ms > 0 ? topic->segment_ms : 0;
    return wall_add(wall_add(now, span_ms(topic->retention_ms)), span_ms(segment));
}

void erase_tell_rest(const struct topic_state topics[TOPIC_COUNT], wall_ms_t now, bool is_json)
{
    static const enum topic kept[] = {TOPIC_EVENTS, TOPIC_COMMANDS, TOPIC_DEAD, TOPIC_SNAPSHOTS};
    if (!is_json) {
        (void)printf("\nWhat was written of this person before stays in the log, and goes by "
                     "itself:\n");
    }
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        const struct topic_state *t = &topics[kept[i]];
        wall_ms_t gone = erase_gone_by(t, now);
        char until[INSTANT_TEXT_BYTES] = "";
        if (wall_known(gone)) {
            instant_format_iso8601(gone, until);
        }
        if (is_json) {
            struct out_line o;
            out_begin(&o, stdout);
            json_put_text(&o.json, "topic", t->name);
            json_put_int(&o.json, "retention_ms", t->retention_ms);
            json_put_text(&o.json, "gone_by", until);
            out_end(&o);
        } else if (wall_known(gone)) {
            (void)printf("  %-24s by %s\n", t->name, until);
        } else {
            (void)printf("  %-24s %s\n", t->name,
                         t->retention_ms < 0 ? "never: its retention.ms is -1"
                                             : "as long as this broker keeps it");
        }
    }
    if (!is_json) {
        (void)printf("Older states in %s go when Kafka compacts it. What Zendesk and the bot hold "
                     "is theirs to erase.\n",
                     topics[TOPIC_CONVERSATIONS].name);
    }
}
