#include "ingest/core/platform_members.h"

#include "base/limits.h"

err_t platform_customer(const struct json *root, struct why *why, struct customer *ret_customer)
{
    const struct json *object = members_given(root, "customer");
    if (object == NULL) {
        return err_ok();
    }
    if (object->type != JSON_OBJECT) {
        return members_refuse_type(why, "customer", "an object", object);
    }
    struct customer customer = {0};
    const struct {
        const char *name;
        size_t bytes_max;
        struct slice *text;
    } members[] = {
        {"id", LIMIT_ID_BYTES_MAX, &customer.user_id},
        {"external_id", LIMIT_ID_BYTES_MAX, &customer.external_id},
        {"zendesk_id", LIMIT_ID_BYTES_MAX, &customer.zendesk_id},
        {"name", LIMIT_LABEL_BYTES_MAX, &customer.name},
        {"email", LIMIT_LABEL_BYTES_MAX, &customer.email},
        {"locale", LIMIT_LABEL_BYTES_MAX, &customer.locale},
        {"avatar_url", LIMIT_URL_BYTES_MAX, &customer.avatar_url},
        {"phone", LIMIT_LABEL_BYTES_MAX, &customer.phone},
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        err_t error =
            members_text(object, members[i].name, members[i].bytes_max, why, members[i].text);
        if (err_failed(error)) {
            why_prefix(why, "in `customer`: ");
            return error;
        }
    }
    *ret_customer = customer;
    return err_ok();
}
