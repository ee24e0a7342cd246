#include "ctl/dev.h"
#include "ctl/out.h"
#include "ctl/pretty.h"
#include "ctl/write_file.h"
#include "rt/clock_sys.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { FACTS_BYTES_MAX = 64 * 1024 };

/* The address that a program's ready line gave; "" = none. */
static struct slice said(const struct child *c, const char *member, struct arena *arena)
{
    const struct json *ready = NULL;
    if (!c->ready ||
        err_failed(json_parse(arena, (struct slice){c->line, c->line_len}, NULL, NULL, &ready))) {
        return (struct slice){NULL, 0};
    }
    return json_string(json_find(ready, member));
}

static void put_facts(const struct dev *d, struct json_write *w, struct arena *arena)
{
    char ingest[LISTEN_TEXT_BYTES + 8];
    (void)snprintf(ingest, sizeof ingest, "http://%s", d->ingest_listen);
    json_put_text(w, "brokers", d->kafka.brokers);
    json_put_text(w, "ingest", ingest);
    json_put_text(w, "prefix", d->kafka.prefix);
    json_key(w, "sandbox");
    json_raw(w, d->sandbox_line);
    json_key(w, "programs");
    json_array(w);
    for (size_t i = 0; i < DEV_CHILD_COUNT; i++) {
        const struct child *c = &d->children[i];
        json_object(w);
        json_put_text(w, "program", c->name);
        json_put_int(w, "pid", c->pid);
        json_put_slice_if(w, "admin", said(c, "admin", arena));
        json_end(w);
    }
    json_end(w);
}

err_t dev_write_facts(struct dev *d, struct why *why)
{
    CLEANUP(arena) struct arena arena;
    CLEANUP(buf) struct buf flat;
    CLEANUP(buf) struct buf lines;
    arena_init(&arena, FACTS_BYTES_MAX);
    buf_init(&flat, FACTS_BYTES_MAX);
    buf_init(&lines, 2 * FACTS_BYTES_MAX);
    const char *path = NULL;
    struct json_write w;
    TRY(dev_path(d, "dev.json", &path));
    json_write_init(&w, &flat);
    json_object(&w);
    put_facts(d, &w, &arena);
    json_end(&w);
    TRY(json_write_done(&w));
    TRY(pretty_print(buf_slice(&flat), &lines));
    return write_file(path, 0600, buf_slice(&lines), why); /* the sandbox's keys are in it */
}

void dev_remove_facts(struct dev *d)
{
    const char *path = NULL;
    if (!err_failed(dev_path(d, "dev.json", &path))) {
        (void)unlink(path);
    }
}

static struct slice sandbox_fact(const struct dev *d, const char *path)
{
    return json_string(json_find(d->sandbox, path));
}

static void tell_people(const struct dev *d, struct arena *arena)
{
    struct slice admin = sandbox_fact(d, "admin");
    (void)printf("\nTieline runs. Ctrl-C stops it all.\n\n");
    (void)printf("  Zendesk        %.*s, a sandbox; its control port is %.*s\n",
                 SLICE_ARG(sandbox_fact(d, "conversations_url")), SLICE_ARG(admin));
    (void)printf("  brokers        %s%s\n", d->kafka.brokers,
                 d->real_kafka ? "" : " (embedded: memory only, forgets everything at the end)");
    (void)printf("  ingest         http://%s\n", d->ingest_listen);
    for (size_t i = DEV_INGEST; i < DEV_CHILD_COUNT; i++) {
        const struct child *c = &d->children[i];
        struct slice address = said(c, "admin", arena);
        (void)printf("  %-14s pid %d, http://%.*s/metrics\n", c->name, (int)c->pid,
                     SLICE_ARG(address));
    }
    (void)printf("  configuration  %s/config.json; change it, then: tieline apply %s/config.json\n",
                 d->dir, d->dir);
    (void)printf("  logs           %s/log/\n\n", d->dir);
    (void)printf("Write as a customer of %.*s, and read what came back:\n\n",
                 SLICE_ARG(d->stores[0].brand_name));
    (void)printf("  curl -s %.*s/sandbox/customers/jane/messages -d "
                 "'{\"brand\":%.*s,\"text\":\"Hello!\"}'\n",
                 SLICE_ARG(admin), SLICE_ARG(d->stores[0].brand_id));
    (void)printf("  curl -s %.*s/sandbox/conversations/CONVERSATION   (the answer to the first "
                 "names it)\n\n",
                 SLICE_ARG(admin));
    (void)fflush(stdout);
}

void dev_tell(const struct dev *d)
{
    CLEANUP(arena) struct arena arena;
    arena_init(&arena, FACTS_BYTES_MAX);
    if (!d->json) {
        tell_people(d, &arena);
        return;
    }
    struct out_line o;
    out_begin(&o, stdout);
    json_put_bool(&o.json, "ready", true);
    json_put_text(&o.json, "program", "dev");
    put_facts(d, &o.json, &arena);
    out_end(&o);
}

void dev_say(const struct dev *d, const char *format, ...)
{
    char text[WHY_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (d->json) {
        struct out_line o;
        out_begin(&o, stdout);
        json_put_text(&o.json, "event", text);
        out_end(&o);
        return;
    }
    char time[INSTANT_TEXT_BYTES];
    struct clock clock = clock_sys();
    instant_format_iso8601(clock_wall(&clock), time);
    (void)printf("%.8s  %s\n", time + 11, text);
    (void)fflush(stdout);
}
