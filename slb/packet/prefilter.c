// SPDX-License-Identifier: GPL-2.0-only
/* The prefilter: a clear bit proves that an address is neither virtual nor local. */
#include <linux/slab.h>
#include <slb/near.h>

#include "config/link.h"
#include "net.h"
#include "packet/prefilter.h"

static void slb_near_count(struct slb_net *sn, u32 bit, int by)
{
	lockdep_assert_held(&sn->lock);
	sn->near_count[bit] += by;
	if (sn->near_count[bit])
		set_bit(bit, sn->near);
	else
		clear_bit(bit, sn->near);
}

/**
 * slb_near_addr() - add or remove a virtual address
 * @sn: namespace, lock held
 * @addr: address, network order
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @by: 1 or -1
 */
void slb_near_addr(struct slb_net *sn, const union nf_inet_addr *addr, u8 family, int by)
{
	slb_near_count(sn, slb_near_hash(addr, family), by);
}

/**
 * slb_near_range() - add or remove a range of local addresses
 * @sn: namespace, lock held
 * @first: the first one, network order
 * @count: how many, may be 0
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @by: 1 or -1
 */
void slb_near_range(struct slb_net *sn, const union nf_inet_addr *first, u32 count, u8 family,
		    int by)
{
	union nf_inet_addr addr = *first;
	__be32 *low = family == NFPROTO_IPV6 ? &addr.ip6[3] : &addr.ip;
	u32 n, last = ntohl(*low) + count - 1;

	/* once for each /24 (/120), whose addresses share a bit */
	for (n = ntohl(*low) >> 8; count && n <= last >> 8; n++) {
		*low = htonl(n << 8);
		slb_near_addr(sn, &addr, family, by);
	}
}

/**
 * slb_near_link() - add or remove the local addresses of a link
 * @sn: namespace, lock held
 * @link: the link, or NULL
 * @by: 1 or -1
 */
void slb_near_link(struct slb_net *sn, const struct slb_link *link, int by)
{
	if (!link)
		return;
	slb_near_range(sn, &link->first[0], link->count[0], NFPROTO_IPV4, by);
	slb_near_range(sn, &link->first[1], link->count[1], NFPROTO_IPV6, by);
}

/**
 * slb_near_init() - create the empty prefilter of a namespace
 * @sn: namespace
 *
 * Return: 0 or -ENOMEM.
 */
int slb_near_init(struct slb_net *sn)
{
	sn->near_count = kvcalloc(SLB_NEAR_SIZE, sizeof(*sn->near_count), GFP_KERNEL);
	return sn->near_count ? 0 : -ENOMEM;
}

/**
 * slb_near_exit() - free the prefilter of a namespace
 * @sn: namespace
 */
void slb_near_exit(struct slb_net *sn)
{
	kvfree(sn->near_count);
}
