#include "event/transcript.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

err_t transcript_key(struct arena *arena, struct slice conversation, uint32_t number,
                     struct slice *ret_key)
{
    char *key = arena_alloc(arena, conversation.len + TRANSCRIPT_KEY_TAIL + 1);
    if (key == NULL) {
        return ERR(ARENA_FULL);
    }
    memcpy(key, conversation.ptr, conversation.len);
    key[conversation.len] = '\0';
    (void)snprintf(key + conversation.len + 1, TRANSCRIPT_KEY_TAIL, "%08" PRIx32, number);
    *ret_key = slice_from(key, conversation.len + TRANSCRIPT_KEY_TAIL);
    return err_ok();
}

static bool take_digit(char c, uint32_t *number)
{
    bool is_digit = c >= '0' && c <= '9';
    if (!is_digit && !(c >= 'a' && c <= 'f')) {
        return false;
    }
    *number = *number * 16 + (uint32_t)(is_digit ? c - '0' : c - 'a' + 10);
    return true;
}

bool transcript_key_parse(struct slice key, struct slice *ret_conversation, uint32_t *ret_number)
{
    uint32_t number = 0;
    size_t len = key.len > TRANSCRIPT_KEY_TAIL ? key.len - TRANSCRIPT_KEY_TAIL : 0;
    if (len == 0 || key.ptr[len] != '\0' || slice_has_nul(slice_sub(key, 0, len))) {
        return false;
    }
    for (size_t i = len + 1; i < key.len; i++) {
        if (!take_digit(key.ptr[i], &number)) {
            return false;
        }
    }
    if (ret_conversation != NULL) {
        *ret_conversation = slice_sub(key, 0, len);
    }
    if (ret_number != NULL) {
        *ret_number = number;
    }
    return true;
}

static void put_count(struct json_write *w, const char *name, uint64_t count)
{
    if (count > 0) {
        json_put_int(w, name, (int64_t)count);
    }
}

void transcript_describe(struct json_write *w, const struct transcript *transcript)
{
    static const char *const owed[] = {NULL, "waiting", "due"};
    bool is_there = transcript->count > 0 || transcript->kept > 0 || transcript->cut > 0 ||
                    transcript->told > 0 || transcript->owed != TRANSCRIPT_SETTLED;
    if (!is_there) {
        return;
    }
    json_key(w, "transcript");
    json_object(w);
    put_count(w, "first", transcript->first);
    put_count(w, "chunks", transcript->count);
    put_count(w, "kept", transcript->kept);
    put_count(w, "turns", transcript->turns);
    put_count(w, "cut", transcript->cut);
    put_count(w, "told", transcript->told);
    if (transcript->owed != TRANSCRIPT_SETTLED) {
        json_put_text(w, "owed", owed[transcript->owed]);
    }
    json_end(w);
}
