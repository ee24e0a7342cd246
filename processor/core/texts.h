/* texts — in which language a store's text is told: the customer's, as far as the store has it.
 *
 *     locale "de-CH"   the store has de-CH ──▶ that; else de ──▶ that; else the store's own text
 *
 * Lookup of RFC 4647 (§3.4): the locale is shortened from its end until the store has a text for
 * what is left. Case makes no difference, and "_" is "-". A text is named by the slot under which
 * it is told; an empty one is told to nobody, in that language. */
#ifndef PROCESSOR_CORE_TEXTS_H
#define PROCESSOR_CORE_TEXTS_H

#include "event/config.h"

/* own  the store's text without a language: where nothing fits, or nothing is known. Pure. */
struct slice texts_pick(const struct store *store, enum slot slot, struct slice locale,
                        struct slice own);
/* The same of what one rule tells instead of calling a human. */
struct slice texts_pick_rule(const struct store *store, enum reason reason, struct slice locale,
                             struct slice own);

#endif
