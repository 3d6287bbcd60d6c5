/* SPDX-License-Identifier: GPL-2.0-only */
/* The context of a packet on the ordinary path. */
#ifndef _SLB_CTX_H
#define _SLB_CTX_H

#include <slb/parse.h>
#include "config/group.h"
#include "config/link.h"
#include "config/vip.h"
#include "net.h"
#include "state/session.h"

/**
 * struct slb_ctx - context of the packet at hand
 * @sn: namespace
 * @links: snapshot of all links
 * @in: link that it came in by
 * @vaddr: virtual address that it is sent to, or NULL when it is sent to a local address
 * @p: its parsed headers
 */
struct slb_ctx {
	struct slb_net *sn;
	const struct slb_links *links;
	struct slb_link *in;
	const struct slb_vaddr *vaddr;
	struct slb_pkt p;
};

#endif /* _SLB_CTX_H */
