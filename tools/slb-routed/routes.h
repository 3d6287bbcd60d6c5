/* SPDX-License-Identifier: GPL-2.0-only */
/* Which routes there are, and which there should be. */
#ifndef ROUTED_ROUTES_H
#define ROUTED_ROUTES_H

#include "config.h"
#include "relay.h"

int ro_routes_open(const struct ro_config *config);
void ro_routes_use(const struct ro_config *config);
void ro_routes_follow(const struct ro_relay *relay);
void ro_routes_describe(char *text, size_t len);

#endif
