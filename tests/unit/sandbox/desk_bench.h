/* desk_bench — a whole sandbox in memory, asked without a network. */
#ifndef TESTS_UNIT_SANDBOX_DESK_BENCH_H
#define TESTS_UNIT_SANDBOX_DESK_BENCH_H

#include "sandbox/scenario.h"
#include "sandbox/text.h"
#include "sandbox/world.h"
#include "tests/support/unit.h"

#include <sodium.h>

#include <stdio.h>

enum { BENCH_ARENA_BYTES = 64 * 1024 * 1024 };

struct desk_bench {
    struct world *world;
    struct arena arena; /* answers live here */
    char authorization[256];
};

static inline void desk_bench_init(struct desk_bench *b)
{
    struct scenario scenario;
    struct why why = {{0}};
    char plain[128];
    char coded[192];
    assert_true(sodium_init() >= 0);
    scenario_default(&scenario);
    b->world = calloc(1, sizeof *b->world);
    assert_non_null(b->world);
    arena_init(&b->arena, BENCH_ARENA_BYTES);
    const struct world_config config = {.seed = 1, .scenario = &scenario};
    EXPECT_OK("world", world_init(b->world, &config, &why));
    clock_fix(&b->world->clock, (wall_ms_t){INT64_C(1789377610000)}); /* 2026-09-14T09:20:10Z */
    (void)snprintf(plain, sizeof plain, "admin@acme.example/token:%.*s",
                   SLICE_ARG(b->world->store.api_token));
    (void)sodium_bin2base64(coded, sizeof coded, (const unsigned char *)plain, strlen(plain),
                            sodium_base64_VARIANT_ORIGINAL);
    (void)snprintf(b->authorization, sizeof b->authorization, "Basic %s", coded);
}

static inline void desk_bench_deinit(struct desk_bench *b)
{
    world_deinit(b->world);
    free(b->world);
    arena_deinit(&b->arena);
}

static inline void desk_bench_advance(struct desk_bench *b, int64_t seconds)
{
    clock_fix(&b->world->clock, wall_add(clock_now(&b->world->clock), span_s(seconds)));
}

/* One request; `path` below /api/v2, or of the control port. The body of the answer. */
static inline struct slice desk_bench_call(struct desk_bench *b, const char *method,
                                           const char *path, const char *body, unsigned *ret_status)
{
    struct answer answer = {.status = 500, .fd = -1};
    struct slice uri = {0};
    struct slice said = {0};
    bool is_admin = slice_starts_with(slice_of(path), SLICE("/sandbox"));
    EXPECT_OK("uri", arena_printf(&b->arena, &uri, "%s%s", is_admin ? "" : "/api/v2", path));
    struct request request = {.method = slice_of(method),
                              .uri = uri,
                              .host = SLICE("acme.example"),
                              .authorization = slice_of(b->authorization),
                              .body = slice_of(body)};
    (void)slice_split(uri, '?', &request.path, &request.query);
    buf_init(&answer.body, HTTP_BODY_BYTES_MAX);
    (is_admin ? world_serve_admin : world_serve_api)(b->world, &request, &answer);
    EXPECT_OK("answer", arena_copy(&b->arena, buf_slice(&answer.body), &said));
    buf_deinit(&answer.body);
    *ret_status = answer.status;
    return said;
}

/* A number of a JSON answer, by path ("ticket.id"). */
static inline int64_t desk_bench_number(struct desk_bench *b, struct slice answer, const char *path)
{
    const struct json *root = NULL;
    EXPECT_OK("json", json_parse(&b->arena, answer, NULL, NULL, &root));
    return json_i64(json_find(root, path), -1);
}

#endif
