#include "tests/unit/ingest/http_message.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    struct http_head head;
    struct http_body body;
    size_t body_at;
};

static void read_body(struct reader *r, struct slice bytes, struct message *m)
{
    struct slice piece = {0};
    struct fault fault = {0};
    for (;;) {
        switch (http_body_read(&r->body, bytes, &r->body_at, &piece, &fault)) {
        case HTTP_BODY_PIECE:
            CHECK(piece.len > 0 && piece.len <= sizeof m->body - m->body_len);
            memcpy(m->body + m->body_len, piece.ptr, piece.len);
            m->body_len += piece.len;
            break;
        case HTTP_BODY_WHOLE:
            m->whole = true;
            m->taken = r->body_at;
            return;
        case HTTP_BODY_FAULT:
            CHECK(fault.status != 0 && fault.detail != NULL);
            m->status = fault.status;
            return;
        case HTTP_BODY_MORE: CHECK(r->body_at == bytes.len); return;
        }
    }
}

static void read_head(struct reader *r, struct slice bytes, struct message *m)
{
    switch (http_head_read(&r->head, bytes)) {
    case HTTP_HEAD_MORE: CHECK(r->head.at == bytes.len); return;
    case HTTP_HEAD_FAULT:
        CHECK(r->head.status != 0 && r->head.detail != NULL);
        m->status = r->head.status;
        return;
    case HTTP_HEAD_WHOLE: break;
    }
    m->head_len = r->head.at;
    m->head = http_head_view(&r->head, bytes, m->fields);
    m->status = framing_judge(&m->head).status;
    if (m->status == 0) {
        http_body_init(&r->body, &m->head);
        r->body_at = r->head.at;
        read_body(r, bytes, m);
    }
}

void message_read(struct slice bytes, const size_t *cuts, size_t cut_count, struct message *ret)
{
    struct reader *r = calloc(1, sizeof *r);
    CHECK(r != NULL);
    http_head_init(&r->head);
    *ret = (struct message){0};
    for (size_t i = 0; i <= cut_count && !ret->whole && ret->status == 0; i++) {
        struct slice part = slice_sub(bytes, 0, i < cut_count ? cuts[i] : bytes.len);
        char *copy = malloc(part.len);
        CHECK(copy != NULL || part.len == 0);
        if (part.len > 0) {
            memcpy(copy, part.ptr, part.len);
        }
        struct slice own = slice_from(copy, part.len);
        if (ret->head_len == 0) {
            read_head(r, own, ret);
        } else {
            read_body(r, own, ret);
        }
        ret->fault_at = part.len;
        if (ret->head_len > 0) { /* the same places in bytes that stay */
            ret->head.method = http_head_view(&r->head, bytes, ret->fields).method;
            ret->head.target = http_head_view(&r->head, bytes, ret->fields).target;
        }
        free(copy);
    }
    free(r);
}
