#include "tests/support/any_record.h"

#include "base/check.h"

err_t any_encode(const struct any_record *record, struct buf *out)
{
    switch (record->kind) {
    case ANY_EVENT: return codec_event_encode(&record->of.event, out);
    case ANY_COMMAND: return codec_command_encode(&record->of.command, out);
    case ANY_CONVERSATION: return codec_conversation_encode(&record->of.conversation, out);
    case ANY_CONFIG: return codec_config_encode(&record->of.config, out);
    case ANY_DEAD: return codec_dead_encode(&record->of.dead, out);
    case ANY_KIND_COUNT: break;
    }
    BUG("no kind of record");
}

err_t any_decode(enum any_kind kind, struct arena *arena, struct slice bytes, struct why *why,
                 struct any_record *ret_record)
{
    ret_record->kind = kind;
    switch (kind) {
    case ANY_EVENT: return codec_event_decode(arena, bytes, why, &ret_record->of.event);
    case ANY_COMMAND: return codec_command_decode(arena, bytes, why, &ret_record->of.command);
    case ANY_CONVERSATION:
        return codec_conversation_decode(arena, bytes, why, &ret_record->of.conversation);
    case ANY_CONFIG: return codec_config_decode(arena, bytes, why, &ret_record->of.config);
    case ANY_DEAD: return codec_dead_decode(arena, bytes, why, &ret_record->of.dead);
    case ANY_KIND_COUNT: break;
    }
    BUG("no kind of record");
}
