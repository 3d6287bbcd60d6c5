// SPDX-License-Identifier: GPL-2.0-only
/* Take sessions of other balancers, and of this one before it was gone. */
#include <slb/forward.h>

#include "config/group.h"
#include "config/link.h"
#include "config/server.h"
#include "config/vip.h"
#include "state/client_address.h"
#include "state/fwmark.h"
#include "state/session_room.h"
#include "state/sync.h"
#include "state/sync_log.h"
#include "state/sync_record.h"

/* Jiffies without a packet after which others may say that a session has ended. */
#define SLB_SYNC_IDLE HZ
/* The longest idle time that makes a difference: no timeout is longer. */
#define SLB_SYNC_IDLE_MAX (SLB_TIMEOUT_MAX * MSEC_PER_SEC)
/* Largest window scale (RFC 7323, 2.3). */
#define SLB_SYNC_SCALE_MAX 14

/**
 * struct slb_sync_read - a record as it was read
 * @r: the record
 * @copy: the session that it describes
 */
struct slb_sync_read {
	const struct slb_sync_record *r;
	struct slb_session_copy copy;
};

static bool slb_sync_is(const struct slb_sync_record *r, u16 flag)
{
	return r->flags & htons(flag);
}

/* Does the protocol have this state, and does it go on? */
static bool slb_sync_state_fits(const struct slb_sync_record *r)
{
	bool datagrams = slb_proto_has(r->proto, SLB_PROTO_DATAGRAMS);
	enum slb_tier tier;

	if (!slb_proto_known(r->proto) || !slb_proto_has_state(r->proto, r->state) || r->fins > 3)
		return false;
	tier = slb_proto_tier(r->proto, r->state);
	return datagrams || tier == SLB_TIERS || tier == SLB_TIER_HALF_CLOSED;
}

static void slb_sync_read_tuples(struct slb_sync_read *in)
{
	struct slb_tuple *request = &in->copy.tuple[SLB_REQUEST];
	struct slb_tuple *reply = &in->copy.tuple[SLB_REPLY];
	const struct slb_sync_record *r = in->r;
	u8 family = slb_sync_family(r->family);

	*request = (struct slb_tuple){
		.sport = r->client_port, .dport = r->vip_port,
		.proto = r->proto, .family = family, .tag = SLB_REQUEST,
	};
	*reply = (struct slb_tuple){
		.sport = r->server_port, .dport = r->local_port,
		.proto = r->proto, .family = family, .tag = SLB_REPLY,
	};
	slb_sync_addr(&request->src, r->client, family);
	slb_sync_addr(&request->dst, r->vip, family);
	slb_sync_addr(&reply->src, r->server, family);
	slb_sync_addr(&reply->dst, r->local, family);
}

/* The flags of the session, or false when they cannot be those of one. */
static bool slb_sync_read_flags(struct slb_sync_read *in)
{
	const struct slb_sync_record *r = in->r;
	unsigned long flags = 0;

	if (r->address) {
		if (r->address > SLB_CLIENT_ADDRESS_TOA ||
		    !slb_client_address_fits(r->address, r->proto) ||
		    !r->header || r->header > SLB_PROXY_LEN_MAX)
			return false;
		flags = (unsigned long)r->address << SLB_SESSION_ADDRESS_AT |
			(unsigned long)r->header << SLB_SESSION_HEADER_AT |
			(slb_sync_is(r, SLB_SYNC_TELLING) ? BIT(SLB_SESSION_TELLING) : 0) |
			(slb_sync_is(r, SLB_SYNC_EVERY) ? SLB_SESSION_EVERY : 0);
		if (r->address == SLB_CLIENT_ADDRESS_PROXY_V2 &&
		    !slb_proto_has(r->proto, SLB_PROTO_DATAGRAMS))
			flags |= BIT(SLB_SESSION_SHIFTED);
	}
	in->copy.flags = flags;
	return true;
}

static bool slb_sync_read_record(struct slb_sync_read *in)
{
	const struct slb_tuple *t = in->copy.tuple;
	const struct slb_sync_record *r = in->r;
	u8 family = slb_sync_family(r->family);

	if (!family || !slb_proto_known(r->proto))
		return false;
	slb_sync_read_tuples(in);
	if (r->what == SLB_SYNC_END)
		return true;
	if (r->what != SLB_SYNC_STATE || !slb_sync_state_fits(r) || !slb_sync_read_flags(in) ||
	    !slb_addr_is_host(&t[SLB_REQUEST].src, family) ||
	    !slb_addr_is_host(&t[SLB_REPLY].src, family))
		return false;
	in->copy.progress = r->state | (r->fins & 1 ? SLB_PROGRESS_FIN(SLB_REQUEST) : 0) |
			    (r->fins & 2 ? SLB_PROGRESS_FIN(SLB_REPLY) : 0);
	in->copy.shift = (struct slb_session_shift){
		.first = ntohl(r->first),
		.scale = min_t(u8, r->scale, SLB_SYNC_SCALE_MAX),
		.told = slb_sync_is(r, SLB_SYNC_TOLD),
		.known = slb_sync_is(r, SLB_SYNC_KNOWN),
	};
	in->copy.born = slb_session_now() - ntohl(r->age);
	in->copy.used = (u32)jiffies -
			msecs_to_jiffies(min_t(u32, ntohl(r->idle), SLB_SYNC_IDLE_MAX));
	return true;
}

/* The other link, by which the client's packets may come; it does not matter which. */
static u8 slb_sync_ingress(const struct slb_links *links, const struct slb_link *ret, u8 family)
{
	unsigned int i;

	for (i = 0; i < links->end; i++)
		if (links->slot[i] && links->slot[i] != ret &&
		    slb_nexthop_has(&links->slot[i]->nh, family))
			return i;
	return ret->slot;
}

/* Find link, VIP and server. */
static enum slb_sync_count slb_sync_resolve(struct slb_net *sn, struct slb_sync_read *in)
{
	const struct slb_links *links = slb_dereference(sn, sn->links);
	const struct slb_tuple *request = &in->copy.tuple[SLB_REQUEST];
	const struct slb_tuple *reply = &in->copy.tuple[SLB_REPLY];
	struct slb_link *ret = slb_link_by_local(links, &reply->dst, reply->family);
	const struct slb_vaddr *vaddr;
	struct slb_group *group;

	if (!ret) {
		ret = slb_link_by_adopted(links, &reply->dst, reply->family);
		in->copy.flags |= BIT(SLB_SESSION_ADOPTED);
	}
	if (!ret)
		return SLB_SYNC_REFUSED_RANGE;
	in->copy.ret = ret->slot;
	in->copy.ingress = slb_sync_ingress(links, ret, reply->family);
	vaddr = slb_vaddr_find(sn, &request->dst, request->family);
	in->copy.vip = vaddr ? slb_vip_find(vaddr, request->proto, request->dport) : NULL;
	if (!in->copy.vip)
		return SLB_SYNC_REFUSED_VIP;
	in->copy.flags |= slb_fwmark_flags(in->copy.vip);
	group = slb_dereference(sn, in->copy.vip->group);
	in->copy.server = slb_server_find(sn, group, &reply->src, reply->sport, reply->family);
	if (!in->copy.server && reply->sport == request->dport)
		in->copy.server = slb_server_find(sn, group, &reply->src, 0, reply->family);
	if (!in->copy.server)
		return SLB_SYNC_REFUSED_SERVER;
	return SLB_SYNC_ADDED;
}

static struct slb_session *slb_sync_find(struct slb_net *sn, const struct slb_tuple *t)
{
	struct slb_side *side = slb_session_find(sn, t, slb_flow_hash(t, &slb_session_key));

	return side ? slb_side_session(side) : NULL;
}

static bool slb_sync_idle(const struct slb_session *s)
{
	return test_bit(SLB_SESSION_STANDBY, &s->flags) ||
	       (s32)((u32)jiffies - READ_ONCE(s->used)) >= (s32)SLB_SYNC_IDLE;
}

static enum slb_sync_count slb_sync_end(struct slb_net *sn, const struct slb_sync_read *in)
{
	struct slb_session *s = slb_sync_find(sn, &in->copy.tuple[SLB_REPLY]);

	/* it has ended here, too, or another session has the key by now */
	if (!s || !slb_sync_idle(s))
		return SLB_SYNC_UPDATED;
	/* its balancer knows */
	clear_bit(SLB_SESSION_SYNCED, &s->flags);
	slb_session_kill(sn, s, SLB_END_SYNCED);
	return SLB_SYNC_ENDED;
}

/*
 * The session exists here. Whoever has seen the later packet knows its state better, and serves it:
 * here it becomes a copy, or becomes one again. The next packet that comes here claims it, and that
 * is told.
 */
static void slb_sync_update(struct slb_net *sn, struct slb_session *s,
			    const struct slb_sync_read *in)
{
	bool live = slb_sync_is(in->r, SLB_SYNC_LIVE);
	bool later = (s32)(in->copy.used - READ_ONCE(s->used)) > 0;

	if (test_bit(SLB_SESSION_STANDBY, &s->flags))
		WRITE_ONCE(s->expected, in->copy.epoch);
	if (!live || !later)
		return;
	WRITE_ONCE(s->used, in->copy.used);
	/* orders the time before the state, as in slb_session_advance() */
	(void)xchg(&s->progress, in->copy.progress);
	slb_session_shift(s, &in->copy.shift);
	if (!slb_sync_is(in->r, SLB_SYNC_TELLING) && !(READ_ONCE(s->flags) & SLB_SESSION_EVERY))
		clear_bit(SLB_SESSION_TELLING, &s->flags);
	slb_room_update(sn, s);
	if (test_bit(SLB_SESSION_STANDBY, &s->flags))
		return;
	WRITE_ONCE(s->expected, in->copy.epoch);
	clear_bit(SLB_SESSION_SYNCED, &s->flags);
	atomic_inc(&sn->sync.standby);
	set_bit(SLB_SESSION_STANDBY, &s->flags);
	/* pairs with slb_session_kill(): whoever sees both flags last counts it no more */
	smp_mb__after_atomic();
	if (test_bit(SLB_SESSION_DEAD, &s->flags))
		slb_sync_gone(sn, s);
}

/* Is the key of a record free, or that of a copy, which ends then? */
static bool slb_sync_key_free(struct slb_net *sn, const struct slb_tuple *t)
{
	struct slb_session *s = slb_sync_find(sn, t);

	if (!s)
		return true;
	if (!test_bit(SLB_SESSION_STANDBY, &s->flags))
		return false;
	slb_session_kill(sn, s, SLB_END_SYNCED);
	return true;
}

static enum slb_sync_count slb_sync_insert(struct slb_net *sn, struct slb_sync_read *in)
{
	const struct slb_group *group = slb_dereference(sn, in->copy.vip->group);
	struct slb_session *s;

	if (!slb_sync_key_free(sn, &in->copy.tuple[SLB_REPLY]) ||
	    !slb_sync_key_free(sn, &in->copy.tuple[SLB_REQUEST]))
		return SLB_SYNC_REFUSED_KEY;
	if (!slb_room_has(sn) ||
	    slb_policy_counts(sn, in->copy.vip, group, &in->copy.tuple[SLB_REQUEST], true))
		return SLB_SYNC_REFUSED_LIMIT;
	in->copy.flags |= BIT(SLB_SESSION_STANDBY);
	s = slb_session_restore(sn, &in->copy);
	if (IS_ERR(s))
		return s == ERR_PTR(-EEXIST) ? SLB_SYNC_REFUSED_KEY : SLB_SYNC_REFUSED_LIMIT;
	return SLB_SYNC_ADDED;
}

static enum slb_sync_count slb_sync_take_one(struct slb_net *sn, struct slb_sync_read *in)
{
	enum slb_sync_count why;
	struct slb_session *s;

	if (!slb_sync_read_record(in))
		return SLB_SYNC_REFUSED_INVALID;
	if (in->r->what == SLB_SYNC_END)
		return slb_sync_end(sn, in);
	s = slb_sync_find(sn, &in->copy.tuple[SLB_REPLY]);
	if (s && slb_tuple_equal(&s->side[SLB_REQUEST].tuple, &in->copy.tuple[SLB_REQUEST]) &&
	    !slb_session_ended(sn, slb_dereference(sn, sn->links), s)) {
		slb_sync_update(sn, s, in);
		return SLB_SYNC_UPDATED;
	}
	why = slb_sync_resolve(sn, in);
	return why == SLB_SYNC_ADDED ? slb_sync_insert(sn, in) : why;
}

/**
 * slb_sync_take() - take records of other balancers
 * @sn: namespace; its lock is held
 * @from: the records
 * @n: their number
 * @epoch: mark for the sessions that they name
 * @taken: added to
 *
 * Context: process, may sleep.
 */
void slb_sync_take(struct slb_net *sn, const struct slb_sync_record *from, u32 n, u32 epoch,
		   struct slb_sync_taken *taken)
{
	enum slb_sync_count what;
	u32 i;

	lockdep_assert_held(&sn->lock);
	for (i = 0; i < n; i++) {
		struct slb_sync_read in = { .r = &from[i], .copy.epoch = epoch };

		rcu_read_lock();
		local_bh_disable();
		what = slb_sync_take_one(sn, &in);
		local_bh_enable();
		rcu_read_unlock();
		taken->count[what]++;
		sn->sync.count[what]++;
		if (i % 64 == 63)
			cond_resched();
	}
}
