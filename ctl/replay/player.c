#include "ctl/replay/player.h"

#include "event/ident.h"
#include "processor/core/halt.h"

#include <inttypes.h>

static struct slice state_of(void *arg, struct slice key)
{
    return player_state(arg, key);
}

static err_t config_of(void *arg, int64_t offset, const struct config_set **ret_set)
{
    struct player *p = arg;
    err_t e = past_config(p->past, offset, ret_set);
    if (err_is(e, ERR_CONFIG)) {
        why_set(&p->why,
                "version %" PRId64 " of the configuration, which was in force, is not in the log "
                "any more: `config` keeps what is replaced for min.compaction.lag.ms",
                offset);
    }
    if (!err_failed(e) && p->instead != NULL) {
        *ret_set = p->instead;
    }
    return e;
}

err_t player_init(struct player *p, const struct past *past, const struct config_set *instead,
                  struct why *why)
{
    *p = (struct player){.past = past, .instead = instead};
    decide_init(&p->decide);
    p->place = (struct place){
        .partition = past->partition,
        .point = past->start,
        .gap = span_ms(GAPS_DISTANCE_MS),
    };
    if (past->start.config < 0) { /* no configuration was ever taken up: nothing was decided */
        return err_ok();
    }
    err_t e = config_of(p, past->start.config, &p->place.config);
    if (err_failed(e)) {
        *why = p->why;
        return ERR(CONFIG);
    }
    return e;
}

void player_deinit(struct player *p)
{
    if (p->past != NULL) {
        decide_deinit(&p->decide);
    }
    store_free(&p->now);
    *p = (struct player){0};
}

struct slice player_state(const struct player *p, struct slice key)
{
    struct slice bytes = {0};
    bool is_there = store_get(&p->now, key, &bytes) || past_state(p->past, key, &bytes);
    return is_there ? bytes : SLICE("");
}

static err_t store(struct player *p)
{
    for (size_t i = 0; i < p->decide.count; i++) {
        const struct written *w = &p->decide.written[i];
        if (w->kind == WRITTEN_CHUNK || w->kind == WRITTEN_STATE) {
            TRY(store_put(&p->now, w->key, w->value));
        }
    }
    return err_ok();
}

/* Another conversation goes by; but where its state went, others count on from it. */
static void pass(struct player *p, int64_t offset)
{
    const struct past_gone *gone = past_gone_at(p->past, offset);
    if (gone != NULL) {
        evict_count_more(&p->place.point.numbers, &gone->numbers);
    }
}

static err_t play(struct player *p, const struct decide_record *record, enum played *ret_played)
{
    const struct decide_source source = {p, state_of, state_of, config_of};
    const struct past_dead *dead = past_dead_at(p->past, record->offset);
    if (dead != NULL && dead->crashed) {
        bool halts = dead->tries == HALT_TRIES && record->key.len > 0;
        *ret_played = halts ? PLAYED_HALTED : PLAYED_LEFT;
        return halts ? decide_halt(&p->decide, &p->place, &source, record) : err_ok();
    }
    err_t e = decide_one(&p->decide, &p->place, &source, record, &p->why);
    if (err_is(e, ERR_UNKNOWN_SCHEMA) && dead == NULL) { /* a newer build has decided it */
        why_set(&p->why,
                "the event at offset %" PRId64 " of partition %d, or its state, is of a newer "
                "schema than this build reads: replay it with the build that decided it, or a "
                "newer one",
                record->offset, (int)p->past->partition);
        return e;
    }
    if (err_failed(e)) {
        *ret_played = PLAYED_DEAD;
        p->error = e;
        return err_class(e) == ERR_CLASS_POISON ? err_ok() : e;
    }
    *ret_played = p->decide.state == NULL ? PLAYED_PARTITION : PLAYED_DECIDED;
    return err_ok();
}

err_t player_take(struct player *p, const struct bus_record *record, enum played *ret_played)
{
    const struct decide_record decided = {record->offset, record->time, record->key, record->value};
    struct slice wanted = p->past->span.key;
    p->error = err_ok();
    p->why.text[0] = '\0';
    TRY(decide_day(&p->decide, &p->place, &decided, &p->day, &p->day_begins));
    p->place.point.next = record->offset + 1;
    if (wanted.len > 0 && record->key.len > 0 && !slice_equal(record->key, wanted)) {
        pass(p, record->offset);
        *ret_played = PLAYED_PASSED;
        return err_ok();
    }
    TRY(play(p, &decided, ret_played));
    return store(p);
}

uint64_t player_hash(const struct player *p)
{
    char text[CHECKPOINT_TEXT_BYTES];
    /* How far it is read tells nothing of how things are: others go by meanwhile. */
    const struct checkpoint goes_by = {.config = p->place.point.config,
                                       .incarnation = p->place.point.incarnation,
                                       .numbers = p->place.point.numbers};
    checkpoint_format(goes_by, text);
    uint64_t hash = ident_digest(slice_of(text));
    for (size_t i = 0; i < store_count(&p->now); i++) {
        struct slice key = {0};
        struct slice bytes = {0};
        store_at(&p->now, i, &key, &bytes);
        /* A sum: the order in which keys came is not a part of how things are. */
        hash += ident_digest(key) ^ (ident_digest(bytes) * 3);
    }
    return hash;
}
