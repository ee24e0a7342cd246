#include "ctl/where.h"

#include "ctl/read_file.h"
#include "json/json_read.h"
#include "rt/stop.h"

#include <unistd.h>

static const char dev_file[] = ".tieline/dev.json";
static const char dev_key[] = ".tieline/keys/egress.key";
enum { FILE_BYTES_MAX = 256 * 1024 };

err_t where_options(const struct options *options, struct arena *arena, struct why *why,
                    struct startup *ret)
{
    TRY(startup_options(options, "tieline", "0", why, ret));
    if (options_given(options, "brokers") || access(dev_file, F_OK) != 0) {
        return err_ok();
    }
    struct slice text;
    const struct json *root = NULL;
    TRY(read_file(arena, dev_file, FILE_BYTES_MAX, why, &text));
    if (err_failed(json_parse(arena, text, NULL, why, &root))) {
        why_prefix(why, "%s: ", dev_file);
        return ERR(SYNTAX);
    }
    struct slice brokers = json_string(json_find(root, "brokers"));
    struct slice prefix = json_string(json_find(root, "prefix"));
    if (brokers.len == 0) {
        why_set(why, "%s names no brokers", dev_file);
        return ERR(SYNTAX);
    }
    ret->kafka.brokers = brokers.ptr; /* texts of an arena end with a NUL */
    if (prefix.len > 0 && !options_given(options, "prefix")) {
        ret->kafka.prefix = prefix.ptr;
    }
    return err_ok();
}

const char *where_key_file(const struct options *options)
{
    const char *path = options_text(options, "key-file");
    bool is_dev = path == NULL && !options_given(options, "brokers") &&
                  access(dev_file, F_OK) == 0 && access(dev_key, R_OK) == 0;
    return is_dev ? dev_key : path;
}

static bool keep_waiting(void *arg)
{
    (void)arg;
    return !stop_requested();
}

err_t where_cluster(struct startup *s, struct why *why)
{
    TRY(cluster_check(&s->kafka, span_s(15), keep_waiting, NULL, why, &s->cluster));
    s->kafka.embedded = s->cluster.embedded;
    return err_ok();
}
