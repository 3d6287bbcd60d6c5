/* SPDX-License-Identifier: GPL-2.0-only */
/* Stand-ins for kernel objects that headers of the modules mention: enough to compile, no more. */
#ifndef _KSHIM_OBJECT_H
#define _KSHIM_OBJECT_H

#include "kshim.h"

/* Tracepoints are off. */
#define TP_PROTO(args...) args
#define TP_ARGS(args...) args
#define DECLARE_EVENT_CLASS(...)
#define TRACE_EVENT_CONDITION(name, proto, ...)					\
	static inline void trace_##name(proto) {}				\
	static inline bool trace_##name##_enabled(void) { return false; }
#define TRACE_EVENT(name, proto, ...) TRACE_EVENT_CONDITION(name, TP_PROTO(proto))
#define DEFINE_EVENT(class, name, proto, ...) TRACE_EVENT_CONDITION(name, TP_PROTO(proto))

#define HZ 250
#define MSEC_PER_SEC 1000L
#define GFP_KERNEL 0
#define NUMA_NO_NODE (-1)

extern unsigned long jiffies;
#define time_after(a, b) ((long)((b) - (a)) < 0)
#define time_before(a, b) time_after(b, a)
u32 get_random_u32_below(u32 below);
u64 get_random_u64(void);

/* Tests have one thread, so that plain memory does for atomics. */
typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long long counter;
} atomic64_t;

typedef atomic_t refcount_t;

#define atomic_read(v) READ_ONCE((v)->counter)
#define atomic_set(v, n) WRITE_ONCE((v)->counter, n)
#define atomic64_read(v) READ_ONCE((v)->counter)
#define atomic64_set(v, n) WRITE_ONCE((v)->counter, n)
#define atomic_inc_return(v) (++(v)->counter)
#define atomic64_inc(v) ((void)(v)->counter++)
#define atomic64_fetch_inc(v) ((v)->counter++)
/* A test may look at what another CPU would see then. */
extern void (*kshim_before_cmpxchg)(void);
#define cmpxchg(ptr, old, new) ({							\
	if (kshim_before_cmpxchg)							\
		kshim_before_cmpxchg();							\
	__sync_val_compare_and_swap(ptr, old, new);					\
})

struct rcu_head {
	void *next;
	void (*func)(struct rcu_head *rcu);
};

/* Nobody else reads: what is to be freed after a grace period is freed at once. */
static inline void call_rcu(struct rcu_head *rcu, void (*func)(struct rcu_head *rcu))
{
	func(rcu);
}

#define rcu_assign_pointer(p, value) ((p) = (value))
#define rcu_access_pointer(p) (p)
#define rcu_dereference(p) (p)
#define rcu_dereference_protected(p, condition) (p)
#define lockdep_is_held(lock) true
#define lockdep_assert_held(lock) ((void)(lock))
#define cond_resched() ((void)0)
#define synchronize_net() ((void)0)

#define kmalloc(size, flags) malloc(size)
#define kvzalloc(size, flags) calloc(1, size)
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define kvcalloc(n, size, flags) calloc(n, size)
#define kvmalloc_array(n, size, flags) malloc((n) * (size))
#define bitmap_zalloc(n, flags) calloc(BITS_TO_LONGS(n), sizeof(long))
#define kfree(p) free(p)
#define kvfree(p) free(p)
#define kvfree_rcu(p, member) free(p)
#define bitmap_free(p) free(p)
#define kvmalloc(size, flags) malloc(size)
#define kfree_rcu(p, member) free(p)
#define RCU_INIT_POINTER(p, value) ((p) = (value))

/* A tree of intervals, as a list. */
struct rb_node {
	struct rb_node *next;
};

struct rb_root_cached {
	struct rb_node *first;
};

#define INTERVAL_TREE_DEFINE(type, member, number, most, START, LAST, STATIC, prefix)		\
static inline void prefix ## _insert(typeof(type) *node, struct rb_root_cached *root)		\
{												\
	node->member.next = root->first;							\
	root->first = &node->member;								\
}												\
static inline void prefix ## _remove(type *node, struct rb_root_cached *root)			\
{												\
	struct rb_node **at = &root->first;							\
												\
	while (*at != &node->member)								\
		at = &(*at)->next;								\
	*at = node->member.next;								\
}												\
static inline type *prefix ## _from(struct rb_node *at, number start, number last)		\
{												\
	for (; at; at = at->next) {								\
		type *node = container_of(at, type, member);					\
												\
		if (START(node) <= last && LAST(node) >= start)					\
			return node;								\
	}											\
	return NULL;										\
}												\
static inline type *prefix ## _iter_first(struct rb_root_cached *root, number start,		\
					  number last)						\
{												\
	return prefix ## _from(root->first, start, last);					\
}												\
static inline type *prefix ## _iter_next(type *node, number start, number last)			\
{												\
	return prefix ## _from(node->member.next, start, last);					\
}

static inline bool test_bit(unsigned int n, const unsigned long *map)
{
	return map[n / BITS_PER_LONG] >> n % BITS_PER_LONG & 1;
}

static inline void __set_bit(unsigned int n, unsigned long *map)
{
	map[n / BITS_PER_LONG] |= 1ul << n % BITS_PER_LONG;
}

static inline void __clear_bit(unsigned int n, unsigned long *map)
{
	map[n / BITS_PER_LONG] &= ~(1ul << n % BITS_PER_LONG);
}

/* one thread */
#define smp_rmb() ((void)0)
/* as above */
#define smp_mb() ((void)0)
#define ____cacheline_aligned_in_smp
#define min3(a, b, c) min((a), min((b), (c)))

static inline u64 get_jiffies_64(void)
{
	return jiffies;
}

static inline bool test_and_set_bit(unsigned int n, unsigned long *map)
{
	bool was = test_bit(n, map);

	__set_bit(n, map);
	return was;
}

static inline bool test_and_clear_bit(unsigned int n, unsigned long *map)
{
	bool was = test_bit(n, map);

	__clear_bit(n, map);
	return was;
}

#define set_bit __set_bit
#define clear_bit __clear_bit

static inline u32 hash_32(u32 x, unsigned int bits)
{
	return x * 0x61c88647u >> (32 - bits);
}

static inline u32 hash_64(u64 x, unsigned int bits)
{
	return x * 0x61c8864680b583ebull >> (64 - bits);
}

/* One CPU. */
typedef struct {
	u64 v;
} u64_stats_t;

struct u64_stats_sync {
	u8 unused;
};

#define per_cpu_ptr(p, cpu) ((void)(cpu), (p))
#define per_cpu(x, cpu) (*per_cpu_ptr(&(x), cpu))
#define DEFINE_PER_CPU(type, name) type name
#define this_cpu_ptr(p) (p)
#define this_cpu_read(x) READ_ONCE(x)
#define this_cpu_inc(x) ((void)(x)++)
#define this_cpu_inc_return(x) (++(x))
#define this_cpu_add_return(x, n) ((x) += (n))
#define __alloc_percpu(size, align) ((void)(align), calloc(1, size))
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < 1; (cpu)++)
#define u64_stats_read(p) ((p)->v)
#define u64_stats_add(p, n) ((void)((p)->v += (n)))
#define u64_stats_inc(p) u64_stats_add(p, 1)
#define u64_stats_init(s) ((void)(s))
#define u64_stats_update_begin(s) ((void)(s))
#define u64_stats_update_end(s) ((void)(s))
#define u64_stats_fetch_begin(s) ((void)(s), 0)
#define u64_stats_fetch_retry(s, start) ((void)(s), (void)(start), false)
#define __alloc_percpu_gfp(size, align, flags) calloc(1, size)

struct list_head {
	struct list_head *next, *prev;
};

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline int list_empty(const struct list_head *head)
{
	return head->next == head;
}

struct rhash_head {
	struct rhash_head *next;
};

/* A chain; and the hash that was last looked for. */
struct rhashtable {
	struct rhash_head *chain;
	u64 hash;
	atomic_t nelems;
};

struct rhashtable_iter {
	void *unused;
};

struct rw_semaphore {
	int count;
};

struct mutex {
	u8 unused;
};

typedef struct {
	u8 unused;
} spinlock_t;

typedef struct {
	unsigned int sequence;
} seqlock_t;

/* One thread. */
#define spin_lock_bh(lock) ((void)(lock))
#define spin_unlock_bh(lock) ((void)(lock))

typedef struct {
	int unused;
} seqcount_t;

struct work_struct {
	u8 unused;
};

typedef void (*work_func_t)(struct work_struct *work);

/* Packets are not queued here. */
struct sk_buff_head {
	int unused;
};

typedef struct {
	u8 unused;
} wait_queue_head_t;

struct delayed_work {
	u8 unused;
};

struct netlink_ext_ack;

/* Of a namespace: whose hook comes first at each place. */
struct nf_hook_entries {
	struct {
		void *priv;
	} hooks[2];
};

struct netns_nf {
	struct nf_hook_entries *hooks_ipv4[NF_INET_NUMHOOKS];
	struct nf_hook_entries *hooks_ipv6[NF_INET_NUMHOOKS];
};

struct net {
	struct netns_nf nf;
};

struct net_device {
	int ifindex;
	u32 mtu;
	void *rx_handler;
};

struct nf_hook_state {
	u8 pf;
	struct net_device *in;
};

static inline void *net_generic(const struct net *net, unsigned int id)
{
	(void)net;
	(void)id;
	return NULL;
}

/**
 * struct xarray - pointers by number, as tests fill it
 * @n: room
 * @slot: the pointers, NULL where there is none
 */
struct xarray {
	unsigned long n;
	void **slot;
};

static inline void *xa_next(const struct xarray *xa, unsigned long *at)
{
	while (*at < xa->n && !xa->slot[*at])
		++*at;
	return *at < xa->n ? xa->slot[*at] : NULL;
}

#define xa_for_each(xa, at, entry) \
	for ((at) = 0; ((entry) = xa_next(xa, &(at))); (at)++)

static inline void *xa_load(const struct xarray *xa, unsigned long at)
{
	return at < xa->n ? xa->slot[at] : NULL;
}

/* Tests set the time in jiffies. */
#define msecs_to_jiffies(ms) ((unsigned long)(ms) * HZ / MSEC_PER_SEC)
#define ktime_get_boottime_ns() 0
#define NL_SET_ERR_MSG_FMT(extack, ...) ((void)(extack))

#endif /* _KSHIM_OBJECT_H */
