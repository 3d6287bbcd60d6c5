/* SPDX-License-Identifier: GPL-2.0-only */
/* Before Linux 6.3, the lock of a bucket left interrupts on and so had no flags to keep. */
#ifndef _SLB_COMPAT_RHASHTABLE_H
#define _SLB_COMPAT_RHASHTABLE_H

#include <linux/version.h>
#include_next <linux/rhashtable.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline unsigned long slb_compat_rht_lock(struct bucket_table *tbl,
						struct rhash_lock_head __rcu **bkt)
{
	rht_lock(tbl, bkt);
	return 0;
}

static inline void slb_compat_rht_unlock(struct bucket_table *tbl,
					 struct rhash_lock_head __rcu **bkt, unsigned long flags)
{
	rht_unlock(tbl, bkt);
}

static inline void slb_compat_rht_assign_unlock(struct bucket_table *tbl,
						struct rhash_lock_head __rcu **bkt,
						struct rhash_head *obj, unsigned long flags)
{
	rht_assign_unlock(tbl, bkt, obj);
}

#define rht_lock slb_compat_rht_lock
#define rht_unlock slb_compat_rht_unlock
#define rht_assign_unlock slb_compat_rht_assign_unlock
#endif

#endif /* _SLB_COMPAT_RHASHTABLE_H */
