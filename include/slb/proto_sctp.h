/* SPDX-License-Identifier: GPL-2.0-only */
/* SCTP (RFC 9260) as <slb/proto_def.h> describes it. */
#ifndef _SLB_PROTO_SCTP_H
#define _SLB_PROTO_SCTP_H

#include <slb/proto_def.h>

static const struct slb_proto slb_proto_sctp __maybe_unused = {
	.name = "sctp",
	.number = IPPROTO_SCTP,
	.flags = SLB_PROTO_CHUNKS | SLB_PROTO_CRC,
	.machine = SLB_MACHINE_CHUNKS,
	.head = sizeof(struct sctphdr),
	.rewritten = sizeof(struct sctphdr),
	.first = SLB_SESSION_STATE_SCTP_INIT,
	.broken = SLB_SESSION_STATE_SCTP_SHUTDOWN | SLB_PROGRESS_ENDED,
	.closed = SLB_SESSION_STATE_SCTP_SHUTDOWN | SLB_PROGRESS_FIN(SLB_REPLY),
	.timeout = {
		{ SLB_SESSION_STATE_SCTP_INIT, 30 },
		{ SLB_SESSION_STATE_SCTP_ESTABLISHED, 7440 },
		{ SLB_SESSION_STATE_SCTP_SHUTDOWN, 30 },
	},
	.flow_first = SLB_RELAY_FLOW_STATE_SCTP_INIT,
	.flow_open = SLB_RELAY_FLOW_STATE_SCTP_ESTABLISHED,
	.flow_timeout = {
		{ SLB_RELAY_FLOW_STATE_SCTP_INIT, 30 },
		{ SLB_RELAY_FLOW_STATE_SCTP_ESTABLISHED, 7440 },
		{ SLB_RELAY_FLOW_STATE_SCTP_SHUTDOWN, 30 },
	},
};

#endif /* _SLB_PROTO_SCTP_H */
