#include "kafka/stored.h"

#include "kafka/kafka_err.h"

#include <string.h>
#include <time.h>

enum { STORED_MS = 10000, STORED_STEP_MS = 100 };

err_t stored_client(const struct kafka_options *group, bool is_settled,
                    const struct client_hooks *hooks, struct why *why, struct client **ret_client)
{
    char name[CLIENT_NAME_BYTES];
    TRY(client_group(group, name, why));
    const struct kafka_property fixed[] = {
        {"group.id", name},
        {"enable.auto.commit", "false"},
        {"isolation.level", is_settled ? "read_committed" : "read_uncommitted"},
        {"socket.timeout.ms", "10000"},
        {NULL, NULL}};
    return client_new(group, RD_KAFKA_CONSUMER, fixed, hooks, NULL, why, ret_client);
}

static void pause_briefly(void)
{
    const struct timespec pause = {.tv_nsec = STORED_STEP_MS * 1000L * 1000};
    (void)nanosleep(&pause, NULL);
}

/* A coordinator that was chosen a moment ago is not at work yet: asked again. */
static rd_kafka_resp_err_t ask(struct client *client, rd_kafka_topic_partition_list_t *list)
{
    int64_t until = client_now_ms() + STORED_MS;
    for (;;) {
        int left = (int)(until - client_now_ms());
        rd_kafka_resp_err_t code =
            rd_kafka_committed(client_handle(client), list, left < 1 ? 1 : left);
        for (int i = 0; i < list->cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
            code = list->elems[i].err;
        }
        bool settles = err_class(KAFKA_ERR(code)) == ERR_CLASS_TRANSIENT;
        if (!settles || client_now_ms() >= until) {
            return code;
        }
        pause_briefly();
    }
}

err_t stored_list(struct client *client, const char *topic, int32_t partitions, struct why *why,
                  rd_kafka_topic_partition_list_t **ret_list)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    rd_kafka_topic_partition_list_add_range(list, topic, 0, partitions - 1);
    rd_kafka_resp_err_t code = ask(client, list);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        why_set(why, "committed offsets of %s: %s", topic, rd_kafka_err2str(code));
        rd_kafka_topic_partition_list_destroy(list);
        return KAFKA_ERR(code);
    }
    *ret_list = list;
    return err_ok();
}

err_t stored_offsets(const struct kafka_options *group, const char *topic, int32_t partitions,
                     struct why *why, int64_t *ret_offsets)
{
    CLEANUP_PTR(client) struct client *client = NULL;
    TRY(stored_client(group, true, NULL, why, &client));
    rd_kafka_topic_partition_list_t *list = NULL;
    TRY(stored_list(client, topic, partitions, why, &list));
    for (int i = 0; i < list->cnt; i++) {
        ret_offsets[list->elems[i].partition] =
            list->elems[i].offset < 0 ? -1 : list->elems[i].offset;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return err_ok();
}

/* A group that nobody has ever joined is not listed. */
static int members_in(const struct rd_kafka_group_list *groups, const char *name,
                      rd_kafka_resp_err_t *code)
{
    int members = 0;
    for (int i = 0; i < groups->group_cnt; i++) {
        const struct rd_kafka_group_info *group = &groups->groups[i];
        if (strcmp(group->group, name) == 0) {
            members += group->member_cnt;
            *code = group->err != RD_KAFKA_RESP_ERR_NO_ERROR ? group->err : *code;
        }
    }
    return members;
}

err_t stored_members(const struct kafka_options *group, struct why *why, int *ret_members)
{
    CLEANUP_PTR(client) struct client *client = NULL;
    char name[CLIENT_NAME_BYTES];
    TRY(client_group(group, name, why));
    TRY(stored_client(group, true, NULL, why, &client));
    int64_t until = client_now_ms() + STORED_MS;
    for (;;) {
        const struct rd_kafka_group_list *groups = NULL;
        rd_kafka_resp_err_t code =
            rd_kafka_list_groups(client_handle(client), name, &groups, STORED_MS / 2);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            *ret_members = members_in(groups, name, &code);
        }
        if (groups != NULL) {
            rd_kafka_group_list_destroy(groups);
        }
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            return err_ok();
        }
        if (err_class(KAFKA_ERR(code)) != ERR_CLASS_TRANSIENT || client_now_ms() >= until) {
            why_set(why, "members of the group %s: %s", name, rd_kafka_err2str(code));
            return KAFKA_ERR(code);
        }
        pause_briefly();
    }
}
