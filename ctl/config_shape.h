/* config_shape — whether a configuration file has the form of the table in config_keys.h.
 *
 * Unknown keys (with the nearest known one), types, names, lengths, missing keys, secrets written
 * out: everything that can be said of one value alone. */
#ifndef CTL_CONFIG_SHAPE_H
#define CTL_CONFIG_SHAPE_H

#include "ctl/problems.h"
#include "json/json_read.h"

/* Adds what is wrong under `root` to `p`. */
void config_shape_check(const struct json *root, struct problems *p);

#endif
