// SPDX-License-Identifier: GPL-2.0-only
/* The relay's choice: a set built from the last one equals one built anew, and weights count. */
#include <math.h>

#include "../../relay/config/balancer.h"
#include "../../relay/config/digest.h"
#include "../../relay/config/heir.h"
#include "../../relay/config/link.h"
#include "../../relay/net.h"
#include "../../relay/config/snapshot.h"
#include "../../relay/packet/steer.h"
#include "packet.h"

#define BALANCERS_MAX 24
#define LINKS 2

/**
 * struct fixture - a relay's configuration
 * @rn: the namespace
 * @slots: room of its array of balancers
 * @b: the balancers; those in use are in @slots
 * @link: their links
 */
struct fixture {
	struct rly_net rn;
	void *slots[BALANCERS_MAX];
	struct rly_balancer b[BALANCERS_MAX];
	struct rly_link link[BALANCERS_MAX][LINKS];
};

static struct fixture f;
unsigned long jiffies;

/* No probe carries the digest here. */
void rly_usable_look(struct rly_net *rn)
{
}

void rly_digest_update(struct rly_net *rn)
{
}

/* Heirs are not read from requests here. */
struct rly_balancer *rly_balancer_by_name(struct rly_net *rn, const char *name)
{
	return NULL;
}

static void link_setup(struct rly_balancer *b, unsigned int i, unsigned int n)
{
	struct rly_link *link = &f.link[i][n];

	snprintf(link->name, sizeof(link->name), "link%u", n + 1);
	link->balancer = b;
	link->n = 1 + i * LINKS + n;
	link->weight = 1;
	link->mtu = 1500;
	link->nh.ifindex = 10 + i * LINKS + n;
	link->nh.has[0] = true;
	link->nh.has[1] = true;
	/* return addresses 10.balancer.link.0 - 255, and the same at the end of IPv6 addresses */
	link->first[0].ip = htonl(0x0a000000 | i << 16 | n << 8);
	link->last[0].ip = htonl(0x0a0000ff | i << 16 | n << 8);
	memset(&link->first[1], 0x20, 12);
	link->last[1] = link->first[1];
	link->first[1].ip6[3] = link->first[0].ip;
	link->last[1].ip6[3] = link->last[0].ip;
	b->link[n] = link;
	b->n_links = n + 1;
	b->stale = true;
}

static void balancer_add(unsigned int i, u32 weight)
{
	struct rly_balancer *b = &f.b[i];
	unsigned int n;

	memset(b, 0, sizeof(*b));
	memset(f.link[i], 0, sizeof(f.link[i]));
	snprintf(b->name, sizeof(b->name), "balancer%u", i);
	b->n = i;
	b->weight = weight;
	for (n = 0; n < LINKS; n++)
		link_setup(b, i, n);
	f.slots[i] = b;
	f.rn.n_balancers++;
	f.rn.n_links += LINKS;
}

static void balancer_del(unsigned int i)
{
	f.slots[i] = NULL;
	f.rn.n_balancers--;
	f.rn.n_links -= LINKS;
}

static void setup(unsigned int n, u32 most)
{
	unsigned int i;

	memset(&f, 0, sizeof(f));
	f.rn.key = rnd_key();
	f.rn.balancers = (struct xarray) { BALANCERS_MAX, f.slots };
	for (i = 0; i < n; i++)
		balancer_add(i, 1 + rnd_below(most));
	EXPECT_EQ(rly_snapshot_publish(&f.rn), 0);
}

static void release(void)
{
	rly_snapshot_clear(&f.rn);
	EXPECT(!f.rn.snapshot);
}

/* Who has each slot, by balancer. */
static void owners(u8 *to, unsigned int af)
{
	u32 slot;

	for (slot = 0; slot < RLY_SLOTS; slot++)
		to[slot] = f.rn.snapshot->member[f.rn.snapshot->slot[af][slot]].n;
}

/* Throw the set away and build it from the configuration alone: it must not differ. */
static void same_from_nothing(void)
{
	static u8 was[2][RLY_SLOTS], is[RLY_SLOTS];
	struct rly_snapshot *old = f.rn.snapshot;
	unsigned int af;

	for (af = 0; af < 2; af++)
		if (old->any[af])
			owners(was[af], af);
	f.rn.snapshot = NULL;
	EXPECT_EQ(rly_snapshot_publish(&f.rn), 0);
	for (af = 0; af < 2; af++) {
		EXPECT_EQ(f.rn.snapshot->any[af], old->any[af]);
		if (!old->any[af])
			continue;
		owners(is, af);
		EXPECT(!memcmp(was[af], is, sizeof(is)));
	}
	free(old);
}

static void random_change(void)
{
	unsigned int i = rnd_below(BALANCERS_MAX / 3), n = rnd_below(LINKS);

	if (!f.slots[i]) {
		balancer_add(i, rnd_below(5));
		return;
	}
	switch (rnd_below(6)) {
	case 0:
		balancer_del(i);
		break;
	case 1:
		f.b[i].weight = rnd_below(5);
		break;
	case 2:
		f.rn.key = rnd_key();
		for (i = 0; i < BALANCERS_MAX; i++)
			f.b[i].stale = true;
		break;
	case 3:
		f.link[i][n].nh.has[rnd_below(2)] ^= true;
		f.b[i].stale = true;
		break;
	default:
		f.link[i][n].nh.state ^= 1;
		f.b[i].stale = true;
	}
}

static void test_incremental(void)
{
	unsigned int n, times = unit_times(40), changes;

	setup(0, 1);
	for (n = 0; n < times && !unit_failing(); n++) {
		for (changes = rnd_below(3); changes < 3; changes++)
			random_change();
		EXPECT_EQ(rly_snapshot_publish(&f.rn), 0);
		same_from_nothing();
	}
	release();
}

/* Members are counted right, only those that take part have slots, drained ones when alone. */
static void test_members(void)
{
	unsigned int n, times = unit_times(30), af, i;
	u32 slots[2][BALANCERS_MAX], slot;

	setup(0, 1);
	for (n = 0; n < times && !unit_failing(); n++) {
		random_change();
		EXPECT_EQ(rly_snapshot_publish(&f.rn), 0);
		memset(slots, 0, sizeof(slots));
		for (af = 0; af < 2; af++) {
			bool up = false, weighty = false;

			for (slot = 0; f.rn.snapshot->any[af] && slot < RLY_SLOTS; slot++)
				slots[af][f.rn.snapshot->slot[af][slot]]++;
			for (i = 0; i < f.rn.snapshot->n_members; i++) {
				const struct rly_balancer *b = f.rn.snapshot->member[i].balancer;
				u8 family = af ? NFPROTO_IPV6 : NFPROTO_IPV4;
				bool mine = slb_nexthop_usable(&b->link[0]->nh, family) ||
					    slb_nexthop_usable(&b->link[1]->nh, family);

				up |= mine;
				weighty |= mine && b->weight;
			}
			EXPECT_EQ(f.rn.snapshot->any[af], up);
			for (i = 0; i < f.rn.snapshot->n_members; i++) {
				const struct rly_member *m = &f.rn.snapshot->member[i];

				EXPECT_EQ(m->n_slots[af], slots[af][i]);
				EXPECT_EQ(!m->n_slots[af], !m->weight[af]);
				if (weighty && !m->balancer->weight)
					EXPECT_EQ(m->n_slots[af], 0);
			}
		}
	}
	release();
}

static void test_disruption(void)
{
	static u8 before[RLY_SLOTS], after[RLY_SLOTS];
	static const unsigned int ns[] = { 1, 3, 10, 20 };
	unsigned int i, n, moved;
	u32 slot;

	for (i = 0; i < ARRAY_SIZE(ns); i++) {
		n = ns[i];
		setup(n, 1);
		owners(before, 0);
		balancer_add(n, 1);
		EXPECT_EQ(rly_snapshot_publish(&f.rn), 0);
		owners(after, 0);
		for (moved = 0, slot = 0; slot < RLY_SLOTS; slot++) {
			EXPECT(after[slot] == before[slot] || after[slot] == n);
			moved += after[slot] != before[slot];
		}
		printf("# to %u balancers comes one: %.2f %% of the slots move, %.2f %% have to\n",
		       n, moved * 100.0 / RLY_SLOTS, 100.0 / (n + 1));
		EXPECT(moved <= RLY_SLOTS / (n + 1) + RLY_SLOTS / 100);
		balancer_del(n);
		EXPECT_EQ(rly_snapshot_publish(&f.rn), 0);
		owners(after, 0);
		EXPECT(!memcmp(before, after, sizeof(before)));
		release();
	}
}

/* Another weight for one of several: only slots that it gets or loses move. */
static void test_reweigh(void)
{
	static u8 before[RLY_SLOTS], after[RLY_SLOTS];
	static const u32 weights[] = { 2, 1, 0, 1 };
	unsigned int n = 10, i, moved, was, is;
	u32 slot;

	setup(n, 1);
	for (i = 0; i < ARRAY_SIZE(weights); i++) {
		owners(before, 0);
		was = f.rn.snapshot->member[3].n_slots[0];
		f.b[3].weight = weights[i];
		EXPECT_EQ(rly_snapshot_publish(&f.rn), 0);
		owners(after, 0);
		is = f.rn.snapshot->member[3].n_slots[0];
		for (moved = 0, slot = 0; slot < RLY_SLOTS; slot++) {
			EXPECT(after[slot] == before[slot] || after[slot] == 3 ||
			       before[slot] == 3);
			moved += after[slot] != before[slot];
		}
		EXPECT_EQ(moved, was < is ? is - was : was - is);
		EXPECT(moved <= RLY_SLOTS / n + RLY_SLOTS / 100);
	}
	release();
}

static struct slb_tuple flow(u8 family)
{
	struct slb_tuple t;

	packet_tuple(&t, family, IPPROTO_TCP);
	return t;
}

/* Balancers by weight, links by weight, and neither choice tells of the other. */
static void test_shares(void)
{
	unsigned int got[6][LINKS] = {}, n, i, flows = 120000;
	double total = 0;

	setup(6, 5);
	for (i = 0; i < 6; i++) {
		f.link[i][1].weight = 3;
		f.b[i].stale = true;
		total += f.b[i].weight;
	}
	EXPECT_EQ(rly_snapshot_publish(&f.rn), 0);
	for (n = 0; n < flows; n++) {
		struct slb_tuple t = flow(n % 2 ? NFPROTO_IPV4 : NFPROTO_IPV6);
		struct rly_target target;

		EXPECT_EQ(rly_steer_flow(f.rn.snapshot, &t, &target), SLB_OK);
		got[target.member->n][target.link - f.link[target.member->n]]++;
	}
	/* the table of the balancers is itself a sample: its error is allowed for, too */
	for (i = 0; i < 6; i++) {
		double mine = flows * f.b[i].weight / total;

		EXPECT_F(fabs(got[i][0] + got[i][1] - mine) < 6 * sqrt(mine) + 0.05 * mine,
			 "balancer %u: %u, not %f", i, got[i][0] + got[i][1], mine);
		mine = got[i][0] + got[i][1];
		EXPECT_F(fabs(got[i][0] - mine / 4) < 6 * sqrt(mine / 4) + 0.01 * mine / 4,
			 "link of balancer %u: %u, not %f", i, got[i][0], mine / 4);
	}
	release();
}

/*
 * A link that is down takes nothing, nor does a balancer without any other link, at once and before
 * a new set is published.
 */
static void test_link_down(void)
{
	struct slb_tuple last = flow(NFPROTO_IPV4);
	unsigned int n, i, chosen = 0;

	setup(4, 1);
	for (n = 0; n < 8000; n++) {
		struct slb_tuple t = flow(NFPROTO_IPV4);
		struct rly_target target;

		if (n % 2000 == 0) {
			EXPECT_EQ(rly_snapshot_publish(&f.rn), 0);
			EXPECT_EQ(rly_steer_flow(f.rn.snapshot, &last, &target), SLB_OK);
			/* what was chosen without the new set is what the new set says */
			EXPECT(!n || target.member->n == chosen);
			for (i = 0; i < 4 * LINKS; i++)
				f.link[i / LINKS][i % LINKS].nh.state = SLB_NEXTHOP_UP;
			EXPECT_EQ(rly_snapshot_publish(&f.rn), 0);
			for (i = 0; i < 4 * LINKS; i++)
				f.link[i / LINKS][i % LINKS].nh.state = rnd_one_in(3);
			f.link[3][0].nh.state = SLB_NEXTHOP_UP;
		}
		/* whichever the slots name, there is one that is up */
		EXPECT_EQ(rly_steer_flow(f.rn.snapshot, &t, &target), SLB_OK);
		EXPECT(slb_nexthop_usable(&target.link->nh, NFPROTO_IPV4));
		EXPECT(target.link->balancer == target.member->balancer);
		last = t;
		chosen = target.member->n;
	}
	EXPECT_EQ(rly_steer_flow(NULL, &(struct slb_tuple) { .family = NFPROTO_IPV4 },
				 &(struct rly_target) {}), SLB_DROP_NO_BALANCER);
	release();
}

/* An address whose last word is @low, of either family. */
static union nf_inet_addr address(u8 family, u32 low)
{
	union nf_inet_addr addr = {};

	if (family == NFPROTO_IPV4) {
		addr.ip = htonl(low);
	} else {
		memset(&addr, 0x20, 12);
		addr.ip6[3] = htonl(low);
	}
	return addr;
}

/* Every address around the return ranges, and the first look never misses one. */
/* Links fail while a snapshot is built: each slot still has a member that takes part. */
static void test_fail_meanwhile(void)
{
	unsigned int asked, af, i;
	u32 slot;

	for (asked = 1; asked < 40; asked++) {
		setup(3, 5);
		for (i = 0; i < 3; i++)
			f.b[i].stale = true;
		sim_ranks_left = asked + 1;
		EXPECT_EQ(rly_snapshot_publish(&f.rn), 0);
		sim_ranks_left = 0;
		for (af = 0; af < 2; af++) {
			EXPECT(f.rn.snapshot->any[af]);
			for (slot = 0; slot < RLY_SLOTS; slot++) {
				u16 member = f.rn.snapshot->slot[af][slot];

				EXPECT(member < 3);
				EXPECT(f.rn.snapshot->member[member].weight[af]);
			}
		}
		release();
	}
}

static void test_returns(void)
{
	unsigned int n, times = unit_times(40000), i, l;

	setup(20, 1);
	for (n = 0; n < times && !unit_failing(); n++) {
		u32 low = 0x0a000000 + (rnd_below(22) << 16) + (rnd_below(4) << 8) + rnd_below(256);
		u8 family = rnd_one_in(2) ? NFPROTO_IPV4 : NFPROTO_IPV6;
		union nf_inet_addr addr = address(family, low);
		const struct rly_return *ret = rly_return_find(f.rn.snapshot, &addr, family);

		i = low >> 16 & 0xff;
		l = low >> 8 & 0xff;
		EXPECT_EQ(!!ret, i < 20 && l < LINKS);
		if (!ret)
			continue;
		EXPECT_EQ(f.rn.snapshot->member[ret->member].n, i);
		EXPECT_EQ(ret->link, l);
		EXPECT(rly_snapshot_maybe(f.rn.snapshot, &addr, family));
		EXPECT(test_bit(slb_prefilter_hash(&addr, family), f.rn.prefilter));
	}
	release();
}

static void test_return_link(void)
{
	unsigned int n, i, l;

	setup(10, 1);
	for (n = 0; n < 4000 && !unit_failing(); n++) {
		struct slb_tuple t = flow(NFPROTO_IPV4);
		const struct rly_return *ret;
		struct rly_target target;
		enum slb_drop why;

		i = rnd_below(10);
		l = rnd_below(LINKS);
		t.dst.ip = htonl(0x0a000000 | i << 16 | l << 8 | rnd_below(256));
		f.link[i][l].nh.state = rnd_one_in(2);
		ret = rly_return_find(f.rn.snapshot, &t.dst, NFPROTO_IPV4);
		why = rly_steer_return(f.rn.snapshot, ret, &t, &target);
		if (f.link[i][l].nh.state == SLB_NEXTHOP_UP)
			EXPECT(!why && target.link == &f.link[i][l]);
		else if (f.link[i][!l].nh.state == SLB_NEXTHOP_UP)
			EXPECT(!why && target.link == &f.link[i][!l]);
		else
			EXPECT_EQ(why, SLB_DROP_NO_LINK);
	}
	release();
}

/* By device; where links share one, the return address tells which. */
static void test_ingress(void)
{
	struct rly_return ret = {};
	unsigned int i;

	setup(10, 1);
	for (i = 0; i < 10 * LINKS; i++)
		EXPECT(rly_steer_ingress(f.rn.snapshot, 10 + i) == &f.link[i / LINKS][i % LINKS]);
	EXPECT(!rly_steer_ingress(f.rn.snapshot, 9));
	EXPECT(!rly_steer_ingress(f.rn.snapshot, 10 + i));
	for (i = 0; i < 10; i++)
		f.link[i][0].nh.ifindex = 7;
	EXPECT_EQ(rly_snapshot_publish(&f.rn), 0);
	EXPECT(rly_steer_ingress(f.rn.snapshot, 7) == &f.link[0][0]);
	EXPECT(rly_snapshot_maybe_dev(f.rn.snapshot, 7));
	for (i = 0; i < 10; i++) {
		ret.member = i;
		EXPECT(rly_steer_owner(f.rn.snapshot, 7, &ret, NFPROTO_IPV4) == &f.link[i][0]);
		/* its other links, and no other balancer's */
		EXPECT(rly_steer_owner(f.rn.snapshot, 11 + i * LINKS, &ret, NFPROTO_IPV4) ==
		       &f.link[i][1]);
		EXPECT(!rly_steer_owner(f.rn.snapshot, 11 + (i + 1) * LINKS, &ret, NFPROTO_IPV4));
	}
	release();
}

/* What the probes of a balancer say, and the rank of its links, over both families. */
static void far_end(unsigned int i, u32 says, u8 behind, u8 rank)
{
	unsigned int k;

	for (k = 0; k < 2 * LINKS; k++) {
		struct slb_nexthop *nh = &f.link[i][k / 2].nh;

		nh->says[k % 2] = says | SLB_NEXTHOP_HEARD;
		nh->behind[k % 2] = behind;
		nh->rank[k % 2] = rank;
	}
}

/* Which balancer gets a packet to a return address of balancer @i? */
static u32 returns_to(unsigned int i, u8 family, enum slb_drop *why)
{
	union nf_inet_addr addr = address(family, 0x0a000000 | i << 16 | 5);
	const struct rly_return *ret = rly_return_find(f.rn.snapshot, &addr, family);
	struct slb_tuple t = flow(family);
	struct rly_target target;

	*why = rly_steer_return(f.rn.snapshot, ret, &t, &target);
	EXPECT_EQ(!target.absent, target.member->n == i);
	return target.member->n;
}

static void heirs_are(const int *heir, unsigned int n)
{
	unsigned int i, af;

	EXPECT_EQ(rly_snapshot_publish(&f.rn), 0);
	for (i = 0; i < n; i++)
		for (af = 0; af < 2; af++)
			EXPECT_EQ(f.rn.snapshot->member[i].heir[af], heir[i]);
}

/* Who is the heir of whom, and when does it get the packets of the other one? */
static void test_heirs(void)
{
	u8 family = rnd_one_in(2) ? NFPROTO_IPV4 : NFPROTO_IPV6;
	unsigned long next = RLY_AWAY_NEVER;
	struct rly_return ret = {};
	enum slb_drop why;
	unsigned int i;

	jiffies = 1000000;
	setup(4, 1);
	f.rn.flows.dead_after = 3000;
	heirs_are((int []){ -1, -1, -1, -1 }, 4);
	for (i = 0; i < 4; i++)
		far_end(i, i == 1 ? 0 : SLB_PROBE_SYNC, SLB_NEXTHOP_CURRENT, SLB_NEXTHOP_RANK_YES);
	heirs_are((int []){ 2, -1, 3, 0 }, 4);
	f.b[0].heir = (struct rly_heir){ .mode = RLY_HEIR_NAMED, .n = 3 };
	f.b[3].heir.mode = RLY_HEIR_NONE;
	heirs_are((int []){ 3, -1, 3, -1 }, 4);
	EXPECT(rly_steer_owner(f.rn.snapshot, 10 + 3 * LINKS, &ret, family) == &f.link[3][0]);
	EXPECT(!rly_steer_owner(f.rn.snapshot, 10 + 2 * LINKS, &ret, family));
	EXPECT(!rly_away_update(&f.rn, &next) && next == RLY_AWAY_NEVER);
	EXPECT_EQ(returns_to(0, family, &why), 0);

	/* it fails: packets wait for it, and go to the heir before the snapshot is built again */
	far_end(0, SLB_PROBE_SYNC, SLB_NEXTHOP_CURRENT, SLB_NEXTHOP_RANK_FAILED);
	for (i = 0; i < 2 * LINKS; i++)
		f.link[0][i / 2].nh.failed_at[i % 2] = jiffies;
	EXPECT(!rly_away_update(&f.rn, &next) && next == msecs_to_jiffies(3000));
	jiffies += next - 1;
	EXPECT_EQ(returns_to(0, family, &why), 0);
	jiffies++;
	EXPECT(returns_to(0, family, &why) == 3 && !why);
	EXPECT(rly_away_update(&f.rn, &next) && f.b[0].away[0] && f.b[0].away[1]);
	heirs_are((int []){ 3, -1, 3, -1 }, 4);
	/* it is back, and then has its sessions */
	far_end(0, SLB_PROBE_SYNC, SLB_NEXTHOP_BEHIND, SLB_NEXTHOP_RANK_HELD);
	EXPECT(returns_to(0, family, &why) == 3 && !rly_away_update(&f.rn, &next));
	far_end(0, SLB_PROBE_SYNC, SLB_NEXTHOP_CURRENT, SLB_NEXTHOP_RANK_YES);
	EXPECT(returns_to(0, family, &why) == 0 && rly_away_update(&f.rn, &next));
	/* it is behind without having been away, and after a restart */
	far_end(0, SLB_PROBE_SYNC, SLB_NEXTHOP_BEHIND, SLB_NEXTHOP_RANK_HELD);
	EXPECT(returns_to(0, family, &why) == 0 && !rly_away_update(&f.rn, &next));
	far_end(0, SLB_PROBE_SYNC, SLB_NEXTHOP_RESTARTED, SLB_NEXTHOP_RANK_HELD);
	EXPECT(returns_to(0, family, &why) == 3 && rly_away_update(&f.rn, &next));
	EXPECT_EQ(rly_snapshot_publish(&f.rn), 0);
	EXPECT(!f.rn.snapshot->member[0].n_slots[rly_af(family)]);
	/* the heir is away, too: nobody else takes the packets */
	far_end(3, SLB_PROBE_SYNC, SLB_NEXTHOP_RESTARTED, SLB_NEXTHOP_RANK_HELD);
	EXPECT(returns_to(0, family, &why) == 0 && !why);
	f.b[0].heir.mode = RLY_HEIR_AUTO;
	EXPECT(rly_away_update(&f.rn, &next));
	heirs_are((int []){ 2, -1, -1, -1 }, 3);
	release();
	jiffies = 0;
}

/* Where does a flow go that the table does not have? @within: see rly_steer_orphan(). */
static u32 meets(u64 hash, u8 family, unsigned long within)
{
	struct rly_target target = { .hash = hash };

	EXPECT_EQ(rly_steer_hash(f.rn.snapshot, family, &target), 0);
	rly_steer_orphan(f.rn.snapshot, family, within, &target);
	EXPECT(target.link->balancer == &f.b[target.member->n] && target.hash == hash);
	return target.member->n;
}

/* Flows of a balancer that has failed, and that this relay does not know, go to the heir. */
static void test_orphans(void)
{
	u8 family = rnd_one_in(2) ? NFPROTO_IPV4 : NFPROTO_IPV6;
	unsigned int i, af = rly_af(family), orphans = 0;
	enum slb_drop why;
	u8 was[RLY_SLOTS];
	u32 slot;

	jiffies = 1000000;
	setup(5, 3);
	f.rn.flows.dead_after = 3000;
	balancer_add(5, 0);
	for (i = 0; i < 6; i++)
		far_end(i, SLB_PROBE_SYNC, SLB_NEXTHOP_CURRENT, SLB_NEXTHOP_RANK_YES);
	f.b[0].heir = (struct rly_heir){ .mode = RLY_HEIR_NAMED, .n = 3 };
	EXPECT_EQ(rly_snapshot_publish(&f.rn), 0);
	EXPECT(!f.rn.snapshot->orphans[af]);
	owners(was, af);
	for (slot = 0; slot < RLY_SLOTS; slot++) {
		EXPECT(rly_steer_holder(f.rn.snapshot, slot)->n == was[slot]);
		EXPECT_EQ(meets(slot, family, 1000), was[slot]);
	}
	far_end(0, SLB_PROBE_SYNC, SLB_NEXTHOP_CURRENT, SLB_NEXTHOP_RANK_FAILED);
	for (i = 0; i < 2 * LINKS; i++)
		f.link[0][i / 2].nh.failed_at[i % 2] = jiffies;
	/* before the snapshot is built again, and with one in which it has no slots */
	for (i = 0; i < 2; i++) {
		for (slot = 0; slot < RLY_SLOTS; slot += 1 + rnd_below(8)) {
			orphans += !was[slot];
			EXPECT_EQ(meets(slot, family, 1000), was[slot] ?: 3);
		}
		EXPECT_EQ(rly_snapshot_publish(&f.rn), 0);
		EXPECT(f.rn.snapshot->orphans[0] && f.rn.snapshot->orphans[1]);
	}
	EXPECT(orphans);
	/* flows that did not end have passed this relay since then */
	jiffies += 1000;
	for (slot = 0; slot < RLY_SLOTS; slot++)
		EXPECT(was[slot] || f.rn.snapshot->slot[af][slot] == meets(slot, family, 1000));
	/* it is back, without its sessions */
	far_end(0, SLB_PROBE_SYNC, SLB_NEXTHOP_RESTARTED, SLB_NEXTHOP_RANK_YES);
	for (slot = 0; slot < RLY_SLOTS; slot++)
		EXPECT_EQ(meets(slot, family, 1000), was[slot] ?: 3);
	/* it has not answered yet: it may lack them */
	far_end(0, SLB_PROBE_SYNC, SLB_NEXTHOP_CURRENT, SLB_NEXTHOP_RANK_UNPROVEN);
	for (slot = 0; slot < RLY_SLOTS; slot++)
		EXPECT_EQ(meets(slot, family, 1000), was[slot] ?: 3);
	EXPECT(returns_to(0, family, &why) == 0 && !why);
	/* with them, before it has slots */
	far_end(0, SLB_PROBE_SYNC, SLB_NEXTHOP_CURRENT, SLB_NEXTHOP_RANK_YES);
	for (slot = 0; slot < RLY_SLOTS; slot++)
		EXPECT(was[slot] || f.rn.snapshot->slot[af][slot] == meets(slot, family, 1000));
	release();
	jiffies = 0;
}

static const struct unit_case cases[] = {
	{ "a set built from the one before equals one built from nothing", test_incremental },
	{ "who takes part", test_members },
	{ "a balancer comes and goes", test_disruption },
	{ "a balancer's weight changes", test_reweigh },
	{ "shares of balancers and links", test_shares },
	{ "a link that is down takes nothing", test_link_down },
	{ "links fail while a snapshot is built", test_fail_meanwhile },
	{ "return addresses are found", test_returns },
	{ "return addresses lead to their link", test_return_link },
	{ "over which link a packet came in", test_ingress },
	{ "which balancer is the heir of another, and while when", test_heirs },
	{ "flows of a failed balancer that are not known go to its heir", test_orphans },
};

int main(int argc, char **argv)
{
	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
