/* fields — what a ticket carries beside its words: priority, tags, group, custom fields and so on.
 *
 *     priority        the rules' ─▶ dataCapture ─▶ the store's       first that says one
 *     tags            the store's, the bot's name, the rules', dataCapture's, all of them
 *     group, form, …  dataCapture ─▶ the store's
 *     custom fields   the store's mapping, then dataCapture.ticketField.ID, which replaces
 *
 * A source that has nothing leaves its field out. A brand counts only where a store of the same
 * account has it: never the wrong brand. The same facts go into a ticket and into the metadata of a
 * pass, from which Agent Workspace makes its ticket. Feature rows 94-102. */
#ifndef PROCESSOR_CORE_FIELDS_H
#define PROCESSOR_CORE_FIELDS_H

#include "base/err.h"
#include "json/json_write.h"
#include "processor/core/context.h"

enum { FIELDS_CUSTOM_MAX = 2 * LIMIT_FIELDS_MAX };

struct custom_field {
    struct slice id;   /* digits */
    struct slice json; /* its value */
};

struct fields {
    enum priority priority;
    struct slice tags; /* with commas between them */
    struct slice group_id;
    struct slice assignee_id;
    struct slice brand_id;
    struct slice form_id;
    struct slice organization_id;
    struct slice requester_name, requester_email; /* only where the platform captured them */
    struct slice captured_brand_id;               /* likewise, and a store has it */
    struct custom_field custom[FIELDS_CUSTOM_MAX];
    size_t custom_count;
};

/* ARENA_FULL, NO_MEMORY. */
MUST_USE err_t fields_collect(struct context *ctx, struct fields *ret_fields);
/* As members of a ticket: custom_fields, priority, group, form, organization. Not its tags, brand
 * and assignee. */
void fields_put(struct json_write *w, const struct fields *fields);
/* "tags": […]; nothing when there are none. */
void fields_put_tags(struct json_write *w, struct slice tags);
/* As members of a pass' metadata, within Zendesk's limit for it; what is beyond is left out, and
 * noted. */
void fields_put_capture(struct context *ctx, struct json_write *w, const struct fields *fields);
/* Ids of Support are numbers there and text with us; what is no number is left out. */
void fields_put_id(struct json_write *w, const char *key, struct slice id);
/* The link back to the conversation; empty = the store has none. ARENA_FULL, NO_MEMORY. */
MUST_USE err_t fields_link(struct context *ctx, struct slice *ret_url);

/* The rules that called a human in this episode, by name: "asked,low_rating". ARENA_FULL,
 * NO_MEMORY. */
MUST_USE err_t fields_reasons(struct context *ctx, struct slice *ret_text);

#endif
