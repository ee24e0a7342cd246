#include "processor/core/phrases.h"

#include "base/check.h"

#include <utf8proc.h>

#include <limits.h>

/* Most words that "*" may stand for. */
enum { GAP_WORDS_MAX = 2, DIGEST_BYTES_MIN = 10 };

#define PHRASE(text)                                                                               \
    {                                                                                              \
        "" text, sizeof(text) - 1                                                                  \
    }
static const struct slice known[] = {
    PHRASE("talk to * human"),
    PHRASE("talk with * human"),
    PHRASE("speak to * human"),
    PHRASE("speak with * human"),
    PHRASE("chat with * human"),
    PHRASE("talk to * person"),
    PHRASE("speak to * person"),
    PHRASE("speak with * person"),
    PHRASE("help from * person"),
    PHRASE("help from * human"),
    PHRASE("real person"),
    PHRASE("human agent"),
    PHRASE("live agent"),
    PHRASE("human please"),
    PHRASE("talk to * agent"),
    PHRASE("speak to * agent"),
    PHRASE("speak with * agent"),
    PHRASE("speak to * someone"),
    PHRASE("talk to someone real"),
    PHRASE("customer service representative"),
    PHRASE("mit * menschen sprechen"),
    PHRASE("mit * mitarbeiter sprechen"),
    PHRASE("mit * mitarbeiterin sprechen"),
    PHRASE("echten menschen"),
    PHRASE("menschlichen mitarbeiter"),
    PHRASE("parler à * humain"),
    PHRASE("parler avec * humain"),
    PHRASE("parler à * personne"),
    PHRASE("parler à * conseiller"),
    PHRASE("parler à * agent"),
    PHRASE("un vrai humain"),
    PHRASE("hablar con * humano"),
    PHRASE("hablar con * persona"),
    PHRASE("hablar con * agente"),
    PHRASE("una persona real"),
    PHRASE("parlare con * persona"),
    PHRASE("parlare con * operatore"),
    PHRASE("parlare con * umano"),
    PHRASE("falar com * humano"),
    PHRASE("falar com * pessoa"),
    PHRASE("falar com * atendente"),
    PHRASE("met * mens praten"),
    PHRASE("met * medewerker praten"),
    PHRASE("met * mens spreken"),
    PHRASE("med * människa"),
    PHRASE("rozmawiać z * człowiekiem"),
    PHRASE("rozmawiać z * konsultantem"),
    PHRASE("bir insanla"),
    PHRASE("müşteri temsilcisi"),
    PHRASE("поговорить с * человеком"),
    PHRASE("соединить с * оператором"),
};
#undef PHRASE

const struct slice *phrases_known(size_t *ret_count)
{
    *ret_count = sizeof known / sizeof known[0];
    return known;
}

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

/* Phrases by what they begin with, so that a word is compared with few of them: chains of indices,
 * one more than they are, so that 0 ends a chain. */
enum { BUCKETS = 256 };
struct beginnings {
    unsigned char first[BUCKETS];
    unsigned char next[PHRASES_AT_ONCE_MAX + 1];
};
STATIC_CHECK(PHRASES_AT_ONCE_MAX <= UCHAR_MAX, "an index is a byte");

/* The same for words that begin alike, however they are written: of their first two code points.
 *
 * text  begins with a word */
static unsigned char bucket_at(struct slice text)
{
    uint32_t first = (uint32_t)fold(take_code_point(&text));
    utf8proc_int32_t second = take_code_point(&text);
    uint32_t more = second >= 0 && is_word_part(second) ? (uint32_t)fold(second) : 0;
    return (unsigned char)((first * 31 + more) % BUCKETS);
}

/* Notes the phrase; false when any word may begin it. */
static bool note_beginning(struct beginnings *b, struct slice phrase, size_t index)
{
    skip_to(&phrase, true);
    if (phrase.len == 0) {
        return true; /* no words: it matches nothing */
    }
    if (phrase.ptr[0] == '*') {
        return false;
    }
    unsigned char *first = &b->first[bucket_at(phrase)];
    b->next[index + 1] = *first;
    *first = (unsigned char)(index + 1);
    return true;
}

bool phrases_in(struct slice text, const struct slice *phrases, size_t count)
{
    struct beginnings b = {{0}, {0}};
    CHECK(count <= PHRASES_AT_ONCE_MAX);
    if (count == 0) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!note_beginning(&b, phrases[i], i) && phrase_in(text, phrases[i])) {
            return true;
        }
    }
    for (skip_to(&text, true); text.len > 0; skip_to(&text, true)) {
        for (unsigned i = b.first[bucket_at(text)]; i != 0; i = b.next[i]) {
            if (begins_with(text, phrases[i - 1], 0)) {
                return true;
            }
        }
        skip_to(&text, false);
    }
    return false;
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
