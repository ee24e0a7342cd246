#include "processor/core/files.h"

#include "event/file_place.h"

static bool is_carried(const struct context *ctx, struct slice url, bool zendesks)
{
    enum file_place place = file_place(ctx->account, ctx->store, url);
    return place == (zendesks ? FILE_PLACE_ZENDESK : FILE_PLACE_BOT);
}

err_t files_carry(struct context *ctx, const struct attachment *files, size_t count, bool zendesks,
                  struct command *command)
{
    struct carried_file *all = ARENA_ARRAY(ctx->arena, struct carried_file, LIMIT_ATTACHMENTS_MAX);
    size_t total = command->file_count;
    if (all == NULL) {
        return ARENA_ERR(ctx->arena);
    }
    if (total > 0) {
        memcpy(all, command->files, total * sizeof all[0]);
    }
    for (size_t i = 0; i < count && total < LIMIT_ATTACHMENTS_MAX; i++) {
        if (is_carried(ctx, files[i].url, zendesks)) {
            all[total++] =
                (struct carried_file){files[i].url, files[i].media_type, files[i].name, zendesks};
        }
    }
    command->files = all;
    command->file_count = total;
    return err_ok();
}

bool files_is_carried(const struct command *command, struct slice url)
{
    for (size_t i = 0; i < command->file_count; i++) {
        if (slice_equal(command->files[i].url, url)) {
            return true;
        }
    }
    return false;
}

err_t files_put_name(struct buf *out, const struct attachment *file, bool url_too)
{
    TRY(buf_printf(out, "[file]%s%.*s", file->name.len > 0 ? " " : "", SLICE_ARG(file->name)));
    return url_too ? buf_printf(out, "%s%.*s", " ", SLICE_ARG(file->url)) : err_ok();
}

err_t files_put_way(struct buf *out, const struct attachment *file, const struct command *carrier)
{
    return files_put_name(out, file, carrier == NULL || !files_is_carried(carrier, file->url));
}
