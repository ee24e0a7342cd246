#include "ingest/publish.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/planted.h"
#include "event/codec.h"
#include "ingest/lanes.h"

#include <stdio.h>
#include <stdlib.h>

_Static_assert((int)LIMIT_EVENTS_PER_REQUEST_MAX <= UINT16_MAX, "a tally holds them");

/* A cookie is a lane, counted from 1, and a slot: never 0, which would ask for no report. */
enum { PUBLISHER_MAGIC = 0x7075626c, NO_SLOT = INT32_MAX, COOKIE_LANE_SHIFT = 32 };

/* A request whose records are on their way. It keeps its place until the last report, so that a
 * cookie can never name another request. */
struct parked {
    void *request; /* NULL: it has been told already */
    mono_ms_t deadline;
    size_t bytes;
    uint32_t pending;
    uint32_t next;     /* free list, or the list of those that wait */
    uint32_t previous; /* of those that wait */
};

struct publisher {
    uint32_t magic;
    publish_done done;
    void *context;
    struct bus bus;
    struct publish_places places;
    struct lanes *lanes; /* one a partition of `events`, and one for `dead` */
    struct buf record;
    mono_ms_t now; /* as of the last submit or sweep: reports come without a time */
    uint32_t free;
    uint32_t oldest; /* waiting, in the order of their deadlines */
    uint32_t newest;
    size_t waiting;
    size_t bytes; /* on their way */
    struct parked slots[LIMIT_REQUESTS_IN_FLIGHT_MAX];
};

err_t publisher_new(publish_done done, void *context, struct publisher **ret_publisher)
{
    struct publisher *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return ERR(NO_MEMORY);
    }
    p->magic = PUBLISHER_MAGIC;
    p->done = done;
    p->context = context;
    buf_init(&p->record, LIMIT_DEAD_BYTES_MAX);
    p->oldest = NO_SLOT;
    p->newest = NO_SLOT;
    for (uint32_t i = 0; i < LIMIT_REQUESTS_IN_FLIGHT_MAX; i++) {
        p->slots[i].next = i + 1 < LIMIT_REQUESTS_IN_FLIGHT_MAX ? i + 1 : NO_SLOT;
    }
    *ret_publisher = p;
    return err_ok();
}

void publisher_free(struct publisher *p)
{
    if (p != NULL) {
        buf_deinit(&p->record);
        lanes_free(p->lanes);
        free(p);
    }
}

err_t publisher_set_bus(struct publisher *p, struct bus bus, struct publish_places places)
{
    CHECK(p->lanes == NULL && places.partitions > 0);
    p->bus = bus;
    p->places = places;
    return lanes_new((size_t)places.partitions + 1, &p->lanes);
}

size_t publisher_waiting(const struct publisher *p)
{
    return p->waiting;
}

static void give_back(struct publisher *p, uint32_t index)
{
    struct parked *slot = &p->slots[index];
    p->bytes -= slot->bytes;
    *slot = (struct parked){.next = p->free};
    p->free = index;
}

static void wait_for(struct publisher *p, uint32_t index, void *request, mono_ms_t deadline)
{
    struct parked *slot = &p->slots[index];
    slot->request = request;
    slot->deadline = deadline;
    slot->next = NO_SLOT;
    slot->previous = p->newest;
    if (p->newest == NO_SLOT) {
        p->oldest = index;
    } else {
        p->slots[p->newest].next = index;
    }
    p->newest = index;
    p->waiting++;
}

/* Takes a request out of the list of those that wait and gives it its result. */
static void tell(struct publisher *p, uint32_t index, err_t result)
{
    struct parked *slot = &p->slots[index];
    void *request = slot->request;
    slot->request = NULL;
    if (slot->previous == NO_SLOT) {
        p->oldest = slot->next;
    } else {
        p->slots[slot->previous].next = slot->next;
    }
    if (slot->next == NO_SLOT) {
        p->newest = slot->previous;
    } else {
        p->slots[slot->next].previous = slot->previous;
    }
    p->waiting--;
    p->done(p->context, request, result);
}

static void on_delivery(void *loop, uint64_t cookie, err_t result, int32_t partition,
                        int64_t offset)
{
    struct publisher *p = MAGIC_CAST(struct publisher, PUBLISHER_MAGIC, loop);
    (void)partition;
    (void)offset;
    uint32_t index = (uint32_t)cookie;
    CHECK(index < LIMIT_REQUESTS_IN_FLIGHT_MAX);
    lanes_done(p->lanes, (size_t)(cookie >> COOKIE_LANE_SHIFT) - 1, p->now);
    struct parked *slot = &p->slots[index];
    CHECK(slot->pending > 0);
    slot->pending--;
    if (slot->request != NULL && (err_failed(result) || slot->pending == 0)) {
        tell(p, index, result);
    }
    if (slot->pending == 0) {
        give_back(p, index);
    }
}

static void on_assign(void *loop, const struct bus_offset *committed, size_t count)
{
    (void)loop;
    (void)committed;
    (void)count;
}
static void on_revoke(void *loop, const int32_t *partitions, size_t count, bool lost)
{
    (void)loop;
    (void)partitions;
    (void)count;
    (void)lost;
}
static void on_commit(void *loop, err_t result, const struct bus_offset *offsets, size_t count)
{
    (void)loop;
    (void)err_failed(result);
    (void)offsets;
    (void)count;
}

struct bus_handler publisher_handler(struct publisher *p)
{
    return (struct bus_handler){
        .loop = p,
        .on_assign = on_assign,
        .on_revoke = on_revoke,
        .on_delivery = on_delivery,
        .on_commit = on_commit,
    };
}

/* "acme/conversations": who the CloudEvents id is unique within. */
static struct slice source_of(const struct event *event, char *text, size_t size)
{
    static const char *const names[] = {
        [EVENT_FROM_CONVERSATIONS] = "conversations",
        [EVENT_FROM_SUPPORT] = "support",
        [EVENT_FROM_PLATFORM] = "platform",
    };
    size_t source = (size_t)event->source;
    bool named = source < sizeof names / sizeof names[0] && names[source] != NULL;
    int len = snprintf(text, size, "%.*s/%s", SLICE_ARG(event->account),
                       named ? names[source] : "ingest");
    return slice_from(text, len > 0 && (size_t)len < size ? (size_t)len : 0);
}

static err_t too_large(err_t error)
{
    return err_is(error, ERR_BUF_FULL) ? ERR(TOO_LARGE) : error;
}

/* The records of one request as they are handed over. */
struct batch {
    struct publisher *p;
    uint32_t index;
    mono_ms_t now;
    struct publish_tally tally;
};

static err_t produce(struct batch *h, size_t lane, struct bus_message *message)
{
    struct publisher *p = h->p;
    message->value = buf_slice(&p->record);
    message->cookie = ((uint64_t)lane + 1) << COOKIE_LANE_SHIFT | h->index;
    TRY(bus_produce(&p->bus, message));
    lanes_add(p->lanes, lane, h->now);
    p->slots[h->index].pending++;
    p->slots[h->index].bytes += message->value.len;
    p->bytes += message->value.len;
    return err_ok();
}

static err_t produce_letter(struct batch *h, const struct dead *dead)
{
    struct publisher *p = h->p;
    buf_reset(&p->record);
    TRY(too_large(codec_dead_encode(dead, &p->record)));
    struct bus_message message = {
        .topic = TOPIC_DEAD,
        .partition = -1,
        .key = slice_empty(dead->conversation) ? dead->account : dead->conversation,
        .ce_type = SLICE("tieline.dead"),
        .ce_source = SLICE("ingest"),
    };
    return produce(h, (size_t)p->places.partitions, &message);
}

/* What is larger than a letter holds goes into several, one behind the other. */
static err_t produce_dead(struct batch *h, const struct dead *dead)
{
    const size_t most = LIMIT_BODY_BYTES_MAX;
    size_t parts = dead->value.len <= most ? 1 : (dead->value.len + most - 1) / most;
    for (size_t i = 0; i < parts; i++) {
        char text[LIMIT_LABEL_BYTES_MAX];
        struct dead part = *dead;
        part.value = slice_sub(dead->value, i * most, (i + 1) * most);
        if (parts > 1) {
            int len = snprintf(text, sizeof text, "part %zu of %zu, of %zu bytes: %.*s", i + 1,
                               parts, dead->value.len, SLICE_ARG(slice_cut_utf8(dead->text, 512)));
            part.text = slice_from(text, (size_t)len);
        }
        TRY(produce_letter(h, &part));
    }
    h->tally.dead++;
    return err_ok();
}

/* The sender's bytes of an event whose record has no room for them. */
static err_t produce_bytes(struct batch *h, const struct event *event, const char *text)
{
    struct dead dead = {
        .stage = SLICE("ingest"),
        .class = slice_of(err_class_name(ERR_CLASS_POISON)),
        .reason = slice_of(err_name(ERR(TOO_LARGE))),
        .text = slice_of(text),
        .partition = -1,
        .offset = -1,
        .tries = 1,
        .at = event->accepted,
        .account = event->account,
        .conversation = event->conversation,
        .value = event->raw,
    };
    return produce_dead(h, &dead);
}

static err_t encode(struct publisher *p, const struct event *event)
{
    buf_reset(&p->record);
    TRY(too_large(codec_event_encode(event, &p->record)));
    return p->record.len > LIMIT_RECORD_BYTES_MAX ? ERR(TOO_LARGE) : err_ok();
}

static int32_t partition_of(const struct publisher *p, const struct event *event)
{
    return p->places.partition_of(event->conversation, p->places.partitions);
}

static err_t produce_encoded(struct batch *h, const struct event *event)
{
    char source[2 * LIMIT_NAME_BYTES_MAX];
    struct bus_message message = {
        .topic = TOPIC_EVENTS,
        .partition = partition_of(h->p, event),
        .key = event->conversation,
        .ce_id = event->id,
        .ce_type = slice_of(event_type_name(event->type)),
        .ce_source = source_of(event, source, sizeof source),
        .traceparent = event->traceparent,
    };
    TRY(produce(h, (size_t)message.partition, &message));
    CHECK((size_t)event->type < PUBLISH_TYPES);
    h->tally.of_type[event->type]++;
    h->tally.events++;
    return err_ok();
}

/* Zendesk cannot make its event smaller, and would only drop it. What is done with an event is done
 * with what was taken out of it, so that goes on; the bytes are kept elsewhere. */
static err_t produce_without_bytes(struct batch *h, const struct event *event)
{
    struct event bare = *event;
    bare.raw = (struct slice){0};
    err_t error = encode(h->p, &bare);
    if (err_is(error, ERR_TOO_LARGE)) {
        return produce_bytes(h, event, "its record would be over the limit");
    }
    TRY(error);
    TRY(produce_encoded(h, &bare));
    return produce_bytes(h, event, "its record has no room for these bytes: it went on without");
}

static err_t produce_event(struct batch *h, const struct event *event)
{
    err_t error = encode(h->p, event);
    if (err_is(error, ERR_TOO_LARGE) && event->source != EVENT_FROM_PLATFORM) {
        return produce_without_bytes(h, event);
    }
    TRY(error);
    return produce_encoded(h, event);
}

static err_t produce_all(struct batch *h, const struct admitted *admitted)
{
    for (size_t i = 0; i < admitted->event_count; i++) {
        if (i > 0) {
            CRASH_POINT(I5);
        }
        TRY(produce_event(h, &admitted->events[i]));
    }
    for (size_t i = 0; i < admitted->dead_count; i++) {
        TRY(produce_dead(h, &admitted->dead[i]));
    }
    return err_ok();
}

static bool lane_is_late(const struct publisher *p, size_t lane, mono_ms_t now)
{
    return lanes_wait(p->lanes, lane, now).ms >= LIMIT_LANE_WAIT_MS;
}

static bool is_late(const struct publisher *p, const struct admitted *admitted, mono_ms_t now)
{
    for (size_t i = 0; i < admitted->event_count; i++) {
        if (lane_is_late(p, (size_t)partition_of(p, &admitted->events[i]), now)) {
            return true;
        }
    }
    return admitted->dead_count > 0 && lane_is_late(p, (size_t)p->places.partitions, now);
}

err_t publisher_submit(struct publisher *p, const struct admitted *admitted, void *request,
                       mono_ms_t now, struct publish_tally *ret_tally)
{
    CHECK(admitted->event_count + admitted->dead_count > 0);
    p->now = now;
    if (p->free == NO_SLOT || p->bytes >= LIMIT_PUBLISH_BYTES_MAX || is_late(p, admitted, now)) {
        return ERR(QUEUE_FULL);
    }
    uint32_t index = p->free;
    p->free = p->slots[index].next;
    struct batch h = {.p = p, .index = index, .now = now};
    err_t error = produce_all(&h, admitted);
    if (!err_failed(error)) {
        wait_for(p, index, request, mono_add(now, span_ms(LIMIT_ANSWER_DEADLINE_MS)));
        *ret_tally = h.tally;
    } else if (p->slots[index].pending == 0) {
        give_back(p, index);
    }
    return error;
}

size_t publisher_late(const struct publisher *p, mono_ms_t now)
{
    size_t late = 0;
    for (size_t lane = 0; lane <= (size_t)p->places.partitions; lane++) {
        late += lane_is_late(p, lane, now) ? 1 : 0;
    }
    return late;
}

void publisher_sweep(struct publisher *p, mono_ms_t now)
{
    p->now = now;
    while (p->oldest != NO_SLOT && !mono_before(now, p->slots[p->oldest].deadline)) {
        tell(p, p->oldest, ERR(TIMEOUT));
    }
}

void publisher_give_up(struct publisher *p)
{
    while (p->oldest != NO_SLOT) {
        tell(p, p->oldest, ERR(UNAVAILABLE));
    }
}
