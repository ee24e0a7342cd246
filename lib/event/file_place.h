/* file_place — whose file an address names, and so whether egress may fetch it, and with what
 * login.
 *
 *   https://acme.zendesk.com/sc/attachments/…    Zendesk's: with the account's key, where Zendesk
 *                                                 itself told of it
 *   https://bot.example/files/7.pdf               the bot's: as it is
 *   https://elsewhere.example/x.png               not fetched: it goes on as a link
 *
 * The origin decides alone: scheme, host and port as they stand in the configuration. The processor
 * asks what is carried, egress asks again before it fetches. Pure. */
#ifndef EVENT_FILE_PLACE_H
#define EVENT_FILE_PLACE_H

#include "base/slice.h"
#include "event/config.h"

#include <stdbool.h>

enum file_place { FILE_PLACE_ELSEWHERE, FILE_PLACE_ZENDESK, FILE_PLACE_BOT };

/* account, store  may be NULL */
enum file_place file_place(const struct account *account, const struct store *store,
                           struct slice url);

/* scheme://host[:port] of an http or https address, borrowed; empty: it is none, or names a user.
 */
struct slice file_place_origin(struct slice url);

#endif
