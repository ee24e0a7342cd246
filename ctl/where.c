#include "ctl/where.h"

#include "ctl/out.h"
#include "ctl/read_file.h"
#include "rt/stop.h"

#include <unistd.h>

static const char dev_file[] = ".tieline/dev.json";
static const char dev_key[] = ".tieline/keys/egress.key";
enum { FILE_BYTES_MAX = 256 * 1024 };

/* *ret_root  NULL = brokers were named, or no `tieline dev` was run here */
static err_t read_dev(const struct options *options, struct arena *arena, struct why *why,
                      const struct json **ret_root)
{
    struct slice text;
    *ret_root = NULL;
    if (options_given(options, "brokers") || access(dev_file, F_OK) != 0) {
        return err_ok();
    }
    TRY(read_file(arena, dev_file, FILE_BYTES_MAX, why, &text));
    if (err_failed(json_parse(arena, text, NULL, why, ret_root))) {
        why_prefix(why, "%s: ", dev_file);
        return ERR(SYNTAX);
    }
    return err_ok();
}

err_t where_programs(const struct options *options, struct arena *arena, struct why *why,
                     const struct json **ret_programs)
{
    const struct json *root = NULL;
    TRY(read_dev(options, arena, why, &root));
    *ret_programs = json_find(root, "programs");
    return err_ok();
}

err_t where_options(const struct options *options, struct arena *arena, struct why *why,
                    struct startup *ret)
{
    const struct json *root = NULL;
    TRY(startup_options(options, "tieline", "0", why, ret));
    TRY(read_dev(options, arena, why, &root));
    if (root == NULL) {
        return err_ok();
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
    out_busy("looking for the brokers", 0);
    return !stop_requested();
}

err_t where_cluster(struct startup *s, struct why *why)
{
    TRY(cluster_check(&s->kafka, span_s(15), keep_waiting, NULL, why, &s->cluster));
    s->kafka.embedded = s->cluster.embedded;
    return err_ok();
}

static const struct reader_ops *plain_ops; /* one a process: there is one kind of reader */
static uint64_t records_read;

static err_t next_and_tell(struct reader *reader, span_ms_t timeout, struct bus_record *ret_record,
                           enum reader_status *ret_status)
{
    err_t e = plain_ops->next(reader, timeout, ret_record, ret_status);
    records_read += !err_failed(e) && *ret_status == READER_RECORD ? 1 : 0;
    out_busy("reading the log: records", records_read);
    return e;
}

struct reader_port where_reader(struct reader_kafka *kafka)
{
    static struct reader_ops ops;
    struct reader_port port = reader_kafka_port(kafka);
    plain_ops = port.ops;
    ops = *port.ops;
    ops.next = next_and_tell;
    port.ops = &ops;
    return port;
}
