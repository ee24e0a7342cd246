#include "event/describe.h"
#include "event/describe_parts.h"

static const char *voice_name(enum voice voice)
{
    switch (voice) {
    case VOICE_NONE: return "";
    case VOICE_BOT: return "bot";
    case VOICE_NOTICE: return "notice";
    case VOICE_CUSTOMER: return "customer";
    }
    BUG("voice out of range");
}

static void put_files(struct json_write *w, const struct command *command)
{
    if (command->file_count == 0) {
        return;
    }
    json_key(w, "files");
    json_array(w);
    for (size_t i = 0; i < command->file_count; i++) {
        const struct carried_file *file = &command->files[i];
        json_object(w);
        json_put_slice(w, "url", file->url);
        json_put_slice_if(w, "media_type", file->media_type);
        json_put_slice_if(w, "name", file->name);
        put_true(w, "zendesks", file->zendesks);
        json_end(w);
    }
    json_end(w);
}

void describe_command(struct json_write *w, const struct command *command)
{
    json_object(w);
    json_put_text(w, "effect", effect_name(command->effect));
    put_effect_id(w, "effect_id", command->effect_id);
    json_put_int(w, "slot", command->slot);
    put_int_if(w, "index", command->index);
    json_put_slice_if(w, "voice", slice_of(voice_name(command->voice)));
    json_put_slice_if(w, "account", command->account);
    json_put_slice_if(w, "store", command->store);
    json_put_slice_if(w, "conversation", command->conversation);
    json_put_slice_if(w, "remote_id", command->remote_id);
    put_int_if(w, "episode", command->episode);
    put_int_if(w, "attempt", command->attempt);
    json_put_int(w, "epoch", command->epoch);
    put_true(w, "look_first", command->look_first);
    put_true(w, "check_owner", command->check_owner);
    put_time(w, "created", command->created);
    put_int_if(w, "deadline_ms", command->deadline.ms);
    json_put_slice_if(w, "turn", command->turn);
    json_put_slice_if(w, "traceparent", command->traceparent);
    put_true(w, "typing", command->typing);
    put_files(w, command);
    if (command->method != METHOD_NONE) {
        json_put_text(w, "method", http_method_name(command->method));
        json_put_slice(w, "path", command->path);
    }
    put_body(w, "body", command->body);
    put_body(w, "fallback", command->fallback);
    json_end(w);
}
