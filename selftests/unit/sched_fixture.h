/* SPDX-License-Identifier: GPL-2.0-only */
/* A group of servers in a namespace, for tests of schedulers. */
#ifndef _SLB_UNIT_SCHED_FIXTURE_H
#define _SLB_UNIT_SCHED_FIXTURE_H

#include "../../slb/config/group.h"
#include "../../slb/config/group_set.h"
#include "../../slb/config/sched.h"
#include "../../slb/config/vip.h"
#include "../../slb/net.h"
#include "../../slb/state/persist.h"
#include "unit.h"

#define SERVERS_MAX 300

/* What the schedulers take from the rest of the module. */
static unsigned int refreshed;

u32 get_random_u32_below(u32 below)
{
	return rnd_below(below);
}

u64 get_random_u64(void)
{
	return (u64)rnd() << 32 | rnd();
}

void slb_vaddr_turn(struct slb_net *sn, const struct slb_group *group, u8 family, int by)
{
	refreshed++;
}

struct slb_server *slb_persist_recall(struct slb_set *set, const struct slb_tuple *flow, bool peek)
{
	return NULL;
}

struct slb_server *slb_persist_note(struct slb_set *set, const struct slb_tuple *flow,
				    struct slb_server *server)
{
	return server;
}

unsigned long jiffies;
static unsigned int tier_events;

void slb_notify_group_tier(struct slb_net *sn, const struct slb_group *group)
{
	tier_events++;
}

/**
 * struct fixture - a group in a namespace
 * @sn: the namespace
 * @group: the group
 * @slots: room of the namespace's array of groups
 * @member: the group's servers
 * @server: the servers themselves
 * @turns: the group's
 * @traffic: the servers' counters
 */
struct fixture {
	struct slb_net sn;
	struct slb_group group;
	void *slots[1];
	struct slb_server *member[SERVERS_MAX];
	struct slb_server server[SERVERS_MAX];
	struct slb_turns turns;
	struct slb_traffic traffic[SERVERS_MAX];
};

static struct fixture f;

static struct slb_set *set4(void)
{
	return f.group.set[0];
}

static void publish(const char *sched, unsigned int n)
{
	f.group.conf.sched = slb_sched_find(sched);
	f.group.n = n;
	EXPECT_EQ(slb_group_publish(&f.sn, &f.group), 0);
}

static void release(void)
{
	f.group.n = 0;
	slb_group_publish(&f.sn, &f.group);
	free(f.group.set[0]);
	free(f.group.set[1]);
	f.group.set[0] = NULL;
	f.group.set[1] = NULL;
}

/* @n servers of IPv4, none the same as another. */
static void setup(unsigned int n)
{
	unsigned int i;

	memset(&f, 0, sizeof(f));
	f.sn.settings.hash_key = rnd_key();
	f.slots[0] = &f.group;
	f.sn.group_ids = (struct xarray) { 1, f.slots };
	f.group.server = f.member;
	f.group.turns = &f.turns;
	f.group.conf.table_size = SLB_MH_SIZE_DEFAULT;
	for (i = 0; i < SERVERS_MAX; i++) {
		f.member[i] = &f.server[i];
		f.server[i].stats = &f.traffic[i];
		f.server[i].family = NFPROTO_IPV4;
		f.server[i].conf.weight = 1;
		f.server[i].addr.ip = htonl(0x0a000000 + i);
		f.server[i].port = htons(80);
	}
	f.group.n = n;
}

static unsigned int pick(const struct slb_tuple *flow)
{
	struct slb_server *server = set4()->sched->pick(set4(), flow);

	return server - f.server;
}

static struct slb_tuple client(void)
{
	struct slb_tuple t = { .family = NFPROTO_IPV4, .proto = IPPROTO_TCP, .dport = htons(80) };

	t.src.ip = rnd();
	t.sport = rnd();
	t.dst.ip = htonl(0xc0000201);
	return t;
}

static void random_weights(unsigned int n, u32 most)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		f.server[i].conf.weight = 1 + rnd_below(most);
}

/* The next picks, so many to each of the first servers. */
static void take(const char *sched, unsigned int n, unsigned int picks, unsigned int *got)
{
	struct slb_tuple t = client();
	unsigned int i;

	memset(got, 0, n * sizeof(*got));
	publish(sched, n);
	while (picks--) {
		i = pick(&t);
		got[i]++;
		f.server[i].sessions.counter++;
	}
}

#endif /* _SLB_UNIT_SCHED_FIXTURE_H */
