// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unusable VIPs in probes. A balancer's probes carry the set in turns. On a shared link they are
 * answers, which are no longer than the request: a relay asks for the chunk that it misses.
 */
#include <linux/slab.h>
#include <slb/probe_parse.h>
#include <slb/probe_timer.h>
#include <slb/probe_unusable.h>

/* Context: @p->lock, RCU. */
static const struct slb_unusable_said *slb_probe_unusable_said(const struct slb_probe *p)
{
	return rcu_dereference(p->pn->unusable);
}

static u32 slb_unusable_said_chunks(const struct slb_unusable_said *said)
{
	return DIV_ROUND_UP(said->n, SLB_UNUSABLE_CHUNK);
}

/* Number of digests in a chunk. */
static u32 slb_unusable_said_count(const struct slb_unusable_said *said, u32 chunk)
{
	return min(said->n - chunk * SLB_UNUSABLE_CHUNK, SLB_UNUSABLE_CHUNK);
}

/* Send the set soon over a link. Context: @p->lock. */
static void slb_probe_unusable_hurry(struct slb_probe *p, u32 probes)
{
	if (p->gone || !p->on || !p->conf.interval || p->conf.shared)
		return;
	p->burst = probes;
	p->send_at = time_before(jiffies, p->sent_at + SLB_PROBE_SOON) ?
		     p->sent_at + SLB_PROBE_SOON : jiffies;
	slb_probe_arm(p);
}

/**
 * slb_probe_unusable_say() - set the unusable VIPs that our probes carry
 * @pn: probes of the namespace
 * @said: the set, from kvzalloc(), or NULL when all VIPs are usable
 *
 * When it differs from the last one, each link sends all of it soon. The far end of a shared link
 * learns it from the next answers. Context: configuration lock.
 */
void slb_probe_unusable_say(struct slb_probe_net *pn, struct slb_unusable_said *said)
{
	struct slb_unusable_said *was = rcu_replace_pointer(pn->unusable, said, true);
	u32 probes = said ? max(slb_unusable_said_chunks(said), 1u) : 1;
	struct slb_probe *p;

	if ((was ? was->generation : 0) != (said ? said->generation : 0)) {
		rcu_read_lock();
		list_for_each_entry_rcu(p, &pn->all, node) {
			spin_lock_bh(p->lock);
			slb_probe_unusable_hurry(p, probes);
			spin_unlock_bh(p->lock);
		}
		rcu_read_unlock();
	}
	if (was)
		kvfree_rcu(was, rcu);
}

/* Put a chunk, or only what it belongs to when @room has no place for it. */
static void slb_probe_unusable_chunk(const struct slb_unusable_said *said, u32 chunk,
				     unsigned int room, struct slb_probe_out *out)
{
	u32 count = said->n ? slb_unusable_said_count(said, chunk) : 0;

	if (count * sizeof(__be32) > room)
		count = 0;
	out->frame.more.unusable = htonl(said->generation);
	out->frame.more.chunk = chunk;
	out->frame.more.chunks = slb_unusable_said_chunks(said);
	out->frame.more.count = htons(count);
	out->len = sizeof(out->frame) + count * sizeof(__be32);
	out->digests = said->digest + chunk * SLB_UNUSABLE_CHUNK;
}

/* A relay asks for what it misses. Context: @p->lock. */
static void slb_probe_unusable_ask(const struct slb_probe *p, struct slb_probe_out *out)
{
	if (p->ask == SLB_PROBE_ASK_NOTHING)
		return;
	out->len = sizeof(out->frame);
	out->frame.more.chunk = p->chunk;
	if (p->ask == SLB_PROBE_ASK_CHUNK)
		out->len += SLB_UNUSABLE_CHUNK * sizeof(__be32);
}

/**
 * slb_probe_unusable_fill() - put the next chunk into a probe, or ask for one
 * @p: liveness of a family
 * @out: the probe; its length is set
 *
 * Context: @p->lock, RCU until the probe is sent.
 */
void slb_probe_unusable_fill(struct slb_probe *p, struct slb_probe_out *out)
{
	const struct slb_unusable_said *said = slb_probe_unusable_said(p);

	out->len = SLB_BFD_FRAME_SHORT;
	if (p->burst)
		p->burst--;
	if (p->conf.shared) {
		slb_probe_unusable_ask(p, out);
		return;
	}
	if (!said)
		return;
	if (p->chunk >= slb_unusable_said_chunks(said))
		p->chunk = 0;
	slb_probe_unusable_chunk(said, p->chunk++,
				 SLB_UNUSABLE_CHUNK * sizeof(__be32), out);
}

/**
 * slb_probe_unusable_answer() - put the chunk that a request asks for into the answer
 * @p: liveness of a family
 * @in: the request
 * @out: the answer; its length is set
 *
 * Context: as slb_probe_unusable_fill().
 */
void slb_probe_unusable_answer(struct slb_probe *p, const struct slb_probe_in *in,
			       struct slb_probe_out *out)
{
	const struct slb_unusable_said *said = slb_probe_unusable_said(p);
	u32 chunk = in->frame.more.chunk;

	out->len = slb_bfd_frame_len(in->len);
	if (!said || in->len < sizeof(out->frame)) {
		out->len = min_t(unsigned int, out->len, SLB_BFD_FRAME_SHORT);
		return;
	}
	if (chunk >= slb_unusable_said_chunks(said))
		chunk = 0;
	slb_probe_unusable_chunk(said, chunk, in->len - sizeof(out->frame), out);
}

/* The set of a generation, or NULL. Context: @pn->sets_lock. */
static struct slb_unusable_set *slb_probe_unusable_find(struct slb_probe_net *pn, u32 generation)
{
	unsigned int i;

	for (i = 0; i < SLB_UNUSABLE_SETS; i++)
		if (pn->sets[i] && pn->sets[i]->generation == generation)
			return pn->sets[i];
	return NULL;
}

/* The set of a generation; a new one when there is none. Context: @pn->sets_lock. */
static struct slb_unusable_set *slb_probe_unusable_open(struct slb_probe_net *pn, u32 generation)
{
	struct slb_unusable_set *set = slb_probe_unusable_find(pn, generation);
	unsigned int i;

	if (set)
		return set;
	for (i = 0; i < SLB_UNUSABLE_SETS && pn->sets[i]; i++)
		;
	if (i < SLB_UNUSABLE_SETS)
		set = kzalloc(sizeof(*set), GFP_ATOMIC | __GFP_NOWARN);
	if (!set) {
		pn->sets_refused++;
		return NULL;
	}
	set->generation = generation;
	pn->sets[i] = set;
	return set;
}

static void slb_probe_unusable_empty(struct slb_unusable_set *set)
{
	unsigned int i;

	for (i = 0; i < SLB_UNUSABLE_CHUNKS; i++)
		kfree(set->chunk[i]);
	memset(set->chunk, 0, sizeof(set->chunk));
	set->got = 0;
	set->chunks = 0;
}

/* Add the chunk that a probe carries to its set. Context: @pn->sets_lock. */
static bool slb_probe_unusable_take(struct slb_probe_net *pn, struct slb_unusable_set *set,
				    const struct slb_probe_in *in)
{
	const struct slb_bfd_more *more = &in->frame.more;
	unsigned int len = ntohs(more->count) * sizeof(u32);
	u32 *digests = kmalloc(len, GFP_ATOMIC | __GFP_NOWARN);
	enum slb_unusable_result put;

	if (!digests) {
		pn->sets_refused++;
		return false;
	}
	if (skb_copy_bits(in->skb, in->udp + sizeof(struct udphdr) + sizeof(in->frame), digests,
			  len)) {
		kfree(digests);
		return false;
	}
	put = slb_unusable_put(set, more, digests);
	if (put == SLB_UNUSABLE_UNSOUND) {
		pn->sets_unsound++;
		slb_probe_unusable_empty(set);
	}
	return put == SLB_UNUSABLE_WHOLE;
}

/* Note the generation of the far end's set, and collect it. Return: true if it is new or whole. */
static bool slb_probe_unusable_note(struct slb_probe *p, const struct slb_probe_in *in,
				    u32 generation)
{
	const struct slb_bfd_more *more = &in->frame.more;
	struct slb_probe_net *pn = p->pn;
	struct slb_unusable_set *set;
	bool news = p->said != generation;

	WRITE_ONCE(p->said, generation);
	p->ask = generation == SLB_UNUSABLE_NONE ? SLB_PROBE_ASK_NOTHING : SLB_PROBE_ASK_HEAD;
	if (generation == SLB_UNUSABLE_NONE || generation == SLB_UNUSABLE_ALL)
		return news;
	set = slb_probe_unusable_open(pn, generation);
	if (!set)
		return true;
	if (slb_unusable_sound(more, in->len - min_t(u32, in->len, sizeof(in->frame))) &&
	    slb_unusable_wants(set, more))
		news |= slb_probe_unusable_take(pn, set, in);
	if (set->whole)
		return news;
	p->ask = SLB_PROBE_ASK_CHUNK;
	if (p->conf.shared)
		p->chunk = slb_unusable_missing(set);
	return news;
}

/**
 * slb_probe_unusable_hear() - note which VIPs are unusable at the far end
 * @p: liveness of a family
 * @in: its probe
 *
 * A relay's work runs when that has changed. Context: @p->lock.
 */
void slb_probe_unusable_hear(struct slb_probe *p, const struct slb_probe_in *in)
{
	bool some = in->frame.more.flags & htonl(SLB_PROBE_UNUSABLE), news = false;
	u32 generation = ntohl(in->frame.more.unusable);
	u8 asked = p->ask;

	if (p->pn->mine != SLB_BFD_MORE_RELAY)
		return;
	if (some && generation == SLB_UNUSABLE_NONE) {
		/* the request had no room for it */
		p->ask = SLB_PROBE_ASK_CHUNK;
		p->chunk = 0;
	} else {
		spin_lock(&p->pn->sets_lock);
		news = slb_probe_unusable_note(p, in, some ? generation : SLB_UNUSABLE_NONE);
		WRITE_ONCE(p->said_at, jiffies);
		spin_unlock(&p->pn->sets_lock);
	}
	/* at once, unless the last answer had no chunk either, as on a link with a small MTU */
	if (p->conf.shared && p->ask == SLB_PROBE_ASK_CHUNK &&
	    (asked != SLB_PROBE_ASK_CHUNK || in->frame.more.count) &&
	    time_before(jiffies + SLB_PROBE_SOON, p->send_at))
		p->send_at = jiffies + SLB_PROBE_SOON;
	if (news)
		mod_delayed_work(system_wq, &p->pn->work, 0);
}

/**
 * slb_probe_unusable_get() - use a set
 * @pn: probes of the namespace
 * @generation: its generation
 *
 * Return: the set, for slb_probe_unusable_release(); or NULL while it is not complete.
 */
const struct slb_unusable_set *slb_probe_unusable_get(struct slb_probe_net *pn, u32 generation)
{
	struct slb_unusable_set *set;

	spin_lock_bh(&pn->sets_lock);
	set = slb_probe_unusable_find(pn, generation);
	if (set && set->whole)
		set->users++;
	else
		set = NULL;
	spin_unlock_bh(&pn->sets_lock);
	return set;
}

/**
 * slb_probe_unusable_release() - no longer use a set
 * @pn: probes of the namespace
 * @set: from slb_probe_unusable_get(), or NULL; slb_probe_unusable_clean() may free it
 */
void slb_probe_unusable_release(struct slb_probe_net *pn, const struct slb_unusable_set *set)
{
	unsigned int i;

	spin_lock_bh(&pn->sets_lock);
	for (i = 0; set && i < SLB_UNUSABLE_SETS; i++)
		if (pn->sets[i] == set)
			pn->sets[i]->users--;
	spin_unlock_bh(&pn->sets_lock);
}

/* Does a far end say that this is its set? Context: @pn->sets_lock, RCU. */
static bool slb_probe_unusable_is_said(struct slb_probe_net *pn, u32 generation)
{
	struct slb_probe *p;

	list_for_each_entry_rcu(p, &pn->all, node)
		if (READ_ONCE(p->said) == generation)
			return true;
	return false;
}

/**
 * slb_probe_unusable_clean() - free sets that no far end says and nobody uses
 * @pn: probes of the namespace
 */
void slb_probe_unusable_clean(struct slb_probe_net *pn)
{
	unsigned int i;

	rcu_read_lock();
	spin_lock_bh(&pn->sets_lock);
	for (i = 0; i < SLB_UNUSABLE_SETS; i++) {
		struct slb_unusable_set *set = pn->sets[i];

		if (!set || set->users || slb_probe_unusable_is_said(pn, set->generation))
			continue;
		pn->sets[i] = NULL;
		slb_probe_unusable_empty(set);
		kfree(set);
	}
	spin_unlock_bh(&pn->sets_lock);
	rcu_read_unlock();
}

/**
 * slb_probe_unusable_exit() - free all sets
 * @pn: probes of the namespace; it has none any more, and a grace period has passed
 */
void slb_probe_unusable_exit(struct slb_probe_net *pn)
{
	unsigned int i;

	kvfree(rcu_replace_pointer(pn->unusable, NULL, true));
	for (i = 0; i < SLB_UNUSABLE_SETS; i++) {
		if (!pn->sets[i])
			continue;
		slb_probe_unusable_empty(pn->sets[i]);
		kfree(pn->sets[i]);
		pn->sets[i] = NULL;
	}
}
