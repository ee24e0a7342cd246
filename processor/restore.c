#include "base/check.h"
#include "event/codec.h"
#include "processor/core/timers.h"
#include "processor/loop_state.h"

enum { RESTORE_RECORDS_PER_TURN = 5000 };
static const int64_t config_patience_ms = 3 * 1000;

static void tell(struct loop *l, int32_t partition, const char *what)
{
    if (l->options.watcher.on_partition != NULL) {
        l->options.watcher.on_partition(l->options.watcher.arg, partition, what);
    }
}

/* How the last owner ended. Our own mark is no sign of a crash: we have started over. */
static void take_mark(struct loop *l, struct partition *p, struct slice text)
{
    struct attempts mark = {.is_open = true}; /* what cannot be read was left by nobody in peace */
    bool is_read = !err_failed(attempts_parse(text, &mark));
    bool is_own = is_read && mark.is_open && mark.owner == l->options.owner;
    p->was_owned = text.len > 0;
    p->tries = mark.tries;
    p->is_noted = is_own;
    p->is_unclean = p->was_owned && mark.is_open && !is_own;
    p->careful = p->is_unclean || mark.tries > 0 ? ATTEMPTS_CAREFUL_EVENTS : 0;
}

err_t restore_begin(struct loop *l, const struct bus_offset *committed)
{
    int32_t number = committed->partition;
    if (number < 0 || number >= LIMIT_PARTITIONS_MAX) {
        return ERR(RANGE);
    }
    if (committed->offset < 0) {
        return ERR(NO_OFFSET);
    }
    CHECK(l->partitions[number] == NULL);
    struct partition *p = NULL;
    TRY(partition_new(number, l->options.seed, &p));
    p->committed = committed->offset;
    take_mark(l, p, committed->metadata);
    l->partitions[number] = p;
    tell(l, number, p->is_unclean ? "restoring after an unclean end" : "restoring");
    return err_ok();
}

/* When the earliest timer of a packed state is due. */
static err_t due_of(struct loop *l, struct slice value, wall_ms_t *ret_due)
{
    if (codec_conversation_is_timeless(value)) {
        return err_ok();
    }
    arena_reset(&l->arena);
    struct conversation *state = ARENA_NEW(&l->arena, struct conversation);
    if (state == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(codec_conversation_decode(&l->arena, value, NULL, state));
    const struct timer *timer = timers_next(state);
    *ret_due = timer != NULL ? timer->due : (wall_ms_t){0};
    return err_ok();
}

static err_t take_record(struct loop *l, struct partition *p, const struct bus_record *record)
{
    if (slice_equal(record->key, checkpoint_key())) {
        return checkpoint_parse(record->value, &p->found);
    }
    if (transcript_key_parse(record->key, NULL, NULL)) {
        return partition_put_chunk(p, 0, record->key, record->value);
    }
    if (record->key.len == 0 || record->key.len > LIMIT_KEY_BYTES_MAX) { /* none of ours */
        return err_ok();
    }
    wall_ms_t due = {0};
    err_t e = record->value.len > 0 ? due_of(l, record->value, &due) : err_ok();
    if (err_failed(e) && err_class(e) != ERR_CLASS_POISON) {
        return e;
    }
    if (err_failed(e) && l->options.watcher.on_dead != NULL) {
        /* It stays as it is, and no other conversation waits for it; its own events go to `dead`.
         */
        l->options.watcher.on_dead(l->options.watcher.arg, e, "a state that cannot be read",
                                   p->number, record->offset);
    }
    enum owner owner = OWNER_BOT;
    bool is_told = codec_conversation_owner(record->value, &owner);
    return partition_put(p, 0, record->key, record->value, due,
                         is_told ? (int)owner : (int)OWNERS_KNOWN);
}

/* The position and configuration to go on from.
 *
 * Offset, states and checkpoint are committed together, so they differ only where somebody moved
 * the offset or the changelog lost something. That is told loudly, and the farther one counts: what
 * was decided once is not decided again, since its effects may have gone out.
 *   checkpoint ahead   the states hold what was decided; nothing is missing
 *   checkpoint behind  (or gone) the states lack what was decided in between
 */
static err_t take_position(struct loop *l, struct partition *p)
{
    p->here.point.next = p->committed;
    bool is_missing = p->found.next < 0 && p->was_owned;
    if (is_missing || (p->found.next >= 0 && p->found.next != p->committed)) {
        if (!l->options.embedded && l->options.watcher.on_canary != NULL) {
            l->options.watcher.on_canary(l->options.watcher.arg, p->number, p->committed,
                                         p->found.next);
        }
        p->here.point.next = p->found.next > p->committed ? p->found.next : p->committed;
    }
    p->here.point.incarnation = p->found.incarnation;
    p->here.point.gaps = p->found.gaps;
    p->here.point.at = p->found.at;
    p->here.point.numbers = p->found.numbers;
    p->here.gap = l->options.gap;
    if (p->found.config >= 0) {
        TRY(restore_config(l, p->found.config));
        TRY(config_log_at(l->config, p->found.config, &p->here.config));
        p->here.point.config = p->found.config;
        p->config_asked = p->found.config;
    }
    return err_ok();
}

err_t restore_check_moved(struct loop *l)
{
    const struct config_set *newest = NULL;
    if (!l->config_is_whole || l->config_checked == config_log_end(l->config)) {
        return err_ok();
    }
    l->config_checked = config_log_end(l->config);
    TRY(config_log_at(l->config, INT64_MAX, &newest));
    const struct deployment *deployment = config_deployment(newest);
    bool is_here =
        deployment == NULL || (deployment->moved_into.len == 0 && deployment->moving_from.len == 0);
    return is_here ? err_ok() : ERR(CONFIG);
}

/* The first configuration of a partition holds from its beginning: what was logged before the
 * processor first ran is decided with it, not met with silence. */
static err_t run(struct loop *l, struct partition *p)
{
    if (p->here.point.config < 0) {
        TRY(restore_config(l, -1));
        if (config_log_end(l->config) < 0) {
            p->phase = PARTITION_WAITING;
            return err_ok();
        }
        TRY(loop_begin(l, p));
        TRY(apply_config(l, p));
        p->here.point.config = p->config_asked;
        TRY(config_log_at(l->config, p->here.point.config, &p->here.config));
    }
    TRY(bus_start(l->bus, p->number, p->here.point.next));
    p->phase = PARTITION_RUNNING;
    tell(l, p->number, "running");
    return err_ok();
}

static err_t read_changelog(struct loop *l, struct partition *p)
{
    struct reader_port *port = &l->options.reader;
    if (p->reader == NULL) {
        TRY(reader_open(port, TOPIC_CONVERSATIONS, p->number, READER_FROM_START, &p->reader));
    }
    for (int i = 0; i < RESTORE_RECORDS_PER_TURN; i++) {
        struct bus_record record = {0};
        enum reader_status status = READER_IDLE;
        TRY(reader_next(port, p->reader, span_ms(1), &record, &status));
        switch (status) {
        case READER_IDLE: return unbar(l, p);
        case READER_RECORD: TRY(take_record(l, p, &record)); break;
        case READER_END:
            port->ops->close(p->reader);
            p->reader = NULL;
            TRY(take_position(l, p));
            return run(l, p);
        }
    }
    return err_ok();
}

err_t restore_some(struct loop *l)
{
    for (size_t i = 0; i < LIMIT_PARTITIONS_MAX; i++) {
        struct partition *p = l->partitions[i];
        if (p == NULL || p->phase == PARTITION_RUNNING) {
            continue;
        }
        TRY(p->phase == PARTITION_RESTORING ? read_changelog(l, p) : run(l, p));
    }
    return err_ok();
}

static err_t read_config(struct loop *l, span_ms_t wait, bool *ret_got)
{
    struct reader_port *port = &l->options.reader;
    if (l->config_reader == NULL) {
        TRY(reader_open(port, TOPIC_CONFIG, 0, READER_FROM_START, &l->config_reader));
    }
    struct bus_record record = {0};
    enum reader_status status = READER_IDLE;
    TRY(reader_next(port, l->config_reader, wait, &record, &status));
    *ret_got = status == READER_RECORD;
    l->config_is_whole = status == READER_END || (status == READER_IDLE && l->config_is_whole);
    if (*ret_got && record.offset > config_log_seen(l->config)) {
        struct why why = {{0}};
        err_t err = config_log_add(l->config, record.offset, record.key, record.value, &why);
        if (err_failed(err) && err_class(err) != ERR_CLASS_POISON) {
            return err;
        }
        if (err_failed(err) && l->options.watcher.on_bad_config != NULL) {
            l->options.watcher.on_bad_config(l->options.watcher.arg, err, why.text, record.offset);
        }
    }
    return err_ok();
}

err_t restore_config(struct loop *l, int64_t upto)
{
    mono_ms_t began = clock_mono(&l->options.clock);
    for (;;) {
        bool is_waiting = config_log_seen(l->config) < upto;
        bool got = false;
        TRY(read_config(l, span_ms(is_waiting ? 50 : 0), &got));
        if (got) {
            continue;
        }
        if (!is_waiting) {
            return err_ok();
        }
        if (mono_since(clock_mono(&l->options.clock), began).ms > config_patience_ms) {
            return ERR(TIMEOUT); /* a version was taken up that `config` does not hold */
        }
    }
}
