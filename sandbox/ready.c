#include "sandbox/ready.h"

#include "json/json_write.h"
#include "sandbox/http.h"

#include <cmark.h>
#include <curl/curl.h>
#include <microhttpd.h>
#include <sodium.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef TIELINE_VERSION
#define TIELINE_VERSION "0.1.0"
#endif
#ifndef TIELINE_COMMIT
#define TIELINE_COMMIT "unknown"
#endif

enum { READY_BYTES_MAX = 64 * 1024 };

static void tell_systemd(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    static const char message[] = "READY=1";
    if (path == NULL || path[0] == '\0' || strlen(path) >= sizeof to.sun_path) {
        return;
    }
    memcpy(to.sun_path, path, strlen(path));
    socklen_t bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    if (to.sun_path[0] == '@') {
        to.sun_path[0] = '\0';
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        (void)sendto(fd, message, sizeof message - 1, MSG_NOSIGNAL, (struct sockaddr *)&to, bytes);
        (void)close(fd);
    }
}

err_t ready_say(const struct buf *line)
{
    if (printf("%s\n", buf_text(line)) < 0 || fflush(stdout) != 0) {
        return ERR(IO);
    }
    tell_systemd();
    return err_ok();
}

static void put_url(struct json_write *w, const char *key, const char *address)
{
    char url[HTTP_ADDRESS_BYTES + 16];
    (void)snprintf(url, sizeof url, "http://%s", address);
    json_put_text(w, key, url);
}

static void put_account(struct json_write *w, const struct store *store)
{
    json_put_slice(w, "subdomain", store->subdomain);
    json_put_slice(w, "app_id", store->app_id);
    json_put_slice(w, "key_id", store->app_key->id);
    json_put_slice(w, "key_secret", store->app_key->secret);
    json_key(w, "oauth");
    json_object(w);
    json_put_slice(w, "client_id", store->oauth_client_id);
    json_put_slice(w, "client_secret", store->oauth_client_secret);
    json_put_text(w, "token_path", "/oauth/tokens");
    json_end(w);
    json_put_slice(w, "email", store->email);
    json_put_slice(w, "api_token", store->api_token);
    json_put_int(w, "bot_user_id", store->bot_user_id);
    json_key(w, "brands");
    json_array(w);
    for (size_t i = 0; i < store->brand_count; i++) {
        const struct brand *brand = &store->brands[i];
        json_object(w);
        json_put_int(w, "id", brand->id);
        json_put_slice(w, "name", brand->name);
        json_put_slice(w, "widget_integration_id", brand->widget->id);
        json_end(w);
    }
    json_end(w);
    json_key(w, "agents");
    json_array(w);
    for (size_t i = 0; i < store->agent_count; i++) {
        json_object(w);
        json_put_int(w, "id", store->agents[i].id);
        json_put_slice(w, "name", store->agents[i].name);
        json_end(w);
    }
    json_end(w);
}

err_t ready_print(const struct store *store, const char *listen, const char *admin)
{
    CLEANUP(buf) struct buf line = {0};
    struct json_write w;
    buf_init(&line, READY_BYTES_MAX);
    json_write_init(&w, &line);
    json_object(&w);
    json_put_bool(&w, "ready", true);
    json_put_text(&w, "program", "sandbox");
    put_url(&w, "support_url", listen);
    put_url(&w, "conversations_url", listen);
    put_url(&w, "admin", admin);
    put_account(&w, store);
    json_end(&w);
    TRY(json_write_done(&w));
    return ready_say(&line);
}

void ready_print_version(const char *program)
{
    (void)printf("%s %s (%s)\nlibmicrohttpd %s, %s, libsodium %s, cmark %s\n", program,
                 TIELINE_VERSION, TIELINE_COMMIT, MHD_get_version(), curl_version(),
                 sodium_version_string(), cmark_version_string());
}
