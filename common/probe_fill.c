// SPDX-License-Identifier: GPL-2.0-only
/* The contents of our probes. */
#include <slb/probe_fill.h>
#include <slb/probe_unusable.h>
#include <slb/probe_vips.h>

/**
 * slb_probe_fill_range() - write our part of a probe that every packet has
 * @p: liveness of a family
 * @more: filled: magic number, time, range, digests; all else is 0
 *
 * Context: @p->lock.
 */
void slb_probe_fill_range(const struct slb_probe *p, struct slb_bfd_more *more)
{
	u32 flags = READ_ONCE(p->pn->flags);

	if (rcu_access_pointer(p->pn->unusable))
		flags |= SLB_PROBE_UNUSABLE;
	*more = (struct slb_bfd_more){
		.magic = htonl(p->pn->mine),
		.stamp = htonl(slb_probe_clock()),
		.first4 = p->mine.first[0].ip,
		.last4 = p->mine.last[0].ip,
		.key = htonl(READ_ONCE(p->pn->key)),
		.vips = htonl(slb_probe_vips(p->pn)),
		.config = htonl(slb_probe_config(p->pn)),
		.flags = htonl(flags),
	};
	memcpy(more->first6, &p->mine.first[1], sizeof(more->first6));
	memcpy(more->last6, &p->mine.last[1], sizeof(more->last6));
}

static void slb_probe_fill_more(struct slb_probe *p, struct slb_bfd_more *more)
{
	p->sent++;
	slb_probe_fill_range(p, more);
	more->seq = htonl((u32)p->sent);
	more->lost = htonl((u32)p->lost_in);
	if (!p->theirs.stamp)
		return;
	more->echo = p->theirs.stamp;
	more->held = htonl(ntohl(more->stamp) - p->heard_at);
}

/**
 * slb_probe_dispatch() - address a packet to the next hop
 * @p: liveness of a family
 * @out: the packet; its BFD part is filled
 * @port: destination port, host order
 *
 * Context: @p->lock, RCU until the packet is sent.
 */
void slb_probe_dispatch(struct slb_probe *p, struct slb_probe_out *out, u16 port)
{
	slb_probe_fill_more(p, &out->frame.more);
	slb_probe_unusable_fill(p, out);
	out->send = true;
	out->af = p->af;
	out->ifindex = p->nh->ifindex;
	out->from = p->self;
	out->nth = p->nth;
	out->to = p->nh->via[p->af];
	out->sport = htons(SLB_BFD_SPORT);
	out->dport = htons(port);
}

/**
 * slb_probe_fill() - prepare a probe, unless the device is down
 * @p: liveness of a family
 * @out: filled; slb_probe_put_out() sends it after @p->lock is released
 * @final: answer a poll (RFC 5880, 6.5)
 *
 * Context: @p->lock.
 */
void slb_probe_fill(struct slb_probe *p, struct slb_probe_out *out, bool final)
{
	if (p->nh->state != SLB_NEXTHOP_UP)
		return;
	if (p->conf.shared)
		slb_sbfd_fill(&p->bfd, slb_probe_via_disc(p->nh, p->af), &out->frame.pkt);
	else
		slb_bfd_fill(&p->bfd, &out->frame.pkt, final);
	slb_probe_dispatch(p, out, p->conf.shared ? SLB_SBFD_PORT : SLB_BFD_PORT);
}
