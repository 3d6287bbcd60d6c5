// SPDX-License-Identifier: GPL-2.0-only
/* The pool of local address and port pairs: all are found, none twice, and the search is short. */
#include "../../slb/config/link.h"
#include "../../slb/state/local.h"
#include "../../slb/state/session.h"
#include "../../slb/state/session_room.h"
#include "unit.h"

/* No search may look at more. */
#define TRIES_MAX 128

#define KEYS_MAX 40000

/* The table of sessions, as the pool sees it, and who of them has to yield: a tier, and a time. */
static struct slb_session *keys[KEYS_MAX];
static unsigned int n_keys, tries, yielded;
static int failure;

unsigned long jiffies;

u32 get_random_u32_below(u32 below)
{
	return rnd_below(below);
}

static struct slb_session nobody = { .progress = SLB_TIERS };

struct slb_session *slb_session_insert(struct slb_net *sn, struct slb_session *s)
{
	const struct slb_tuple *t = &s->side[SLB_REPLY].tuple;
	unsigned int i;

	tries++;
	if (failure)
		return failure == -EEXIST ? &nobody : ERR_PTR(failure);
	for (i = 0; i < n_keys; i++)
		if (slb_tuple_equal(&keys[i]->side[SLB_REPLY].tuple, t))
			return keys[i];
	EXPECT(n_keys < KEYS_MAX);
	keys[n_keys] = calloc(1, sizeof(*keys[0]));
	keys[n_keys]->side[SLB_REPLY].tuple = *t;
	keys[n_keys]->ret = s->ret;
	keys[n_keys++]->progress = SLB_TIERS;
	return NULL;
}

siphash_key_t slb_session_key;

struct slb_side *slb_session_find(struct slb_net *sn, const struct slb_tuple *t, u64 hash)
{
	unsigned int i;

	EXPECT_EQ(hash, slb_flow_hash(t, &slb_session_key));
	for (i = 0; i < n_keys; i++)
		if (slb_tuple_equal(&keys[i]->side[SLB_REPLY].tuple, t))
			return &keys[i]->side[SLB_REPLY];
	return NULL;
}

static void forget(unsigned int at)
{
	free(keys[at]);
	keys[at] = keys[--n_keys];
}

static void forget_all(void)
{
	while (n_keys)
		forget(0);
}

bool slb_session_yields(const struct slb_session *s, enum slb_tier *tier)
{
	*tier = s->progress;
	return *tier < SLB_TIERS;
}

static struct slb_tuple last_yielded;
static struct slb_session *grace;

bool slb_room_yield(struct slb_net *sn, struct slb_session *s)
{
	unsigned int i;

	for (i = 0; keys[i] != s; i++)
		;
	last_yielded = s->side[SLB_REPLY].tuple;
	yielded++;
	/* the caller still reads it: freed after a grace period */
	grace = s;
	keys[i] = keys[--n_keys];
	return true;
}

void slb_session_rehome(struct slb_net *sn, struct slb_session *s, u8 slot)
{
	s->ret = slot;
}

static struct slb_net sn;
static struct slb_link_acct acct;
static struct slb_link pool, others[2];
static struct slb_links links;

static void setup(u8 family, u32 count, u16 first, u16 last)
{
	memset(&sn, 0, sizeof(sn));
	memset(&pool, 0, sizeof(pool));
	memset(&acct, 0, sizeof(acct));
	memset(&links, 0, sizeof(links));
	links.slot[0] = &pool;
	links.end = 1;
	forget_all();
	failure = 0;
	sn.settings.ports = slb_ports(first, last);
	pool.acct = &acct;
	pool.host_at[0] = U32_MAX;
	pool.host_at[1] = U32_MAX;
	pool.count[family == NFPROTO_IPV6] = count;
	if (family == NFPROTO_IPV4) {
		pool.first[0].ip = htonl(0xc00002f0);
	} else {
		rnd_bytes(&pool.first[1], sizeof(pool.first[1]));
		pool.first[1].ip6[3] = htonl(0xfffffff0 - count);
	}
}

static int take(struct slb_session *s, u8 family, u32 server)
{
	struct slb_tuple *t = &s->side[SLB_REPLY].tuple;
	int err;

	memset(s, 0, sizeof(*s));
	t->family = family;
	t->proto = IPPROTO_TCP;
	t->tag = SLB_REPLY;
	t->src.all[0] = server;
	t->sport = htons(80);
	tries = 0;
	yielded = 0;
	err = slb_local_assign(&sn, &links, links.slot[1], s, get_random_u32_below(U32_MAX),
			       slb_session_insert);
	EXPECT(tries <= TRIES_MAX * links.end + 1);
	free(grace);
	grace = NULL;
	return err;
}

/* The pair that a session got lies in the range of the link, and of ports. */
static void in_range(const struct slb_session *s)
{
	const struct slb_tuple *t = &s->side[SLB_REPLY].tuple;

	EXPECT(slb_link_owns(&pool, &t->dst, t->family));
	EXPECT(ntohs(t->dport) >= slb_ports_first(sn.settings.ports));
	EXPECT(ntohs(t->dport) <= slb_ports_last(sn.settings.ports));
}

/* Would a search find a pair? Asking takes none. */
static bool any(u8 family, u32 server)
{
	struct slb_tuple reply = { .family = family, .proto = IPPROTO_TCP, .sport = htons(80) };
	unsigned int had = n_keys;
	bool found;

	reply.src.all[0] = server;
	found = slb_local_any(&sn, &pool, &reply);
	EXPECT_EQ(n_keys, had);
	return found;
}

/* A pool that can be searched as a whole is used to the last pair, for each server by itself. */
static void drain(u8 family, u32 count, u32 ports)
{
	struct slb_session s;
	u32 server, i, total = count * ports;

	setup(family, count, 65536 - ports, 65535);
	for (server = 0; server < 3; server++) {
		for (i = 0; i < total; i++) {
			EXPECT(any(family, server));
			EXPECT_EQ(take(&s, family, server), 0);
			in_range(&s);
		}
		EXPECT(!any(family, server));
		keys[n_keys - 1]->progress = 0;
		EXPECT(any(family, server));
		keys[n_keys - 1]->progress = SLB_TIERS;
		EXPECT_EQ(take(&s, family, server), -EADDRNOTAVAIL);
		EXPECT_EQ(tries, total);
	}
	EXPECT_EQ(n_keys, 3 * total);
	EXPECT_EQ(acct.failed.counter, 3);
}

static void test_drain(void)
{
	unsigned int n, times = unit_times(200);

	for (n = 0; n < times && !unit_failing(); n++) {
		u32 count = 1 + rnd_below(16), ports = 1 + rnd_below(TRIES_MAX / count);

		drain(n % 2 ? NFPROTO_IPV4 : NFPROTO_IPV6, count, ports);
	}
}

/* A larger one of which nine pairs in ten are in use: nearly every search still finds one. */
static void test_fill(void)
{
	unsigned int n, failed = 0, total = 16 * 500;
	struct slb_session s;

	setup(NFPROTO_IPV4, 16, 1024, 1523);
	while (n_keys < total * 9 / 10) {
		if (!take(&s, NFPROTO_IPV4, 1))
			in_range(&s);
	}
	for (n = 0; n < 5000; n++) {
		if (take(&s, NFPROTO_IPV4, 1))
			failed++;
		else
			forget(n_keys - 1);
	}
	printf("# %u of %u searches failed\n", failed, n);
	EXPECT(failed < 3);
}

/* Where every pair is taken, the search ends soon, however many there are. */
static void test_full(void)
{
	struct slb_session s;
	u32 ports;

	for (ports = TRIES_MAX - 1; ports < 64512 && !unit_failing(); ports += 9197) {
		setup(NFPROTO_IPV4, 1 + ports % 16, 1024, 1024 + ports);
		failure = -EEXIST;
		EXPECT_EQ(take(&s, NFPROTO_IPV4, 1), -EADDRNOTAVAIL);
		EXPECT_EQ(tries, TRIES_MAX);
		EXPECT_EQ(acct.failed.counter, 1);
	}
}

/* A freed pair is found again where all others are taken, if the pool is small. */
static void test_again(void)
{
	struct slb_session s;
	unsigned int n, at;

	setup(NFPROTO_IPV6, 4, 5000, 5019);
	for (n = 0; n < 80; n++)
		EXPECT_EQ(take(&s, NFPROTO_IPV6, 1), 0);
	for (n = 0; n < 500; n++) {
		struct slb_tuple freed;

		at = rnd_below(n_keys);
		freed = keys[at]->side[SLB_REPLY].tuple;
		forget(at);
		EXPECT_EQ(take(&s, NFPROTO_IPV6, 1), 0);
		EXPECT(slb_tuple_equal(&s.side[SLB_REPLY].tuple, &freed));
	}
}

/* Choices begin anywhere: addresses and ports are used evenly. */
static void test_even(void)
{
	unsigned int n, addr[16] = {}, port[16] = {};
	struct slb_session s;

	setup(NFPROTO_IPV4, 16, 1024, 65535);
	for (n = 0; n < 16000; n++) {
		EXPECT_EQ(take(&s, NFPROTO_IPV4, 1), 0);
		addr[ntohl(s.side[SLB_REPLY].tuple.dst.ip) - ntohl(pool.first[0].ip)]++;
		port[(ntohs(s.side[SLB_REPLY].tuple.dport) - 1024) / 4032]++;
		forget_all();
	}
	for (n = 0; n < 16; n++)
		EXPECT_F(addr[n] > 800 && addr[n] < 1200 && port[n] > 800 && port[n] < 1200,
			 "address %u: %u, sixteenth %u of the ports: %u, of 1000", n, addr[n], n,
			 port[n]);
}

static void test_none(void)
{
	struct slb_session s;

	setup(NFPROTO_IPV4, 0, 1024, 65535);
	EXPECT_EQ(take(&s, NFPROTO_IPV4, 1), -EADDRNOTAVAIL);
	EXPECT_EQ(tries, 0);
	setup(NFPROTO_IPV4, 4, 1024, 65535);
	failure = -ENOMEM;
	EXPECT_EQ(take(&s, NFPROTO_IPV4, 1), -ENOMEM);
	EXPECT_EQ(tries, 1);
	/* the most that there can be: 2^16 addresses with all ports */
	setup(NFPROTO_IPV4, SLB_LOCAL_MAX, 1, 65535);
	EXPECT_EQ(take(&s, NFPROTO_IPV4, 1), 0);
	in_range(&s);
}

/* The address that is left to the host is no session's, wherever it is in the range. */
static void test_host(void)
{
	struct slb_session s;
	unsigned int host, i;
	u8 family;

	for (host = 0; host < 8; host++) {
		family = host % 2 ? NFPROTO_IPV4 : NFPROTO_IPV6;
		setup(family, 4, 1024, 1033);
		pool.host_at[family == NFPROTO_IPV6] = host / 2;
		for (i = 0; i < 30; i++) {
			u32 at;

			EXPECT_EQ(take(&s, family, 1), 0);
			in_range(&s);
			at = family == NFPROTO_IPV4 ?
				ntohl(s.side[SLB_REPLY].tuple.dst.ip) - ntohl(pool.first[0].ip) :
				ntohl(s.side[SLB_REPLY].tuple.dst.ip6[3]) -
					ntohl(pool.first[1].ip6[3]);
			EXPECT(at != host / 2);
		}
		EXPECT_EQ(take(&s, family, 1), -EADDRNOTAVAIL);
	}
}

/* Three links with a small pool each; a session's packets come in on the second one. */
static void setup_links(u32 ports)
{
	unsigned int i;

	setup(NFPROTO_IPV4, 1, 1024, 1023 + ports);
	pool.weight = 1;
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		others[i] = pool;
		others[i].first[0].ip = htonl(0xc0000300 + i);
		links.slot[1 + i] = &others[i];
	}
	for (i = 0; i < 3; i++) {
		links.slot[i]->slot = i;
		links.slot[i]->nh.has[0] = true;
		links.slot[i]->nh.state = SLB_NEXTHOP_UP;
	}
	links.end = 3;
}

/* Other links' pools stand in; the ingress link's comes after them, then those of drained links. */
static void test_other_links(void)
{
	struct slb_session s;
	unsigned int i;

	setup_links(20);
	for (i = 0; i < 60; i++) {
		EXPECT_EQ(take(&s, NFPROTO_IPV4, 1), 0);
		EXPECT_EQ(s.ret, i < 20 ? 0 : i < 40 ? 2 : 1);
		EXPECT(slb_link_owns(links.slot[s.ret], &s.side[SLB_REPLY].tuple.dst,
				     NFPROTO_IPV4));
	}
	EXPECT_EQ(take(&s, NFPROTO_IPV4, 1), -EADDRNOTAVAIL);
	EXPECT_EQ(acct.failed.counter, 1);
	setup_links(20);
	others[1].weight = 0;
	for (i = 0; i < 60; i++) {
		EXPECT_EQ(take(&s, NFPROTO_IPV4, 1), 0);
		EXPECT_EQ(s.ret, i < 20 ? 0 : i < 40 ? 1 : 2);
	}
	setup_links(20);
	others[0].nh.has[0] = false;
	for (i = 0; i < 40; i++)
		EXPECT_EQ(take(&s, NFPROTO_IPV4, 1), 0);
	EXPECT_EQ(take(&s, NFPROTO_IPV4, 1), -EADDRNOTAVAIL);
}

/* In a full pool the lowest tier yields, and of that the oldest; established ones never do. */
static void test_yield(void)
{
	unsigned int n, times = unit_times(300);
	struct slb_session s;

	for (n = 0; n < times && !unit_failing(); n++) {
		u32 total = 1 + rnd_below(TRIES_MAX), i;
		const struct slb_session *best = NULL;
		struct slb_tuple pair;

		setup(NFPROTO_IPV4, 1, 1024, 1023 + total);
		for (i = 0; i < total; i++) {
			EXPECT_EQ(take(&s, NFPROTO_IPV4, 1), 0);
			keys[n_keys - 1]->progress = rnd_one_in(3) ? rnd_below(SLB_TIERS) :
								     SLB_TIERS;
			keys[n_keys - 1]->used = (u32)-1000 + i;
		}
		for (i = 0; i < total; i++)
			if (!best || keys[i]->progress < best->progress ||
			    (keys[i]->progress == best->progress && keys[i]->used < best->used))
				best = keys[i];
		if (best->progress == SLB_TIERS) {
			EXPECT_EQ(take(&s, NFPROTO_IPV4, 1), -EADDRNOTAVAIL);
			EXPECT_EQ(yielded, 0);
			continue;
		}
		pair = best->side[SLB_REPLY].tuple;
		EXPECT_EQ(take(&s, NFPROTO_IPV4, 1), 0);
		EXPECT_EQ(yielded, 1);
		EXPECT(slb_tuple_equal(&last_yielded, &pair));
		EXPECT(slb_tuple_equal(&s.side[SLB_REPLY].tuple, &pair));
		EXPECT_EQ(n_keys, total);
	}
}

/* Nobody yields while another link has a free pair; a session yields before the ingress link. */
static void test_yield_links(void)
{
	struct slb_session s;
	unsigned int i;

	setup_links(10);
	for (i = 0; i < 20; i++) {
		EXPECT_EQ(take(&s, NFPROTO_IPV4, 1), 0);
		EXPECT_EQ(yielded, 0);
		keys[n_keys - 1]->progress = i == 13 ? SLB_TIER_CLOSED : SLB_TIERS;
	}
	EXPECT_EQ(take(&s, NFPROTO_IPV4, 1), 0);
	EXPECT_EQ(yielded, 1);
	EXPECT_EQ(s.ret, 2);
	EXPECT_EQ(take(&s, NFPROTO_IPV4, 1), 0);
	EXPECT_EQ(s.ret, 1);
	forget_all();
}

static const struct unit_case cases[] = {
	{ "a small pool is used to the last pair", test_drain },
	{ "a large pool, nearly full", test_fill },
	{ "a large pool, full", test_full },
	{ "a pair given back is found again", test_again },
	{ "pairs are chosen evenly", test_even },
	{ "other links' pools", test_other_links },
	{ "who yields in a full pool", test_yield },
	{ "who yields with several links", test_yield_links },
	{ "no pool, no memory, the largest pool", test_none },
	{ "an address is left to the host", test_host },
};

int main(int argc, char **argv)
{
	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
