/* render — records as the JSON of the Conversations API and of its webhooks. */
#ifndef SANDBOX_RENDER_H
#define SANDBOX_RENDER_H

#include "json/json_write.h"
#include "sandbox/model.h"

#include <stdbool.h>

void render_time(struct json_write *w, const char *key, wall_ms_t time);
/* full: profile, metadata, sign-up, identities; else what a webhook says without includeFullUser */
void render_user(struct json_write *w, const struct user *user, bool full);
/* `active` is passed in, because a read that lags shows the one before. */
void render_conversation(struct json_write *w, const struct conversation *conversation,
                         const struct switchboard_integration *active);
/* The short form in webhooks. */
void render_conversation_short(struct json_write *w, const struct conversation *conversation);

struct message_view {
    bool with_user;   /* author.user, as in webhooks */
    bool full_user;   /* includeFullUser */
    bool full_source; /* includeFullSource */
};
void render_message(struct json_write *w, const struct message *message,
                    const struct message_view *view);
void render_source(struct json_write *w, struct slice type, struct slice integration_id,
                   const struct user *user, bool full, wall_ms_t seen);
void render_participant(struct json_write *w, const struct participant *participant);
void render_integration(struct json_write *w, const struct integration *integration,
                        const struct switchboard *switchboard);
void render_webhook(struct json_write *w, const struct webhook *webhook);
void render_key(struct json_write *w, const struct api_key *key);
void render_switchboard(struct json_write *w, const struct switchboard *switchboard);
void render_line(struct json_write *w, const struct switchboard_integration *line);

#endif
