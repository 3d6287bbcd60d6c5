// SPDX-License-Identifier: GPL-2.0-only
/* The noun check: links whose packets should be handled at XDP. */
#include "check.h"
#include "nl.h"
#include "out.h"
#include "xdp.h"

#include <linux/slb.h>

/**
 * ctl_check_xdp_add() - Report why packets of a balancer's link are not handled at XDP.
 * @check: The check.
 * @record: The link.
 * @link: What to call it.
 * @dev: Its device.
 */
void ctl_check_xdp_add(struct ctl_check *check, const struct ctl_record *record, const char *link,
		       const char *dev)
{
	uint64_t xdp = 0, on = 0, ifindex = 0;

	ctl_attr_number(record->tb[SLB_A_LINK_XDP], &xdp);
	ctl_attr_number(record->tb[SLB_A_LINK_XDP_ON], &on);
	ctl_attr_number(record->tb[SLB_A_LINK_IFINDEX], &ifindex);
	if (!xdp || !ifindex)
		return;
	switch (xdp_find(&ctl_slb, (unsigned int)ifindex)) {
	case XDP_NOTHING:
		ctl_found(check, true,
			  "%s: it has the word xdp, but %s has no XDP program: slbctl link set attaches it",
			  link, dev);
		return;
	case XDP_OTHER:
		ctl_found(check, true,
			  "%s: it has the word xdp, but %s has another XDP program: detach that, then slbctl link set attaches ours",
			  link, dev);
		return;
	default:
		break;
	}
	if (!on)
		ctl_found(check, false,
			  "%s: it has the word xdp, but packets are not handled there: %s strips the tags of its VLANs (ethtool -K %s rxvlan off), packets are traced, or the setting fast-path is no",
			  link, dev, dev);
}
