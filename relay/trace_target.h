/* SPDX-License-Identifier: GPL-2.0-only */
/* Names in traces of steered packets. */
#ifndef _RLY_TRACE_TARGET_H
#define _RLY_TRACE_TARGET_H

#include "state/target.h"

void rly_trace_target(char *balancer, char *link, char *away, const struct rly_target *target);
const char *rly_trace_how(enum rly_how how);

#endif /* _RLY_TRACE_TARGET_H */
