// SPDX-License-Identifier: GPL-2.0-only
/* Sessions as other balancers learn of them: what changed, and all of them. */
#include "state/client_address.h"
#include "state/sync.h"
#include "state/sync_log.h"
#include "state/sync_record.h"

/* Is there anything that another balancer could go on with? */
static bool slb_sync_goes_on(const struct slb_session *s)
{
	enum slb_tier tier = slb_session_tier(s, READ_ONCE(s->progress));

	if (slb_proto_has(slb_session_proto(s), SLB_PROTO_DATAGRAMS))
		return true;
	return (tier == SLB_TIERS || tier == SLB_TIER_HALF_CLOSED) &&
	       !test_bit(SLB_SESSION_SUPERSEDED, &s->flags);
}

/**
 * slb_sync_tells() - are other balancers told of a session now?
 * @sn: namespace
 * @s: session
 *
 * Context: RCU.
 *
 * Return: true when it is old enough, and another balancer could go on with it.
 */
bool slb_sync_tells(const struct slb_net *sn, const struct slb_session *s)
{
	return slb_session_age(s) >= READ_ONCE(sn->settings.sync_after) && slb_sync_goes_on(s) &&
	       !test_bit(SLB_SESSION_DEAD, &s->flags) &&
	       !slb_session_ended(sn, rcu_dereference(sn->links), s);
}

static void slb_sync_write_ends(struct slb_sync_record *r, const struct slb_tuple *reply)
{
	*r = (struct slb_sync_record){
		.family = reply->family == NFPROTO_IPV4 ? 4 : 6,
		.proto = reply->proto,
		.what = SLB_SYNC_END,
		.local_port = reply->dport,
		.server_port = reply->sport,
	};
	memcpy(r->local, &reply->dst, sizeof(r->local));
	memcpy(r->server, &reply->src, sizeof(r->server));
}

static void slb_sync_write_shift(struct slb_sync_record *r, struct slb_session *s)
{
	const struct slb_session_shifted *shifted = slb_session_shifted(s);

	if (!test_bit(SLB_SESSION_SHIFTED, &s->flags))
		return;
	r->first = htonl(READ_ONCE(shifted->first));
	r->scale = READ_ONCE(shifted->scale);
	r->flags |= htons((READ_ONCE(shifted->known) ? SLB_SYNC_KNOWN : 0) |
			  (READ_ONCE(shifted->told) ? SLB_SYNC_TOLD : 0));
}

/* Time since the last packet, in milliseconds; another CPU may just have seen one. */
static u32 slb_sync_idle_ms(const struct slb_session *s)
{
	s32 idle = (u32)jiffies - READ_ONCE(s->used);

	return idle > 0 ? jiffies_to_msecs(idle) : 0;
}

/**
 * slb_sync_write() - make the record of a session, whose end will be told, too
 * @sn: namespace
 * @s: session for which slb_sync_tells() is true
 * @r: filled
 *
 * Context: RCU.
 *
 * Return: false when it has just ended.
 */
bool slb_sync_write(const struct slb_net *sn, struct slb_session *s, struct slb_sync_record *r)
{
	const struct slb_tuple *request = &s->side[SLB_REQUEST].tuple;
	unsigned long flags;
	u16 progress;

	clear_bit(SLB_SESSION_SYNC_DUE, &s->flags);
	/* from here on every change gets an entry of the log; before the state is read */
	smp_mb__after_atomic();
	flags = READ_ONCE(s->flags);
	progress = READ_ONCE(s->progress);
	if (!(flags & BIT(SLB_SESSION_STANDBY)))
		set_bit(SLB_SESSION_SYNCED, &s->flags);
	/* pairs with slb_session_kill(): either it sees the flag, or we see that it is dead */
	smp_mb__after_atomic();
	if (test_bit(SLB_SESSION_DEAD, &s->flags))
		return false;
	slb_sync_write_ends(r, &s->side[SLB_REPLY].tuple);
	r->what = SLB_SYNC_STATE;
	r->state = progress & SLB_PROGRESS_STATE;
	r->fins = (progress & SLB_PROGRESS_FIN(SLB_REQUEST) ? 1 : 0) |
		  (progress & SLB_PROGRESS_FIN(SLB_REPLY) ? 2 : 0);
	memcpy(r->client, &request->src, sizeof(r->client));
	memcpy(r->vip, &request->dst, sizeof(r->vip));
	r->client_port = request->sport;
	r->vip_port = request->dport;
	r->flags = htons((flags & BIT(SLB_SESSION_STANDBY) ? 0 : SLB_SYNC_LIVE) |
			 (flags & BIT(SLB_SESSION_TELLING) ? SLB_SYNC_TELLING : 0) |
			 (flags & SLB_SESSION_EVERY ? SLB_SYNC_EVERY : 0));
	r->address = slb_session_address(s);
	r->header = slb_session_header(s);
	r->age = htonl(slb_session_now() - s->born);
	r->idle = htonl(slb_sync_idle_ms(s));
	slb_sync_write_shift(r, s);
	return true;
}

/* The record of an entry. Return: false when there is nothing to tell. */
static bool slb_sync_write_entry(struct slb_net *sn, const struct slb_sync_entry *e,
				 struct slb_sync_record *r)
{
	const struct slb_tuple *t = &e->reply;
	struct slb_side *side;
	struct slb_session *s;

	if (e->ended) {
		slb_sync_write_ends(r, t);
		return true;
	}
	side = slb_session_find(sn, t, slb_flow_hash(t, &slb_session_key));
	if (!side)
		return false;
	s = slb_side_session(side);
	/* closed before it was told, or since: each reader of the log must learn that */
	if (!slb_sync_goes_on(s)) {
		clear_bit(SLB_SESSION_SYNC_DUE, &s->flags);
		slb_sync_write_ends(r, t);
		return test_bit(SLB_SESSION_SYNCED, &s->flags);
	}
	return slb_sync_write(sn, s, r);
}

/**
 * slb_sync_changes() - read the log of sessions
 * @sn: namespace
 * @next: position to read from; set to that of the first entry that was not read
 * @lost: set to the number of entries between that were overwritten
 * @to: where the records go
 * @max: their largest number
 *
 * Entries younger than the setting sync-after are left for later: most connections are short.
 * Context: process.
 *
 * Return: number of records.
 */
u32 slb_sync_changes(struct slb_net *sn, u64 *next, u64 *lost, struct slb_sync_record *to, u32 max)
{
	u32 after = msecs_to_jiffies(READ_ONCE(sn->settings.sync_after)), n = 0, looks = 0;
	struct slb_sync_entry entry;
	struct slb_sync_log *log;
	u64 head;

	*lost = 0;
	rcu_read_lock();
	log = rcu_dereference(sn->sync.log);
	head = log ? atomic64_read(&log->head) : *next;
	/* of another log, or overwritten; a position above is nobody's */
	if (log && (*next > head || *next < log->first || head - *next > log->mask)) {
		*lost = *next < head ? head - *next : 1;
		*next = head;
	}
	for (; *next < head && n < max && looks < 4 * max; ++*next, looks++) {
		if (!slb_sync_log_read(log, *next, &entry)) {
			/* being written, or overwritten meanwhile: the next call knows */
			break;
		}
		if ((s32)((u32)jiffies - entry.when) < (s32)after)
			break;
		n += slb_sync_write_entry(sn, &entry, &to[n]);
	}
	rcu_read_unlock();
	return n;
}
