/* SPDX-License-Identifier: GPL-2.0-only */
/* Rates as text and as JSON. */
#ifndef SLBCTL_RATE_H
#define SLBCTL_RATE_H

#include "sample.h"

void ctl_rate_text(double value, char *text, size_t len);
json_t *ctl_rate_json(const struct ctl_item *item, const char *const *names, size_t count,
		      double seconds);

#endif
