/* any_record — a record of any of the five formats, for tests that treat them alike. */
#ifndef TESTS_SUPPORT_ANY_RECORD_H
#define TESTS_SUPPORT_ANY_RECORD_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "event/codec.h"

enum any_kind { ANY_EVENT, ANY_COMMAND, ANY_CONVERSATION, ANY_CONFIG, ANY_DEAD, ANY_KIND_COUNT };

struct any_record {
    enum any_kind kind;
    union {
        struct event event;
        struct command command;
        struct conversation conversation;
        struct config_record config;
        struct dead dead;
    } of;
};

MUST_USE err_t any_encode(const struct any_record *record, struct buf *out);
MUST_USE err_t any_decode(enum any_kind kind, struct arena *arena, struct slice bytes,
                          struct why *why, struct any_record *ret_record);

#endif
