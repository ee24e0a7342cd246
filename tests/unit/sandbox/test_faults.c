#include "sandbox/faults.h"
#include "tests/support/unit.h"

enum { SCRATCH_BYTES = 256 * 1024 };

static err_t order(struct faults *f, const char *text)
{
    CLEANUP(arena) struct arena arena = {0};
    const struct json *root = NULL;
    const struct fault *fault = NULL;
    struct why why = {{0}};
    arena_init(&arena, SCRATCH_BYTES);
    TRY(json_parse(&arena, slice_of(text), NULL, &why, &root));
    return faults_add(f, root, &why, &fault);
}

static bool hits(struct faults *f, const char *method, const char *path, int64_t now)
{
    return faults_take(f, slice_of(method), slice_of(path), (wall_ms_t){now}) != NULL;
}

static void orders_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        enum err_code code;
    } rows[] = {
        {"a kind is enough", "{\"kind\":\"drop\"}", ERR_OK},
        {"the kind's own name is its time", "{\"kind\":\"delay_ms\",\"delay_ms\":5}", ERR_OK},
        {"no kind", "{}", ERR_SYNTAX},
        {"an unknown kind", "{\"kind\":\"x\"}", ERR_SYNTAX},
        {"a status that is none", "{\"kind\":\"status\",\"status\":99}", ERR_SYNTAX},
        {"a status for a person", "{\"kind\":\"status\",\"status\":\"500\"}", ERR_SYNTAX},
        {"too long", "{\"kind\":\"delay_ms\",\"ms\":999999999}", ERR_SYNTAX},
        {"when", "{\"kind\":\"status\",\"when\":\"never\"}", ERR_SYNTAX},
        {"headers of text", "{\"kind\":\"status\",\"headers\":{\"A\":[]}}", ERR_SYNTAX},
        {"five headers",
         "{\"kind\":\"status\",\"headers\":{\"A\":1,\"B\":1,\"C\":1,\"D\":1,\"E\":1}}", ERR_SYNTAX},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct faults *f = calloc(1, sizeof *f);
        assert_non_null(f);
        faults_init(f);
        EXPECT_CODE(rows[i].why, order(f, rows[i].text), rows[i].code);
        faults_deinit(f);
        free(f);
    }
}

static void matches_are_counted(void **state)
{
    (void)state;
    struct faults *f = calloc(1, sizeof *f);
    assert_non_null(f);
    faults_init(f);
    EXPECT_OK("add", order(f, "{\"kind\":\"drop\",\"times\":2,\"skip\":1,"
                              "\"match\":{\"method\":\"POST\",\"path\":\"/users\"}}"));
    EXPECT("another method", !hits(f, "GET", "/users", 1));
    EXPECT("another path", !hits(f, "POST", "/user", 1));
    EXPECT("skipped", !hits(f, "POST", "/v2/users", 1));
    EXPECT("once", hits(f, "POST", "/v2/users", 1));
    EXPECT("twice", hits(f, "post", "/v2/users", 1));
    EXPECT("used up", !hits(f, "POST", "/v2/users", 1));
    EXPECT_OK("for ever", order(f, "{\"kind\":\"drop\",\"times\":-1}"));
    for (int i = 0; i < 100; i++) {
        EXPECT("still", hits(f, "GET", "/", 1));
    }
    faults_clear(f);
    EXPECT("deleted", !hits(f, "GET", "/", 1));
    faults_deinit(f);
    free(f);
}

static void requests_and_deliveries_do_not_mix(void **state)
{
    (void)state;
    struct faults *f = calloc(1, sizeof *f);
    assert_non_null(f);
    faults_init(f);
    EXPECT_OK("add", order(f, "{\"kind\":\"duplicate_webhook\",\"match\":{\"type\":\"a:b\"}}"));
    EXPECT("no request", !hits(f, "POST", "/x", 1));
    EXPECT("another type", faults_take_webhook(f, SLICE("http://t"), SLICE("c")) == NULL);
    EXPECT("this type", faults_take_webhook(f, SLICE("http://t"), SLICE("a:b")) != NULL);
    EXPECT("once", faults_take_webhook(f, SLICE("http://t"), SLICE("a:b")) == NULL);
    faults_deinit(f);
    free(f);
}

static void a_window_is_a_limit(void **state)
{
    (void)state;
    struct faults *f = calloc(1, sizeof *f);
    assert_non_null(f);
    faults_init(f);
    EXPECT_OK("add", order(f, "{\"kind\":\"rate_limit\",\"limit\":2,\"window_s\":10}"));
    EXPECT("1", !hits(f, "GET", "/", 1000));
    EXPECT("2", !hits(f, "GET", "/", 2000));
    EXPECT("over", hits(f, "GET", "/", 3000));
    EXPECT("still", hits(f, "GET", "/", 10999));
    EXPECT("a new window", !hits(f, "GET", "/", 11000));
    faults_deinit(f);
    free(f);
}

static void a_replay_counts_too(void **state)
{
    (void)state;
    struct faults *f = calloc(1, sizeof *f);
    assert_non_null(f);
    faults_init(f);
    EXPECT_OK("add", order(f, "{\"kind\":\"drop\",\"times\":2}"));
    faults_replay(f, 1);
    faults_replay(f, 99);
    EXPECT("one is left", hits(f, "GET", "/", 1));
    EXPECT("and no more", !hits(f, "GET", "/", 1));
    faults_deinit(f);
    free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_are_checked),
        cmocka_unit_test(matches_are_counted),
        cmocka_unit_test(requests_and_deliveries_do_not_mix),
        cmocka_unit_test(a_window_is_a_limit),
        cmocka_unit_test(a_replay_counts_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
