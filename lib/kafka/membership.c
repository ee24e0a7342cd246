#include "kafka/membership.h"

#include "kafka/kafka_err.h"

#include <string.h>

/* "CGMDv2:", generation (native i32), group, NUL, member, NUL, flag … */
static const char magic[7] = {'C', 'G', 'M', 'D', 'v', '2', ':'};

err_t membership_parse(struct slice bytes, struct membership *ret_membership)
{
    struct membership found = {.generation = -1};
    size_t at = sizeof magic + sizeof found.generation;
    if (bytes.len < at || memcmp(bytes.ptr, magic, sizeof magic) != 0) {
        return ERR(SYNTAX);
    }
    memcpy(&found.generation, bytes.ptr + sizeof magic, sizeof found.generation);
    struct slice rest = slice_sub(bytes, at, bytes.len);
    size_t group = slice_find(rest, '\0');
    struct slice member = slice_sub(rest, group + 1, rest.len);
    size_t length = slice_find(member, '\0');
    /* A flag follows, so there is more than the two texts and their NULs. */
    if (group == rest.len || length + 1 >= member.len || length >= sizeof found.member) {
        return ERR(SYNTAX);
    }
    memcpy(found.member, member.ptr, length);
    *ret_membership = found;
    return err_ok();
}

err_t membership_of(rd_kafka_t *consumer, struct membership *ret_membership)
{
    rd_kafka_consumer_group_metadata_t *metadata = rd_kafka_consumer_group_metadata(consumer);
    if (metadata == NULL) {
        return ERR(UNAVAILABLE);
    }
    void *bytes = NULL;
    size_t size = 0;
    rd_kafka_error_t *error = rd_kafka_consumer_group_metadata_write(metadata, &bytes, &size);
    rd_kafka_consumer_group_metadata_destroy(metadata);
    if (error != NULL) {
        rd_kafka_error_destroy(error);
        return ERR(UNAVAILABLE);
    }
    err_t err = membership_parse(slice_from(bytes, size), ret_membership);
    rd_kafka_mem_free(consumer, bytes);
    return err;
}

bool membership_same(const struct membership *a, const struct membership *b)
{
    return a->generation >= 0 && a->generation == b->generation &&
           strncmp(a->member, b->member, sizeof a->member) == 0;
}
