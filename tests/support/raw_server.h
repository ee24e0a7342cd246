/* raw_server — a server on a free port of 127.0.0.1 that does to a connection what a test says.
 *
 * One thread accepts and serves one connection after the other, or each on a thread of its own.
 * What was read is kept, request by request, byte for byte. */
#ifndef TESTS_SUPPORT_RAW_SERVER_H
#define TESTS_SUPPORT_RAW_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct raw_server;

/* Serves one connection; returns when it may be closed. `number` counts connections from 0. */
typedef void (*raw_serve)(struct raw_server *server, int fd, size_t number);

struct raw_server *raw_server_new(raw_serve serve);
void raw_server_free(struct raw_server *s);   /* waits for its threads */
void raw_server_deafen(struct raw_server *s); /* nobody new is let in */
uint16_t raw_server_port(const struct raw_server *s);

/* For raw_serve: reads one whole request (head, and a body of Content-Length bytes) and keeps it;
 * false at the end of the connection. */
bool raw_server_read(struct raw_server *s, int fd);
void raw_server_write(int fd, const char *text);

size_t raw_server_connections(struct raw_server *s);
size_t raw_server_requests(struct raw_server *s);
/* Request `index`, NUL-terminated; valid until the server is freed. */
const char *raw_server_request(struct raw_server *s, size_t index);

#endif
