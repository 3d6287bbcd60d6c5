// SPDX-License-Identifier: GPL-2.0-only
/* Received probes: what they say of a link. */
#include <net/ip.h>
#include <net/netfilter/nf_conntrack.h>
#include <linux/netfilter.h>
#include <slb/drop.h>
#include <slb/probe_fill.h>
#include <slb/probe_flags.h>
#include <slb/probe_key.h>
#include <slb/probe_parse.h>
#include <slb/probe_receive.h>
#include <slb/probe_reflect.h>
#include <slb/probe_state.h>
#include <slb/probe_timer.h>
#include <slb/probe_unusable.h>

/* A new measurement changes the mean round-trip time by 1 / this. */
#define SLB_PROBE_RTT_PART 8

/* Context: @p->lock. */
static bool slb_probe_from_link(const struct slb_probe *p, const struct slb_probe_in *in)
{
	return !p->gone && p->on && p->af == in->af && p->nh->ifindex == in->ifindex &&
	       slb_addr_equal(&p->nh->via[in->af], &in->from);
}

static bool slb_probe_is_from(struct slb_probe *p, const struct slb_probe_in *in)
{
	bool is;

	spin_lock(p->lock);
	is = slb_probe_from_link(p, in);
	spin_unlock(p->lock);
	return is;
}

/* Find the link of a packet: by our discriminator in it, or for the first ones by next hop. */
static struct slb_probe *slb_probe_find(struct slb_probe_net *pn, const struct slb_probe_in *in)
{
	u32 disc = ntohl(in->frame.pkt.your_disc);
	struct slb_probe *p;

	hash_for_each_possible_rcu(pn->by_disc, p, by_disc, disc)
		if (READ_ONCE(p->bfd.my_disc) == disc && slb_probe_is_from(p, in))
			return p;
	list_for_each_entry_rcu(p, &pn->all, node)
		if (slb_probe_is_from(p, in))
			return p;
	return NULL;
}

static u16 slb_probe_per_mille(u64 part, u64 all)
{
	return all ? min_t(u64, div64_u64(part * 1000, all), 1000) : 0;
}

/* How many of the latest probes were lost? @same: by the same session. Context: @p->lock. */
static void slb_probe_measure_loss(struct slb_probe *p, bool same)
{
	struct slb_probe_loss *loss = &p->loss;
	u32 lost_out = ntohl(p->theirs.lost) - loss->lost_out;
	u64 lost_in = p->lost_in - loss->lost_in;

	if (same && loss->began && time_before(jiffies, loss->began + SLB_PROBE_LOSS_TIME))
		return;
	/* a longer time has a pause in it, whose probes are no loss of the link */
	if (same && loss->began &&
	    time_before(jiffies, loss->began + 2 * SLB_PROBE_LOSS_TIME)) {
		loss->in = slb_probe_per_mille(lost_in, p->received - loss->received + lost_in);
		loss->out = slb_probe_per_mille(lost_out, p->sent - loss->sent);
		loss->ended = jiffies;
	}
	loss->began = jiffies;
	loss->received = p->received;
	loss->lost_in = p->lost_in;
	loss->sent = p->sent;
	loss->lost_out = ntohl(p->theirs.lost);
}

/* Round-trip time and loss. Context: @p->lock. */
static void slb_probe_measure(struct slb_probe *p, const struct slb_bfd_more *more, bool same)
{
	u32 now = slb_probe_clock(), seq = ntohl(more->seq), rtt;

	if (same && (s32)(seq - p->seq) > 1)
		p->lost_in += seq - p->seq - 1;
	if (!same || (s32)(seq - p->seq) > 0)
		p->seq = seq;
	p->received++;
	p->heard_at = now;
	if (same && more->echo) {
		rtt = now - ntohl(more->echo) - ntohl(more->held);
		if ((s32)rtt <= 0)
			rtt = 1;
		p->rtt_min = p->rtt_min ? min(p->rtt_min, rtt) : rtt;
		p->rtt = p->rtt ? p->rtt + ((s32)(rtt - p->rtt)) / SLB_PROBE_RTT_PART : rtt;
	}
	p->theirs = *more;
	/* 0 means that nothing was received */
	if (!p->theirs.stamp)
		p->theirs.stamp = htonl(1);
	slb_probe_measure_loss(p, same);
}

/* Set the state of the link from the session. Context: @p->lock. */
static void slb_probe_conclude(struct slb_probe *p, bool changed)
{
	if (changed)
		p->good = 0;
	if (p->bfd.state == SLB_BFD_UP) {
		p->proven = true;
		p->declined = false;
		if (p->failed != SLB_NEXTHOP_UP && ++p->good >= p->conf.recover)
			p->failed = SLB_NEXTHOP_UP;
	} else if (p->bfd.remote_state == SLB_BFD_ADMIN_DOWN &&
		   p->bfd.remote_diag != SLB_BFD_DIAG_ADMIN) {
		/* the far end sends no probes: that says nothing about the link */
		p->failed = SLB_NEXTHOP_UP;
		p->proven = false;
		p->declined = true;
	} else if (p->bfd.state == SLB_BFD_DOWN && p->proven && changed) {
		p->failed = p->bfd.remote_state == SLB_BFD_ADMIN_DOWN ? SLB_NEXTHOP_WITHDRAWN :
								       SLB_NEXTHOP_UNHEARD;
	}
}

/*
 * Stricter than BFD: a packet without our discriminator cannot say that the far end has left or
 * sends no probes. Context: @p->lock.
 */
static bool slb_probe_plausible(const struct slb_bfd_packet *pkt)
{
	return pkt->your_disc || pkt->flags >> 6 != SLB_BFD_ADMIN_DOWN;
}

/* Give the packet to the session. Context: @p->lock. Return: bits of enum slb_bfd_todo. */
static unsigned int slb_probe_bfd(struct slb_probe *p, const struct slb_probe_in *in)
{
	const struct slb_bfd_packet *pkt = &in->frame.pkt;
	unsigned int todo;
	u64 detect;

	if (p->conf.shared) {
		todo = slb_sbfd_receive(&p->bfd, slb_probe_via_disc(p->nh, p->af), pkt, in->len);
		detect = slb_sbfd_detect(&p->bfd);
	} else {
		todo = slb_bfd_receive(&p->bfd, pkt, in->len);
		detect = slb_bfd_detect(&p->bfd);
	}
	if (todo == SLB_BFD_IGNORED)
		return todo;
	if (!p->conf.shared)
		p->self = in->to;
	/* it was sent to an address of ours */
	p->bare = false;
	p->detect = msecs_to_jiffies(div_u64(detect, USEC_PER_MSEC)) + 1;
	return todo;
}

/* Context: @p->lock. Return: false when the session does not accept the packet. */
static bool slb_probe_take(struct slb_probe *p, const struct slb_probe_in *in,
			   struct slb_probe_out *out)
{
	u32 disc = ntohl(in->frame.pkt.my_disc);
	bool same = p->far == disc;
	unsigned long pause;
	unsigned int todo;

	if (!slb_probe_plausible(&in->frame.pkt))
		return false;
	todo = slb_probe_bfd(p, in);
	if (todo == SLB_BFD_IGNORED)
		return false;
	p->far = disc;
	slb_probe_measure(p, &in->frame.more, same);
	/* the number of a reflector does not change when it restarts */
	slb_probe_flags_hear(p, !same || (p->conf.shared && todo & SLB_BFD_CHANGED));
	slb_probe_digest_hear(p->key, ntohl(in->frame.more.key), !p->conf.shared);
	slb_probe_digest_hear(p->config, ntohl(in->frame.more.config), !p->conf.shared);
	p->detect_at = jiffies + p->detect;
	p->late = 0;
	/* the far end may ask for shorter intervals */
	pause = slb_probe_pause(p);
	if (pause && time_before(jiffies + pause, p->send_at))
		p->send_at = jiffies + pause;
	slb_probe_unusable_hear(p, in);
	slb_probe_conclude(p, todo & SLB_BFD_CHANGED);
	/* no answer to a far end that leaves, or that keeps no state */
	if (todo & SLB_BFD_CHANGED && !p->conf.shared &&
	    p->bfd.remote_state != SLB_BFD_ADMIN_DOWN)
		slb_probe_next(p, out);
	else if (todo & SLB_BFD_ANSWER)
		slb_probe_fill(p, out, true);
	slb_probe_judge(p);
	slb_probe_arm(p);
	return true;
}

/*
 * We keep no session, because we send no probes or the link is shared: tell the far end, so that it
 * does not take silence for a failure. Context: @p->lock.
 */
static void slb_probe_decline(struct slb_probe *p, const struct slb_probe_in *in,
			      struct slb_probe_out *out)
{
	struct slb_bfd none = p->bfd;

	/* do not answer a packet that says the same */
	if (in->frame.pkt.flags >> 6 == SLB_BFD_ADMIN_DOWN)
		return;
	none.state = SLB_BFD_ADMIN_DOWN;
	none.diag = SLB_BFD_DIAG_NONE;
	none.your_disc = ntohl(in->frame.pkt.my_disc);
	slb_bfd_fill(&none, &out->frame.pkt, false);
	slb_probe_dispatch(p, out, SLB_BFD_PORT);
	out->from = in->to;
}

/* Process a packet of a session or an answer. Return: false when it is invalid, and @why. */
static bool slb_probe_receive(struct slb_probe_net *pn, const struct slb_probe_in *in,
			      struct slb_probe_out *out, enum slb_drop *why)
{
	struct slb_probe *p = slb_probe_find(pn, in);
	bool answer = in->kind == SLB_PROBE_ANSWER, ok;

	if (!p) {
		*why = SLB_DROP_PROBE_SOURCE;
		return false;
	}
	spin_lock(p->lock);
	ok = slb_probe_from_link(p, in);
	if (ok && p->conf.interval && p->conf.shared == answer)
		ok = slb_probe_take(p, in, out);
	else if (ok && !answer)
		slb_probe_decline(p, in, out);
	else
		ok = false;
	spin_unlock(p->lock);
	return ok;
}

/**
 * slb_probe_hook() - process a received probe
 * @pn: probes of the namespace
 * @skb: a packet to this host; consumed when the verdict is NF_STOLEN
 * @state: of the hook
 * @why: changed when the packet is invalid for another reason than SLB_DROP_PROBE
 *
 * A probe is accepted only from the next hop of a link, over that link and no router (RFC 5082),
 * with a right checksum and the discriminator of our session. Requests are answered and change
 * nothing. BFD packets without our magic number are left to other BFD programs on this host.
 * Context: softirq, or a task that reinjects a queued packet; RCU.
 *
 * Return: NF_ACCEPT when the packet is not ours, NF_STOLEN when it was processed, or NF_DROP when
 * it is invalid: the caller drops and counts it.
 */
int slb_probe_hook(struct slb_probe_net *pn, struct sk_buff *skb,
		   const struct nf_hook_state *state, enum slb_drop *why)
{
	struct slb_probe_out out = {};
	struct slb_probe_in in = { .skb = skb };
	bool ok;

	if (!slb_probe_parse(skb, state, pn->theirs, &in))
		return NF_ACCEPT;
	if (in.ttl != SLB_BFD_TTL || skb->pkt_type != PACKET_HOST ||
	    nf_checksum(skb, state->hook, in.udp, IPPROTO_UDP, in.af ? AF_INET6 : AF_INET))
		return NF_DROP;
	/* timers of links take the same locks in softirq */
	local_bh_disable();
	if (in.kind == SLB_PROBE_REQUEST)
		ok = slb_probe_reflect(pn, skb, &in, &out);
	else
		ok = slb_probe_receive(pn, &in, &out, why);
	slb_probe_put_out(pn, &out);
	local_bh_enable();
	if (!ok)
		return NF_DROP;
	consume_skb(skb);
	return NF_STOLEN;
}

/**
 * slb_probe_untrack() - hide probes from conntrack
 * @pn: probes of the namespace
 * @skb: a packet that came in by the device of a link, for which slb_probe_may_be() is true
 * @state: of the hook: PRE_ROUTING, before conntrack
 *
 * A full conntrack table must not fail a link. Probes that are
 * sent are untracked as well (slb_probe_skb()). Context: as slb_probe_hook().
 *
 * Return: true when it is a probe and now untracked; the caller accepts it.
 */
bool slb_probe_untrack(const struct slb_probe_net *pn, struct sk_buff *skb,
		       const struct nf_hook_state *state)
{
	struct slb_probe_in in = {};

	if (!slb_probe_parse(skb, state, pn->theirs, &in))
		return false;
	nf_reset_ct(skb);
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
	return true;
}
