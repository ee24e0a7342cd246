#include "kafka/carry.h"

#include "kafka/stored.h"
#include "kafka/txn.h"

#include <stdlib.h>

enum { CARRY_INIT_MS = 30000, CARRY_MESSAGE_MS = 8000 }; /* within a transaction's 10 s */

struct carry {
    struct kafka_options from;
    struct kafka_options to;
    struct bus_handler handler; /* nobody asks for reports: the commit tells */
    struct consumer *consumer;  /* none: NULL */
    struct producer *producer;
    struct txn *txn;
};

static void on_delivery(void *loop, uint64_t cookie, err_t result, int32_t partition,
                        int64_t offset)
{
    (void)loop, (void)cookie, (void)result, (void)partition, (void)offset;
}

err_t carry_new(const struct kafka_options *from, const struct kafka_options *to, struct log *log,
                struct why *why, struct carry **ret_carry)
{
    CLEANUP_PTR(carry) struct carry *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return ERR(NO_MEMORY);
    }
    c->from = *from;
    c->to = *to;
    c->to.program = "move";
    c->to.instance = "0";
    c->handler = (struct bus_handler){.loop = c, .on_delivery = on_delivery};
    const struct producer_kind kind = {.transaction = "", .timeout = span_ms(CARRY_MESSAGE_MS)};
    TRY(producer_new(&c->to, &kind, &c->handler, log, -1, why, &c->producer));
    TRY(txn_new(&c->to, c->producer, &c->consumer, log, -1, &c->txn));
    err_t err = txn_init(c->txn, CARRY_INIT_MS, why);
    if (err_failed(err) && why->text[0] == '\0') {
        why_set(why, "no transaction can be begun: %s", err_text(err));
    }
    TRY(err);
    *ret_carry = TAKE(c);
    return err_ok();
}

void carry_free(struct carry *c)
{
    if (c != NULL) {
        txn_free(c->txn);
        producer_drop(c->producer);
        free(c);
    }
}

static err_t source_name(const struct carry *c, enum topic source,
                         char text[CLIENT_TOPIC_NAME_BYTES])
{
    bool fits = cluster_topic_name(&c->from, source, text, CLIENT_TOPIC_NAME_BYTES);
    return fits ? err_ok() : ERR(CONFIG);
}

err_t carry_done(const struct carry *c, enum topic source, int32_t partitions, struct why *why,
                 int64_t *ret_offsets)
{
    char name[CLIENT_TOPIC_NAME_BYTES];
    TRY(source_name(c, source, name));
    return stored_offsets(&c->to, name, partitions, why, ret_offsets);
}

err_t carry_begin(struct carry *c)
{
    err_t err = txn_begin(c->txn);
    if (!err_is(err, ERR_TXN_UNKNOWN)) {
        return err;
    }
    /* A request of the last one was repeated; that one has ended well. */
    TRY(txn_renew(c->txn));
    return txn_begin(c->txn);
}

err_t carry_send(struct carry *c, const struct bus_message *message)
{
    err_t err = producer_produce(c->producer, message);
    if (err_class(err) != ERR_CLASS_BACKPRESSURE) {
        return err;
    }
    TRY(producer_flush(c->producer, span_ms(CARRY_MESSAGE_MS)));
    return producer_produce(c->producer, message);
}

err_t carry_commit(struct carry *c, enum topic source, int32_t partition, int64_t next)
{
    char name[CLIENT_TOPIC_NAME_BYTES];
    if (next < 0) {
        return txn_commit(c->txn, NULL, 0);
    }
    TRY(source_name(c, source, name));
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, name, partition)->offset = next;
    return txn_commit_list(c->txn, list);
}
