#include "sandbox/demo_turn.h"

#include "json/json_write.h"

enum { DEMO_MARKDOWN_BYTES_MAX = 60 * 1024 };

static const char hint[] = "\n\nAnything else? Say *talk to a human* and I will fetch someone.";

static const struct {
    const char *intent;
    const char *words[6]; /* any of them, in small letters */
    const char *text;
} topics[] = {
    {"returns",
     {"return", "refund", "exchange", "money back"},
     "You can send anything back within **30 days**, unworn and with its label. The refund is on "
     "your account five days after the parcel reached us."},
    {"shipping",
     {"ship", "deliver", "track", "parcel", "where is my order", "arrive"},
     "Parcels leave us within a day and take **two to four days**. The link in your shipping mail "
     "shows where yours is right now."},
    {"opening_hours",
     {"open", "hours", "closed", "when can i"},
     "We are there **Monday to Friday from 9 to 18**, and on Saturdays from 10 to 16."},
    {"sizes",
     {"size", "fit", "too small", "too big", "tight"},
     "Our things run **true to size**. Between two sizes? Take the larger one; exchanging is "
     "free."},
    {"payment",
     {"pay", "invoice", "card", "discount", "voucher"},
     "You can pay by **card, invoice or voucher**. Codes go into the field below the basket."},
    {"greeting",
     {"hello", "hi ", "good morning", "hey"},
     "Hello! I know about **shipping, returns, sizes, payment and opening hours**."},
    {"thanks", {"thank", "great", "perfect"}, "You are welcome!"},
};

static bool is_letter_equal(char a, char b)
{
    return (a >= 'A' && a <= 'Z' ? (char)(a | 0x20) : a) == b;
}

static bool has_words(struct slice text, const char *words)
{
    size_t len = strlen(words);
    for (size_t at = 0; at + len <= text.len; at++) {
        size_t i = 0;
        while (i < len && is_letter_equal(text.ptr[at + i], words[i])) {
            i++;
        }
        if (i == len) {
            return true;
        }
    }
    return false;
}

static size_t find_topic(struct slice text)
{
    size_t count = sizeof topics / sizeof topics[0];
    for (size_t t = 0; t < count; t++) {
        for (size_t i = 0; i < sizeof topics[t].words / sizeof topics[t].words[0]; i++) {
            if (topics[t].words[i] != NULL && has_words(text, topics[t].words[i])) {
                return t;
            }
        }
    }
    return count;
}

/* Takes `word` and the blank behind it off the front. */
static bool take_word(struct slice *text, const char *word)
{
    struct slice head = {0};
    struct slice tail = {0};
    (void)slice_split(*text, ' ', &head, &tail);
    if (!slice_equal_nocase(head, slice_of(word))) {
        return false;
    }
    *text = slice_trim(tail);
    return true;
}

/* "0.5 rest": seconds with an optional fraction, in ms. */
static int64_t take_seconds(struct slice *text)
{
    struct slice number = {0};
    struct slice rest = {0};
    int64_t ms = 0;
    int64_t unit = 1000;
    bool fraction = false;
    (void)slice_split(*text, ' ', &number, &rest);
    for (size_t i = 0; i < number.len && ms < DEMO_WAIT_MS_MAX; i++) {
        char c = number.ptr[i];
        if (c == '.' && !fraction) {
            fraction = true;
        } else if (c >= '0' && c <= '9' && fraction) {
            unit /= 10;
            ms += unit * (c - '0');
        } else if (c >= '0' && c <= '9') {
            ms = ms * 10 + 1000 * (int64_t)(c - '0');
        } else {
            return 0;
        }
    }
    *text = slice_trim(rest);
    return ms < DEMO_WAIT_MS_MAX ? ms : DEMO_WAIT_MS_MAX;
}

static int64_t longer(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

enum { SHOWN_MAX = 4 };

struct words {
    struct json_write *w;
    struct slice shown[SHOWN_MAX]; /* addresses */
    size_t shown_count;
    struct slice store;
    struct demo_answer *answer;
    const char *intent;
    double confidence;
    bool handoff;
};

static void say(struct words *s, struct buf *line)
{
    json_object(s->w);
    json_put_slice(s->w, "markdown", slice_cut_utf8(buf_slice(line), DEMO_MARKDOWN_BYTES_MAX));
    json_end(s->w);
}

static err_t say_echo(struct words *s, struct slice text)
{
    CLEANUP(buf) struct buf line = {0};
    buf_init(&line, 2 * DEMO_MARKDOWN_BYTES_MAX);
    TRY(buf_printf(&line, "%.*s: ", SLICE_ARG(s->store)));
    TRY(buf_append(&line, slice_cut_utf8(text, DEMO_MARKDOWN_BYTES_MAX)));
    s->intent = "echo";
    say(s, &line);
    return err_ok();
}

static err_t say_topic(struct words *s, struct slice text)
{
    CLEANUP(buf) struct buf line = {0};
    size_t topic = find_topic(text);
    bool known = topic < sizeof topics / sizeof topics[0];
    buf_init(&line, DEMO_MARKDOWN_BYTES_MAX);
    s->intent = known ? topics[topic].intent : "other";
    TRY(buf_append_text(&line, known ? topics[topic].text
                                     : "I am only a demo bot, but I know about **shipping, "
                                       "returns, sizes, payment and opening hours**."));
    TRY(buf_append_text(&line, hint));
    say(s, &line);
    return err_ok();
}

static err_t say_one(struct words *s, struct slice text)
{
    text = slice_trim(text);
    if (slice_equal_nocase(text, SLICE("fail"))) {
        s->answer->fails = true;
        return err_ok();
    }
    if (slice_equal_nocase(text, SLICE("human"))) {
        s->handoff = true;
        s->intent = "human";
        return err_ok();
    }
    if (take_word(&text, "echo")) {
        return say_echo(s, text);
    }
    if (take_word(&text, "unsure")) {
        s->confidence = 0.2;
        return say_echo(s, text);
    }
    if (take_word(&text, "show")) {
        struct slice url = {0};
        (void)slice_split(text, ' ', &url, &text);
        if (s->shown_count < SHOWN_MAX) {
            s->shown[s->shown_count++] = url;
        }
        return say_echo(s, slice_trim(text));
    }
    if (take_word(&text, "slow")) {
        s->answer->slow_ms = longer(s->answer->slow_ms, take_seconds(&text));
        return say_echo(s, text);
    }
    if (take_word(&text, "later")) {
        s->answer->is_later = true;
        s->answer->later_ms = longer(s->answer->later_ms, take_seconds(&text));
        return say_echo(s, text);
    }
    return say_topic(s, text);
}

static void put_shown(struct json_write *w, const struct words *s)
{
    json_key(w, "attachments");
    json_array(w);
    for (size_t i = 0; i < s->shown_count; i++) {
        struct slice url = s->shown[i];
        struct slice name = url;
        while (slice_find(name, '/') < name.len) {
            name = slice_sub(name, slice_find(name, '/') + 1, name.len);
        }
        json_object(w);
        json_put_slice(w, "url", url);
        json_put_text(w, "media_type", "image/png");
        json_put_slice(w, "name", name);
        json_end(w);
    }
    json_end(w);
}

static void put_rest(struct json_write *w, const struct words *s)
{
    if (s->shown_count > 0) {
        put_shown(w, s);
    }
    json_key(w, "confidence");
    json_number(w, s->confidence);
    json_put_text(w, "intent", s->intent);
    json_key(w, "actions");
    json_array(w);
    json_end(w);
    if (s->handoff) {
        json_key(w, "handoff");
        json_object(w);
        json_put_text(w, "reason", "customer_request");
        json_put_text(w, "summary", "The customer asked the demo bot for a human.");
        json_end(w);
    }
}

err_t demo_turn(const struct json *turn, struct slice store, bool as_reply, struct buf *out,
                struct demo_answer *ret_answer)
{
    struct json_write w;
    struct demo_answer answer = {0};
    struct words words = {
        .w = &w, .store = store, .answer = &answer, .intent = "none", .confidence = 0.9};
    json_write_init(&w, out);
    json_object(&w);
    if (as_reply) {
        json_put_text(&w, "type", "reply");
        json_put_slice(&w, "turn", json_id(json_find(turn, "turn")));
        json_put_slice(&w, "conversation", json_id(json_find(turn, "conversation")));
    }
    json_key(&w, "messages");
    json_array(&w);
    JSON_EACH(message, json_find(turn, "messages"))
    {
        TRY(say_one(&words, json_string(json_find(message, "text"))));
    }
    json_end(&w);
    put_rest(&w, &words);
    json_end(&w);
    TRY(json_write_done(&w));
    *ret_answer = answer;
    return err_ok();
}
