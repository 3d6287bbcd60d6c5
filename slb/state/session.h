/* SPDX-License-Identifier: GPL-2.0-only */
/* Sessions: the state of a flow, found by either of its two keys. */
#ifndef _SLB_SESSION_H
#define _SLB_SESSION_H

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/rhashtable.h>
#include <linux/slb.h>
#include <slb/flow.h>
#include <slb/parse.h>
#include "config/group.h"
#include "config/link.h"
#include "config/vip.h"
#include "net.h"
#include "state/stats.h"

/* Largest size of a session, in bytes: three cache lines. */
#define SLB_SESSION_SIZE_MAX 192

/**
 * struct slb_side - one direction of a session
 * @node: in the session table
 * @tuple: key: the tuple of arriving packets of this direction; its tag is enum slb_dir; the note
 *	of a request is the prefix length by which the session is counted, see clients.h
 * @packets: packets of this direction; approximate when two CPUs handle one direction
 * @bytes: bytes, IP header included; approximate as well
 *
 * Has its own cache line: the two directions arrive on different devices, so on different CPUs.
 */
struct slb_side {
	struct rhash_head node;
	struct slb_tuple tuple;
	u64 packets;
	u64 bytes;
};

/* Bits of slb_session.flags */
enum {
	SLB_SESSION_DEAD,	/* removed from the table */
	SLB_SESSION_SUPERSEDED,	/* its client has a new session; keeps the local port */
	SLB_SESSION_OPENED,	/* both keys are inserted, or it was killed before */
	SLB_SESSION_ASKED,	/* the server has not answered a SYN or INIT of the client */
	SLB_SESSION_ASKED_TWICE,	/* the server has not answered a second one either */
	SLB_SESSION_REFUSED,	/* an ICMP error of the server is its only answer */
	SLB_SESSION_IDLE,	/* counted as closed or refused at its server */
	SLB_SESSION_SHIFTED,	/* it is a struct slb_session_shifted */
	SLB_SESSION_TELLING,	/* the server does not know the client's address yet */
	SLB_SESSION_STANDBY,	/* a copy of another balancer's session, without a packet here */
	SLB_SESSION_FWMARKED,	/* its packets get the firewall mark of its VIP */
	/* above those what packets need not look at */
	SLB_SESSION_ADOPTED = 19,	/* its local address is another balancer's; never changes */
	SLB_SESSION_SYNC_DUE,	/* the log of sessions has an entry that was not read */
	SLB_SESSION_SYNCED,	/* other balancers were told of it */
	SLB_SESSION_NARROW,	/* an ICMP error said that the path takes only 1280 bytes of IPv6 */
};

/*
 * Above SLB_SESSION_CHANGES also what never changes in a session: how the server learns the
 * client's address (enum slb_client_address), whether each datagram has the header, and the length
 * of the header in bytes.
 */
#define SLB_SESSION_CHANGES 0xffff
#define SLB_SESSION_ADDRESS_AT 16
#define SLB_SESSION_ADDRESS_MASK 0x3
#define SLB_SESSION_EVERY BIT(18)
#define SLB_SESSION_HEADER_AT 24
#define SLB_SESSION_HEADER_MASK 0x7f

#define SLB_SESSION_ASKED_ANY \
	(BIT(SLB_SESSION_ASKED) | BIT(SLB_SESSION_ASKED_TWICE) | BIT(SLB_SESSION_REFUSED))

/**
 * enum slb_end - why a session ends
 * @SLB_END_NONE: it does not
 * @SLB_END_EXPIRED: its timeout, or that of its closed state
 * @SLB_END_YIELDED: it made room for another one
 * @SLB_END_FLUSHED: a flush
 * @SLB_END_DELETED: its server, its VIP or its local address was deleted
 * @SLB_END_SYNCED: the balancer that served it has ended it
 * @SLB_END_UNUSED: another CPU created the session of the flow first
 */
enum slb_end {
	SLB_END_NONE,
	SLB_END_EXPIRED,
	SLB_END_YIELDED,
	SLB_END_FLUSHED,
	SLB_END_DELETED,
	SLB_END_SYNCED,
	SLB_END_UNUSED,
};

/* Flags of a session that packets may use without further checks; those that may change. */
#define SLB_SESSION_SOUND BIT(SLB_SESSION_OPENED)
#define SLB_SESSION_SOUND_SHIFTED (BIT(SLB_SESSION_OPENED) | BIT(SLB_SESSION_SHIFTED))
#define SLB_SESSION_SOUND_FWMARKED (BIT(SLB_SESSION_OPENED) | BIT(SLB_SESSION_FWMARKED))

/* Jiffies after which another SYN counts: less than a client's first timeout of one second. */
#define SLB_ASK_GAP (3 * HZ / 4)

/*
 * The mark of a direction, slb_session.fast: a packet has passed all chains. From the top bit:
 * SLB_FAST_PASSED, generation, slot of the link that it came in by, slot of the link that it went
 * out by. All but the last are slb_link.mark. 0 is no mark.
 */
#define SLB_FAST_PASSED BIT(15)
#define SLB_FAST_BITS 3
#define SLB_FAST_GEN_SHIFT (2 * SLB_FAST_BITS)
#define SLB_FAST_GENS (1 << (15 - SLB_FAST_GEN_SHIFT))
/* slb_link.mark while marks are off: no session has an equal one. */
#define SLB_FAST_NONE BIT(SLB_FAST_GEN_SHIFT)
static_assert(SLB_LINK_MAX <= 1 << SLB_FAST_BITS);

static inline u16 slb_session_passed(u16 mark, u8 out)
{
	return mark | out;
}

/* The mark of packets that come in on one link and leave by another. */
static __always_inline u16 slb_fast_pair_mark(const struct slb_link *in, const struct slb_link *out)
{
	return slb_session_passed(READ_ONCE(in->mark), out->slot);
}

/* The link by which packets of a device come in, or NULL. Context: RCU. */
static inline struct slb_link *slb_link_by_ifindex(const struct slb_links *links, int ifindex)
{
	unsigned int i;

	for (i = 0; i < links->end; i++) {
		struct slb_link *link = links->slot[i];

		if (link && READ_ONCE(link->nh.ifindex) == ifindex)
			return link;
	}
	return NULL;
}

/* Number of generations from one to another. */
static inline u16 slb_fast_since(u16 gen, u16 old)
{
	return (gen - old) & (SLB_FAST_GENS - 1);
}

/**
 * struct slb_session - one flow
 * @side: by enum slb_dir
 * @server: its server, a reference
 * @vip: its VIP, a reference
 * @flags: SLB_SESSION_*, and above SLB_SESSION_CHANGES what never changes
 * @progress: enum slb_session_state, and which sides have closed
 * @ingress: slot of the link on which the client's latest packet came in
 * @ret: slot of the return link, whose range the local address is from
 * @room_of: number of the struct slb_room whose lists it may be on
 * @used: jiffies of the last packet, to about a second
 * @born: time of creation, by slb_session_now()
 * @expected: in TCP_SYN_ACK: the acknowledgment number that proves the client, host order; with
 *	SLB_SESSION_STANDBY: mark of the run that has named it last
 * @fast: mark of each direction, see SLB_FAST_PASSED
 * @diff_addr: difference that the translation of a request's addresses makes to a checksum; for a
 *             reply its complement; valid with @fast
 * @diff_all: the same for addresses and ports
 * @room: on the list of its tier (slb_room), or empty; under that list's lock
 * @rcu: frees it, once it is off that list
 */
struct slb_session {
	struct slb_side side[SLB_DIRS];
	struct slb_server *server;
	struct slb_vip *vip;
	unsigned long flags;
	u16 progress;
	u8 ingress;
	u8 ret : 3;
	u8 room_of : 5;
	u32 used;
	u32 born;
	u32 expected;
	u16 fast[SLB_DIRS];
	u16 diff_addr;
	u16 diff_all;
	union {
		struct list_head room;
		struct rcu_head rcu;
	};
};

static_assert(sizeof(struct slb_session) <= SLB_SESSION_SIZE_MAX);
static_assert(SLB_LINK_MAX <= 1 << 3 && SLB_ROOMS <= 1 << 5);

/**
 * struct slb_session_shifted - a TCP session with a PROXY header before the client's data
 * @s: the session
 * @known: the server has accepted a connection; until then no number is shifted
 * @first: sequence number of the client's first byte, host order; valid with @known. The server
 *	sees the header there, and the client's bytes after it.
 * @asked: the same of the client's last SYN, which the server may refuse
 * @sent: when the header was last sent, jiffies; valid with @told
 * @told: it was sent since @first was set
 * @heard: the server has acknowledged something since then
 * @refused: it has reset the connection since the header was last sent
 * @forgiven: number of headers since @first was set whose resets the client did not get
 * @scale: window scale of the server
 * @acked: bytes of the header that the last segment of the server on the ordinary path has
 *	acknowledged; valid until it has acknowledged all of them
 */
struct slb_session_shifted {
	struct slb_session s;
	u32 first;
	u32 asked;
	u32 sent;
	bool known;
	bool told;
	bool heard;
	bool refused;
	u8 forgiven;
	u8 scale;
	u8 acked;
};

static inline struct slb_session_shifted *slb_session_shifted(struct slb_session *s)
{
	return container_of(s, struct slb_session_shifted, s);
}

/* The flags of a session that may change. */
static __always_inline u16 slb_session_changes(const struct slb_session *s)
{
	return READ_ONCE(s->flags) & SLB_SESSION_CHANGES;
}

/* How does the server learn the client's address: enum slb_client_address. */
static inline u8 slb_session_address(const struct slb_session *s)
{
	return READ_ONCE(s->flags) >> SLB_SESSION_ADDRESS_AT & SLB_SESSION_ADDRESS_MASK;
}

/* Length of the PROXY header of a session, or of its option, in bytes. */
static __always_inline u32 slb_session_header(const struct slb_session *s)
{
	return READ_ONCE(s->flags) >> SLB_SESSION_HEADER_AT & SLB_SESSION_HEADER_MASK;
}

/*
 * Can a late segment of the server acknowledge only a part of the PROXY header? After some GB of
 * the client, none is under way any more, and numbers wrap.
 */
static inline bool slb_session_young(const struct slb_session *s)
{
	return READ_ONCE(s->side[SLB_REQUEST].bytes) < BIT(31);
}

static inline struct slb_session *slb_side_session(struct slb_side *side)
{
	return container_of(side, struct slb_session, side[side->tuple.tag]);
}

static inline u8 slb_session_state(const struct slb_session *s)
{
	return READ_ONCE(s->progress) & SLB_PROGRESS_STATE;
}

static inline u8 slb_session_proto(const struct slb_session *s)
{
	return s->side[SLB_REQUEST].tuple.proto;
}

/* When does the session make room? @progress: its state, with the FIN bits. */
static inline enum slb_tier slb_session_tier(const struct slb_session *s, u32 progress)
{
	return slb_proto_tier(slb_session_proto(s), progress);
}

/* Timeout of the session in its present state, in jiffies. Context: RCU. */
static inline u32 slb_session_timeout(const struct slb_net *sn, const struct slb_session *s)
{
	const struct slb_policy *policy = rcu_dereference(s->vip->policy);
	u8 state = slb_session_state(s);
	u32 seconds = policy ? policy->conf.timeout[state] : 0;

	return (seconds ?: READ_ONCE(sn->settings.timeout[state])) * HZ;
}

bool slb_sync_expired(const struct slb_net *sn, const struct slb_session *s);

static inline bool slb_session_expired(const struct slb_net *sn, const struct slb_session *s)
{
	u32 timeout = slb_session_timeout(sn, s);

	if (unlikely(test_bit(SLB_SESSION_STANDBY, &s->flags)))
		return slb_sync_expired(sn, s);
	/* pairs with cmpxchg() in slb_session_advance(): the time of this state, or a later one */
	smp_rmb();
	/* signed: another CPU may just have renewed it */
	return (s32)((u32)jiffies - READ_ONCE(s->used)) > (s32)timeout;
}

/*
 * Is the time stamp at least a second old? Then a packet may have to renew it. An expired session
 * is always stale, as no timeout is shorter.
 */
static inline bool slb_session_stale(const struct slb_session *s)
{
	return (s32)((u32)jiffies - READ_ONCE(s->used)) >= HZ;
}

/* Ticks of slb_session.born per second: 32 bits last for eight years, jiffies for 49 days. */
#define SLB_BORN_HZ 16

/* The present time in ticks of slb_session.born. */
static inline u32 slb_session_now(void)
{
	return div_u64(get_jiffies_64() * SLB_BORN_HZ, HZ);
}

/* Age of a session, in milliseconds. */
static inline u64 slb_session_age(const struct slb_session *s)
{
	return (u64)(slb_session_now() - s->born) * MSEC_PER_SEC / SLB_BORN_HZ;
}

bool slb_session_orphaned(const struct slb_links *links, const struct slb_session *s);

/*
 * Has the configuration ended a session: is its server, its VIP or its local address deleted? Then
 * packets treat it as absent. Packets with a valid mark need not check. Context: RCU.
 */
static inline bool slb_session_ended(const struct slb_net *sn, const struct slb_links *links,
				     const struct slb_session *s)
{
	return unlikely(READ_ONCE(sn->purge.begun) != READ_ONCE(sn->purge.done)) &&
	       slb_session_orphaned(links, s);
}

/* Count packets and bytes of a direction in a struct slb_traffic. Context: softirq. */
#define slb_traffic_add(stats, counter, dir, n, len) do {				\
	struct slb_traffic *__t = this_cpu_ptr(stats);				\
										\
	u64_stats_update_begin(&__t->syncp);					\
	u64_stats_add(&__t->counter[dir].packets, n);				\
	u64_stats_add(&__t->counter[dir].bytes, len);				\
	u64_stats_update_end(&__t->syncp);					\
} while (0)

/* Count a packet @w of a session that came in by @in and leaves by @out. Context: softirq. */
static __always_inline void slb_session_traffic(struct slb_session *s, struct slb_wire w,
						enum slb_dir dir, const struct slb_link *in,
						const struct slb_link *out)
{
	struct slb_side *side = &s->side[dir];

	WRITE_ONCE(side->packets, side->packets + w.packets);
	WRITE_ONCE(side->bytes, side->bytes + w.bytes);
	slb_traffic_add(in->acct->stats, in, dir, w.packets, w.bytes);
	slb_traffic_add(out->acct->stats, out, dir, w.packets, w.bytes);
	slb_traffic_add(s->server->stats, in, dir, w.packets, w.bytes);
	slb_traffic_add(s->vip->stats, in, dir, w.packets, w.bytes);
}

extern siphash_key_t slb_session_key;

/* For slb_table_bits(). */
#define SLB_SESSION_SEED_MASK 31

/**
 * struct slb_session_shift - members of struct slb_session_shifted that another balancer knows
 * @first: as there
 * @scale: as there
 * @told: as there
 * @known: as there
 */
struct slb_session_shift {
	u32 first;
	u8 scale;
	bool told;
	bool known;
};

/* Set what the PROXY header of a session has shifted. */
static inline void slb_session_shift(struct slb_session *s, const struct slb_session_shift *shift)
{
	struct slb_session_shifted *shifted = slb_session_shifted(s);

	if (!test_bit(SLB_SESSION_SHIFTED, &s->flags))
		return;
	WRITE_ONCE(shifted->first, shift->first);
	WRITE_ONCE(shifted->asked, shift->first);
	WRITE_ONCE(shifted->scale, shift->scale);
	WRITE_ONCE(shifted->told, shift->told);
	WRITE_ONCE(shifted->sent, (u32)jiffies);
	WRITE_ONCE(shifted->known, shift->known);
}

/**
 * struct slb_session_copy - a session that another balancer has, or had
 * @tuple: its keys, by enum slb_dir
 * @server: its server
 * @vip: its VIP
 * @flags: SLB_SESSION_*
 * @progress: its state, and which sides have closed
 * @ingress: slot of the link on which the client's packets are expected
 * @ret: slot of the link that has or adopts the local address
 * @born: time of creation, by slb_session_now()
 * @used: jiffies of the last packet
 * @epoch: mark of the run that names it
 * @shift: with SLB_SESSION_SHIFTED
 */
struct slb_session_copy {
	struct slb_tuple tuple[SLB_DIRS];
	struct slb_server *server;
	struct slb_vip *vip;
	unsigned long flags;
	u16 progress;
	u8 ingress;
	u8 ret;
	u32 born;
	u32 used;
	u32 epoch;
	struct slb_session_shift shift;
};

int slb_session_cache_init(void);
void slb_session_cache_exit(void);
int slb_session_table_init(struct slb_net *sn);
void slb_session_table_exit(struct slb_net *sn);

struct slb_side *slb_session_find(struct slb_net *sn, const struct slb_tuple *t, u64 hash);
struct slb_session *slb_session_new(struct slb_net *sn, const struct slb_links *links,
				    const struct slb_link *ingress, struct slb_vip *vip,
				    const struct slb_tuple *flow, u64 hash, enum slb_drop *why);
struct slb_session *slb_session_restore(struct slb_net *sn, const struct slb_session_copy *c);
struct slb_session *slb_session_insert(struct slb_net *sn, struct slb_session *s);
void slb_session_rehome(struct slb_net *sn, struct slb_session *s, u8 slot);
bool slb_session_kill(struct slb_net *sn, struct slb_session *s, enum slb_end why);
void slb_session_supersede(struct slb_net *sn, struct slb_session *s);
void slb_session_walk_start(struct rhashtable_iter *iter) __acquires(RCU);
u32 slb_session_walk(struct slb_net *sn,
		     bool (*visit)(struct slb_net *sn, struct slb_session *s, const void *arg),
		     const void *arg);
u32 slb_session_purge(struct slb_net *sn,
		      bool (*match)(const struct slb_session *s, const void *arg),
		      const void *arg);
void slb_session_advance(struct slb_net *sn, struct slb_session *s, enum slb_dir dir,
			 const struct slb_pkt *p, bool proves);
void slb_session_unreachable(struct slb_net *sn, struct slb_session *s,
			     const union nf_inet_addr *from);
bool slb_session_reopens(struct slb_net *sn, struct slb_session *s, bool elsewhere);
bool slb_session_proves(const struct slb_session *s, enum slb_dir dir, const struct slb_pkt *p);
bool slb_session_renews(const struct slb_session *s, enum slb_dir dir);
bool slb_session_over(const struct slb_net *sn, const struct slb_session *s, enum slb_dir dir);

bool slb_session_yields(const struct slb_session *s, enum slb_tier *tier);

#endif /* _SLB_SESSION_H */
