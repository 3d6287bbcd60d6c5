// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: settings, totals, and drop reasons. */
#include <slb/nl_drop.h>
#include <slb/probe_vips.h>
#include <slb/version.h>

#include "config/heir.h"
#include "config/snapshot.h"
#include "net.h"
#include "netlink/nl.h"
#include "packet/fast.h"
#include "state/flow.h"

/* The attribute of each state's timeout. */
static const u8 rly_nl_timeout[RLY_FLOW_STATES] = {
	[SLB_RELAY_FLOW_STATE_TCP_SYN] = SLB_RELAY_A_SETTING_TCP_SYN_TIMEOUT,
	[SLB_RELAY_FLOW_STATE_UDP_NEW] = SLB_RELAY_A_SETTING_UDP_NEW_TIMEOUT,
	[SLB_RELAY_FLOW_STATE_SCTP_INIT] = SLB_RELAY_A_SETTING_SCTP_INIT_TIMEOUT,
	[SLB_RELAY_FLOW_STATE_TCP_FIN] = SLB_RELAY_A_SETTING_TCP_FIN_TIMEOUT,
	[SLB_RELAY_FLOW_STATE_SCTP_SHUTDOWN] = SLB_RELAY_A_SETTING_SCTP_SHUTDOWN_TIMEOUT,
	[SLB_RELAY_FLOW_STATE_TCP_ESTABLISHED] = SLB_RELAY_A_SETTING_TCP_ESTABLISHED_TIMEOUT,
	[SLB_RELAY_FLOW_STATE_UDP] = SLB_RELAY_A_SETTING_UDP_TIMEOUT,
	[SLB_RELAY_FLOW_STATE_SCTP_ESTABLISHED] = SLB_RELAY_A_SETTING_SCTP_ESTABLISHED_TIMEOUT,
};

/* @obj: unused, a namespace has one set of settings */
static int rly_nl_setting_fill(struct sk_buff *skb, void *hdr, struct rly_net *rn, const void *obj)
{
	const struct rly_flows *flows = &rn->flows;
	unsigned int i;
	int err;

	err = !hdr || nla_put_u32(skb, SLB_RELAY_A_SETTING_FLOW_LIMIT, flows->limit) ||
	      nla_put_u32(skb, SLB_RELAY_A_SETTING_DEAD_AFTER, flows->dead_after) ||
	      nla_put_u8(skb, SLB_RELAY_A_SETTING_DEAD_RESET, flows->dead_reset) ||
	      nla_put_u8(skb, SLB_RELAY_A_SETTING_FAST_PATH, rn->fast_path) ||
	      nla_put_u32(skb, SLB_RELAY_A_SETTING_RESET_RATE, rn->reset_rate) ||
	      nla_put_u8(skb, SLB_RELAY_A_SETTING_UNMATCHED, rn->unmatched) ||
	      nla_put_u32(skb, SLB_RELAY_A_SETTING_SETTLE_AFTER, rn->settle_after) ||
	      nla_put_u32(skb, SLB_RELAY_A_SETTING_ICMP_RATE, rn->icmp_rate) ||
	      nla_put_u8(skb, SLB_RELAY_A_SETTING_ANNOUNCE, rn->announce);
	for (i = 0; !err && i < ARRAY_SIZE(rly_nl_timeout); i++)
		err = nla_put_u32(skb, rly_nl_timeout[i], flows->timeout[i]);
	if (err) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int rly_nl_setting_get(struct rly_net *rn, struct genl_info *info)
{
	return slb_nl_no_attrs(info) ?: rly_nl_reply(info, rn, NULL, rly_nl_setting_fill);
}

int slb_relay_nl_setting_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked(info, rly_nl_setting_get);
}

static int rly_nl_key_fill(struct sk_buff *skb, void *hdr, struct rly_net *rn, const void *key)
{
	if (!hdr || nla_put(skb, SLB_RELAY_A_SETTING_HASH_KEY, sizeof(rn->key), key)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int rly_nl_key_get(struct rly_net *rn, struct genl_info *info)
{
	return slb_nl_no_attrs(info) ?: rly_nl_reply(info, rn, &rn->key, rly_nl_key_fill);
}

int slb_relay_nl_key_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked(info, rly_nl_key_get);
}

/*
 * Apply the settings whose change can fail, all or none. Switch the fast path on first, because
 * that can be undone, and off last, because undoing that could fail.
 */
static int rly_nl_setting_try(struct rly_net *rn, struct nlattr **attrs)
{
	struct nlattr *key = attrs[SLB_RELAY_A_SETTING_HASH_KEY];
	struct nlattr *fast = attrs[SLB_RELAY_A_SETTING_FAST_PATH];
	bool was = rn->fast_path, on = fast ? nla_get_u8(fast) : was;
	int err = 0;

	if (on && !was)
		err = rly_fast_set(rn, true);
	if (err)
		return err;
	if (key)
		err = rly_net_rekey(rn, nla_data(key));
	if (err ? on && !was : was && !on)
		rly_fast_set(rn, false);
	return err;
}

/* Apply the settings whose change cannot fail. */
static void rly_nl_setting_apply(struct rly_net *rn, struct nlattr **attrs)
{
	struct rly_flows *flows = &rn->flows;
	unsigned int i;

	if (attrs[SLB_RELAY_A_SETTING_DEAD_AFTER]) {
		WRITE_ONCE(flows->dead_after, nla_get_u32(attrs[SLB_RELAY_A_SETTING_DEAD_AFTER]));
		rly_away_look(rn);
	}
	if (attrs[SLB_RELAY_A_SETTING_DEAD_RESET])
		WRITE_ONCE(flows->dead_reset, nla_get_u8(attrs[SLB_RELAY_A_SETTING_DEAD_RESET]));
	if (attrs[SLB_RELAY_A_SETTING_RESET_RATE])
		WRITE_ONCE(rn->reset_rate, nla_get_u32(attrs[SLB_RELAY_A_SETTING_RESET_RATE]));
	if (attrs[SLB_RELAY_A_SETTING_UNMATCHED])
		WRITE_ONCE(rn->unmatched, nla_get_u8(attrs[SLB_RELAY_A_SETTING_UNMATCHED]));
	if (attrs[SLB_RELAY_A_SETTING_SETTLE_AFTER])
		WRITE_ONCE(rn->settle_after, nla_get_u32(attrs[SLB_RELAY_A_SETTING_SETTLE_AFTER]));
	if (attrs[SLB_RELAY_A_SETTING_ICMP_RATE])
		WRITE_ONCE(rn->icmp_rate, nla_get_u32(attrs[SLB_RELAY_A_SETTING_ICMP_RATE]));
	if (attrs[SLB_RELAY_A_SETTING_ANNOUNCE])
		rn->announce = nla_get_u8(attrs[SLB_RELAY_A_SETTING_ANNOUNCE]);
	for (i = 0; i < ARRAY_SIZE(rly_nl_timeout); i++)
		if (attrs[rly_nl_timeout[i]])
			WRITE_ONCE(flows->timeout[i], nla_get_u32(attrs[rly_nl_timeout[i]]));
	if (attrs[SLB_RELAY_A_SETTING_FLOW_LIMIT]) {
		WRITE_ONCE(flows->limit, nla_get_u32(attrs[SLB_RELAY_A_SETTING_FLOW_LIMIT]));
		slb_count_limit(&flows->count, flows->limit);
		rly_flow_shrink(flows, flows->limit);
	}
}

static int rly_nl_setting_set(struct rly_net *rn, struct genl_info *info)
{
	int err = slb_nl_changes(info, SLB_RELAY_A_SETTING_HASH_KEY,
				 SLB_RELAY_A_SETTING_ANNOUNCE) ?:
		  rly_nl_setting_try(rn, info->attrs);

	if (err)
		return err;
	rly_nl_setting_apply(rn, info->attrs);
	slb_txn_changed(&rn->txns);
	rly_nl_notify(rn, NULL, rly_nl_setting_fill, SLB_RELAY_CMD_SETTING_SET_NTF);
	return 0;
}

int slb_relay_nl_setting_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked(info, rly_nl_setting_set);
}

static int rly_nl_status_put_flows(struct sk_buff *skb, struct rly_flows *flows)
{
	return nla_put_u32(skb, SLB_RELAY_A_STATUS_FLOWS, slb_count_read(&flows->count)) ||
	       nla_put_u32(skb, SLB_RELAY_A_STATUS_FLOW_LIMIT, flows->limit) ||
	       nla_put_uint(skb, SLB_RELAY_A_STATUS_FLOWS_TOTAL,
			    rly_flow_count(flows, RLY_COUNT_TOTAL)) ||
	       nla_put_uint(skb, SLB_RELAY_A_STATUS_FLOWS_EXPIRED,
			    rly_flow_count(flows, RLY_COUNT_EXPIRED)) ||
	       nla_put_uint(skb, SLB_RELAY_A_STATUS_FLOWS_EVICTED,
			    rly_flow_count(flows, RLY_COUNT_EVICTED)) ||
	       nla_put_uint(skb, SLB_RELAY_A_STATUS_FLOWS_REFUSED,
			    rly_flow_count(flows, RLY_COUNT_REFUSED)) ||
	       nla_put_uint(skb, SLB_RELAY_A_STATUS_FLOWS_LOST,
			    rly_flow_count(flows, RLY_COUNT_LOST));
}

static int rly_nl_status_put_sets(struct sk_buff *skb, struct slb_probe_net *pn)
{
	u64 refused, unsound;
	u32 i, n = 0;

	spin_lock_bh(&pn->sets_lock);
	for (i = 0; i < SLB_UNUSABLE_SETS; i++)
		n += !!pn->sets[i];
	refused = pn->sets_refused;
	unsound = pn->sets_unsound;
	spin_unlock_bh(&pn->sets_lock);
	return nla_put_u32(skb, SLB_RELAY_A_STATUS_VIP_SETS, n) ||
	       nla_put_uint(skb, SLB_RELAY_A_STATUS_VIP_SETS_REFUSED, refused) ||
	       nla_put_uint(skb, SLB_RELAY_A_STATUS_VIP_SETS_UNSOUND, unsound);
}

/* @obj: unused, a namespace has one status */
static int rly_nl_status_fill(struct sk_buff *skb, void *hdr, struct rly_net *rn, const void *obj)
{
	if (!hdr || nla_put_u32(skb, SLB_RELAY_A_STATUS_VIPS, rn->n_vips) ||
	    nla_put_u32(skb, SLB_RELAY_A_STATUS_BALANCERS, rn->n_balancers) ||
	    nla_put_u32(skb, SLB_RELAY_A_STATUS_LINKS, rn->n_links) ||
	    nla_put_u32(skb, SLB_RELAY_A_STATUS_SLOTS, RLY_SLOTS) ||
	    nla_put_u8(skb, SLB_RELAY_A_STATUS_KEY_RANDOM, rn->key_random) ||
	    nla_put_u32(skb, SLB_RELAY_A_STATUS_GENERATION, rn->txns.generation) ||
	    nla_put_string(skb, SLB_RELAY_A_STATUS_VERSION, SLB_VERSION) ||
	    nla_put_u32(skb, SLB_RELAY_A_STATUS_FEATURES, SLB_RELAY_FEATURE_TRANSACTIONS) ||
	    nla_put_u32(skb, SLB_RELAY_A_STATUS_KEY_ID, rn->probes.key) ||
	    nla_put_u32(skb, SLB_RELAY_A_STATUS_VIPS_ID, slb_probe_vips(&rn->probes)) ||
	    nla_put_u32(skb, SLB_RELAY_A_STATUS_CONFIG_ID, slb_probe_config(&rn->probes)) ||
	    rly_nl_status_put_sets(skb, &rn->probes) ||
	    rly_nl_status_put_flows(skb, &rn->flows)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int rly_nl_status_get(struct rly_net *rn, struct genl_info *info)
{
	return rly_nl_reply(info, rn, NULL, rly_nl_status_fill);
}

int slb_relay_nl_status_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct rly_net *rn = rly_net(genl_info_net(info));
	int err = slb_nl_no_attrs(info);

	if (err)
		return err;
	/* equal generations before and after dumps prove that no commit was under way */
	err = slb_txn_enter(&rn->txns);
	if (err)
		return err;
	err = rly_nl_locked(info, rly_nl_status_get);
	slb_txn_leave(&rn->txns);
	return err;
}

static int rly_nl_drop_fill(struct sk_buff *skb, void *hdr, const struct rly_net *rn,
			    enum slb_drop why)
{
	if (!hdr || slb_nl_drop_put(skb, rn->net, rn->drops, why)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

int slb_relay_nl_drop_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct rly_net *rn = rly_net(sock_net(skb->sk));
	struct rly_nl_dump *dump = rly_nl_dump(cb);
	int err;

	err = slb_nl_no_attrs(genl_info_dump(cb));
	if (err)
		return err;
	/* the list is part of the module, so that it is always consistent */
	for (dump->next = max(dump->next, 1ul); dump->next < SLB_DROP_MAX; dump->next++) {
		err = rly_nl_drop_fill(skb, rly_nl_dump_hdr(skb, cb, SLB_RELAY_CMD_DROP_GET), rn,
				       dump->next);
		if (err)
			break;
	}
	return rly_nl_dump_end(skb, err);
}
