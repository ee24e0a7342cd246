/* limits — every cap of the system in one named list, with its unit in its name.
 *
 * What bounds memory, time or work that comes from outside stands here and nowhere else;
 * docs/ARCHITECTURE.md has the arithmetic behind the figures. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include "base/check.h"

enum {
    /* HTTP, in */
    LIMIT_BODY_BYTES_MAX = 1024 * 1024,
    LIMIT_DELIVERY_BYTES_MAX = 4 * 1024 * 1024, /* a body of Zendesk's, who cannot mend it */
    LIMIT_HEADER_BYTES_MAX = 16 * 1024,
    LIMIT_URI_BYTES_MAX = 2048,
    LIMIT_CONNECTIONS_MAX = 2048,
    LIMIT_CONNECTIONS_PER_ADDRESS_MAX = 1024, /* of a trusted proxy: its clients' requests */
    LIMIT_TRUSTED_PROXIES_MAX = 64,           /* addresses or ranges */
    LIMIT_REQUESTS_IN_FLIGHT_MAX = 4096,
    LIMIT_BODIES_BYTES_MAX = 64 * 1024 * 1024,  /* being read, of all requests */
    LIMIT_PUBLISH_BYTES_MAX = 64 * 1024 * 1024, /* of records on their way to the brokers */
    LIMIT_EVENTS_PER_REQUEST_MAX = 8192, /* more than a body has room for, as they really are */
    LIMIT_HEAD_DEADLINE_MS = 5000,
    LIMIT_BODY_DEADLINE_MS = 15000,
    LIMIT_IDLE_DEADLINE_MS = 75000, /* a connection between two requests */
    LIMIT_WRITE_DEADLINE_MS = 10000,
    LIMIT_LINGER_DEADLINE_MS = 2000,        /* for the peer to read the last answer */
    LIMIT_CHUNK_NOTES_BYTES_MAX = 4 * 1024, /* extensions and trailers of a chunked body */
    LIMIT_ANSWER_DEADLINE_MS = 1800,        /* the promise is 2 s */
    LIMIT_LANE_WAIT_MS = 1000,         /* for the log: who would have to wait longer is sent away */
    LIMIT_REFUSAL_LINE_MS = 10 * 1000, /* a line in the log for each kind of refusal */

    /* JSON */
    LIMIT_JSON_DEPTH_MAX = 32,
    LIMIT_JSON_VALUES_MAX = 100 * 1000,

    /* Records */
    LIMIT_RECORD_BYTES_MAX = 1024 * 1024 + 64 * 1024,  /* body + envelope */
    LIMIT_ARENA_BYTES_MAX = 16 * 1024 * 1024,          /* scratch for one input */
    LIMIT_DELIVERY_ARENA_BYTES_MAX = 48 * 1024 * 1024, /* the same for one body of Zendesk's */
    LIMIT_KEY_BYTES_MAX = 512,
    LIMIT_DEAD_VALUE_BYTES_MAX = 1152 * 1024, /* whatever a topic takes, garbage too */
    LIMIT_DEAD_BYTES_MAX = LIMIT_DEAD_VALUE_BYTES_MAX + 64 * 1024, /* that and why it died */
    LIMIT_ID_BYTES_MAX = 256,                                      /* any foreign id */
    LIMIT_LABEL_BYTES_MAX = 1024, /* names of people, reasons, types: one line each */
    LIMIT_URL_BYTES_MAX = 4096,   /* one that is not ours */
    LIMIT_ATTACHMENTS_MAX = 10,   /* of one message */
    LIMIT_ACTIONS_MAX = 32,       /* that fired, in one answer of a bot */
    LIMIT_NAME_BYTES_MAX = 64,    /* account, store: [a-z0-9-], starts with a letter or digit */
    LIMIT_PARTITIONS_MAX = 1024,
    LIMIT_HEADERS_MAX = 16,

    /* Configuration */
    LIMIT_CONFIG_FILE_BYTES_MAX = 4 * 1024 * 1024,
    LIMIT_ACCOUNTS_MAX = 10 * 1000,
    LIMIT_STORES_MAX = 50 * 1000,
    LIMIT_SECRET_BYTES_MAX = 4096,
    LIMIT_LIVE_SECRETS_MAX = 2, /* for rotation */
    LIMIT_LANGUAGES_MAX = 32,   /* of one text of a store */
    LIMIT_TEXTS_MAX = 192,      /* of one store, in all its languages */
    LIMIT_OPENINGS_MAX = 28,    /* of one store's week: four a day */
    LIMIT_HOLIDAYS_MAX = 100,   /* of one store */
    LIMIT_OFFSETS_MAX = 32,  /* of one store's time zone: six years with four changes, and more */
    LIMIT_PHRASES_MAX = 100, /* of one store; its actions too */
    LIMIT_RULES_MAX = 32,    /* that call a human */
    LIMIT_TOLD_BYTES_MAX = 3000, /* a text of a store's that is told: one message */
    LIMIT_FIELDS_MAX = 32,       /* of a ticket, that a store maps */

    /* Conversation state */
    LIMIT_SEEN_IDS_MAX = 64, /* remembered ids; older ones are covered by the watermark */
    LIMIT_SAID_MAX = 8,      /* newest messages among which a repeated one is looked for */
    LIMIT_PENDING_MESSAGES_MAX = 50,
    LIMIT_PENDING_BYTES_MAX = 96 * 1024, /* of one conversation's messages held back */
    LIMIT_TURN_MESSAGES_MAX = 20,
    LIMIT_TURN_PARTS_MAX = 40, /* messages that one answer may become */
    LIMIT_TURN_WORDS_MAX = 20, /* messages of one answer */
    LIMIT_HISTORY_ENTRIES_MAX = 20,
    LIMIT_HISTORY_TEXT_BYTES_MAX = 2000,
    LIMIT_NEWEST_BYTES_MAX = 48 * 1024, /* the customer's newest words, for a ticket's comment */
    LIMIT_SUMMARY_BYTES_MAX = 4000,     /* that a bot gives to a hand-over */
    LIMIT_SENT_FILES_MAX = 10,          /* of a customer, kept for the ticket of a hand-over */
    LIMIT_SENT_FILES_BYTES_MAX = 16 * 1024,  /* their addresses and names together */
    LIMIT_TRANSCRIPT_BYTES_MAX = 512 * 1024, /* of one conversation, beside its state */
    LIMIT_TRANSCRIPT_CHUNKS_MAX = 64,        /* that it stands in */
    LIMIT_CHUNK_ENTRIES_MAX = 64,            /* turns of one of them */
    LIMIT_CHUNK_BYTES_MAX = 160 * 1024,      /* one turn at its longest, with its files */
    LIMIT_TEXT_BYTES_MAX = 64 * 1024,
    LIMIT_DATA_ENTRIES_MAX = 32, /* of customer data, kept of one conversation */
    LIMIT_DATA_KEY_BYTES_MAX = 128,
    LIMIT_DATA_VALUE_BYTES_MAX = 1024, /* of JSON */
    LIMIT_DATA_BYTES_MAX = 8 * 1024,   /* keys and values together */
    LIMIT_TIMERS_MAX = 8,
    LIMIT_OUTSTANDING_MAX = 64, /* commands of one conversation without outcome */
    LIMIT_GIVEN_UP_MAX = 16,    /* of one conversation, that better news may come about */
    LIMIT_EFFECTS_PER_STEP_MAX = 64,
    LIMIT_STATE_BYTES_MAX = 256 * 1024,
    LIMIT_TURNS_PER_HOUR_MAX = 60, /* of one conversation: breaks loops */
    LIMIT_MISSED_PER_MINUTE = 120, /* conversations of an account, read again after a gap */

    /* Zendesk */
    LIMIT_CONVERSATIONS_TEXT_CHARS_MAX = 4096,
    LIMIT_ANSWER_BYTES_MAX = 1024 * 1024,   /* body of an HTTP answer we read */
    LIMIT_FILE_BYTES_MAX = 8 * 1024 * 1024, /* a file that is carried from one side to the other */
    LIMIT_FILE_REQUEST_BYTES_MAX = 12 * 1024 * 1024, /* the same in base64, and what is around it */
    LIMIT_FILES_AT_ONCE_MAX = 8,                     /* being carried, of all calls */

    /* Egress */
    LIMIT_CALLS_IN_FLIGHT_MAX = 1000,
    LIMIT_WAITING_COMMANDS_PER_PARTITION_MAX = 1000 * 1000,
    LIMIT_OFFSET_METADATA_BYTES_MAX = 4000, /* Kafka's own is 4096 */
};

STATIC_CHECK(LIMIT_RECORD_BYTES_MAX > LIMIT_BODY_BYTES_MAX, "a body must fit into a record");
STATIC_CHECK((LIMIT_PENDING_BYTES_MAX + LIMIT_HISTORY_ENTRIES_MAX * LIMIT_HISTORY_TEXT_BYTES_MAX) *
                     6 <
                 LIMIT_BODY_BYTES_MAX,
             "a turn's request fits into a record, even if each byte has to be escaped");
STATIC_CHECK(LIMIT_SENT_FILES_MAX <= LIMIT_ATTACHMENTS_MAX, "one command carries what is kept");
STATIC_CHECK(LIMIT_TURN_MESSAGES_MAX <= LIMIT_PENDING_MESSAGES_MAX, "a turn is taken from pending");

#endif
