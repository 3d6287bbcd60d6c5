/* SPDX-License-Identifier: GPL-2.0-only */
/* The reflector of S-BFD. */
#ifndef _SLB_PROBE_REFLECT_H
#define _SLB_PROBE_REFLECT_H

#include <slb/probe_parse.h>
#include <slb/probe_send.h>

bool slb_probe_reflect(struct slb_probe_net *pn, const struct sk_buff *skb,
		       const struct slb_probe_in *in, struct slb_probe_out *out);

#endif /* _SLB_PROBE_REFLECT_H */
