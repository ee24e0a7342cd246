#include "processor/sweep.h"

#include "event/codec.h"
#include "processor/core/evict.h"
#include "processor/loop_state.h"

enum { LOOKS_A_TURN = 2000, TELLS_A_TURN = 100, PASSES_A_RETENTION = 64 };

/* Only who was idle for long is unpacked. */
static err_t look(struct loop *l, struct partition *p, const struct blob *blob, wall_ms_t now,
                  bool *ret_told)
{
    struct slice bytes = slice_from(blob->bytes, blob->len);
    wall_ms_t updated = {0};
    if (!codec_conversation_updated(bytes, &updated) ||
        wall_since(now, updated).ms < l->options.retention.ms) {
        return err_ok();
    }
    arena_reset(&l->arena);
    struct conversation *state = ARENA_NEW(&l->arena, struct conversation);
    if (state == NULL) {
        return ERR(ARENA_FULL);
    }
    err_t err = codec_conversation_decode(&l->arena, bytes, NULL, state);
    if (err_failed(err)) { /* it was told when it was read */
        return err_class(err) == ERR_CLASS_POISON ? err_ok() : err;
    }
    if (!evict_is_due(state, now, l->options.retention)) {
        return err_ok();
    }
    struct event event;
    TRY(evict_event(&l->arena, state, l->options.retention, &event));
    TRY(loop_begin(l, p));
    *ret_told = true;
    return apply_event(l, p->number, &event);
}

err_t sweep_some(struct loop *l, struct partition *p)
{
    struct sweep *s = &p->sweep;
    wall_ms_t now = clock_wall(&l->options.clock);
    if (!s->is_on) {
        if (wall_before(now, s->again)) {
            return err_ok();
        }
        s->is_on = true;
        s->left = table_count(p->states);
    }
    int tells = 0;
    for (int i = 0; i < LOOKS_A_TURN && tells < TELLS_A_TURN && s->left > 0; i++) {
        bool told = false;
        s->left--;
        if (s->left < table_count(p->states)) {
            TRY(look(l, p, table_at(p->states, s->left, NULL), now, &told));
        }
        tells += told ? 1 : 0;
    }
    if (s->left == 0) {
        s->is_on = false;
        s->again = wall_add(now, span_ms(l->options.retention.ms / PASSES_A_RETENTION));
    }
    return err_ok();
}

int64_t sweep_patience(const struct partition *p, wall_ms_t now, int64_t most)
{
    int64_t until = p->sweep.is_on ? 1 : wall_since(p->sweep.again, now).ms;
    until = until > 1 ? until : 1;
    return until < most ? until : most;
}
