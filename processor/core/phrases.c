#include "processor/core/phrases.h"

#include "base/check.h"

#include <utf8proc.h>

#include <stdint.h>

/* Most words that "*" may stand for. */
enum { GAP_WORDS_MAX = 2, DIGEST_BYTES_MIN = 10 };

/* Most of what is read is ASCII, which needs no tables. */
static inline bool is_ascii(utf8proc_int32_t code_point)
{
    return code_point >= 0 && code_point < 0x80;
}

static inline utf8proc_int32_t fold(utf8proc_int32_t code_point)
{
    if (is_ascii(code_point)) {
        return code_point >= 'A' && code_point <= 'Z' ? code_point - 'A' + 'a' : code_point;
    }
    return utf8proc_tolower(code_point);
}

/* The code point at the front of `rest`, which becomes shorter; -1 at the end. Bytes that are no
 * UTF-8 count as separators. */
static inline utf8proc_int32_t take_code_point(struct slice *rest)
{
    utf8proc_int32_t code_point = -1;
    if (rest->len == 0) {
        return -1;
    }
    if (is_ascii((unsigned char)rest->ptr[0])) {
        code_point = rest->ptr[0];
        *rest = slice_from(rest->ptr + 1, rest->len - 1);
        return code_point;
    }
    utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)rest->ptr,
                                             (utf8proc_ssize_t)rest->len, &code_point);
    size_t step = used > 0 ? (size_t)used : 1;
    *rest = slice_sub(*rest, step, rest->len);
    return used > 0 ? code_point : ' ';
}

static inline bool is_ascii_part(unsigned char c)
{
    return (unsigned)(c | 0x20) - 'a' < 26 || (unsigned)c - '0' < 10 || c == '*';
}

/* Letters, marks and digits; and the star, which only phrases use. */
static inline bool is_word_part(utf8proc_int32_t code_point)
{
    if (is_ascii(code_point)) {
        return is_ascii_part((unsigned char)code_point);
    }
    int category = (int)utf8proc_category(code_point);
    bool is_letter = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
    bool is_mark = category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME;
    return is_letter || is_mark || category == UTF8PROC_CATEGORY_ND;
}

/* Goes on to where a code point is part of a word, or is none; or to the end. */
static void skip_to(struct slice *text, bool is_part)
{
    const char *at = text->ptr;
    size_t left = text->len;
    while (left > 0 && (unsigned char)*at < 0x80 && is_ascii_part((unsigned char)*at) != is_part) {
        at++;
        left--;
    }
    *text = slice_from(at, left);
    if (left == 0 || (unsigned char)*at < 0x80) {
        return;
    }
    struct slice behind = *text;
    while (text->len > 0 && is_word_part(take_code_point(&behind)) != is_part) {
        *text = behind;
    }
}

/* The next word of `rest`, which becomes what stands behind it; empty at the end. */
static struct slice take_word(struct slice *rest)
{
    skip_to(rest, true);
    struct slice begin = *rest;
    skip_to(rest, false);
    return slice_sub(begin, 0, begin.len - rest->len);
}

static bool same_word(struct slice a, struct slice b)
{
    while (a.len > 0 && b.len > 0) {
        if (fold(take_code_point(&a)) != fold(take_code_point(&b))) {
            return false;
        }
    }
    return a.len == 0 && b.len == 0;
}

/* --- runs of signs --- */

/* Of a script that puts no blanks between words, or one whose words end in particles. */
static bool is_unspaced(utf8proc_int32_t code_point)
{
    static const struct {
        utf8proc_int32_t from, to;
    } scripts[] = {
        {0x0E00, 0x0EFF},   /* Thai, Lao */
        {0x1000, 0x109F},   /* Burmese */
        {0x1780, 0x17FF},   /* Khmer */
        {0x3041, 0x30FF},   /* Kana */
        {0x3400, 0x9FFF},   /* Han */
        {0xAC00, 0xD7A3},   /* Hangul */
        {0x20000, 0x3FFFF}, /* more of Han */
    };
    for (size_t i = 0; code_point >= scripts[0].from && i < sizeof scripts / sizeof scripts[0];
         i++) {
        if (code_point >= scripts[i].from && code_point <= scripts[i].to) {
            return true;
        }
    }
    return false;
}

static bool is_run(struct slice phrase)
{
    return is_unspaced(take_code_point(&phrase));
}

/* No text without such a byte has a sign of those scripts in it. */
static bool may_have_runs(struct slice text)
{
    enum { LEAD_MIN = 0xE0 };
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] >= LEAD_MIN) {
            return true;
        }
    }
    return false;
}

/* The next sign that is part of a word; -1 at the end. */
static utf8proc_int32_t take_sign(struct slice *rest)
{
    utf8proc_int32_t code_point = take_code_point(rest);
    while (code_point >= 0 && !is_word_part(code_point)) {
        code_point = take_code_point(rest);
    }
    return code_point < 0 ? -1 : fold(code_point);
}

static bool signs_begin(struct slice text, struct slice signs)
{
    for (;;) {
        utf8proc_int32_t wanted = take_sign(&signs);
        if (wanted < 0 || take_sign(&text) != wanted) {
            return wanted < 0;
        }
    }
}

/* True when `text` begins with the signs of the run, whatever stands between them, and not with
 * what is behind "!" after them. */
static bool run_begins(struct slice text, struct slice run)
{
    size_t mark = slice_find(run, '!');
    bool is_there = signs_begin(text, slice_sub(run, 0, mark));
    return is_there && (mark == run.len || !signs_begin(text, run)); /* "!" is no sign itself */
}

static bool run_in(struct slice text, struct slice run)
{
    while (text.len > 0) {
        if (run_begins(text, run)) {
            return true;
        }
        (void)take_code_point(&text);
    }
    return false;
}

/* --- rows of words --- */

/* True when `text` begins with the words of `phrase`; at most `gap` words may be left out first. */
static bool begins_with(struct slice text, struct slice phrase, int gap)
{
    for (;;) {
        struct slice wanted = take_word(&phrase);
        if (wanted.len == 0) {
            return true;
        }
        if (slice_equal(wanted, SLICE("*"))) {
            gap = GAP_WORDS_MAX;
            continue;
        }
        struct slice found = take_word(&text);
        while (!same_word(wanted, found)) {
            if (found.len == 0 || gap == 0) {
                return false;
            }
            gap--;
            found = take_word(&text);
        }
        gap = 0;
    }
}

bool phrase_in(struct slice text, struct slice phrase)
{
    struct slice words = phrase;
    if (is_run(phrase)) {
        return may_have_runs(text) && run_in(text, phrase);
    }
    if (take_word(&words).len == 0) {
        return false;
    }
    while (text.len > 0) {
        if (begins_with(text, phrase, 0)) {
            return true;
        }
        (void)take_word(&text);
    }
    return false;
}

/* Which words a text begins anew with: a word's bucket is that of its first two code points,
 * however they are written. Most phrases begin with none of them, and need no second look. */
enum { BUCKETS = 256 };
struct heads {
    uint64_t bits[BUCKETS / 64];
};

static unsigned bucket_of(uint32_t first, uint32_t second)
{
    return (first * 31 + second) % BUCKETS;
}

/* text  begins with a word */
static unsigned bucket_at(struct slice text)
{
    utf8proc_int32_t first = take_code_point(&text);
    utf8proc_int32_t second = take_code_point(&text);
    bool is_more = second >= 0 && is_word_part(second);
    return bucket_of((uint32_t)fold(first), is_more ? (uint32_t)fold(second) : 0);
}

/* Between the signs of a run anything may stand: its first one alone counts. */
static unsigned run_bucket_at(struct slice text)
{
    return bucket_of((uint32_t)fold(take_code_point(&text)), 0);
}

static void heads_add(struct heads *h, unsigned bucket)
{
    h->bits[bucket / 64] |= UINT64_C(1) << bucket % 64;
}

static bool heads_have(const struct heads *h, unsigned bucket)
{
    return (h->bits[bucket / 64] >> bucket % 64 & 1) != 0;
}

static struct heads heads_of_words(struct slice text)
{
    struct heads h = {{0}};
    for (skip_to(&text, true); text.len > 0; skip_to(&text, true)) {
        heads_add(&h, bucket_at(text));
        skip_to(&text, false);
    }
    return h;
}

static struct heads heads_of_runs(struct slice text)
{
    struct heads h = {{0}};
    while (text.len > 0) {
        struct slice at = text;
        if (is_unspaced(take_code_point(&text))) {
            heads_add(&h, run_bucket_at(at));
        }
    }
    return h;
}

/* Phrases by what they begin with, so that a word is compared with few of them: chains of indices,
 * one more than they are, so that 0 ends a chain. */
struct beginnings {
    struct heads words, runs; /* of the text */
    uint16_t first[BUCKETS];  /* rows of words */
    uint16_t first_run[BUCKETS];
    bool has_rows, has_runs;
    uint16_t next[PHRASES_AT_ONCE_MAX + 1];
};
STATIC_CHECK(PHRASES_AT_ONCE_MAX < UINT16_MAX, "an index is of two bytes");

/* Notes the phrase where the text may hold it; false when any word may begin it. */
static bool note_beginning(struct beginnings *b, struct slice phrase, size_t index)
{
    bool is_a_run = is_run(phrase);
    skip_to(&phrase, true);
    if (phrase.len == 0) {
        return true; /* no words: it matches nothing */
    }
    if (phrase.ptr[0] == '*') {
        return false;
    }
    unsigned bucket = is_a_run ? run_bucket_at(phrase) : bucket_at(phrase);
    if (heads_have(is_a_run ? &b->runs : &b->words, bucket)) {
        uint16_t *first = is_a_run ? &b->first_run[bucket] : &b->first[bucket];
        b->has_rows = b->has_rows || !is_a_run;
        b->has_runs = b->has_runs || is_a_run;
        b->next[index + 1] = *first;
        *first = (uint16_t)(index + 1);
    }
    return true;
}

static bool is_wide(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] >= 0x80) {
            return true;
        }
    }
    return false;
}

/* Any of the runs that were noted, at any sign of their scripts. */
static bool noted_run_in(const struct beginnings *b, struct slice text, const struct slice *phrases)
{
    while (text.len > 0) {
        struct slice at = text;
        bool may_begin = is_unspaced(take_code_point(&text));
        for (unsigned i = may_begin ? b->first_run[run_bucket_at(at)] : 0; i != 0; i = b->next[i]) {
            if (run_begins(at, phrases[i - 1])) {
                return true;
            }
        }
    }
    return false;
}

static bool noted_row_in(const struct beginnings *b, struct slice text, const struct slice *phrases)
{
    for (skip_to(&text, true); text.len > 0; skip_to(&text, true)) {
        for (unsigned i = b->first[bucket_at(text)]; i != 0; i = b->next[i]) {
            if (begins_with(text, phrases[i - 1], 0)) {
                return true;
            }
        }
        skip_to(&text, false);
    }
    return false;
}

bool phrases_in(struct slice text, const struct slice *phrases, size_t count)
{
    CHECK(count <= PHRASES_AT_ONCE_MAX);
    if (count == 0) {
        return false;
    }
    bool wide = is_wide(text);
    struct beginnings b = {.words = heads_of_words(text)};
    if (wide) {
        b.runs = heads_of_runs(text);
    }
    for (size_t i = 0; i < count; i++) {
        bool is_left_out = phrases[i].len > 0 && !wide && (unsigned char)phrases[i].ptr[0] >= 0x80;
        if (!is_left_out && !note_beginning(&b, phrases[i], i) && phrase_in(text, phrases[i])) {
            return true;
        }
    }
    return (b.has_runs && noted_run_in(&b, text, phrases)) ||
           (b.has_rows && noted_row_in(&b, text, phrases));
}

/* FNV-1a over the folded code points, with a zero behind each word. */
static uint64_t mix(uint64_t digest, uint32_t code_point)
{
    for (int i = 0; i < 4; i++) {
        digest = (digest ^ ((code_point >> (8 * i)) & 0xff)) * UINT64_C(0x100000001b3);
    }
    return digest;
}

uint64_t phrase_digest(struct slice text)
{
    uint64_t digest = UINT64_C(0xcbf29ce484222325);
    size_t bytes = 0;
    for (;;) {
        struct slice word = take_word(&text);
        if (word.len == 0) {
            break;
        }
        bytes += word.len;
        while (word.len > 0) {
            digest = mix(digest, (uint32_t)fold(take_code_point(&word)));
        }
        digest = mix(digest, 0);
    }
    return bytes < DIGEST_BYTES_MIN ? 0 : digest;
}
