/* SPDX-License-Identifier: GPL-2.0-only */
/* Names in traces of sessions. */
#ifndef _SLB_TRACE_SESSION_H
#define _SLB_TRACE_SESSION_H

#include "state/session.h"

/* What happens to a session in a trace. */
enum slb_trace_event {
	SLB_TRACE_NEW,
	SLB_TRACE_ESTABLISHED,
	SLB_TRACE_END,
};

const char *slb_trace_event_name(enum slb_trace_event event);
const char *slb_trace_end_name(const struct slb_session *s, enum slb_end why);

#endif /* _SLB_TRACE_SESSION_H */
