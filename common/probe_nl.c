// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings and liveness of a link in netlink messages. Both families have the same attributes in
 * the same order; only the number of the first one differs.
 */
#include <linux/slb.h>
#include <linux/slb_relay.h>
#include <net/genetlink.h>
#include <slb/probe_nl.h>
#include <slb/probe_view.h>

/* Probes are not sent more often, in milliseconds. */
#define SLB_PROBE_INTERVAL_MIN 10

static_assert(SLB_A_LINK_RANGE_DIFFERS - SLB_A_LINK_INTERVAL ==
	      SLB_RELAY_A_LINK_RANGE_DIFFERS - SLB_RELAY_A_LINK_INTERVAL);

static_assert(SLB_A_LINK_KEYS_DIFFER - SLB_A_LINK_STATE4 ==
	      SLB_RELAY_A_LINK_KEYS_DIFFER - SLB_RELAY_A_LINK_STATE4);

static_assert(SLB_A_LINK_LOSS_OUT - SLB_A_LINK_FAR_MTU ==
	      SLB_RELAY_A_LINK_LOSS_OUT - SLB_RELAY_A_LINK_FAR_MTU);

/* The attribute of the family at hand that corresponds to one of the balancer's. */
#define SLB_PROBE_ATTR(base, name) ((base) + SLB_A_LINK_##name - SLB_A_LINK_INTERVAL)

/**
 * slb_probe_nl_parse() - take over the settings that a request gives
 * @info: the request, its numbers within the bounds of the policy
 * @base: attribute of the interval
 * @conf: settings; what is not given stays
 *
 * Return: 0, or -EINVAL with a text.
 */
int slb_probe_nl_parse(struct genl_info *info, int base, struct slb_probe_conf *conf)
{
	struct nlattr *interval = info->attrs[SLB_PROBE_ATTR(base, INTERVAL)];
	struct nlattr *misses = info->attrs[SLB_PROBE_ATTR(base, MISSES)];
	struct nlattr *recover = info->attrs[SLB_PROBE_ATTR(base, RECOVER)];
	struct nlattr *hold = info->attrs[SLB_PROBE_ATTR(base, HOLD)];
	struct nlattr *shared = info->attrs[SLB_PROBE_ATTR(base, SHARED)];

	if (interval)
		conf->interval = nla_get_u32(interval);
	if (misses)
		conf->misses = nla_get_u32(misses);
	if (recover)
		conf->recover = nla_get_u32(recover);
	if (hold)
		conf->hold = nla_get_u32(hold);
	if (shared)
		conf->shared = nla_get_u8(shared);
	if (!conf->interval || conf->interval >= SLB_PROBE_INTERVAL_MIN)
		return 0;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, interval,
				"the interval is 0, for no probes, or at least %d milliseconds",
				SLB_PROBE_INTERVAL_MIN);
	return -EINVAL;
}

static int slb_probe_put_conf(struct sk_buff *skb, int base,
			      const struct slb_probe_conf *conf)
{
	return nla_put_u32(skb, SLB_PROBE_ATTR(base, INTERVAL), conf->interval) ||
	       nla_put_u32(skb, SLB_PROBE_ATTR(base, MISSES), conf->misses) ||
	       nla_put_u32(skb, SLB_PROBE_ATTR(base, RECOVER), conf->recover) ||
	       nla_put_u32(skb, SLB_PROBE_ATTR(base, HOLD), conf->hold) ||
	       nla_put_u8(skb, SLB_PROBE_ATTR(base, SHARED), conf->shared) ? -EMSGSIZE : 0;
}

/* What differs from the state of the link. @state4: attribute for IPv4; that for IPv6 follows. */
static int slb_probe_put_families(struct sk_buff *skb, int state4,
				  const struct slb_probe_view *view)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (view->has[i] && view->family[i] != view->state &&
		    nla_put_u32(skb, state4 + i, view->family[i]))
			return -EMSGSIZE;
	return 0;
}

static int slb_probe_put_state(struct sk_buff *skb, int base,
			       const struct slb_probe_view *view)
{
	return nla_put_u32(skb, SLB_PROBE_ATTR(base, STATE), view->state) ||
	       nla_put_uint(skb, SLB_PROBE_ATTR(base, SINCE), view->since_ms) ||
	       nla_put_uint(skb, SLB_PROBE_ATTR(base, DOWNS), view->downs) ||
	       (view->downs &&
		(nla_put_u32(skb, SLB_PROBE_ATTR(base, LAST_DOWN), view->why) ||
		 nla_put_uint(skb, SLB_PROBE_ATTR(base, LAST_DOWN_SINCE), view->why_ms))) ||
	       (view->lost[0] && nla_put_u8(skb, SLB_PROBE_ATTR(base, UNREACHABLE4), 1)) ||
	       (view->lost[1] && nla_put_u8(skb, SLB_PROBE_ATTR(base, UNREACHABLE6), 1)) ?
	       -EMSGSIZE : 0;
}

static int slb_probe_put_counters(struct sk_buff *skb, int base,
				  const struct slb_probe_view *view)
{
	return nla_put_u32(skb, SLB_PROBE_ATTR(base, PROBE), view->bfd) ||
	       (view->rtt && (nla_put_u32(skb, SLB_PROBE_ATTR(base, RTT_US), view->rtt) ||
			      nla_put_u32(skb, SLB_PROBE_ATTR(base, RTT_MIN_US), view->rtt_min))) ||
	       nla_put_uint(skb, SLB_PROBE_ATTR(base, PROBES_OUT), view->sent) ||
	       nla_put_uint(skb, SLB_PROBE_ATTR(base, PROBES_IN), view->received) ||
	       nla_put_uint(skb, SLB_PROBE_ATTR(base, LOST_OUT), view->lost_out) ||
	       nla_put_uint(skb, SLB_PROBE_ATTR(base, LOST_IN), view->lost_in) ? -EMSGSIZE : 0;
}

static int slb_probe_put_far(struct sk_buff *skb, int base,
			     const struct slb_probe_range *far)
{
	if (far->first[0].ip &&
	    (nla_put_in_addr(skb, SLB_PROBE_ATTR(base, FAR4_FIRST), far->first[0].ip) ||
	     nla_put_in_addr(skb, SLB_PROBE_ATTR(base, FAR4_LAST), far->last[0].ip)))
		return -EMSGSIZE;
	if (!ipv6_addr_any(&far->first[1].in6) &&
	    (nla_put_in6_addr(skb, SLB_PROBE_ATTR(base, FAR6_FIRST), &far->first[1].in6) ||
	     nla_put_in6_addr(skb, SLB_PROBE_ATTR(base, FAR6_LAST), &far->last[1].in6)))
		return -EMSGSIZE;
	return 0;
}

/* @far_key: attribute of the digest; the one that says that two differ follows. */
static int slb_probe_put_keys(struct sk_buff *skb, int far_key,
			      const struct slb_probe_view *view)
{
	return (view->key.digest && nla_put_u32(skb, far_key, view->key.digest)) ||
	       (view->keys_differ && nla_put_u8(skb, far_key + 1, 1)) ? -EMSGSIZE : 0;
}

/* What the far end has said, and loss. @far_mtu: the first attribute; the others follow. */
static int slb_probe_put_more(struct sk_buff *skb, int far_mtu, const struct slb_probe_view *view)
{
	return (view->mtu && nla_put_u32(skb, far_mtu, view->mtu)) ||
	       (view->vips_differ && nla_put_u8(skb, far_mtu + 1, 1)) ||
	       (view->loss_in && nla_put_u32(skb, far_mtu + 2, view->loss_in)) ||
	       (view->loss_out && nla_put_u32(skb, far_mtu + 3, view->loss_out)) ||
	       (view->config.digest && nla_put_u32(skb, far_mtu + 4, view->config.digest)) ||
	       (view->configs_differ && nla_put_u8(skb, far_mtu + 5, 1)) ? -EMSGSIZE : 0;
}

/**
 * slb_probe_nl_put() - put a link's settings and liveness
 * @skb: message
 * @base: attribute of the interval
 * @state4: attribute of the state of IPv4; those of IPv6 and of keys follow
 * @far_mtu: attribute of the far end's MTU; those of VIPs, loss and a relay's configuration follow
 * @conf: settings
 * @view: liveness, from slb_probe_read()
 *
 * Return: 0 or -EMSGSIZE.
 */
int slb_probe_nl_put(struct sk_buff *skb, int base, int state4, int far_mtu,
		     const struct slb_probe_conf *conf, const struct slb_probe_view *view)
{
	return slb_probe_put_conf(skb, base, conf) ?: slb_probe_put_state(skb, base, view) ?:
	       slb_probe_put_families(skb, state4, view) ?:
	       slb_probe_put_keys(skb, state4 + SLB_A_LINK_FAR_KEY - SLB_A_LINK_STATE4, view) ?:
	       slb_probe_put_more(skb, far_mtu, view) ?:
	       slb_probe_put_counters(skb, base, view) ?:
	       (view->known ? slb_probe_put_far(skb, base, &view->range) : 0) ?:
	       (view->differs ? nla_put_u8(skb, SLB_PROBE_ATTR(base, RANGE_DIFFERS), 1) : 0);
}
