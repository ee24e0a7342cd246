#include "ctl/config_time.h"

#include "ctl/config_words.h"
#include "ctl/text.h"
#include "rt/options.h"

/* One that is none has been refused, or is by the check below. */
static span_ms_t wait_of(const struct json *value)
{
    span_ms_t wait = {0};
    bool is_one = value != NULL && value->type == JSON_STRING &&
                  options_span_parse(json_string(value), &wait);
    return is_one ? wait : span_ms(0);
}

static void draft_nobody(const struct json *at, struct store *ret)
{
    struct slice then = json_string(json_find(at, "then"));
    struct slice usual = SLICE("My colleagues are all busy. Thank you for waiting.");
    ret->nobody_after = wait_of(json_find(at, "after"));
    if (slice_equal(then, SLICE("ticket"))) {
        ret->nobody_then = NOBODY_TICKET;
        usual = SLICE("No colleague is free now. I have noted your request, and you will hear "
                      "from us.");
    } else if (slice_equal(then, SLICE("bot"))) {
        ret->nobody_then = NOBODY_BOT;
        usual = SLICE("No colleague is free now. Until then I am here for you again.");
    }
    ret->nobody_text = config_words_default(json_find(at, "text"), usual);
}

static void draft_silent(const struct json *at, struct store *ret)
{
    bool ends = slice_equal(json_string(json_find(at, "then")), SLICE("end"));
    ret->silent_after = wait_of(json_find(at, "after"));
    ret->silent_then = ends ? SILENT_END : SILENT_RELEASE;
    ret->silent_text = config_words_default(
        json_find(at, "text"),
        ends ? SLICE("I have not heard from you for a while. This conversation is over.")
             : SLICE("I have not heard from you for a while. Just write when you need me."));
}

void config_time_draft(const struct json *at, struct store *ret)
{
    const struct json *nobody = json_find(at, "handoff.nobody");
    const struct json *silent = json_find(at, "inactivity");
    ret->end_solves = json_bool(json_find(at, "end_solves_ticket"), false);
    if (nobody != NULL) {
        draft_nobody(nobody, ret);
    }
    if (silent != NULL) {
        draft_silent(silent, ret);
    }
}

/* --- judged --- */

static void say(struct problems *p, const struct json *at, const char *member, const char *text)
{
    char path[PROBLEM_PATH_BYTES];
    const struct json *value = json_find(at, member);
    text_set(path, sizeof path, "stores.%.*s.%s", SLICE_ARG(at->key), member);
    problems_error(p, value == NULL ? at->offset : value->offset, path, "%s", text);
}

static void check_wait(struct problems *p, const struct json *at, const char *member,
                       span_ms_t wait)
{
    bool is_given = json_find(at, member) != NULL;
    if (is_given && (wait.ms < CONFIG_WAIT_MS_MIN || wait.ms > CONFIG_WAIT_MS_MAX)) {
        say(p, at, member, "expected a time from 1s to 30d; leave it all out to switch it off");
    }
}

void config_time_check(struct problems *p, const struct json *at, const struct store *store)
{
    check_wait(p, at, "handoff.nobody.after", store->nobody_after);
    check_wait(p, at, "inactivity.after", store->silent_after);
}
