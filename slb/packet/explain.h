/* SPDX-License-Identifier: GPL-2.0-only */
/* What the packet path would do with a packet that has not come. */
#ifndef _SLB_PACKET_EXPLAIN_H
#define _SLB_PACKET_EXPLAIN_H

#include <linux/slb.h>
#include <slb/reason.h>
#include "config/group.h"
#include "config/link.h"
#include "config/vip.h"
#include "state/session.h"

/* More reasons than a packet can have at once. */
#define SLB_EXPLAIN_WHY_MAX 8

/**
 * struct slb_explanation - what becomes of the first packet of a flow, or of those of its session
 * @verdict: what becomes of it
 * @vip: the VIP that matches, or NULL
 * @set: usable servers of its group, or NULL
 * @session: the session of the flow, or NULL
 * @server: its server, or the one that a new session would get now; or NULL
 * @in: link that the packet comes in by, or NULL when it is not known
 * @returns: a bit for the slot of each link whose local address a new session may get
 * @out: of a session, by enum slb_dir: link by which packets of that direction leave now, or NULL
 * @client_address: enum slb_client_address: how the server learns the client's address
 * @why: reasons to refuse the packet, in the order in which it meets them
 * @n_why: number of them
 *
 * Pointers are valid as long as the caller stays in the RCU section.
 */
struct slb_explanation {
	enum slb_verdict verdict;
	const struct slb_vip *vip;
	const struct slb_set *set;
	const struct slb_session *session;
	const struct slb_server *server;
	const struct slb_link *in;
	u32 returns;
	const struct slb_link *out[SLB_DIRS];
	u8 client_address;
	enum slb_drop why[SLB_EXPLAIN_WHY_MAX];
	unsigned int n_why;
};

void slb_explain(struct slb_net *sn, const struct slb_tuple *flow, struct slb_explanation *e);

#endif /* _SLB_PACKET_EXPLAIN_H */
