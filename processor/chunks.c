#include "processor/chunks.h"

#include "event/transcript.h"

err_t chunks_find(struct loop *l, const struct partition *p, const struct conversation *state,
                  const struct slice **ret_chunks)
{
    const struct transcript *t = &state->transcript;
    if (t->count == 0) {
        *ret_chunks = NULL;
        return err_ok();
    }
    struct slice *chunks = ARENA_ARRAY(&l->arena, struct slice, t->count);
    if (chunks == NULL) {
        return ERR(ARENA_FULL);
    }
    for (uint32_t i = 0; i < t->count; i++) {
        struct slice key = {0};
        TRY(transcript_key(&l->arena, state->key, t->first + i, &key));
        const struct blob *chunk = partition_get_chunk(p, key);
        chunks[i] = chunk != NULL ? slice_from(chunk->bytes, chunk->len) : SLICE("");
    }
    *ret_chunks = chunks;
    return err_ok();
}

static err_t put(struct loop *l, struct partition *p, const struct conversation *state,
                 uint32_t number, struct slice bytes)
{
    struct slice key = {0};
    TRY(transcript_key(&l->arena, state->key, number, &key));
    TRY(partition_put_chunk(p, l->txn, key, bytes));
    return apply_produce(
        l, p, (struct bus_message){.topic = TOPIC_CONVERSATIONS, .key = key, .value = bytes});
}

err_t chunks_change(struct loop *l, struct partition *p, const struct conversation *state)
{
    for (size_t i = 0; i < l->effects.chunk_count; i++) {
        const struct chunk_change *change = &l->effects.chunks[i];
        TRY(put(l, p, state, change->number, change->bytes));
    }
    return err_ok();
}

err_t chunks_evict(struct loop *l, struct partition *p, const struct conversation *state)
{
    for (uint32_t i = 0; i < state->transcript.count; i++) {
        TRY(put(l, p, state, state->transcript.first + i, SLICE("")));
    }
    return err_ok();
}
