/* erase_find — whose conversations `tieline erase` takes away: those whose state names the person.
 * Pure; reads `conversations` through a port. */
#ifndef CTL_ERASE_FIND_H
#define CTL_ERASE_FIND_H

#include "base/arena.h"
#include "base/err.h"
#include "event/conversation.h"
#include "port/reader.h"

#include <stdbool.h>
#include <stddef.h>

enum erase_fate {
    ERASE_FOUND,
    ERASE_HELD,    /* something is under way, and nobody forced it */
    ERASE_ORDERED, /* the event is in the log, no tombstone yet */
    ERASE_DONE,    /* the tombstone stands there */
};

/* One conversation of the person; text is in the arena of the list. */
struct erase_entry {
    struct slice key, account, user_id;
    int32_t partition;
    enum owner owner;
    size_t calls; /* without outcome */
    bool is_held; /* as erase_is_held() says of it */
    wall_ms_t updated;
    enum erase_fate fate;
};

struct erase_list {
    struct slice person;
    struct slice account; /* only of this one; empty = of any */
    struct arena *arena;  /* keeps what is found */
    struct arena scratch; /* of one record */
    struct erase_entry *entries;
    size_t count, room;
};

/* person   a user id (Conversations' or Zendesk's), an external id, an e-mail address, or the key
 *          of a conversation; borrowed, as is the arena */
void erase_list_init(struct erase_list *list, struct arena *arena, struct slice person,
                     struct slice account);
void erase_list_deinit(struct erase_list *list); /* the arena stays */

/* The state is this person's: what Zendesk says of its customer, or a value of the customer data.
 */
bool erase_names(const struct conversation *state, struct slice person);
/* A record of `conversations`: the newest of a key counts. What cannot be read is passed over.
 * ARENA_FULL, NO_MEMORY. */
MUST_USE err_t erase_take_record(struct erase_list *list, const struct bus_record *record);
/* Reads one partition to its end. *ret_next  where to read on. TIMEOUT and what the reader says,
 * with `why`. */
MUST_USE err_t erase_read(struct erase_list *list, struct reader_port *port, int32_t partition,
                          struct why *why, int64_t *ret_next);
/* Reads on from *next: entries of the partition that were ordered and whose tombstone is there now
 * are done. As above. */
MUST_USE err_t erase_look(struct erase_list *list, struct reader_port *port, int32_t partition,
                          struct why *why, int64_t *next);
size_t erase_count(const struct erase_list *list, enum erase_fate fate);

#endif
