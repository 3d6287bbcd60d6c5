/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of the balancer in a network namespace. */
#ifndef _SLB_NET_H
#define _SLB_NET_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/rhashtable.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <linux/slb.h>
#include <slb/count.h>
#include <slb/drop.h>
#include <slb/flow.h>
#include <slb/proto_def.h>
#include <slb/probe.h>
#include <slb/rate.h>
#include <slb/tracer.h>
#include <slb/txn.h>

struct net_device;
struct slb_addresses;
struct slb_link;

/**
 * struct slb_no_vip - a packet from the relay to an address that is no VIP
 * @lock: protects all but @tick
 * @tick: jiffies of the last look, so that there is at most one in a tick; not locked
 * @when: jiffies of the packet, never 0; 0: none has come
 * @link: the link that it came in by
 * @addr: destination address, network order
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @proto: IANA number of the protocol
 * @port: destination port, host order, or 0
 */
struct slb_no_vip {
	spinlock_t lock;
	u32 tick;
	unsigned long when;
	char link[SLB_NAME_LEN + 1];
	union nf_inet_addr addr;
	u8 family;
	u8 proto;
	u16 port;
};

/* A range of ports, host order, in one word. */
static inline u32 slb_ports(u16 first, u16 last)
{
	return (u32)first << 16 | last;
}

static inline u16 slb_ports_first(u32 ports)
{
	return ports >> 16;
}

static inline u16 slb_ports_last(u32 ports)
{
	return ports;
}

static inline u32 slb_ports_count(u32 ports)
{
	return slb_ports_last(ports) - slb_ports_first(ports) + 1;
}

/**
 * struct slb_settings - settings; written under the lock, read with READ_ONCE in softirq
 * @session_limit: maximum number of sessions
 * @ports: first and last local port in one word, by slb_ports(), so that packets read both at once
 * @icmp_rate: maximum of ICMP errors per second, separately about the MTU and all others
 * @reset_rate: maximum of resets per second
 * @on_end: enum slb_on_end: the answer to a TCP segment of no session
 * @unmatched: enum slb_unmatched: action for packets to a virtual address that match no VIP
 * @proxy_every: each datagram of a new session of proxy-v2 gets the header
 * @proxy_checksum: the header of new sessions has a checksum
 * @health_ttl: seconds after which health that nobody has confirmed becomes unknown; under the lock
 * @timeout: by enum slb_session_state, in seconds
 * @hash_key: key of sh and mh; copied into each set of servers
 * @sync_wait: seconds for which a balancer that is back waits for its sessions; 0: no sync; under
 *	the lock
 * @sync_after: milliseconds after which a session is told to other balancers
 * @sync_log: entries of the log of sessions; under the lock
 * @persist_limit: most prefixes whose clients return to their server
 * @fast_path: the fast path is on; changed by slb_fast_set()
 */
struct slb_settings {
	u32 session_limit;
	u32 ports;
	u32 icmp_rate;
	u32 reset_rate;
	u8 on_end;
	u8 unmatched;
	bool proxy_every;
	bool proxy_checksum;
	u32 health_ttl;
	u32 timeout[SLB_SESSION_STATE_SCTP_SHUTDOWN + 1];
	siphash_key_t hash_key;
	u32 sync_wait;
	u32 sync_after;
	u32 sync_log;
	u32 persist_limit;
	bool fast_path;
};

/* Most ranges that are fed; when there are more, the one fed longest ago is forgotten. */
#define SLB_SYNC_FED_MAX 64

/**
 * enum slb_sync_count - what became of records of other balancers
 * @SLB_SYNC_ADDED: a session was added
 * @SLB_SYNC_UPDATED: one was updated
 * @SLB_SYNC_ENDED: one was ended
 * @SLB_SYNC_REFUSED_RANGE: its local address is neither own nor adopted
 * @SLB_SYNC_REFUSED_VIP: its VIP does not exist
 * @SLB_SYNC_REFUSED_SERVER: the group has no such server
 * @SLB_SYNC_REFUSED_KEY: another session has one of its keys
 * @SLB_SYNC_REFUSED_LIMIT: there are too many sessions, or no memory
 * @SLB_SYNC_REFUSED_INVALID: it is malformed
 * @SLB_SYNC_COUNTS: number of counters
 */
enum slb_sync_count {
	SLB_SYNC_ADDED,
	SLB_SYNC_UPDATED,
	SLB_SYNC_ENDED,
	SLB_SYNC_REFUSED_RANGE,
	SLB_SYNC_REFUSED_VIP,
	SLB_SYNC_REFUSED_SERVER,
	SLB_SYNC_REFUSED_KEY,
	SLB_SYNC_REFUSED_LIMIT,
	SLB_SYNC_REFUSED_INVALID,
	SLB_SYNC_COUNTS,
};

/**
 * struct slb_sync - sessions that balancers exchange; under the lock unless said otherwise
 * @log: sessions that others must learn of, or NULL; read under RCU
 * @logged: entries written to earlier logs
 * @lost: entries that were overwritten before they were read
 * @behind: relays wait until this balancer has its sessions back; read with READ_ONCE in softirq
 * @cut: no link carries packets
 * @wait: ends @behind
 * @standby: number of sessions of other balancers that had no packet here
 * @fed: struct slb_sync_fed; read under RCU
 * @n_fed: their number
 * @forgotten: ranges that were forgotten because there were too many
 * @count: by enum slb_sync_count
 */
struct slb_sync {
	struct slb_sync_log __rcu *log;
	u64 logged;
	u64 lost;
	bool behind;
	bool cut;
	struct delayed_work wait;
	atomic_t standby;
	struct list_head fed;
	u32 n_fed;
	u64 forgotten;
	u64 count[SLB_SYNC_COUNTS];
};

/**
 * struct slb_persists - where clients return to
 * @table: struct slb_persist
 * @lock: protects @unproven; taken with BH disabled, innermost
 * @unproven: entries of clients that no server has seen to exist, the oldest first
 * @refused: new sessions whose clients were not noted, or not for long: for want of room or memory
 * @gc: removes what has expired
 */
struct slb_persists {
	struct rhashtable table;
	spinlock_t lock;
	struct list_head unproven;
	atomic64_t refused;
	struct delayed_work gc;
};

/* Locks of the clients that have sessions. */
#define SLB_CLIENTS_LOCKS 32

/**
 * struct slb_clients_lock - a lock of the clients that have sessions
 * @lock: protects the existence and the number of those whose hash selects it; taken with BH
 *	disabled; outside of the locks inside rhashtable
 */
struct slb_clients_lock {
	spinlock_t lock;
} ____cacheline_aligned_in_smp;

/**
 * struct slb_clients_net - how many sessions clients have, for client-limit
 * @table: struct slb_clients
 * @locks: which one is a matter of the hash
 */
struct slb_clients_net {
	struct rhashtable table;
	struct slb_clients_lock locks[SLB_CLIENTS_LOCKS];
};

/* More parts mean less lock contention, but all are searched for the oldest session. */
#define SLB_ROOMS 32

/**
 * struct slb_room - a part of the sessions that can make room
 * @lock: protects the lists; taken with BH disabled, innermost
 * @tier: lists by tier, roughly in the order of slb_session.used
 */
struct slb_room {
	spinlock_t lock;
	struct list_head tier[SLB_TIERS];
} ____cacheline_aligned_in_smp;

/**
 * struct slb_purge - sessions that the configuration ends, see purge.c
 * @begun: number of changes that end sessions; under the lock
 * @due: number of those that all packets see: their sessions can be freed
 * @walked: number of those whose sessions are removed from the table
 * @done: number of those whose sessions are in no counter any more
 * @work: frees the sessions
 * @wait: for @walked and @done
 * @servers: deleted servers that packets may still choose; under the lock
 * @vips: deleted VIPs that packets may still find; under the lock
 * @closed: servers were closed that packets may still choose; under the lock
 * @graves: deleted servers and VIPs that no new session can have, until their sessions have ended;
 *	under the lock
 * @reap: frees those
 */
struct slb_purge {
	u32 begun;
	u32 due;
	u32 walked;
	u32 done;
	struct work_struct work;
	wait_queue_head_t wait;
	struct list_head servers;
	struct list_head vips;
	bool closed;
	struct {
		struct list_head servers;
		struct list_head vips;
	} graves;
	struct delayed_work reap;
};

/**
 * struct slb_net - the balancer in one network namespace
 * @net: the namespace
 * @lock: protects the configuration. RTNL is taken inside it, never the reverse: the netdevice
 *	notifier runs under RTNL and must not wait for a long change
 * @txns: transactions, and the generation of the configuration
 * @links: all links, never NULL while the namespace lives; replaced under @lock and RTNL, so
 *	readers need only one of them
 * @probes: liveness of links
 * @groups: groups by name
 * @group_ids: groups by ascending number, for dumps
 * @group_id: number of the next group; none is used again soon, as entries of @persists name groups
 * @vaddrs: virtual addresses, each with its VIPs
 * @vips: VIPs by ascending number, for dumps
 * @former: remembered addresses without a VIP, the latest one last, under @lock
 * @n_former: their number, at most SLB_VADDR_FORMER_MAX
 * @locals: struct slb_former: remembered local addresses of no link, under @lock and RCU
 * @n_locals: their number, at most SLB_FORMER_MAX
 * @forget: expires both
 * @forgotten: how many were forgotten before their time, under @lock
 * @prefilter: prefilter of virtual and local addresses
 * @prefilter_count: addresses per bit of @prefilter, under @lock
 * @hooks: hooks of the ordinary path
 * @ports: devices with the hook of the fast path, under RTNL
 * @hooked: packets of flows are handled; changed under RTNL, read in softirq
 * @halted: slb_net_halt() was called, under RTNL
 * @fast_lock: protects the next two and slb_link.mark
 * @fast_gen: generation of marks, see slb_fast_forget()
 * @fast_swept: no session has a mark of an older generation
 * @fast_sweep: removes old marks
 * @servers: servers of all groups; changed and searched under @lock
 * @n_groups: number of groups, under @lock
 * @n_keyed: groups scheduled by the hash key, under @lock
 * @n_servers: number of servers, under @lock
 * @n_stale: groups whose sets are stale, under @lock
 * @settle: builds their sets
 * @life: what happens to servers by time, see server_life.c
 * @life_at: when it is due, jiffies, under @lock
 * @suspicion: reports servers whose connections fail
 * @usable: finds out which VIPs are unusable, see vip_usable.c
 * @usable_at: when it last did, jiffies, under @lock
 * @n_unusable: number of unusable VIPs, as found then, under @lock
 * @n_untold: those of them that probes have no room for, under @lock
 * @n_vips: number of VIPs, under @lock; the hooks are registered while it is not 0
 * @purge: sessions that the configuration ends
 * @slot_due: @purge.due when the former link of each slot was deleted; under @lock
 * @sessions: both keys of every session
 * @count: number of sessions, and of sessions begun
 * @expired: sessions that ended by timeout
 * @refused: new flows refused at the limit
 * @yielded: sessions that have made room for new ones
 * @rooms: sessions that can make room
 * @gc: ends expired sessions
 * @gc_iter: position of @gc
 * @settings: settings
 * @icmp_rate: budgets of ICMP errors, by enum slb_icmp_class
 * @reset_rate: budget of resets
 * @drops: per-CPU drop counters
 * @addresses: per-CPU counters of clients' addresses that servers were told
 * @sync: sessions that balancers exchange
 * @persists: where clients return to
 * @clients: how many sessions clients have
 * @no_vip: the last packet from the relay to an address that is no VIP
 * @tracers: tracers
 * @traced_hooks: hooks of the ordinary path that look for packets to trace; or @hooks is registered
 * @traced: they are, under RTNL
 * @fwmark: gives sessions the flag SLB_SESSION_FWMARKED, or takes it
 */
struct slb_net {
	struct net *net;
	struct mutex lock;
	struct slb_txns txns;
	struct slb_links __rcu *links;
	struct slb_probe_net probes;
	struct rhashtable groups;
	struct xarray group_ids;
	u32 group_id;
	struct rhashtable vaddrs;
	struct xarray vips;
	struct list_head former;
	u32 n_former;
	struct list_head locals;
	u32 n_locals;
	struct delayed_work forget;
	u64 forgotten;
	DECLARE_BITMAP(prefilter, SLB_PREFILTER_SIZE);
	u32 *prefilter_count;
	struct nf_hook_ops hooks[2];
	struct list_head ports;
	bool hooked;
	bool halted;
	spinlock_t fast_lock;
	u16 fast_gen;
	u16 fast_swept;
	struct work_struct fast_sweep;
	struct rhashtable servers;
	u32 n_groups;
	u32 n_keyed;
	u32 n_servers;
	u32 n_stale;
	struct delayed_work settle;
	struct delayed_work life;
	unsigned long life_at;
	struct delayed_work suspicion;
	struct delayed_work usable;
	unsigned long usable_at;
	u32 n_unusable;
	u32 n_untold;
	u32 n_vips;
	struct slb_purge purge;
	u32 slot_due[SLB_LINK_MAX];
	struct rhashtable sessions;
	struct slb_count count;
	atomic64_t expired;
	atomic64_t refused;
	atomic64_t yielded;
	struct slb_room rooms[SLB_ROOMS];
	struct delayed_work gc;
	struct rhashtable_iter gc_iter;
	struct slb_settings settings;
	struct slb_rate icmp_rate[SLB_ICMP_CLASSES];
	struct slb_rate reset_rate;
	struct slb_drops __percpu *drops;
	struct slb_addresses __percpu *addresses;
	struct slb_sync sync;
	struct slb_persists persists;
	struct slb_clients_net clients;
	struct slb_no_vip no_vip;
	struct slb_tracers tracers;
	struct nf_hook_ops traced_hooks[2];
	bool traced;
	struct work_struct fwmark;
};

extern unsigned int slb_net_id;

static inline struct slb_net *slb_net(const struct net *net)
{
	return net_generic(net, slb_net_id);
}

/* An RCU pointer whose writers hold the configuration lock. */
#define slb_dereference(sn, p) rcu_dereference_protected(p, lockdep_is_held(&(sn)->lock))

/* Count a change of the configuration: a dump that spans one is marked as inconsistent. */
static inline void slb_net_changed(struct slb_net *sn)
{
	lockdep_assert_held(&sn->lock);
	slb_txn_changed(&sn->txns);
}

int slb_net_init(void);
void slb_net_halt(struct slb_net *sn);
void slb_net_withdraw(void);
void slb_net_exit(void);

#endif /* _SLB_NET_H */
