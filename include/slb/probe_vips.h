/* SPDX-License-Identifier: GPL-2.0-only */
/* The digest of the VIPs in probes. */
#ifndef _SLB_PROBE_VIPS_H
#define _SLB_PROBE_VIPS_H

#include <slb/probe.h>

/* The digest of no VIPs. */
#define SLB_PROBE_NO_VIPS 1

/**
 * struct slb_probe_vip - what identifies a VIP
 * @addr: address, network order, zeros behind an IPv4 address
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @proto: protocol, or 0 for all
 * @first: first port, host order; 0 for all ports
 * @last: last port, host order
 */
struct slb_probe_vip {
	union nf_inet_addr addr;
	u8 family;
	u8 proto;
	u16 first;
	u16 last;
};

u32 slb_probe_vips_digest(const struct slb_probe_vip *vip);
void slb_probe_vips_add(struct slb_probe_net *pn, const struct slb_probe_vip *vip);
void slb_probe_vips_del(struct slb_probe_net *pn, const struct slb_probe_vip *vip);
void slb_probe_vips_clear(struct slb_probe_net *pn);
u32 slb_probe_vips(const struct slb_probe_net *pn);
u32 slb_probe_config(const struct slb_probe_net *pn);

#endif /* _SLB_PROBE_VIPS_H */
