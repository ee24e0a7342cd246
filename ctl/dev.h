/* dev — everything in one terminal: what the parts of `tieline dev` share.
 *
 *   dev.c         the order of things, and the watch over them
 *   dev_broker.c  the embedded broker, or a real one by deploy/kafka/kafka
 *   dev_config.c  keys, secrets, the Zendesk side, config.json
 *   dev_facts.c   dev.json, and what a person is told
 *
 *   DIR/dev.json config.json keys/ secrets/ log/ data/ */
#ifndef CTL_DEV_H
#define CTL_DEV_H

#include "base/arena.h"
#include "base/err.h"
#include "ctl/child.h"
#include "ctl/setup.h"
#include "kafka/cluster.h"
#include "kafka/embedded.h"
#include "rt/listen.h"
#include "rt/log.h"
#include "rt/options.h"

#include <stdbool.h>

enum { DEV_STORE_COUNT = 2, DEV_PATH_BYTES = 2048 };

enum dev_child { DEV_SANDBOX, DEV_BOT, DEV_INGEST, DEV_PROCESSOR, DEV_EGRESS, DEV_CHILD_COUNT };

/* The two stores of the sandbox's first two brands; the third brand stays without one. */
struct dev_store {
    const char *name;
    struct slice brand_id;
    struct slice brand_name;
    struct slice widget_id;
    struct slice token;
};

struct dev {
    const struct options *options;
    struct log *log;
    struct arena arena;
    bool json;
    const char *dir;
    char bin[DEV_PATH_BYTES]; /* folder of the programs */

    bool real_kafka;
    char data[DEV_PATH_BYTES];         /* of the real broker and of the sandbox */
    char kafka_script[DEV_PATH_BYTES]; /* "" = not needed */
    struct embedded_broker *embedded;
    struct kafka_options kafka;

    struct child children[DEV_CHILD_COUNT];
    const struct json *sandbox;             /* its last ready line */
    struct slice sandbox_line;              /* the same as text */
    char sandbox_listen[LISTEN_TEXT_BYTES]; /* asked for at first, then as they were bound: what is
                                             */
    char sandbox_admin[LISTEN_TEXT_BYTES];  /* started again must be found where it was */
    char ingest_listen[LISTEN_TEXT_BYTES];
    char bot_listen[LISTEN_TEXT_BYTES];
    struct setup_result zendesk;
    struct slice bot_secret;
    struct dev_store stores[DEV_STORE_COUNT];
};

/* "DIR/tail" in the arena, NUL behind it. */
MUST_USE err_t dev_path(struct dev *d, const char *tail, const char **ret_path);

/* dev_broker.c */
MUST_USE err_t dev_broker_start(struct dev *d, struct why *why);
/* UNAVAILABLE, with `why`, shortly before the embedded broker would forget. */
MUST_USE err_t dev_broker_check(struct dev *d, struct why *why);
void dev_broker_stop(struct dev *d);

/* dev_config.c */
MUST_USE err_t dev_keys(struct dev *d, struct why *why);    /* made once, kept */
MUST_USE err_t dev_secrets(struct dev *d, struct why *why); /* bot secret and tokens, made once */
MUST_USE err_t dev_connect(struct dev *d,
                           struct why *why); /* the sandbox is ready, ingest listens */
MUST_USE err_t dev_configure(struct dev *d,
                             struct why *why); /* writes config.json and applies it */

/* dev_facts.c */
MUST_USE err_t dev_write_facts(struct dev *d, struct why *why);
void dev_remove_facts(struct dev *d);
void dev_tell(const struct dev *d);
/* A line about something that happened ("egress ended (signal 9)"). */
void dev_say(const struct dev *d, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
