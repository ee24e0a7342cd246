#include "kafka/positions.h"

#include "kafka/kafka_err.h"

#include <string.h>

enum { POSITIONS_SEEK_MS = 2000 };

void positions_reset(struct positions *p, rd_kafka_t *rk, rd_kafka_topic_t *handle)
{
    memset(p, 0, sizeof *p);
    p->rk = rk;
    p->handle = handle;
}

void positions_add(struct positions *p, int32_t partition)
{
    if (partition >= 0 && partition < LIMIT_PARTITIONS_MAX) {
        p->of[partition] = (struct position){.assigned = true};
    }
}

struct position *positions_find(struct positions *p, int32_t partition)
{
    bool known = partition >= 0 && partition < LIMIT_PARTITIONS_MAX;
    return known && p->of[partition].assigned ? &p->of[partition] : NULL;
}

static err_t pause_or_resume(struct positions *p, int32_t partition,
                             rd_kafka_resp_err_t (*call)(rd_kafka_t *rk,
                                                         rd_kafka_topic_partition_list_t *list))
{
    rd_kafka_topic_partition_list_t *one = rd_kafka_topic_partition_list_new(1);
    (void)rd_kafka_topic_partition_list_add(one, rd_kafka_topic_name(p->handle), partition);
    rd_kafka_resp_err_t code = call(p->rk, one);
    rd_kafka_topic_partition_list_destroy(one);
    return KAFKA_ERR(code);
}

static err_t seek(struct positions *p, int32_t partition)
{
    struct position *at = &p->of[partition];
    rd_kafka_resp_err_t code = rd_kafka_seek(p->handle, partition, at->next, POSITIONS_SEEK_MS);
    at->seek = code != RD_KAFKA_RESP_ERR_NO_ERROR;
    if (at->seek) {
        return err_ok(); /* again at the next poll */
    }
    TRY(pause_or_resume(p, partition, rd_kafka_resume_partitions));
    /* Only a seek wakes the thread that fetches; after a resume alone it may sleep for a second. */
    (void)rd_kafka_seek(p->handle, partition, at->next, 0);
    return err_ok();
}

err_t positions_start(struct positions *p, int32_t partition, int64_t offset)
{
    struct position *at = positions_find(p, partition);
    if (at == NULL || offset < 0) {
        return ERR(STATE);
    }
    *at = (struct position){.assigned = true, .started = true, .next = offset};
    return seek(p, partition);
}

err_t positions_pause(struct positions *p, int32_t partition)
{
    struct position *at = positions_find(p, partition);
    if (at == NULL) {
        return ERR(STATE);
    }
    if (at->paused || !at->started) {
        return err_ok();
    }
    at->paused = true;
    return pause_or_resume(p, partition, rd_kafka_pause_partitions);
}

err_t positions_resume(struct positions *p, int32_t partition)
{
    struct position *at = positions_find(p, partition);
    if (at == NULL) {
        return ERR(STATE);
    }
    if (!at->paused) {
        return err_ok();
    }
    at->paused = false;
    return seek(p, partition);
}

err_t positions_lag(struct positions *p, int32_t partition, int64_t *ret_lag)
{
    const struct position *at = positions_find(p, partition);
    int64_t low = -1;
    int64_t high = -1;
    /* What librdkafka remembers may be from before: too low would say that nothing waits. */
    if (at == NULL || !at->started || !at->heard) {
        return ERR(UNAVAILABLE);
    }
    TRY(KAFKA_ERR(rd_kafka_get_watermark_offsets(p->rk, rd_kafka_topic_name(p->handle), partition,
                                                 &low, &high)));
    if (high < 0) {
        return ERR(UNAVAILABLE);
    }
    *ret_lag = high > at->next ? high - at->next : 0;
    return err_ok();
}

err_t positions_serve(struct positions *p, const rd_kafka_topic_partition_list_t *which)
{
    for (int i = 0; which != NULL && i < which->cnt; i++) {
        const struct position *at = positions_find(p, which->elems[i].partition);
        if (at != NULL && at->seek && !at->paused) {
            TRY(seek(p, which->elems[i].partition));
        }
    }
    return err_ok();
}

bool positions_take(struct positions *p, int32_t partition, int64_t offset)
{
    struct position *at = positions_find(p, partition);
    if (at == NULL || !at->started || at->paused || at->seek || offset < at->next) {
        return false; /* fetched before the last seek */
    }
    at->next = offset + 1;
    at->heard = true;
    return true;
}

void positions_end(struct positions *p, int32_t partition, int64_t offset)
{
    struct position *at = positions_find(p, partition);
    if (at != NULL && at->started && !at->paused && !at->seek && offset >= at->next) {
        at->next = offset;
        at->heard = true;
    }
}
