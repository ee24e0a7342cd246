#include "tests/support/raw_server.h"

#include "base/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    REQUESTS_MAX = 4096,
    CONNECTIONS_MAX = 2048,
    HEAD_BYTES_MAX = 64 * 1024,
    REQUEST_BYTES_MAX = 2 * 1024 * 1024,
};

struct raw_server {
    raw_serve serve;
    int listener;
    uint16_t port;
    pthread_t acceptor;
    pthread_mutex_t lock;
    /* shared, under lock */
    bool is_stopping;
    size_t connection_count;
    pthread_t threads[CONNECTIONS_MAX];
    int fds[CONNECTIONS_MAX]; /* -1 = closed */
    size_t request_count;
    char *requests[REQUESTS_MAX];
};

struct job {
    struct raw_server *server;
    size_t number;
    int fd;
};

static void *serve_one(void *arg)
{
    struct job job = *(struct job *)arg;
    free(arg);
    job.server->serve(job.server, job.fd, job.number);
    pthread_mutex_lock(&job.server->lock);
    job.server->fds[job.number] = -1;
    pthread_mutex_unlock(&job.server->lock);
    (void)close(job.fd);
    return NULL;
}

static void *accept_all(void *arg)
{
    struct raw_server *s = arg;
    for (;;) {
        int fd = accept(s->listener, NULL, NULL);
        if (fd < 0) {
            return NULL;
        }
        pthread_mutex_lock(&s->lock);
        CHECK(s->connection_count < CONNECTIONS_MAX);
        size_t number = s->connection_count++;
        s->fds[number] = fd;
        struct job *job = malloc(sizeof *job);
        CHECK(job != NULL);
        *job = (struct job){s, number, fd};
        CHECK(pthread_create(&s->threads[number], NULL, serve_one, job) == 0);
        pthread_mutex_unlock(&s->lock);
    }
}

struct raw_server *raw_server_new(raw_serve serve)
{
    struct raw_server *s = calloc(1, sizeof *s);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int one = 1;
    CHECK(s != NULL);
    s->serve = serve;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(s->listener >= 0);
    CHECK(setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0);
    CHECK(bind(s->listener, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(listen(s->listener, 512) == 0);
    CHECK(getsockname(s->listener, (struct sockaddr *)&address, &size) == 0);
    s->port = ntohs(address.sin_port);
    CHECK(pthread_mutex_init(&s->lock, NULL) == 0);
    CHECK(pthread_create(&s->acceptor, NULL, accept_all, s) == 0);
    return s;
}

void raw_server_free(struct raw_server *s)
{
    (void)shutdown(s->listener, SHUT_RDWR);
    CHECK(pthread_join(s->acceptor, NULL) == 0);
    (void)close(s->listener);
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->connection_count; i++) {
        if (s->fds[i] >= 0) {
            (void)shutdown(s->fds[i], SHUT_RDWR);
        }
    }
    size_t count = s->connection_count;
    pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < count; i++) {
        CHECK(pthread_join(s->threads[i], NULL) == 0);
    }
    for (size_t i = 0; i < s->request_count; i++) {
        free(s->requests[i]);
    }
    CHECK(pthread_mutex_destroy(&s->lock) == 0);
    free(s);
}

void raw_server_deafen(struct raw_server *s)
{
    (void)shutdown(s->listener, SHUT_RDWR);
}

uint16_t raw_server_port(const struct raw_server *s)
{
    return s->port;
}

static size_t body_length(const char *head)
{
    for (const char *line = head; line != NULL; line = strstr(line, "\r\n")) {
        line += line == head ? 0 : 2;
        if (strncasecmp(line, "content-length:", 15) == 0) {
            unsigned long length = 0;
            for (const char *c = line + 15; *c == ' ' || (*c >= '0' && *c <= '9'); c++) {
                length = *c == ' ' ? length : length * 10 + (unsigned long)(*c - '0');
            }
            return length;
        }
    }
    return 0;
}

/* Reads on until there are `wanted` bytes. */
static bool read_on(int fd, char *text, size_t *len, size_t wanted)
{
    while (*len < wanted) {
        ssize_t got = read(fd, text + *len, wanted - *len);
        if (got <= 0) {
            return false;
        }
        *len += (size_t)got;
    }
    return true;
}

bool raw_server_read(struct raw_server *s, int fd)
{
    char *text = calloc(1, HEAD_BYTES_MAX + 1);
    size_t len = 0;
    CHECK(text != NULL);
    bool good = true;
    while (good && strstr(text, "\r\n\r\n") == NULL) {
        /* One byte at a time: nothing of the next request is taken. */
        good = len < HEAD_BYTES_MAX && read_on(fd, text, &len, len + 1);
    }
    if (good) {
        size_t wanted = len + body_length(text);
        CHECK(wanted <= REQUEST_BYTES_MAX);
        text = realloc(text, wanted + 1);
        CHECK(text != NULL);
        memset(text + len, 0, wanted + 1 - len);
        good = read_on(fd, text, &len, wanted);
    }
    if (!good) {
        free(text);
        return false;
    }
    pthread_mutex_lock(&s->lock);
    CHECK(s->request_count < REQUESTS_MAX);
    s->requests[s->request_count++] = text;
    pthread_mutex_unlock(&s->lock);
    return true;
}

void raw_server_write(int fd, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t put = send(fd, text, left, MSG_NOSIGNAL);
        if (put <= 0) {
            return;
        }
        text += put;
        left -= (size_t)put;
    }
}

size_t raw_server_connections(struct raw_server *s)
{
    pthread_mutex_lock(&s->lock);
    size_t count = s->connection_count;
    pthread_mutex_unlock(&s->lock);
    return count;
}

size_t raw_server_requests(struct raw_server *s)
{
    pthread_mutex_lock(&s->lock);
    size_t count = s->request_count;
    pthread_mutex_unlock(&s->lock);
    return count;
}

const char *raw_server_request(struct raw_server *s, size_t index)
{
    pthread_mutex_lock(&s->lock);
    CHECK(index < s->request_count);
    const char *text = s->requests[index];
    pthread_mutex_unlock(&s->lock);
    return text;
}
