#include "ctl/command.h"
#include "ctl/keys.h"
#include "ctl/out.h"

#include <stdio.h>

static const char program[] = "tieline keygen";

static const struct option_row rows[] = {
    {"json", OPTION_SWITCH, NULL, false, false, NULL, "one JSON object instead of text"},
};

static void report(const char *dir, bool json)
{
    if (json) {
        char path[KEYS_PATH_BYTES];
        struct out_line o;
        out_begin(&o, stdout);
        static const char *const names[][2] = {
            {"ingest", "ingest.key"}, {"egress", "egress.key"}, {"public", "public.json"}};
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            (void)keys_path(dir, names[i][1], path);
            json_put_text(&o.json, names[i][0], path);
        }
        out_end(&o);
        return;
    }
    (void)printf(
        "%s/ingest.key   for tieline-ingest --key-file; nobody else needs it\n"
        "%s/egress.key   for tieline-egress --key-file; nobody else needs it\n"
        "%s/public.json  no secret: tieline apply FILE --keys %s/public.json\n"
        "Keep a copy of the two private keys: without them every secret must be applied again.\n",
        dir, dir, dir, dir);
}

static err_t run(const struct options *options, struct log *log, struct why *why)
{
    struct public_keys keys;
    const char *dir = options_word(options, 0);
    (void)log;
    TRY(seal_init(true));
    TRY(keys_make(dir, why, &keys));
    report(dir, options_switch(options, "json"));
    return err_ok();
}

int command_keygen(int argc, char *const *argv)
{
    return command_main(program,
                        "Makes the key pairs of the sealed secrets, one for ingest and one for "
                        "egress.",
                        rows, sizeof rows / sizeof rows[0], "DIR", 1, argc, argv, run);
}
