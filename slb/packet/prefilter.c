// SPDX-License-Identifier: GPL-2.0-only
/* The prefilter: a clear bit proves that an address is neither virtual nor local. */
#include <linux/slab.h>
#include <slb/flow.h>

#include "config/link.h"
#include "net.h"
#include "packet/prefilter.h"

static void slb_prefilter_count(struct slb_net *sn, u32 bit, int by)
{
	lockdep_assert_held(&sn->lock);
	sn->prefilter_count[bit] += by;
	if (sn->prefilter_count[bit])
		set_bit(bit, sn->prefilter);
	else
		clear_bit(bit, sn->prefilter);
}

/**
 * slb_prefilter_addr() - add or remove a virtual address
 * @sn: namespace, lock held
 * @addr: address, network order
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @by: 1 or -1
 */
void slb_prefilter_addr(struct slb_net *sn, const union nf_inet_addr *addr, u8 family, int by)
{
	slb_prefilter_count(sn, slb_prefilter_hash(addr, family), by);
}

/**
 * slb_prefilter_range() - add or remove a range of local addresses
 * @sn: namespace, lock held
 * @first: first address, network order
 * @count: number of addresses, may be 0
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @by: 1 or -1
 */
void slb_prefilter_range(struct slb_net *sn, const union nf_inet_addr *first, u32 count, u8 family,
			 int by)
{
	union nf_inet_addr addr = *first;
	__be32 *low = family == NFPROTO_IPV6 ? &addr.ip6[3] : &addr.ip;
	u32 n, last = ntohl(*low) + count - 1;

	/* once for each /24 (/120), whose addresses share a bit */
	for (n = ntohl(*low) >> 8; count && n <= last >> 8; n++) {
		*low = htonl(n << 8);
		slb_prefilter_addr(sn, &addr, family, by);
	}
}

/**
 * slb_prefilter_link() - add or remove the local addresses of a link, and those that it adopts
 * @sn: namespace, lock held
 * @link: the link, or NULL
 * @by: 1 or -1
 */
void slb_prefilter_link(struct slb_net *sn, const struct slb_link *link, int by)
{
	if (!link)
		return;
	slb_prefilter_range(sn, &link->first[0], link->count[0], NFPROTO_IPV4, by);
	slb_prefilter_range(sn, &link->first[1], link->count[1], NFPROTO_IPV6, by);
	slb_prefilter_range(sn, &link->adopt[0], link->adopts[0], NFPROTO_IPV4, by);
	slb_prefilter_range(sn, &link->adopt[1], link->adopts[1], NFPROTO_IPV6, by);
}

/**
 * slb_prefilter_init() - create the empty prefilter of a namespace
 * @sn: namespace
 *
 * Return: 0 or -ENOMEM.
 */
int slb_prefilter_init(struct slb_net *sn)
{
	sn->prefilter_count = kvcalloc(SLB_PREFILTER_SIZE, sizeof(*sn->prefilter_count),
				       GFP_KERNEL);
	return sn->prefilter_count ? 0 : -ENOMEM;
}

/**
 * slb_prefilter_exit() - free the prefilter of a namespace
 * @sn: namespace
 */
void slb_prefilter_exit(struct slb_net *sn)
{
	kvfree(sn->prefilter_count);
}
