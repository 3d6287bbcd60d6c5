/* SPDX-License-Identifier: GPL-2.0-only */
/* State and events of a link, as shown to user space. */
#ifndef _SLB_PROBE_VIEW_H
#define _SLB_PROBE_VIEW_H

#include <slb/probe.h>

/**
 * struct slb_probe_view - liveness of a link, as shown to user space
 * @state: enum slb_nexthop_state of the better family
 * @has: the link carries a family
 * @family: state of each family
 * @family_ms: milliseconds since @family changed
 * @why: the state that last ended its use; SLB_NEXTHOP_UP when none has
 * @since_ms: milliseconds since @state changed
 * @why_ms: milliseconds since @why
 * @downs: how often its use ended
 * @bfd: enum slb_bfd_state
 * @lost: neighbour that does not answer, by family
 * @rtt: round-trip time, microseconds; 0: unknown
 * @rtt_min: the shortest round-trip time, microseconds; 0: unknown
 * @sent: probes sent
 * @received: probes received
 * @lost_in: probes or answers of the far end that were missing here
 * @lost_out: our probes that were missing there
 * @known: @range is known
 * @range: the far end's range
 * @differs: it is known and differs from ours
 * @key: digest of the far end's hash key; 0: unknown
 * @keys_differ: far ends on this link have sent different digests
 * @config: digest of what the relay has configured; 0: unknown, or the far end is a balancer
 * @configs_differ: relays on this link have sent different ones
 * @mtu: MTU of the far end's device, bytes; 0: unknown
 * @vips_differ: the far end has other VIPs
 * @loss_in: share of the far end's latest probes that were lost, per mille
 * @loss_out: share of ours
 */
struct slb_probe_view {
	u8 state;
	bool has[2];
	u8 family[2];
	u64 family_ms[2];
	u8 why;
	u64 since_ms;
	u64 why_ms;
	u32 downs;
	u8 bfd;
	bool lost[2];
	u32 rtt;
	u32 rtt_min;
	u64 sent;
	u64 received;
	u64 lost_in;
	u64 lost_out;
	bool known;
	struct slb_probe_range range;
	bool differs;
	struct slb_probe_digest key;
	bool keys_differ;
	struct slb_probe_digest config;
	bool configs_differ;
	u32 mtu;
	bool vips_differ;
	u16 loss_in;
	u16 loss_out;
};

bool slb_probe_untold(struct slb_probe *p, struct slb_probe_event *event);
void slb_probe_read(struct slb_probe *p, const struct slb_probe_event *event,
		    struct slb_probe_view *view);
void slb_probe_view_add(struct slb_probe_view *view, const struct slb_probe_view *more);

#endif /* _SLB_PROBE_VIEW_H */
