/* SPDX-License-Identifier: GPL-2.0-only */
/* A received probe. */
#ifndef _SLB_PROBE_PARSE_H
#define _SLB_PROBE_PARSE_H

#include <slb/probe.h>

enum slb_probe_kind {
	SLB_PROBE_ASYNC,	/* of a session that both ends keep */
	SLB_PROBE_REQUEST,	/* to be reflected */
	SLB_PROBE_ANSWER,	/* to a request of ours */
};

/* A received probe and its origin. */
struct slb_probe_in {
	const struct sk_buff *skb;
	struct slb_bfd_frame frame;
	union nf_inet_addr from;
	union nf_inet_addr to;
	u8 af;
	u8 ttl;
	int ifindex;
	unsigned int len;
	unsigned int udp;
	__be16 sport;
	enum slb_probe_kind kind;
};

bool slb_probe_parse(struct sk_buff *skb, const struct nf_hook_state *state, u32 magic,
		     struct slb_probe_in *in);

#endif /* _SLB_PROBE_PARSE_H */
