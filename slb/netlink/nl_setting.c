// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: settings, totals, and the reasons of drops. */
#include <slb/nl_drop.h>
#include <slb/probe_vips.h>
#include <slb/version.h>

#include "config/group.h"
#include "config/group_set.h"
#include "config/link.h"
#include "config/server_life.h"
#include "net.h"
#include "netlink/nl.h"
#include "packet/fast_hook.h"
#include "packet/no_vip.h"
#include "packet/reset.h"
#include "state/client_address.h"
#include "state/sync.h"
#include "state/sync_log.h"

/* The states whose timeout an attribute sets. */
static const struct {
	int attr;
	u8 first, last;
} slb_nl_timeouts[] = {
	{ SLB_A_SETTING_TCP_SYN_TIMEOUT,
	  SLB_SESSION_STATE_TCP_SYN, SLB_SESSION_STATE_TCP_SYN_ACK },
	{ SLB_A_SETTING_TCP_ESTABLISHED_TIMEOUT,
	  SLB_SESSION_STATE_TCP_ESTABLISHED, SLB_SESSION_STATE_TCP_ESTABLISHED },
	{ SLB_A_SETTING_TCP_FIN_TIMEOUT, SLB_SESSION_STATE_TCP_FIN, SLB_SESSION_STATE_TCP_FIN },
	{ SLB_A_SETTING_TCP_TIME_WAIT_TIMEOUT,
	  SLB_SESSION_STATE_TCP_TIME_WAIT, SLB_SESSION_STATE_TCP_TIME_WAIT },
	{ SLB_A_SETTING_TCP_CLOSE_TIMEOUT,
	  SLB_SESSION_STATE_TCP_CLOSE, SLB_SESSION_STATE_TCP_CLOSE },
	{ SLB_A_SETTING_UDP_NEW_TIMEOUT, SLB_SESSION_STATE_UDP_NEW, SLB_SESSION_STATE_UDP_NEW },
	{ SLB_A_SETTING_UDP_TIMEOUT, SLB_SESSION_STATE_UDP, SLB_SESSION_STATE_UDP },
	{ SLB_A_SETTING_SCTP_INIT_TIMEOUT,
	  SLB_SESSION_STATE_SCTP_INIT, SLB_SESSION_STATE_SCTP_INIT },
	{ SLB_A_SETTING_SCTP_ESTABLISHED_TIMEOUT,
	  SLB_SESSION_STATE_SCTP_ESTABLISHED, SLB_SESSION_STATE_SCTP_ESTABLISHED },
	{ SLB_A_SETTING_SCTP_SHUTDOWN_TIMEOUT,
	  SLB_SESSION_STATE_SCTP_SHUTDOWN, SLB_SESSION_STATE_SCTP_SHUTDOWN },
};

static int slb_nl_setting_fill(struct sk_buff *skb, struct slb_net *sn, const void *obj,
			       const struct slb_nl_msg *msg)
{
	const struct slb_settings *set = obj;
	void *hdr = slb_nl_put(skb, msg);
	unsigned int i;
	int err;

	if (!hdr)
		return -EMSGSIZE;
	err = nla_put_u32(skb, SLB_A_SETTING_SESSION_LIMIT, set->session_limit) ||
	      nla_put_u16(skb, SLB_A_SETTING_PORT_FIRST, slb_ports_first(set->ports)) ||
	      nla_put_u16(skb, SLB_A_SETTING_PORT_LAST, slb_ports_last(set->ports)) ||
	      nla_put_u32(skb, SLB_A_SETTING_ICMP_RATE, set->icmp_rate) ||
	      nla_put_u8(skb, SLB_A_SETTING_FAST_PATH, set->fast_path) ||
	      nla_put_u8(skb, SLB_A_SETTING_ON_END, set->on_end) ||
	      nla_put_u32(skb, SLB_A_SETTING_RESET_RATE, set->reset_rate) ||
	      nla_put_u8(skb, SLB_A_SETTING_UNMATCHED, set->unmatched) ||
	      nla_put_u32(skb, SLB_A_SETTING_HEALTH_TTL, set->health_ttl) ||
	      nla_put_u8(skb, SLB_A_SETTING_PROXY_EVERY, set->proxy_every) ||
	      nla_put_u8(skb, SLB_A_SETTING_PROXY_CHECKSUM, set->proxy_checksum) ||
	      nla_put_u32(skb, SLB_A_SETTING_SYNC_WAIT, set->sync_wait) ||
	      nla_put_u32(skb, SLB_A_SETTING_SYNC_AFTER, set->sync_after) ||
	      nla_put_u32(skb, SLB_A_SETTING_SYNC_LOG, set->sync_log) ||
	      nla_put_u32(skb, SLB_A_SETTING_PERSIST_LIMIT, set->persist_limit);
	for (i = 0; !err && i < ARRAY_SIZE(slb_nl_timeouts); i++)
		err = nla_put_u32(skb, slb_nl_timeouts[i].attr,
				  set->timeout[slb_nl_timeouts[i].first]);
	if (err) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int slb_nl_setting_get(struct slb_net *sn, struct genl_info *info)
{
	int err = slb_nl_no_attrs(info);

	return err ? err : slb_nl_reply(info, sn, &sn->settings, slb_nl_setting_fill);
}

static int slb_nl_key_fill(struct sk_buff *skb, struct slb_net *sn, const void *obj,
			   const struct slb_nl_msg *msg)
{
	const struct slb_settings *set = obj;
	void *hdr = slb_nl_put(skb, msg);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put(skb, SLB_A_SETTING_HASH_KEY, sizeof(set->hash_key), &set->hash_key)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int slb_nl_key_get(struct slb_net *sn, struct genl_info *info)
{
	int err = slb_nl_no_attrs(info);

	return err ? err : slb_nl_reply(info, sn, &sn->settings, slb_nl_key_fill);
}

static int slb_nl_setting_parse(struct genl_info *info, struct slb_settings *set)
{
	u16 first = slb_ports_first(set->ports), last = slb_ports_last(set->ports);
	struct nlattr **attrs = info->attrs;
	unsigned int i;
	u8 state;

	if (attrs[SLB_A_SETTING_SESSION_LIMIT])
		set->session_limit = nla_get_u32(attrs[SLB_A_SETTING_SESSION_LIMIT]);
	if (attrs[SLB_A_SETTING_PORT_FIRST])
		first = nla_get_u16(attrs[SLB_A_SETTING_PORT_FIRST]);
	if (attrs[SLB_A_SETTING_PORT_LAST])
		last = nla_get_u16(attrs[SLB_A_SETTING_PORT_LAST]);
	if (attrs[SLB_A_SETTING_ICMP_RATE])
		set->icmp_rate = nla_get_u32(attrs[SLB_A_SETTING_ICMP_RATE]);
	if (attrs[SLB_A_SETTING_HASH_KEY])
		memcpy(&set->hash_key, nla_data(attrs[SLB_A_SETTING_HASH_KEY]),
		       sizeof(set->hash_key));
	if (attrs[SLB_A_SETTING_FAST_PATH])
		set->fast_path = nla_get_u8(attrs[SLB_A_SETTING_FAST_PATH]);
	if (attrs[SLB_A_SETTING_ON_END])
		set->on_end = nla_get_u8(attrs[SLB_A_SETTING_ON_END]);
	if (attrs[SLB_A_SETTING_RESET_RATE])
		set->reset_rate = nla_get_u32(attrs[SLB_A_SETTING_RESET_RATE]);
	if (attrs[SLB_A_SETTING_UNMATCHED])
		set->unmatched = nla_get_u8(attrs[SLB_A_SETTING_UNMATCHED]);
	if (attrs[SLB_A_SETTING_HEALTH_TTL])
		set->health_ttl = nla_get_u32(attrs[SLB_A_SETTING_HEALTH_TTL]);
	if (attrs[SLB_A_SETTING_PROXY_EVERY])
		set->proxy_every = nla_get_u8(attrs[SLB_A_SETTING_PROXY_EVERY]);
	if (attrs[SLB_A_SETTING_PROXY_CHECKSUM])
		set->proxy_checksum = nla_get_u8(attrs[SLB_A_SETTING_PROXY_CHECKSUM]);
	if (attrs[SLB_A_SETTING_SYNC_WAIT])
		set->sync_wait = nla_get_u32(attrs[SLB_A_SETTING_SYNC_WAIT]);
	if (attrs[SLB_A_SETTING_SYNC_AFTER])
		set->sync_after = nla_get_u32(attrs[SLB_A_SETTING_SYNC_AFTER]);
	if (attrs[SLB_A_SETTING_SYNC_LOG])
		set->sync_log = nla_get_u32(attrs[SLB_A_SETTING_SYNC_LOG]);
	if (attrs[SLB_A_SETTING_PERSIST_LIMIT])
		set->persist_limit = nla_get_u32(attrs[SLB_A_SETTING_PERSIST_LIMIT]);
	for (i = 0; i < ARRAY_SIZE(slb_nl_timeouts); i++)
		for (state = slb_nl_timeouts[i].first;
		     attrs[slb_nl_timeouts[i].attr] && state <= slb_nl_timeouts[i].last; state++)
			set->timeout[state] = nla_get_u32(attrs[slb_nl_timeouts[i].attr]);
	if (first > last) {
		NL_SET_ERR_MSG_FMT(info->extack, "the first local port, %u, is above the last, %u",
				   first, last);
		return -EINVAL;
	}
	set->ports = slb_ports(first, last);
	return 0;
}

/*
 * Apply the settings whose change can fail, all or none. Switch the fast path on first, because
 * that can be undone, and off last, because undoing that could fail.
 */
static int slb_nl_setting_try(struct slb_net *sn, const struct slb_settings *set, bool rekey)
{
	bool was = sn->settings.fast_path;
	int err = 0;

	if (set->fast_path && !was)
		err = slb_fast_set(sn, true);
	if (err)
		return err;
	if (rekey)
		err = slb_group_rekey(sn, &set->hash_key);
	if (err ? set->fast_path && !was : was && !set->fast_path)
		slb_fast_set(sn, false);
	return err;
}

/* The same, and the log of sessions gets the size that the settings say, or goes. */
static int slb_nl_setting_apply(struct slb_net *sn, const struct slb_settings *set, bool rekey)
{
	u32 was = sn->settings.sync_wait ? sn->settings.sync_log : 0;
	u32 size = set->sync_wait ? set->sync_log : 0;
	struct slb_sync_log *log = NULL;
	int err;

	if (size && size != was) {
		log = slb_sync_log_new(size);
		if (!log)
			return -ENOMEM;
	}
	err = slb_nl_setting_try(sn, set, rekey);
	if (err)
		kvfree(log);
	else if (size != was)
		slb_sync_log_use(sn, log);
	return err;
}

static int slb_nl_setting_set(struct slb_net *sn, struct genl_info *info)
{
	struct slb_settings set = sn->settings;
	unsigned int i;
	u32 was;
	int err = slb_nl_changes(info, SLB_A_SETTING_SESSION_LIMIT,
				 SLB_A_SETTING_PERSIST_LIMIT);

	if (!err)
		err = slb_nl_setting_parse(info, &set);
	if (!err)
		err = slb_nl_setting_apply(sn, &set, info->attrs[SLB_A_SETTING_HASH_KEY]);
	if (err)
		return err;
	sn->settings.hash_key = set.hash_key;
	slb_group_tell_key(sn);
	WRITE_ONCE(sn->settings.session_limit, set.session_limit);
	slb_count_limit(&sn->count, set.session_limit);
	WRITE_ONCE(sn->settings.ports, set.ports);
	WRITE_ONCE(sn->settings.icmp_rate, set.icmp_rate);
	WRITE_ONCE(sn->settings.reset_rate, set.reset_rate);
	WRITE_ONCE(sn->settings.on_end, set.on_end);
	WRITE_ONCE(sn->settings.unmatched, set.unmatched);
	WRITE_ONCE(sn->settings.proxy_every, set.proxy_every);
	WRITE_ONCE(sn->settings.proxy_checksum, set.proxy_checksum);
	sn->settings.health_ttl = set.health_ttl;
	slb_life_start(sn);
	was = sn->settings.sync_wait;
	sn->settings.sync_wait = set.sync_wait;
	sn->settings.sync_log = set.sync_log;
	WRITE_ONCE(sn->settings.sync_after, set.sync_after);
	WRITE_ONCE(sn->settings.persist_limit, set.persist_limit);
	slb_sync_switch(sn, was);
	for (i = 0; i < ARRAY_SIZE(set.timeout); i++)
		WRITE_ONCE(sn->settings.timeout[i], set.timeout[i]);
	slb_net_changed(sn);
	slb_nl_notify(sn, &sn->settings, slb_nl_setting_fill, SLB_CMD_SETTING_SET_NTF);
	return 0;
}

static u32 slb_link_count(struct slb_net *sn)
{
	const struct slb_links *links = slb_dereference(sn, sn->links);
	u32 i, n = 0;

	for (i = 0; i < SLB_LINK_MAX; i++)
		n += !!links->slot[i];
	return n;
}

static int slb_nl_status_put_no_vip(struct sk_buff *skb, struct slb_net *sn)
{
	struct slb_no_vip found;

	if (!slb_no_vip_read(sn, &found))
		return 0;
	return nla_put_string(skb, SLB_A_STATUS_NO_VIP_LINK, found.link) ||
	       nla_put_u8(skb, SLB_A_STATUS_NO_VIP_PROTO, found.proto) ||
	       slb_nl_put_addr(skb, SLB_A_STATUS_NO_VIP_ADDR, &found.addr, found.family) ||
	       (found.port && nla_put_u16(skb, SLB_A_STATUS_NO_VIP_PORT, found.port)) ||
	       nla_put_uint(skb, SLB_A_STATUS_NO_VIP_SINCE,
			    jiffies64_to_msecs(jiffies - found.when)) ? -EMSGSIZE : 0;
}

static int slb_nl_status_put_addresses(struct sk_buff *skb, const struct slb_net *sn)
{
	static const int attrs[SLB_ADDRESS_COUNTS] = {
		[SLB_ADDRESS_SENT] = SLB_A_STATUS_CLIENT_ADDRESS_SENT,
		[SLB_ADDRESS_AGAIN] = SLB_A_STATUS_CLIENT_ADDRESS_AGAIN,
		[SLB_ADDRESS_NO_ROOM] = SLB_A_STATUS_CLIENT_ADDRESS_NO_ROOM,
		[SLB_ADDRESS_FORGED] = SLB_A_STATUS_CLIENT_ADDRESS_FORGED,
	};
	enum slb_address_count i;
	int err = 0;

	for (i = 0; !err && i < SLB_ADDRESS_COUNTS; i++)
		err = nla_put_uint(skb, attrs[i], slb_address_total(sn, i));
	return err;
}

static int slb_nl_status_put_sync(struct sk_buff *skb, struct slb_net *sn)
{
	const struct slb_sync_log *log = slb_dereference(sn, sn->sync.log);
	enum slb_sync_count i;
	int err;

	err = nla_put_u8(skb, SLB_A_STATUS_SYNC_BEHIND, sn->sync.behind) ||
	      nla_put_uint(skb, SLB_A_STATUS_SYNC_STANDBY, atomic_read(&sn->sync.standby)) ||
	      nla_put_uint(skb, SLB_A_STATUS_SYNC_LOGGED,
			   log ? atomic64_read(&log->head) : sn->sync.logged) ||
	      nla_put_uint(skb, SLB_A_STATUS_SYNC_LOST, sn->sync.lost) ||
	      nla_put_uint(skb, SLB_A_STATUS_SYNC_FORGOTTEN, sn->sync.forgotten);
	for (i = 0; !err && i < SLB_SYNC_COUNTS; i++)
		err = nla_put_uint(skb, SLB_A_STATUS_SYNC_ADDED + i, sn->sync.count[i]);
	return err ? -EMSGSIZE : 0;
}

static int slb_nl_status_fill(struct sk_buff *skb, struct slb_net *sn, const void *obj,
			      const struct slb_nl_msg *msg)
{
	void *hdr = slb_nl_put(skb, msg);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_uint(skb, SLB_A_STATUS_SESSIONS, slb_count_read(&sn->count)) ||
	    nla_put_uint(skb, SLB_A_STATUS_SESSIONS_TOTAL, slb_count_total(&sn->count)) ||
	    nla_put_uint(skb, SLB_A_STATUS_SESSIONS_EXPIRED, atomic64_read(&sn->expired)) ||
	    nla_put_uint(skb, SLB_A_STATUS_SESSIONS_REFUSED, atomic64_read(&sn->refused)) ||
	    nla_put_u32(skb, SLB_A_STATUS_VIPS, sn->n_vips) ||
	    nla_put_u32(skb, SLB_A_STATUS_GROUPS, sn->n_groups) ||
	    nla_put_u32(skb, SLB_A_STATUS_SERVERS, sn->n_servers) ||
	    nla_put_u32(skb, SLB_A_STATUS_LINKS, slb_link_count(sn)) ||
	    nla_put_uint(skb, SLB_A_STATUS_SESSIONS_YIELDED, atomic64_read(&sn->yielded)) ||
	    nla_put_uint(skb, SLB_A_STATUS_RESETS, slb_reset_count(sn, false)) ||
	    nla_put_uint(skb, SLB_A_STATUS_RESETS_LIMITED, slb_reset_count(sn, true)) ||
	    nla_put_u32(skb, SLB_A_STATUS_GENERATION, sn->txns.generation) ||
	    nla_put_string(skb, SLB_A_STATUS_VERSION, SLB_VERSION) ||
	    nla_put_u32(skb, SLB_A_STATUS_FEATURES,
			SLB_FEATURE_TRANSACTIONS | SLB_FEATURE_NEXT_HOPS) ||
	    nla_put_u32(skb, SLB_A_STATUS_ADDRESSES_KEPT, sn->n_former + sn->n_locals) ||
	    nla_put_uint(skb, SLB_A_STATUS_ADDRESSES_FORGOTTEN, sn->forgotten) ||
	    nla_put_u32(skb, SLB_A_STATUS_KEY_ID, sn->probes.key) ||
	    nla_put_u32(skb, SLB_A_STATUS_VIPS_ID, slb_probe_vips(&sn->probes)) ||
	    slb_nl_status_put_no_vip(skb, sn) || slb_nl_status_put_addresses(skb, sn) ||
	    slb_nl_status_put_sync(skb, sn) ||
	    nla_put_u32(skb, SLB_A_STATUS_VIPS_UNUSABLE, sn->n_unusable) ||
	    nla_put_u32(skb, SLB_A_STATUS_VIPS_UNTOLD, sn->n_untold) ||
	    nla_put_u32(skb, SLB_A_STATUS_PERSISTS, atomic_read(&sn->persists.table.nelems)) ||
	    nla_put_uint(skb, SLB_A_STATUS_PERSISTS_REFUSED,
			 atomic64_read(&sn->persists.refused))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int slb_nl_status_get(struct slb_net *sn, struct genl_info *info)
{
	int err = slb_nl_no_attrs(info);

	return err ? err : slb_nl_reply(info, sn, NULL, slb_nl_status_fill);
}

int slb_nl_setting_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked(info, slb_nl_setting_get);
}

int slb_nl_key_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked(info, slb_nl_key_get);
}

int slb_nl_setting_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked(info, slb_nl_setting_set);
}

int slb_nl_status_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct slb_txns *txns = &slb_net(genl_info_net(info))->txns;
	int err = slb_txn_enter(txns);

	/* equal generations before and after dumps prove that no commit was under way */
	if (err)
		return err;
	err = slb_nl_locked(info, slb_nl_status_get);
	slb_txn_leave(txns);
	return err;
}

int slb_nl_drop_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct slb_nl_msg msg = slb_nl_dump_msg(cb, SLB_CMD_DROP_GET);
	struct slb_net *sn = slb_net(sock_net(skb->sk));
	unsigned long why = max(cb->args[0], SLB_OK + 1L);
	int err = slb_nl_no_attrs(genl_info_dump(cb));

	if (err)
		return err;
	for (; why < SLB_DROP_MAX; why++) {
		void *hdr = slb_nl_put(skb, &msg);

		if (!hdr)
			break;
		if (slb_nl_drop_put(skb, sn->net, sn->drops, why)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	cb->args[0] = why;
	return skb->len;
}
