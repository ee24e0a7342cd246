/* phrases — does a customer ask for a human, in so many words?
 *
 * A phrase is a row of words; it matches where the text has the same words one after the other,
 * case-folded (Unicode, utf8proc), whatever stands between them that is no letter or digit. "*"
 * stands for at most two words of any kind. Whole words only: "humane" is not "human".
 *
 * A phrase that begins with a sign of a script without blanks (Han, Kana, Thai, …) or with Hangul
 * is a run: it matches anywhere, also within a word, whatever stands between its signs that is no
 * letter or digit. "RUN!MORE" is the run where MORE does not follow: "转人工!智" is not
 * "转人工智能". Feature rows 71, 76. */
#ifndef PROCESSOR_CORE_PHRASES_H
#define PROCESSOR_CORE_PHRASES_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when `text` holds `phrase`. A phrase without words matches nothing. Pure. */
bool phrase_in(struct slice text, struct slice phrase);
/* True when it holds any of them. Looks at each word of the text once, however many they are.
 *
 * count  at most PHRASES_AT_ONCE_MAX */
enum { PHRASES_AT_ONCE_MAX = 384 };
bool phrases_in(struct slice text, const struct slice *phrases, size_t count);

/* The same for texts of the same words, whatever their case and what stands between them; 0 for a
 * text that is too short to say anything when it is said again ("yes", "thanks"). Pure; the value
 * is kept in states: it never changes. */
uint64_t phrase_digest(struct slice text);

#endif
