#include "processor/core/effects.h"

#include "base/check.h"

void effects_reset(struct effects *e)
{
    e->changed = true;
    e->evicted = false;
    e->command_count = 0;
    e->events = NULL;
    e->event_count = 0;
    e->chunks = NULL;
    e->chunk_count = 0;
    e->note_count = 0;
}

err_t effects_add(struct effects *e, struct command **ret_command)
{
    if (e->command_count == LIMIT_EFFECTS_PER_STEP_MAX) {
        return ERR(TOO_LARGE);
    }
    struct command *command = &e->commands[e->command_count++];
    *command = (struct command){0};
    *ret_command = command;
    return err_ok();
}

void effects_note(struct effects *e, enum note note)
{
    if (e->note_count < EFFECTS_NOTES_MAX) {
        e->notes[e->note_count++] = note;
    }
}

bool effects_has_note(const struct effects *e, enum note note)
{
    for (size_t i = 0; i < e->note_count; i++) {
        if (e->notes[i] == note) {
            return true;
        }
    }
    return false;
}

const char *note_name(enum note note)
{
    static const char *const names[NOTE_COUNT] = {
#define X(name, text) [NOTE_##name] = text,
        NOTE_TABLE(X)
#undef X
    };
    CHECK((unsigned)note < NOTE_COUNT);
    return names[note];
}
