/* setup — makes the Zendesk side of messaging ready, through the public Conversations API.
 *
 *   setup_integration  ours, custom, its webhook at our ingest      adopted if it is there
 *   setup_board        only looks: the switchboard (one an app) and its lines
 *   setup_line         the switchboard; on it ours, next = Agent    adopted if they are there
 *                      Workspace
 *   setup_responder    ours answers first: everywhere, or on single widgets, or nowhere
 *
 * In this order: from the first on, Zendesk may call, so its secret is published before the third
 * begins. Run again they change only what differs: no second integration, ever. */
#ifndef CTL_SETUP_H
#define CTL_SETUP_H

#include "base/err.h"
#include "base/slice.h"
#include "ctl/steps.h"

#include <stdbool.h>

/* A web widget that a store names. */
struct setup_widget {
    struct slice id;
    bool ours; /* our integration answers there first */
};

struct setup_request {
    const char *name;            /* shown in Zendesk; also finds the integration again */
    const char *target;          /* where our ingest takes its webhook */
    struct slice integration_id; /* which is ours, where that is known; empty = look for it */
    const char *line_name;       /* of ours on the switchboard, if it has to be made */
    bool default_responder;      /* of the whole switchboard */
    const struct setup_widget *widgets;
    size_t widget_count;
};

struct setup_result {
    struct slice integration_id;
    struct slice webhook_secret; /* in a dry run perhaps one that is only going to be */
    struct slice line;           /* id of ours on the switchboard */
    struct slice line_name;
    struct slice agent_target; /* name of Agent Workspace's line */
    struct slice switchboard;
    const struct json *board; /* as found; NULL = it is to be made */
    struct zendesk_list lines;
};

/* All as zendesk_open(); they fill their part of `ret` and read what those before them wrote. */
MUST_USE err_t setup_integration(struct steps *s, const struct setup_request *request,
                                 struct setup_result *ret);
MUST_USE err_t setup_board(struct steps *s, struct setup_result *ret);
MUST_USE err_t setup_line(struct steps *s, const struct setup_request *request,
                          struct setup_result *ret);
MUST_USE err_t setup_responder(struct steps *s, const struct setup_request *request,
                               struct setup_result *ret);
/* All four. */
MUST_USE err_t setup_messaging(struct steps *s, const struct setup_request *request,
                               struct setup_result *ret);

/* setup_responder.c: who answers first instead of us, where nobody says who: Agent Workspace, so
 * that humans see what comes; else Zendesk's own AI agent; NULL = neither is on the switchboard. */
const struct json *setup_other_responder(const struct zendesk_list *lines);

#endif
