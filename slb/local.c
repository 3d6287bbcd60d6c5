// SPDX-License-Identifier: GPL-2.0-only
/* The pool of local address and port pairs of a link: take one for a session. */
#include <linux/gcd.h>
#include <linux/random.h>

#include "link.h"
#include "session.h"

/* Pairs that are tried before a new session is refused: softirq must not search for long. */
#define SLB_LOCAL_TRIES 128

/* The @n-th address of a link's range; it has no more than SLB_LOCAL_MAX. */
static void slb_local_addr(union nf_inet_addr *addr, const struct slb_link *link, u8 family, u32 n)
{
	if (family == NFPROTO_IPV4) {
		addr->ip = htonl(ntohl(link->first[0].ip) + n);
	} else {
		*addr = link->first[1];
		addr->ip6[3] = htonl(ntohl(addr->ip6[3]) + n);
	}
}

/* A step that leads to every one of @total pairs before it comes back to the first; never 0. */
static u32 slb_local_step(u32 total)
{
	u32 step;

	if (total <= SLB_LOCAL_TRIES)
		return 1;
	step = get_random_u32_below(total - 1) + 1;
	/* total - 1 has no factor in common with total, so this ends there at the latest */
	while (gcd(step, total) != 1)
		step++;
	return step;
}

/**
 * slb_local_take() - give a session a local address and port, and enter its reply key
 * @sn: namespace
 * @link: return link, whose range the address is from
 * @s: session with the rest of its reply tuple set
 * @random: 32 random bits that have no part in any other choice
 *
 * The table of sessions is the pool: a pair is free for a server when the reply key (protocol,
 * server, pair) is not taken, so one pair serves many servers and is never given twice to one.
 * Search begins at random and goes on in steps that are random, too, or one by one where all can
 * be tried. In its last quarter half-open and reset sessions have to yield their pairs. A
 * pair is given back by the removal of the key. Context: softirq, RCU.
 *
 * Return: 0, -EADDRNOTAVAIL when none was found, or another error of the table.
 */
int slb_local_take(struct slb_net *sn, struct slb_link *link, struct slb_session *s, u32 random)
{
	struct slb_tuple *t = &s->side[SLB_REPLY].tuple;
	u32 range = READ_ONCE(sn->settings.ports);
	u32 first = slb_ports_first(range), ports = slb_ports_count(range);
	u32 total = link->count[t->family == NFPROTO_IPV6] * ports;
	u32 tries = min_t(u32, total, SLB_LOCAL_TRIES), last = tries / 4;
	u32 at, step = 0;
	u64 next;
	int err;

	if (unlikely(!total))
		return -EADDRNOTAVAIL;
	at = reciprocal_scale(random, total);
	while (tries--) {
		slb_local_addr(&t->dst, link, t->family, at / ports);
		t->dport = htons(first + at % ports);
		err = slb_session_insert(sn, &s->side[SLB_REPLY], tries <= last);
		if (err != -EEXIST)
			return err;
		if (!step)
			step = slb_local_step(total);
		next = (u64)at + step;
		at = next >= total ? next - total : next;
	}
	atomic64_inc(&link->acct->failed);
	return -EADDRNOTAVAIL;
}
