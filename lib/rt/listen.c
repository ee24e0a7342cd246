#include "rt/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static err_t refuse(int error, const char *host, uint16_t port, struct why *why)
{
    char reason[64] = "";
    if (strerror_r(error, reason, sizeof reason) != 0) {
        reason[0] = '\0';
    }
    why_set(why, "cannot listen on %s:%u: %s", host, (unsigned)port, reason);
    if (error == EACCES || error == EPERM) {
        return ERR(PERMISSION);
    }
    return error == EADDRINUSE || error == EADDRNOTAVAIL ? ERR(UNAVAILABLE) : ERR(IO);
}

static void describe(int fd, char text[LISTEN_TEXT_BYTES])
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char host[64] = "?";
    char port[8] = "0";
    memset(&address, 0, sizeof address);
    if (getsockname(fd, (struct sockaddr *)&address, &size) == 0) {
        (void)getnameinfo((struct sockaddr *)&address, size, host, sizeof host, port, sizeof port,
                          NI_NUMERICHOST | NI_NUMERICSERV);
    }
    bool is_v6 = strchr(host, ':') != NULL;
    (void)snprintf(text, LISTEN_TEXT_BYTES, "%s%s%s:%s", is_v6 ? "[" : "", host, is_v6 ? "]" : "",
                   port);
}

/* 0, or what went wrong (errno). */
static int try_address(const struct addrinfo *address, int *ret_fd)
{
    const int one = 1;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return errno;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, LISTEN_BACKLOG) != 0) {
        int error = errno;
        close(fd);
        return error;
    }
    *ret_fd = fd;
    return 0;
}

err_t listen_open(const char *host, uint16_t port, struct why *why, int *ret_fd,
                  char ret_text[LISTEN_TEXT_BYTES])
{
    char service[8];
    (void)snprintf(service, sizeof service, "%u", (unsigned)port);
    bool all = host[0] == '\0' || strcmp(host, "*") == 0;
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    int answer = getaddrinfo(all ? NULL : host, service, &hints, &found);
    if (answer != 0) {
        why_set(why, "cannot listen on %s:%u: %s", host, (unsigned)port, gai_strerror(answer));
        return ERR(UNAVAILABLE);
    }
    int error = EADDRNOTAVAIL;
    int fd = -1;
    for (const struct addrinfo *at = found; at != NULL && error != 0; at = at->ai_next) {
        error = try_address(at, &fd);
    }
    freeaddrinfo(found);
    if (error != 0) {
        return refuse(error, host, port, why);
    }
    describe(fd, ret_text);
    *ret_fd = fd;
    return err_ok();
}
