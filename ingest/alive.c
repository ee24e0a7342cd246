#include "ingest/alive.h"

#include "event/codec.h"

#include <inttypes.h>
#include <stdio.h>

enum { ALIVE_BYTES_MAX = 512, ID_BYTES = 64 };

void alive_init(struct alive *a, int32_t partitions, span_ms_t every)
{
    *a = (struct alive){.partitions = partitions, .every = every};
    buf_init(&a->record, ALIVE_BYTES_MAX);
}

void alive_deinit(struct alive *a)
{
    buf_deinit(&a->record);
}

void alive_stop(struct alive *a)
{
    a->is_over = true;
}

static err_t write_one(struct alive *a, struct bus *bus, int32_t partition, wall_ms_t wall)
{
    char time[INSTANT_TEXT_BYTES];
    char id[ID_BYTES];
    instant_format_iso8601(wall, time);
    (void)snprintf(id, sizeof id, "alive/%" PRId32 "/%s", partition, time);
    struct event event = {
        .type = EVENT_ALIVE,
        .source = EVENT_FROM_INGEST,
        .id = slice_of(id),
        .occurred = wall,
        .accepted = wall,
    };
    buf_reset(&a->record);
    TRY(codec_event_encode(&event, &a->record));
    struct bus_message message = {
        .topic = TOPIC_EVENTS,
        .partition = partition,
        .value = buf_slice(&a->record),
        .ce_id = event.id,
        .ce_type = slice_of(event_type_name(event.type)),
        .ce_source = SLICE("ingest"),
    };
    return bus_produce(bus, &message);
}

void alive_turned_away(struct alive *a)
{
    a->turned_away = true;
}

err_t alive_tick(struct alive *a, struct bus *bus, bool open, mono_ms_t now, wall_ms_t wall)
{
    if (a->is_over || !open || mono_before(now, a->due) || !bus_connected(bus)) {
        return err_ok();
    }
    a->due = mono_add(now, a->every);
    if (a->turned_away) {
        a->turned_away = false;
        return err_ok();
    }
    for (int32_t partition = 0; partition < a->partitions; partition++) {
        TRY(write_one(a, bus, partition, wall));
    }
    return err_ok();
}
