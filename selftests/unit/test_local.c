// SPDX-License-Identifier: GPL-2.0-only
/* The pool of local address and port pairs: all are found, none twice, and the search is short. */
#include "../../slb/link.h"
#include "../../slb/session.h"
#include "unit.h"

/* No search may look at more. */
#define TRIES_MAX 128

#define KEYS_MAX 40000

/* The table of sessions, as the pool sees it. */
static struct slb_tuple keys[KEYS_MAX];
static unsigned int n_keys, tries, pushes;
static int failure;

u32 get_random_u32_below(u32 below)
{
	return rnd_below(below);
}

int slb_session_insert(struct slb_net *sn, struct slb_side *side, bool push)
{
	unsigned int i;

	tries++;
	pushes += push;
	if (failure)
		return failure;
	for (i = 0; i < n_keys; i++)
		if (slb_tuple_equal(&keys[i], &side->tuple))
			return -EEXIST;
	EXPECT(n_keys < KEYS_MAX);
	keys[n_keys++] = side->tuple;
	return 0;
}

static struct slb_net sn;
static struct slb_link_acct acct;
static struct slb_link pool;

static void setup(u8 family, u32 count, u16 first, u16 last)
{
	memset(&sn, 0, sizeof(sn));
	memset(&pool, 0, sizeof(pool));
	memset(&acct, 0, sizeof(acct));
	n_keys = 0;
	failure = 0;
	sn.settings.ports = slb_ports(first, last);
	pool.acct = &acct;
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
	t->src.all[0] = server;
	t->sport = htons(80);
	tries = 0;
	pushes = 0;
	err = slb_local_take(&sn, &pool, s, get_random_u32_below(U32_MAX));
	EXPECT(tries <= TRIES_MAX);
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

/* A pool that can be searched as a whole is used to the last pair, for each server by itself. */
static void drain(u8 family, u32 count, u32 ports)
{
	struct slb_session s;
	u32 server, i, total = count * ports;

	setup(family, count, 65536 - ports, 65535);
	for (server = 0; server < 3; server++) {
		for (i = 0; i < total; i++) {
			EXPECT_EQ(take(&s, family, server), 0);
			in_range(&s);
		}
		EXPECT_EQ(take(&s, family, server), -EADDRNOTAVAIL);
		EXPECT_EQ(tries, total);
		/* those that it is not asked for until then are left alone */
		EXPECT_EQ(pushes, total / 4 + 1);
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
			n_keys--;
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
		freed = keys[at];
		keys[at] = keys[--n_keys];
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
		n_keys = 0;
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

static const struct unit_case cases[] = {
	{ "a small pool is used to the last pair", test_drain },
	{ "a large pool, nearly full", test_fill },
	{ "a large pool, full", test_full },
	{ "a pair given back is found again", test_again },
	{ "pairs are chosen evenly", test_even },
	{ "no pool, no memory, the largest pool", test_none },
};

int main(int argc, char **argv)
{
	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
