/* content — what a message may say: validation, and the form in which it comes back. */
#ifndef SANDBOX_CONTENT_H
#define SANDBOX_CONTENT_H

#include "json/json_read.h"
#include "sandbox/call.h"

/* Checks `content` of a message and renders it as the API shows it (markdown became HTML, text is
 * there). *ret_json and *ret_text (for people to read) live in the store. False = refused. */
bool check_content(struct call *c, const struct json *content, struct slice *ret_json,
                   struct slice *ret_text);

#endif
