#include "event/codec_words.h"

#include "event/codec_parts.h"

#include <string.h>

struct walk {
    codec_word_fn each;
    void *arg;
};

static err_t walk_schema(const struct walk *w, const char *parent, const struct schema *schema,
                         char *domain);

static size_t count_at(const char *domain, const struct row *row)
{
    size_t count = 0;
    memcpy(&count, domain + row->domain_count, sizeof count);
    return count;
}

static err_t walk_slice(const struct walk *w, const char *parent, const struct row *row,
                        struct slice *value)
{
    static const enum codec_word words[] = {
        [ROW_BYTES] = CODEC_BYTES, [ROW_ID] = CODEC_ID,      [ROW_LABEL] = CODEC_LABEL,
        [ROW_TEXT] = CODEC_TEXT,   [ROW_NAME] = CODEC_NAME,  [ROW_KEY] = CODEC_KEY,
        [ROW_FIXED] = CODEC_BYTES, [ROW_TEXTS] = CODEC_TEXT, [ROW_LABELS] = CODEC_LABEL,
    };
    return value->len == 0 ? err_ok() : w->each(w->arg, parent, row->name, words[row->kind], value);
}

static err_t walk_slices(const struct walk *w, const char *parent, const struct row *row,
                         char *domain)
{
    struct slice *items = NULL;
    memcpy(&items, domain + row->domain, sizeof items);
    for (size_t i = 0; i < count_at(domain, row); i++) {
        TRY(walk_slice(w, parent, row, &items[i]));
    }
    return err_ok();
}

static err_t walk_messages(const struct walk *w, const struct row *row, char *domain)
{
    char *items = domain + row->domain;
    if (row->kind == ROW_MESSAGES) {
        memcpy(&items, domain + row->domain, sizeof items);
    }
    for (size_t i = 0; i < count_at(domain, row); i++) {
        TRY(walk_schema(w, row->name, row->of, items + i * row->of->domain_size));
    }
    return err_ok();
}

static err_t walk_effect(const struct walk *w, const char *parent, const struct row *row,
                         char *domain)
{
    struct effect_id id;
    memcpy(&id, domain + row->domain, sizeof id);
    struct slice bytes = effect_id_slice(&id);
    if (effect_id_zero(id)) {
        return err_ok();
    }
    TRY(w->each(w->arg, parent, row->name, CODEC_EFFECT, &bytes));
    memmove(domain + row->domain, bytes.ptr, sizeof id);
    return err_ok();
}

static err_t walk_schema(const struct walk *w, const char *parent, const struct schema *schema,
                         char *domain)
{
    for (size_t i = 0; i < schema->row_count; i++) {
        const struct row *row = &schema->rows[i];
        void *place = domain + row->domain;
        switch ((int)row->kind) {
        case ROW_BYTES:
        case ROW_ID:
        case ROW_LABEL:
        case ROW_TEXT:
        case ROW_NAME:
        case ROW_KEY:
        case ROW_FIXED: TRY(walk_slice(w, parent, row, place)); break;
        case ROW_EFFECT_ID: TRY(walk_effect(w, parent, row, domain)); break;
        case ROW_TEXTS:
        case ROW_LABELS: TRY(walk_slices(w, parent, row, domain)); break;
        case ROW_MESSAGE:
        case ROW_MESSAGE_GIVEN: TRY(walk_schema(w, row->name, row->of, place)); break;
        case ROW_MESSAGES:
        case ROW_MESSAGES_IN: TRY(walk_messages(w, row, domain)); break;
        default: break; /* numbers, enums, and what is sealed or hashed */
        }
    }
    return err_ok();
}

err_t codec_event_words(struct event *event, codec_word_fn each, void *arg)
{
    const struct walk w = {each, arg};
    const struct schema *body = codec_event_body(event->type);
    void *place = event;
    TRY(walk_schema(&w, "", &codec_event_envelope, place));
    place = &event->body;
    return body == NULL ? err_ok() : walk_schema(&w, "", body, place);
}

err_t codec_conversation_words(struct conversation *state, codec_word_fn each, void *arg)
{
    const struct walk w = {each, arg};
    void *place = state;
    return walk_schema(&w, "", &codec_conversation_schema, place);
}

err_t codec_transcript_words(struct transcript_chunk *chunk, codec_word_fn each, void *arg)
{
    const struct walk w = {each, arg};
    void *place = chunk;
    return walk_schema(&w, "", &codec_transcript_schema, place);
}
