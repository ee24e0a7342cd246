/* ident — the names of things: conversation keys and effect ids.
 *
 * A conversation key is `account/surface/id` and is the record key on every topic. An effect id is
 * a keyed hash (BLAKE2b, 16 bytes) of what caused the effect and of nothing else: no clock, no
 * configuration version, no rule name, no random bits. So a replay, a crash, two rules that fire
 * together and a re-drive all name the same effect, and Zendesk can be asked whether it happened.
 *
 *     cause                                  used for
 *     conversation, episode, attempt, slot   hand-over, notices, welcome
 *     conversation, source event, slot       turns, words, fetches
 *
 * Pure: libsodium's hash only. */
#ifndef EVENT_IDENT_H
#define EVENT_IDENT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum surface {
    SURFACE_NONE,
    SURFACE_TICKET,
    SURFACE_MESSAGING,
    SURFACE_CHAT,
    SURFACE_USER,
    SURFACE_ACCOUNT,
};

enum { IDENT_EFFECT_BYTES = 16, IDENT_EFFECT_TEXT_BYTES = 33, IDENT_KEY_BYTES = 32 };

struct effect_id {
    unsigned char bytes[IDENT_EFFECT_BYTES];
};

/* What an effect is for, within its cause. Part of the id: never renumber, never reuse. */
enum slot {
    SLOT_TURN = 1,
    SLOT_WORD = 2, /* + index of the message within the answer */
    SLOT_WELCOME = 3,
    SLOT_FETCH_ACTIVE = 4,
    SLOT_FENCE = 5,
    SLOT_NOTICE_HANDOVER = 6,
    SLOT_SUMMARY = 7,
    SLOT_PASS = 8,
    SLOT_NOTICE_ENDED = 9,
    SLOT_NOTICE_FAILED = 10,
    SLOT_CREATE_TICKET = 11,
    SLOT_TICKET_UPDATE = 12,
    SLOT_FETCH_TICKET = 13,
    SLOT_RELEASE = 14,
    SLOT_FORWARD = 15,
    SLOT_FETCH_MESSAGES = 16,
    SLOT_SEARCH = 17,
    SLOT_CREATE_PLAIN = 21,
    SLOT_UPDATE_PLAIN = 22,
    SLOT_TICKET_AGAIN = 23,
    SLOT_TICKET_TAGS = 24,
    SLOT_REQUESTER = 25,
    SLOT_NOTICE_RULE = 20,  /* index: number of the reason */
    SLOT_USER = 30,         /* in Conversations, of a chat */
    SLOT_CONVERSATION = 31, /* likewise */
    SLOT_AGENT_WORD = 32,   /* to the bot's platform */
    SLOT_STATUS = 33,       /* likewise; + its version */
    SLOT_CHAT_ENDED = 34,   /* told to the agents */
    SLOT_NOTICE_NOBODY = 40,
    SLOT_NOTICE_SILENT = 41,
    SLOT_ENDED_NOTE = 42, /* told to the human */
    SLOT_NOTICE_CLOSED = 43,
    SLOT_LATE_NOTE = 44,    /* of a hand-over that an agent was quicker than */
    SLOT_TICKET_FILES = 45, /* what the customer had sent, onto the ticket of a hand-over */
    SLOT_FILE_BEFORE = 46,  /* the same into the bridge's conversation, + index */
    SLOT_TRANSCRIPT = 50,   /* + index of the note */
    SLOT_FETCH_AGENTS = 60,
    SLOT_NOTICE_AWAY = 61,
};

struct effect_cause {
    struct slice account;      /* name */
    struct slice conversation; /* key */
    uint32_t episode;          /* 0 where the source event alone decides */
    uint32_t attempt;
    struct slice event; /* id of the source event; empty where the episode decides */
    enum slot slot;
    uint32_t index; /* within the slot, from 0 */
};

/* id_key  the account's, IDENT_KEY_BYTES long. Fields are length-prefixed before hashing. */
struct effect_id ident_effect(struct slice id_key, const struct effect_cause *cause);
bool effect_id_equal(struct effect_id a, struct effect_id b);
bool effect_id_zero(struct effect_id id);
static inline struct slice effect_id_slice(const struct effect_id *id)
{
    return slice_from(id->bytes, IDENT_EFFECT_BYTES);
}
/* 32 lower-case hex digits and a NUL: the form that is stamped on objects in Zendesk. */
void effect_id_text(struct effect_id id, char text[IDENT_EFFECT_TEXT_BYTES]);
MUST_USE err_t effect_id_parse(struct slice text, struct effect_id *ret_id);

/* account/surface/id in the arena. RANGE: account not a name, id empty, with NUL or too long. */
MUST_USE err_t ident_key(struct arena *arena, struct slice account, enum surface surface,
                         struct slice id, struct slice *ret_key);
/* The parts, borrowed from `key`. SYNTAX when it is none. */
MUST_USE err_t ident_key_parse(struct slice key, struct slice *ret_account,
                               enum surface *ret_surface, struct slice *ret_id);
/* MAC of a conversation key under the account's id_key, as 32 hex digits: what a conversation that
 * we made carries in its metadata. */
void ident_key_mac(struct slice id_key, struct slice key, char text[IDENT_EFFECT_TEXT_BYTES]);

/* First 8 bytes of a hash: what the dedupe remembers of an id. */
uint64_t ident_digest(struct slice id);
/* BLAKE2b-256 of a secret that only has to be recognised (bearer tokens, webhook secrets). */
void ident_secret_hash(struct slice secret, unsigned char hash[IDENT_KEY_BYTES]);
/* Account and store names: [a-z0-9][a-z0-9-]*, at most LIMIT_NAME_BYTES_MAX. */
bool ident_is_name(struct slice text);

const char *surface_name(enum surface surface); /* "ticket", "messaging", … */
bool surface_from_name(struct slice name, enum surface *ret_surface);

#endif
