/* SPDX-License-Identifier: GPL-2.0-only */
/* Liveness of a link: state of its device, neighbours and probes, and since when. */
#ifndef _SLB_PROBE_H
#define _SLB_PROBE_H

#include <linux/hashtable.h>
#include <linux/netfilter.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include <slb/nexthop.h>
#include <slb/sbfd.h>

struct slb_drops;
struct slb_unusable_said;
struct slb_unusable_set;

/* Most transitions that are kept until their events are sent. */
#define SLB_PROBE_EVENTS 16u

/* Most different sets of unusable VIPs that a relay keeps. */
#define SLB_UNUSABLE_SETS 64u

/* What a relay asks of the far end of a shared link beyond BFD: slb_probe.ask. */
enum slb_probe_ask {
	SLB_PROBE_ASK_NOTHING,	/* all its VIPs are usable */
	SLB_PROBE_ASK_HEAD,	/* the generation of its set of unusable VIPs */
	SLB_PROBE_ASK_CHUNK,	/* a chunk of it, too */
};

/**
 * struct slb_probe_conf - settings of a link's probes
 * @interval: milliseconds between two probes; 0 sends none
 * @hold: hold-down after a failure, milliseconds
 * @misses: probes that the far end may miss before it takes the link for failed
 * @recover: probes to receive before a failed link is taken for working
 * @shared: more than two ends: ask the present next hop (S-BFD) and keep no session with it
 */
struct slb_probe_conf {
	u32 interval;
	u32 hold;
	u8 misses;
	u8 recover;
	bool shared;
};

/* The loss of probes is computed once in this time, in jiffies. */
#define SLB_PROBE_LOSS_TIME (10 * HZ)

/* Defaults of a new link. */
#define SLB_PROBE_CONF { .interval = 100, .hold = 1000, .misses = 3, .recover = 3 }

/**
 * struct slb_probe_range - range of addresses of a link, as one end has it; zeros without a range
 * @first: first address, by family
 * @last: last one
 */
struct slb_probe_range {
	union nf_inet_addr first[2];
	union nf_inet_addr last[2];
};

/**
 * struct slb_probe_event - a transition
 * @state: enum slb_nexthop_state
 * @told: set when the event is sent: states of both families in the last event
 * @has: set when the event is sent: the families that have changed
 * @when: nanoseconds since boot
 */
struct slb_probe_event {
	u8 state;
	u8 told[2];
	bool has[2];
	u64 when;
};

/**
 * struct slb_probe_digest - digest of what a far end has configured
 * @digest: as received, or 0
 * @since: when it was received first after another one, or after none, jiffies
 * @at: when it was received last, jiffies
 */
struct slb_probe_digest {
	u32 digest;
	unsigned long since;
	unsigned long at;
};

/**
 * struct slb_probe_loss - lost probes of the last seconds
 * @began: when counting began, jiffies
 * @ended: when @in and @out were computed, jiffies
 * @received: slb_probe.received at @began
 * @lost_in: slb_probe.lost_in at @began
 * @sent: slb_probe.sent at @began
 * @lost_out: lost probes that the far end had reported at @began
 * @in: share of the far end's probes that were lost, per mille
 * @out: share of ours
 */
struct slb_probe_loss {
	unsigned long began;
	unsigned long ended;
	u64 received;
	u64 lost_in;
	u64 sent;
	u32 lost_out;
	u16 in;
	u16 out;
};

/**
 * struct slb_probe_net - all probes of a namespace
 * @net: the namespace
 * @mine: magic number of the packets that this end sends
 * @theirs: magic number of those of the far end
 * @drops: drop counters of the namespace
 * @key: digest of our hash key; written under the configuration lock
 * @vips: digest of our VIPs, never 0; written under the configuration lock
 * @config: digest of a relay's balancers and links, 0 on a balancer; written under that lock
 * @flags: of a balancer, enum slb_probe_flag; written by slb_probe_flags_set()
 * @unusable: of a balancer, its set of unusable VIPs, or NULL; written under the configuration lock
 * @sets_lock: of a relay, protects @sets and what follows; inside slb_probe.lock
 * @sets: sets of unusable VIPs of balancers, while they are collected and after
 * @sets_refused: how often there was no room or no memory for a set
 * @sets_unsound: how often a set had other members than its generation says
 * @work: sends events and rebuilds what depends on states; provided by the module
 * @all: probes; changed under the configuration lock, read under RCU
 * @by_disc: the same by our discriminator
 * @by_via: the same by the next hop
 * @hooked: the hooks that receive probes are registered; under RTNL
 */
struct slb_probe_net {
	struct net *net;
	u32 mine;
	u32 theirs;
	struct slb_drops __percpu *drops;
	u32 key;
	u32 vips;
	u32 config;
	u32 flags;
	struct slb_unusable_said __rcu *unusable;
	spinlock_t sets_lock;	/* all below but the work and tables of probes */
	struct slb_unusable_set *sets[SLB_UNUSABLE_SETS];
	u64 sets_refused;
	u64 sets_unsound;
	struct delayed_work work;
	struct list_head all;
	DECLARE_HASHTABLE(by_disc, 8);
	DECLARE_HASHTABLE(by_via, 8);
	bool hooked;
};

/**
 * struct slb_probe - liveness of one family of a link; survives changes of the link
 *
 * A link has two of them, which are allocated and freed together: slb_probe_create() returns that
 * of IPv4. Each has its own session, so that one family can be out of use alone.
 *
 * @node: in @pn->all
 * @by_disc: in @pn->by_disc
 * @by_via: in @pn->by_via
 * @pn: probes of the namespace
 * @twin: liveness of the other family
 * @lock: protects all below, of both families: points to IPv4's @room
 * @room: see @lock
 * @timer: next probe, end of detection time or hold-down, next request for a neighbour
 * @due: when @timer was to run
 * @nh: this end of the link
 * @conf: settings
 * @af: family: 0 IPv4, 1 IPv6
 * @on: the link carries it
 * @gone: the link is withdrawn: the far end was told, and no more packets are sent over it
 * @bfd: the session
 * @proven: the session has been up, so silence is a failure
 * @declined: the far end has said that it sends no probes
 * @bare: there is no address to send from, or IPv6 is off on the device
 * @nth: index of our source address while the far end has not answered; 0: that of the route
 * @failed: state of the session: SLB_NEXTHOP_UP, _SILENT, _UNHEARD or _WITHDRAWN
 * @good: probes received since it failed
 * @lost: the neighbour does not answer
 * @suspect: the neighbour may not answer: it is being resolved again
 * @asked: it has been resolved again since it became suspect
 * @asked_at: when resolution last began, jiffies
 * @holding: the link is back and waits for @hold_until
 * @was_up: it has been in use
 * @state: enum slb_nexthop_state, the resulting state
 * @since: when @state began, nanoseconds since boot
 * @why: the state that last ended its use
 * @why_at: when, nanoseconds since boot
 * @downs: how often its use ended
 * @send_at: jiffies of the next probe
 * @sent_at: jiffies of the last one
 * @burst: probes that are sent soon, as the set of unusable VIPs has changed
 * @chunk: part of that set that is sent, or asked for, next
 * @ask: enum slb_probe_ask
 * @said: generation of the far end's set; read with READ_ONCE by the work
 * @said_at: jiffies when a probe last carried @said, read as @said; 0: never
 * @detect_at: jiffies of the end of the detection time
 * @detect: the detection time, jiffies
 * @late: jiffies by which it was extended because the host was stalled
 * @hold_until: jiffies of the end of the hold-down
 * @call_at: jiffies of the next request for a neighbour that does not answer
 * @self: our address that the far end uses; zeros until it is known, and always on a shared link,
 *	where the route selects it
 * @mine: our range
 * @theirs: range of the far end, network order, as received last
 * @key: digests of the far ends' keys: the last one received, and another one
 * @config: the same of what relays have configured
 * @sent: probes sent
 * @received: probes received
 * @lost_in: missing probes of the far end; on a shared link, missing answers
 * @loss: how many of the latest were lost
 * @far: discriminator of the far end in the last probe received
 * @seq: sequence number of the last probe received
 * @rtt: round-trip time, microseconds; a running mean of about 8; 0: unknown
 * @rtt_min: the shortest round-trip time, microseconds
 * @heard_at: our clock at the last probe received, microseconds
 * @event: transitions without an event yet
 * @n_events: number of transitions so far
 * @n_told: number of them for which an event was sent or skipped
 * @told: state in the last event
 * @rcu: frees it
 */
struct slb_probe {
	struct list_head node;
	struct hlist_node by_disc;
	struct hlist_node by_via;
	struct slb_probe_net *pn;
	struct slb_probe *twin;
	spinlock_t *lock;	/* all below, of both families */
	spinlock_t room;	/* see @lock */
	struct timer_list timer;
	unsigned long due;
	struct slb_nexthop *nh;
	struct slb_probe_conf conf;
	u8 af;
	bool on;
	bool gone;
	struct slb_bfd bfd;
	bool proven;
	bool declined;
	bool bare;
	u8 nth;
	u8 failed;
	u8 good;
	bool lost;
	bool suspect;
	bool asked;
	unsigned long asked_at;
	bool holding;
	bool was_up;
	u8 state;
	u64 since;
	u8 why;
	u64 why_at;
	u32 downs;
	unsigned long send_at;
	unsigned long sent_at;
	u8 burst;
	u8 chunk;
	u8 ask;
	u32 said;
	unsigned long said_at;
	unsigned long detect_at;
	unsigned long detect;
	unsigned long late;
	unsigned long hold_until;
	unsigned long call_at;
	union nf_inet_addr self;
	struct slb_probe_range mine;
	struct slb_bfd_more theirs;
	struct slb_probe_digest key[2];
	struct slb_probe_digest config[2];
	u64 sent;
	u64 received;
	u64 lost_in;
	struct slb_probe_loss loss;
	u32 far;
	u32 seq;
	u32 rtt;
	u32 rtt_min;
	u32 heard_at;
	struct slb_probe_event event[SLB_PROBE_EVENTS];
	u32 n_events;
	u32 n_told;
	u8 told;
	struct rcu_head rcu;
};

void slb_probe_net_init(struct slb_probe_net *pn, struct net *net, u32 mine, work_func_t work);
struct slb_probe *slb_probe_create(struct slb_probe_net *pn);
void slb_probe_attach(struct slb_probe *p, struct slb_nexthop *nh,
		      const struct slb_probe_conf *conf, const struct slb_probe_range *mine);
void slb_probe_withdraw(struct slb_probe *p, bool alone);
void slb_probe_detach(struct slb_probe *p);
bool slb_probe_device(struct slb_probe *p, struct slb_nexthop *nh, struct net *net,
		      const struct net_device *going_down);
void slb_probe_device_end(struct slb_nexthop *nh);

#endif /* _SLB_PROBE_H */
