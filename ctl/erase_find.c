#include "ctl/erase_find.h"

#include "event/codec.h"
#include "event/transcript.h"
#include "processor/core/checkpoint.h"
#include "processor/core/erase.h"

#include <stdlib.h>

enum { STEP_MS = 500, IDLE_STEPS_MAX = 60 };

void erase_list_init(struct erase_list *list, struct arena *arena, struct slice person,
                     struct slice account)
{
    *list = (struct erase_list){.person = person, .account = account, .arena = arena};
    arena_init(&list->scratch, LIMIT_ARENA_BYTES_MAX);
}

void erase_list_deinit(struct erase_list *list)
{
    free(list->entries);
    arena_deinit(&list->scratch);
    *list = (struct erase_list){0};
}

/* ---- whose it is */

static bool is_value(struct slice json, struct slice person)
{
    bool is_text = json.len >= 2 && json.ptr[0] == '"' && json.ptr[json.len - 1] == '"';
    struct slice value = is_text ? slice_sub(json, 1, json.len - 1) : json;
    return slice_equal_nocase(value, person);
}

bool erase_names(const struct conversation *state, struct slice person)
{
    const struct customer *c = &state->customer;
    if (person.len == 0) {
        return false;
    }
    if (slice_equal(c->user_id, person) || slice_equal(c->external_id, person) ||
        slice_equal(c->zendesk_id, person) || slice_equal_nocase(c->email, person) ||
        slice_equal(state->key, person)) {
        return true;
    }
    for (size_t i = 0; i < state->data_count; i++) {
        if (is_value(state->data[i].value, person)) {
            return true;
        }
    }
    return state->surface == SURFACE_USER && slice_equal(state->remote_id, person);
}

/* ---- the list */

static struct erase_entry *find(struct erase_list *list, struct slice key)
{
    for (size_t i = 0; i < list->count; i++) {
        if (slice_equal(list->entries[i].key, key)) {
            return &list->entries[i];
        }
    }
    return NULL;
}

static err_t add(struct erase_list *list, struct slice key, struct erase_entry **ret_entry)
{
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 16 : 2 * list->room;
        struct erase_entry *grown = realloc(list->entries, room * sizeof *grown);
        if (grown == NULL) {
            return ERR(NO_MEMORY);
        }
        list->entries = grown;
        list->room = room;
    }
    struct erase_entry *entry = &list->entries[list->count];
    *entry = (struct erase_entry){0};
    TRY(arena_copy(list->arena, key, &entry->key));
    list->count++;
    *ret_entry = entry;
    return err_ok();
}

static void drop(struct erase_list *list, struct slice key)
{
    struct erase_entry *entry = find(list, key);
    if (entry != NULL) {
        *entry = list->entries[--list->count];
    }
}

static err_t keep(struct erase_list *list, const struct conversation *state, int32_t partition)
{
    struct erase_entry *entry = find(list, state->key);
    if (entry == NULL) {
        TRY(add(list, state->key, &entry));
    }
    TRY(arena_copy(list->arena, state->account, &entry->account));
    TRY(arena_copy(list->arena, state->customer.user_id, &entry->user_id));
    entry->partition = partition;
    entry->owner = phase_owner(state->phase);
    entry->calls = state->outstanding_count;
    entry->is_held = erase_is_held(state);
    entry->updated = state->updated;
    return err_ok();
}

err_t erase_take_record(struct erase_list *list, const struct bus_record *record)
{
    if (slice_equal(record->key, checkpoint_key()) ||
        transcript_key_parse(record->key, NULL, NULL)) {
        return err_ok();
    }
    arena_reset(&list->scratch);
    struct conversation *state = ARENA_NEW(&list->scratch, struct conversation);
    if (state == NULL) {
        return ERR(NO_MEMORY);
    }
    bool is_theirs =
        record->value.len > 0 &&
        !err_failed(codec_conversation_decode(&list->scratch, record->value, NULL, state)) &&
        state->surface != SURFACE_ACCOUNT &&
        (list->account.len == 0 || slice_equal(state->account, list->account)) &&
        erase_names(state, list->person);
    if (!is_theirs) {
        drop(list, record->key);
        return err_ok();
    }
    return keep(list, state, record->partition);
}

static err_t take_tombstone(struct erase_list *list, const struct bus_record *record)
{
    struct erase_entry *entry = record->value.len == 0 ? find(list, record->key) : NULL;
    if (entry != NULL && entry->fate == ERASE_ORDERED) {
        entry->fate = ERASE_DONE;
    }
    return err_ok();
}

/* ---- reading */

static err_t read_on(struct erase_list *list, struct reader_port *port, struct reader *reader,
                     err_t (*take)(struct erase_list *, const struct bus_record *), struct why *why)
{
    for (int idle = 0; idle <= IDLE_STEPS_MAX;) {
        struct bus_record record = {0};
        enum reader_status status = READER_IDLE;
        TRY(reader_next(port, reader, span_ms(STEP_MS), &record, &status));
        if (status == READER_END) {
            return err_ok();
        }
        idle = status == READER_IDLE ? idle + 1 : 0;
        if (status == READER_RECORD) {
            TRY(take(list, &record));
        }
    }
    why_set(why, "`%s` could not be read to its end", topic_name(TOPIC_CONVERSATIONS));
    return ERR(TIMEOUT);
}

static err_t read_from(struct erase_list *list, struct reader_port *port, int32_t partition,
                       int64_t from, err_t (*take)(struct erase_list *, const struct bus_record *),
                       struct why *why, int64_t *ret_next)
{
    struct reader *reader = NULL;
    TRY(reader_open(port, TOPIC_CONVERSATIONS, partition, from, &reader));
    err_t e = read_on(list, port, reader, take, why);
    *ret_next = port->ops->position(reader);
    port->ops->close(reader);
    return e;
}

err_t erase_read(struct erase_list *list, struct reader_port *port, int32_t partition,
                 struct why *why, int64_t *ret_next)
{
    return read_from(list, port, partition, READER_FROM_START, erase_take_record, why, ret_next);
}

err_t erase_look(struct erase_list *list, struct reader_port *port, int32_t partition,
                 struct why *why, int64_t *next)
{
    return read_from(list, port, partition, *next, take_tombstone, why, next);
}

size_t erase_count(const struct erase_list *list, enum erase_fate fate)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        count += list->entries[i].fate == fate ? 1 : 0;
    }
    return count;
}
