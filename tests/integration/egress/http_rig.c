#include "tests/integration/egress/http_rig.h"

#include "rt/clock_sys.h"
#include "tests/support/unit.h"

#include <string.h>

struct http_rig rig;

int http_rig_setup(void **state)
{
    (void)state;
    EXPECT_OK("reactor", reactor_new(&rig.reactor));
    EXPECT_OK("http", http_new(rig.reactor, clock_sys(), "Tieline/test", &rig.http));
    rig.peer = http_port(rig.http);
    return 0;
}

int http_rig_teardown(void **state)
{
    (void)state;
    http_free(rig.http);
    reactor_free(rig.reactor);
    if (rig.server != NULL) {
        raw_server_free(rig.server);
    }
    rig = (struct http_rig){0};
    return 0;
}

struct peer_request http_rig_request(const char *url, const char *method, const char *body)
{
    return (struct peer_request){
        .method = slice_of(method),
        .url = slice_of(url),
        .body = slice_of(body),
        .headers = {SLICE("Content-Type: application/json"), SLICE("Authorization: Basic eDp5")},
        .header_count = 2,
        .deadline = span_s(5),
        .private_allowed = true,
        .cookie = 7,
    };
}

const char *http_rig_url(const char *path)
{
    static char url_text[64];
    (void)snprintf(url_text, sizeof url_text, "http://127.0.0.1:%u%s",
                   (unsigned)raw_server_port(rig.server), path);
    return url_text;
}

struct peer_answer http_rig_call(const struct peer_request *request)
{
    struct peer_answer answer = {0};
    bool got = false;
    EXPECT_OK("submit", peer_submit(&rig.peer, request));
    for (int i = 0; i < 2000 && !got; i++) {
        span_ms_t wait = http_tick(rig.http);
        EXPECT_OK("wait", reactor_run_once(rig.reactor, span_ms(wait.ms < 10 ? wait.ms : 10)));
        EXPECT_OK("collect", peer_collect(&rig.peer, &answer, &got));
    }
    EXPECT("answered", got && answer.cookie == request->cookie);
    EXPECT("nothing left under way", peer_in_flight(&rig.peer) == 0);
    return answer;
}

size_t http_rig_seen(const char *path)
{
    size_t seen = 0;
    for (size_t r = 0; r < raw_server_requests(rig.server); r++) {
        seen += strstr(raw_server_request(rig.server, r), path) != NULL ? 1 : 0;
    }
    return seen;
}
