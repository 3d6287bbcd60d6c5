/* SPDX-License-Identifier: GPL-2.0-only */
/* Sending of probes, and of requests for neighbours. */
#ifndef _SLB_PROBE_SEND_H
#define _SLB_PROBE_SEND_H

#include <slb/probe.h>

/* What is sent after the lock is released. */
struct slb_probe_out {
	struct slb_bfd_frame frame;
	const u32 *digests;	/* what follows the frame; NULL: zeros; valid under RCU */
	unsigned int len;	/* of both */
	union nf_inet_addr from;
	union nf_inet_addr to;
	__be16 sport;
	__be16 dport;
	int ifindex;
	u8 af;
	u8 nth;
	bool send;
	bool call[2];
	bool began[2];
	bool valid[2];
	union nf_inet_addr via[2];
};

void slb_probe_put_out(struct slb_probe_net *pn, struct slb_probe_out *out);

#endif /* _SLB_PROBE_SEND_H */
