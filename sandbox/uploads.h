/* uploads — files of the Support half: uploaded, within the hour named by a comment, then its own.
 */
#ifndef SANDBOX_UPLOADS_H
#define SANDBOX_UPLOADS_H

#include "sandbox/call.h"

#include <stdbool.h>

/* One object, as comments and uploads have it. */
void render_upload(struct json_write *w, const struct upload *upload);
/* The tokens of a comment (NULL = none). False = refused: one is not known, was used, or is an hour
 * old. */
bool uploads_read(struct call *c, const struct json *tokens, struct upload_list *ret_list);
/* From now on they are a comment's. */
void uploads_use(const struct upload_list *list);

#endif
