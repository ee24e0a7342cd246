/* The configuration as of any offset, against a model that walks the whole log for each question.
 * Rows 110 (by widget), 111 (fallback), 112 (nothing: the caller is silent). */
#include "base/rng.h"
#include "event/codec.h"
#include "event/config_log.h"
#include "tests/support/failing_heap.h"
#include "tests/support/unit.h"

enum { STEPS = 3000, NAMES = 6, IDS = 4, TEXT_BYTES = 32 };

static void encode(const struct config_record *record, struct buf *out)
{
    buf_reset(out);
    EXPECT_OK("encode", codec_config_encode(record, out));
}

static struct config_record account_named(struct slice name)
{
    return (struct config_record){
        .kind = CONFIG_ACCOUNT,
        .body.account = {
            .name = name, .enabled = true, .id_key = SLICE("0123456789abcdef0123456789abcdef")}};
}

static struct config_record store_on(struct slice name, struct slice account, struct slice widget,
                                     struct slice brand)
{
    return (struct config_record){.kind = CONFIG_STORE,
                                  .body.store = {.name = name,
                                                 .account = account,
                                                 .enabled = true,
                                                 .brand_id = brand,
                                                 .widget_id = widget}};
}

static void add(struct config_log *log, int64_t offset, const char *key,
                const struct config_record *record)
{
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    if (record != NULL) {
        encode(record, &bytes);
    }
    struct why why = {{0}};
    EXPECT_OK(key, config_log_add(log, offset, slice_of(key), buf_slice(&bytes), &why));
}

static const struct config_set *at(struct config_log *log, int64_t offset)
{
    const struct config_set *set = NULL;
    EXPECT_OK("set", config_log_at(log, offset, &set));
    return set;
}

static void a_lease_is_no_configuration(void **state)
{
    (void)state;
    CLEANUP_PTR(config_log) struct config_log *log = NULL;
    const struct config_record account = account_named(SLICE("acme"));
    EXPECT_OK("new", config_log_new(&log));
    add(log, 0, "account/acme", &account);
    EXPECT_OK("passed over", config_log_add(log, 1, SLICE("lease/acme"), SLICE("{}"), NULL));
    EXPECT_OK("its end too", config_log_add(log, 2, SLICE("lease/acme"), SLICE(""), NULL));
    EXPECT("no version begins there", config_log_end(log) == 0);
    EXPECT("but it was seen", config_log_seen(log) == 2);
    EXPECT("offsets rise over it",
           err_failed(config_log_add(log, 2, SLICE("account/acme"), SLICE(""), NULL)));
    EXPECT_OK("a shadow's mark too", config_log_add(log, 3, SLICE("shadow"), SLICE("{}"), NULL));
    EXPECT("nor there", config_log_end(log) == 0);
    EXPECT("the account stays", config_account(at(log, 3), SLICE("acme")) != NULL);
}

static void an_empty_log_has_nothing(void **state)
{
    (void)state;
    CLEANUP_PTR(config_log) struct config_log *log = NULL;
    EXPECT_OK("new", config_log_new(&log));
    EXPECT("no end", config_log_end(log) == -1);
    const struct config_set *set = at(log, INT64_MAX);
    EXPECT("one set", set == at(log, -1) && set == at(log, 7) && set == at(log, INT64_MIN));
    EXPECT("no deployment", config_deployment(set) == NULL);
    EXPECT("no account", config_account(set, SLICE("acme")) == NULL);
    EXPECT("none at all", config_account_count(set) == 0 && config_store_count(set) == 0);
    EXPECT("no store", config_store(set, SLICE("")) == NULL);
    EXPECT("no widget", config_store_by_widget(set, SLICE("acme"), SLICE("w")) == NULL);
    EXPECT("no brand", config_store_by_brand(set, SLICE("acme"), SLICE("b")) == NULL);
}

/* The drawing in config_log.h. */
static void two_partitions_may_see_two_versions(void **state)
{
    (void)state;
    CLEANUP_PTR(config_log) struct config_log *log = NULL;
    EXPECT_OK("new", config_log_new(&log));
    struct config_record a = account_named(SLICE("a"));
    struct config_record s1 = store_on(SLICE("s1"), SLICE("a"), SLICE("w1"), SLICE("b"));
    struct config_record s2 = store_on(SLICE("s2"), SLICE("a"), SLICE(""), SLICE("b"));
    struct config_record s1_new = store_on(SLICE("s1"), SLICE("a"), SLICE("w9"), SLICE("b9"));
    add(log, 0, "account/a", &a);
    add(log, 1, "store/s1", &s1);
    add(log, 2, "store/s2", &s2);
    const struct config_set *before = at(log, INT64_MAX);
    add(log, 3, "store/s1", &s1_new);
    const struct config_set *after = at(log, INT64_MAX);
    EXPECT("cached", at(log, 2) == before && at(log, 3) == after && at(log, 99) == after);
    EXPECT("end", config_log_end(log) == 3);

    const struct store *old = config_store_by_widget(before, SLICE("a"), SLICE("w1"));
    EXPECT("as it was", old != NULL && old == config_store(before, SLICE("s1")));
    EXPECT("moved away", config_store_by_widget(after, SLICE("a"), SLICE("w1")) == NULL);
    EXPECT("not yet there", config_store_by_widget(before, SLICE("a"), SLICE("w9")) == NULL);
    const struct store *now = config_store_by_widget(after, SLICE("a"), SLICE("w9"));
    EXPECT("as it is", now != NULL && now == config_store(after, SLICE("s1")));
    EXPECT("two name the brand", config_store_by_brand(before, SLICE("a"), SLICE("b")) == NULL);
    const struct store *only = config_store_by_brand(after, SLICE("a"), SLICE("b"));
    EXPECT("one names it", only != NULL && only == config_store(after, SLICE("s2")));
    EXPECT("no brand is no brand", config_store_by_brand(after, SLICE("a"), SLICE("")) == NULL);
    const struct store *fallback = config_store_by_widget(after, SLICE("a"), SLICE(""));
    EXPECT("fallback", fallback == only);
    EXPECT("of another account",
           config_store_by_widget(after, SLICE("b"), SLICE("")) == NULL &&
               config_store_by_widget(after, SLICE("b"), SLICE("w9")) == NULL);
    EXPECT("a set never changes", config_store_count(before) == 2 &&
                                      config_store_at(before, 0) == old &&
                                      config_account_count(before) == 1);
    EXPECT("empty before it began", config_store_count(at(log, -1)) == 0);
}

static void several_stores_with_one_widget(void **state)
{
    (void)state;
    CLEANUP_PTR(config_log) struct config_log *log = NULL;
    EXPECT_OK("new", config_log_new(&log));
    struct config_record one = store_on(SLICE("one"), SLICE("a"), SLICE("w"), SLICE(""));
    struct config_record two = store_on(SLICE("two"), SLICE("a"), SLICE("w"), SLICE(""));
    struct config_record one_off = one;
    one_off.body.store.enabled = false;
    add(log, 0, "store/one", &one);
    add(log, 1, "store/two", &two);
    const struct store *found = config_store_by_widget(at(log, 1), SLICE("a"), SLICE("w"));
    EXPECT("who had it first keeps it", found == config_store(at(log, 1), SLICE("one")));
    add(log, 2, "store/one", &one_off);
    found = config_store_by_widget(at(log, 2), SLICE("a"), SLICE("w"));
    EXPECT("an enabled one goes before", found == config_store(at(log, 2), SLICE("two")));
    add(log, 3, "store/two", NULL);
    found = config_store_by_widget(at(log, 3), SLICE("a"), SLICE("w"));
    EXPECT("a disabled one is still found", found != NULL && !found->enabled);
}

/* What cannot be read takes the entry away, whatever stood there. */
static void what_cannot_be_read_is_absent(void **state)
{
    (void)state;
    CLEANUP(buf) struct buf other = {0};
    buf_init(&other, LIMIT_RECORD_BYTES_MAX);
    struct config_record other_record = account_named(SLICE("other"));
    encode(&other_record, &other);
    CLEANUP(buf) struct buf newer = {0};
    buf_init(&newer, LIMIT_RECORD_BYTES_MAX);
    struct config_record acme = account_named(SLICE("acme"));
    encode(&acme, &newer);
    EXPECT_OK("schema 2 behind schema 1", buf_append(&newer, SLICE("\x08\x02")));
    CLEANUP(buf) struct buf store = {0};
    buf_init(&store, LIMIT_RECORD_BYTES_MAX);
    struct config_record store_record = store_on(SLICE("acme"), SLICE("a"), SLICE(""), SLICE(""));
    encode(&store_record, &store);
    const struct {
        const char *why;
        struct slice value;
        enum err_code code;
    } rows[] = {
        {"garbage", SLICE("\xff\xff"), ERR_SYNTAX},
        {"a newer schema", buf_slice(&newer), ERR_UNKNOWN_SCHEMA},
        {"another account's record", buf_slice(&other), ERR_RANGE},
        {"a store's record", buf_slice(&store), ERR_RANGE},
        {"a tombstone", {NULL, 0}, ERR_OK},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP_PTR(config_log) struct config_log *log = NULL;
        EXPECT_OK("new", config_log_new(&log));
        add(log, 10, "account/acme", &acme);
        struct why why = {{0}};
        EXPECT_CODE(rows[i].why,
                    config_log_add(log, 20, SLICE("account/acme"), rows[i].value, &why),
                    rows[i].code);
        EXPECT(rows[i].why, (rows[i].code == ERR_OK) == (why.text[0] == '\0'));
        EXPECT("before", config_account(at(log, 19), SLICE("acme")) != NULL);
        EXPECT("absent", config_account(at(log, 20), SLICE("acme")) == NULL);
        EXPECT("counted", config_log_end(log) == 20);
        EXPECT("not listed", config_account_count(at(log, 20)) == 0);
        add(log, 21, "account/acme", &acme);
        EXPECT("back again", config_account(at(log, 21), SLICE("acme")) != NULL);
    }
}

static void keys_and_offsets_are_checked(void **state)
{
    (void)state;
    static const char *const keys[] = {"",         "account",       "account/", "account/Acme",
                                       "stores/a", "deployment/",   "/a",       "store/a/b",
                                       "acme",     "deployment\t/", "store/-a"};
    CLEANUP_PTR(config_log) struct config_log *log = NULL;
    EXPECT_OK("new", config_log_new(&log));
    int64_t offset = 0;
    for (size_t i = 0; i < COUNT_OF(keys); i++, offset++) {
        struct why why = {{0}};
        EXPECT_CODE(keys[i], config_log_add(log, offset, slice_of(keys[i]), SLICE("x"), &why),
                    ERR_SYNTAX);
        EXPECT(keys[i], why.text[0] != '\0' && config_log_end(log) == offset);
    }
    struct config_record deployment = {.kind = CONFIG_DEPLOYMENT,
                                       .body.deployment = {.partitions = 16}};
    add(log, 100, "deployment", &deployment);
    EXPECT("deployment", config_deployment(at(log, 100))->partitions == 16);
    EXPECT("not before", config_deployment(at(log, 99)) == NULL);
    for (int64_t again = 99; again <= 100; again++) {
        EXPECT_CODE("not above the last",
                    config_log_add(log, again, SLICE("deployment"), (struct slice){0}, NULL),
                    ERR_RANGE);
    }
    EXPECT("untouched", config_deployment(at(log, INT64_MAX)) != NULL);
    config_log_free(NULL);
}

/* The model: every record as it was written; a question walks them all. */
static struct model {
    struct {
        char name[TEXT_BYTES];
        struct config_record record; /* NONE = absent */
        bool is_store;
    } step[STEPS];
    char account[STEPS][TEXT_BYTES];
    char widget[STEPS][TEXT_BYTES];
    char brand[STEPS][TEXT_BYTES];
} model;

/* The step that decides about the name at `offset`, or -1 when it is absent there. */
static int model_find(bool is_store, const char *name, int64_t offset)
{
    for (int i = (int)offset; i >= 0; i--) {
        if (model.step[i].is_store == is_store && strcmp(model.step[i].name, name) == 0) {
            return model.step[i].record.kind == CONFIG_NONE ? -1 : i;
        }
    }
    return -1;
}

static const char *name_of(unsigned i)
{
    static const char *const names[NAMES] = {"n0", "n1", "n2", "n3", "n4", "n5"};
    return names[i];
}
static const char *id_of(unsigned i)
{
    static const char *const ids[IDS] = {"", "i1", "i2", "i3"};
    return ids[i];
}

static int model_by_widget(const char *account, const char *widget, int64_t offset)
{
    int found = -1;
    for (unsigned n = 0; n < NAMES; n++) {
        int i = model_find(true, name_of(n), offset);
        if (i < 0 || strcmp(model.account[i], account) != 0 ||
            strcmp(model.widget[i], widget) != 0) {
            continue;
        }
        bool on = model.step[i].record.body.store.enabled;
        bool found_on = found >= 0 && model.step[found].record.body.store.enabled;
        if (found < 0 || (on && !found_on) || (on == found_on && i < found)) {
            found = i;
        }
    }
    return found;
}

static int model_by_brand(const char *account, const char *brand, int64_t offset)
{
    int found = -1;
    for (unsigned n = 0; n < NAMES && brand[0] != '\0'; n++) {
        int i = model_find(true, name_of(n), offset);
        if (i < 0 || strcmp(model.account[i], account) != 0 || strcmp(model.brand[i], brand) != 0) {
            continue;
        }
        if (found >= 0) {
            return -1;
        }
        found = i;
    }
    return found;
}

static bool agrees(const struct store *store, int step)
{
    if (store == NULL || step < 0) {
        return store == NULL && step < 0;
    }
    const struct store *expected = &model.step[step].record.body.store;
    return slice_equal(store->name, expected->name) &&
           slice_equal(store->account, expected->account) &&
           slice_equal(store->widget_id, expected->widget_id) &&
           slice_equal(store->brand_id, expected->brand_id) && store->enabled == expected->enabled;
}

static void compare(struct config_log *log, int64_t offset)
{
    const struct config_set *set = at(log, offset);
    size_t accounts = 0;
    size_t stores = 0;
    for (unsigned n = 0; n < NAMES; n++) {
        struct slice name = slice_of(name_of(n));
        int account = model_find(false, name_of(n), offset);
        int store = model_find(true, name_of(n), offset);
        EXPECT("account", (config_account(set, name) == NULL) == (account < 0));
        EXPECT("store", agrees(config_store(set, name), store));
        accounts += account >= 0 ? 1 : 0;
        stores += store >= 0 ? 1 : 0;
        for (unsigned i = 0; i < IDS; i++) {
            struct slice id = slice_of(id_of(i));
            EXPECT("widget", agrees(config_store_by_widget(set, name, id),
                                    model_by_widget(name_of(n), id_of(i), offset)));
            EXPECT("brand", agrees(config_store_by_brand(set, name, id),
                                   model_by_brand(name_of(n), id_of(i), offset)));
        }
    }
    EXPECT("counts", config_account_count(set) == accounts && config_store_count(set) == stores);
    for (size_t i = 0; i < stores; i++) {
        const struct store *store = config_store_at(set, i);
        EXPECT("listed", store == config_store(set, store->name));
    }
    for (size_t i = 0; i < accounts; i++) {
        const struct account *account = config_account_at(set, i);
        EXPECT("listed", account == config_account(set, account->name));
    }
}

/* One random record into both. */
static void step(struct config_log *log, struct rng *rng, int i)
{
    bool is_store = rng_below(rng, 3) > 0;
    const char *name = name_of((unsigned)rng_below(rng, NAMES));
    model.step[i].is_store = is_store;
    (void)snprintf(model.step[i].name, TEXT_BYTES, "%s", name);
    (void)snprintf(model.account[i], TEXT_BYTES, "%s", name_of((unsigned)rng_below(rng, 2)));
    (void)snprintf(model.widget[i], TEXT_BYTES, "%s", id_of((unsigned)rng_below(rng, IDS)));
    (void)snprintf(model.brand[i], TEXT_BYTES, "%s", id_of((unsigned)rng_below(rng, IDS)));
    struct config_record record =
        is_store ? store_on(slice_of(model.step[i].name), slice_of(model.account[i]),
                            slice_of(model.widget[i]), slice_of(model.brand[i]))
                 : account_named(slice_of(model.step[i].name));
    if (is_store) {
        record.body.store.enabled = rng_below(rng, 2) == 0;
    }
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    encode(&record, &bytes);
    uint64_t kind = rng_below(rng, 10);
    if (kind == 0) {
        buf_reset(&bytes); /* tombstone */
    } else if (kind == 1) {
        bytes.ptr[0] = (char)0xff; /* unreadable */
    }
    model.step[i].record = kind < 2 ? (struct config_record){0} : record;
    char key[2 * TEXT_BYTES];
    (void)snprintf(key, sizeof key, "%s/%s", is_store ? "store" : "account", name);
    EXPECT_CODE(key, config_log_add(log, i, slice_of(key), buf_slice(&bytes), NULL),
                kind == 1 ? ERR_SYNTAX : ERR_OK);
}

static void agrees_with_the_model(void **state)
{
    (void)state;
    struct rng rng;
    rng_seed(&rng, 20260914);
    CLEANUP_PTR(config_log) struct config_log *log = NULL;
    EXPECT_OK("new", config_log_new(&log));
    for (int i = 0; i < STEPS; i++) {
        step(log, &rng, i);
        if (i % 7 == 0) {
            compare(log, i);
            compare(log, (int64_t)rng_below(&rng, (uint64_t)i + 1));
        }
    }
    compare(log, -1);
}

/* Whatever allocation fails, the log is whole and may be freed. */
static void without_memory_nothing_breaks(void **state)
{
    (void)state;
    struct config_record store = store_on(SLICE("s"), SLICE("a"), SLICE("w"), SLICE("b"));
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    encode(&store, &bytes);
    int failed = 1;
    for (unsigned n = 1; failed != 0; n++) {
        CLEANUP_PTR(config_log) struct config_log *log = NULL;
        failing_heap_arm(n);
        err_t e = config_log_new(&log);
        bool added = false;
        if (!err_failed(e)) {
            e = config_log_add(log, 0, SLICE("store/s"), buf_slice(&bytes), NULL);
            added = !err_failed(e);
        }
        const struct config_set *set = NULL;
        if (log != NULL && !err_failed(config_log_at(log, 0, &set))) {
            EXPECT("there, or absent", added == (config_store(set, SLICE("s")) != NULL));
        }
        failed = failing_heap_disarm();
        EXPECT("whole in the end", failed != 0 || added);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_log_has_nothing),
        cmocka_unit_test(a_lease_is_no_configuration),
        cmocka_unit_test(two_partitions_may_see_two_versions),
        cmocka_unit_test(several_stores_with_one_widget),
        cmocka_unit_test(what_cannot_be_read_is_absent),
        cmocka_unit_test(keys_and_offsets_are_checked),
        cmocka_unit_test(agrees_with_the_model),
        cmocka_unit_test(without_memory_nothing_breaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
