/* route — which store speaks in a conversation: never the wrong brand, rather nobody.
 *
 *     widget mapped to a store ............ that store, for good
 *     widget not mapped, fallback store ... the fallback, counted          (row 111)
 *     widget not mapped, no fallback ...... silence, counted               (row 112)
 *     no widget, brand of exactly one ..... that store, until a widget says otherwise
 *     chat of a bot's own site ............ the store that told of it first, for good
 *     neither ............................. wait, silent; messages are kept
 *
 * Feature rows 109-113. */
#ifndef PROCESSOR_CORE_ROUTE_H
#define PROCESSOR_CORE_ROUTE_H

#include "processor/core/context.h"

/* Takes in the ids that the event brings, decides, and sets ctx->store. Silence is judged anew with
 * each event, so that a widget mapped later is answered from then on. */
void route(struct context *ctx);

#endif
