// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: sessions that balancers exchange; slb-syncd asks. */
#include <linux/slab.h>
#include <linux/slb_sync.h>

#include "net.h"
#include "netlink/nl.h"
#include "state/sync.h"
#include "state/sync_log.h"
#include "state/sync_record.h"

/* Most records in an answer: it fits the buffer of 32 KB that readers of netlink have. */
#define SLB_NL_SYNC_RECORDS 300

static_assert(sizeof(struct slb_sync_record) == 96);

/* What an answer of sync-get tells. */
struct slb_nl_sync {
	struct slb_sync_record *records;
	u32 n;
	u64 next;
	u64 lost;
};

static int slb_nl_sync_fill(struct sk_buff *skb, struct slb_net *sn, const struct slb_nl_sync *told,
			    struct genl_info *info)
{
	void *hdr = genlmsg_put_reply(skb, info, &slb_nl_family, 0, info->genlhdr->cmd);

	if (!hdr ||
	    (told->n && nla_put(skb, SLB_A_SYNC_RECORDS, told->n * sizeof(*told->records),
				told->records)) ||
	    nla_put_uint(skb, SLB_A_SYNC_NEXT, told->next) ||
	    (told->lost && nla_put_uint(skb, SLB_A_SYNC_LOST, told->lost)) ||
	    nla_put_u8(skb, SLB_A_SYNC_BEHIND, sn->sync.behind))
		return -EMSGSIZE;
	genlmsg_end(skb, hdr);
	return 0;
}

/* @skb has room for all of it, and is consumed. */
static int slb_nl_sync_answer(struct sk_buff *skb, struct slb_net *sn, struct genl_info *info,
			      const struct slb_nl_sync *told)
{
	int err = slb_nl_sync_fill(skb, sn, told, info);

	if (err) {
		nlmsg_free(skb);
		return err;
	}
	err = genlmsg_reply(skb, info);
	/* otherwise the next request finds them again */
	if (!err)
		sn->sync.lost += told->lost;
	return err;
}

/* Read the log. The memory for the answer comes first: a refused request changes nothing. */
static int slb_nl_sync_read(struct slb_net *sn, struct genl_info *info, struct slb_nl_sync *told)
{
	size_t size = SLB_NL_SYNC_RECORDS * sizeof(*told->records);
	struct sk_buff *skb = genlmsg_new(size + NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	int err;

	told->records = kvmalloc(size, GFP_KERNEL);
	if (!skb || !told->records) {
		nlmsg_free(skb);
		kvfree(told->records);
		return -ENOMEM;
	}
	told->n = slb_sync_changes(sn, &told->next, &told->lost, told->records,
				   SLB_NL_SYNC_RECORDS);
	err = slb_nl_sync_answer(skb, sn, info, told);
	kvfree(told->records);
	return err;
}

static int slb_nl_sync_get(struct slb_net *sn, struct genl_info *info)
{
	const struct slb_sync_log *log = slb_dereference(sn, sn->sync.log);
	struct nlattr *after = info->attrs[SLB_A_SYNC_AFTER];
	struct slb_nl_sync told = {};
	struct sk_buff *skb;

	if (!log) {
		NL_SET_ERR_MSG(info->extack, "sessions are not exchanged: sync-wait is 0");
		return -ENODATA;
	}
	if (after) {
		told.next = nla_get_u64(after);
		return slb_nl_sync_read(sn, info, &told);
	}
	skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	/* a dump leaves out what is younger than sync-after: the changes that follow it must not */
	told.next = slb_sync_log_young(log, sn->settings.sync_after ?
				       msecs_to_jiffies(sn->settings.sync_after) + HZ / 10 : 0);
	return slb_nl_sync_answer(skb, sn, info, &told);
}

/* The records of a request and their number, or NULL. */
static const struct slb_sync_record *slb_nl_sync_records(struct genl_info *info, u32 *n)
{
	struct nlattr *attr = info->attrs[SLB_A_SYNC_RECORDS];

	if (slb_nl_missing(info, SLB_A_SYNC_RECORDS, "the records"))
		return NULL;
	*n = nla_len(attr) / sizeof(struct slb_sync_record);
	if (*n && *n <= SLB_SYNC_RECORDS_MAX && !(nla_len(attr) % sizeof(struct slb_sync_record)))
		return nla_data(attr);
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, attr, "records: want 1 to %d structures of %zu bytes",
				SLB_SYNC_RECORDS_MAX, sizeof(struct slb_sync_record));
	return NULL;
}

/* An answer with room for @n numbers, or NULL. */
static struct sk_buff *slb_nl_sync_numbers(u32 n)
{
	return genlmsg_new(n * nla_total_size(sizeof(u32)), GFP_KERNEL);
}

/* Answer with @n numbers from the attribute @attr on. @skb is consumed. */
static int slb_nl_sync_reply(struct sk_buff *skb, struct genl_info *info, int attr,
			     const u32 *count, u32 n)
{
	void *hdr;
	u32 i;

	hdr = genlmsg_put_reply(skb, info, &slb_nl_family, 0, info->genlhdr->cmd);
	for (i = 0; hdr && i < n; i++)
		if (nla_put_u32(skb, attr + i, count[i]))
			hdr = NULL;
	if (!hdr) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

static int slb_nl_sync_add(struct slb_net *sn, struct genl_info *info)
{
	struct nlattr *epoch = info->attrs[SLB_A_SYNC_EPOCH];
	struct slb_sync_taken taken = {};
	const struct slb_sync_record *records;
	struct sk_buff *skb;
	u32 n;

	records = slb_nl_sync_records(info, &n);
	if (!records)
		return -EINVAL;
	skb = slb_nl_sync_numbers(SLB_SYNC_COUNTS);
	if (!skb)
		return -ENOMEM;
	slb_sync_take(sn, records, n, epoch ? nla_get_u32(epoch) : 0, &taken);
	return slb_nl_sync_reply(skb, info, SLB_A_SYNC_ADDED, taken.count, SLB_SYNC_COUNTS);
}

/* The ranges of a request and their number, or NULL. */
static const struct slb_sync_range *slb_nl_sync_ranges(struct genl_info *info, u32 *n)
{
	struct nlattr *attr = info->attrs[SLB_A_SYNC_RANGES];
	const struct slb_sync_range *ranges;
	u32 i;

	if (slb_nl_missing(info, SLB_A_SYNC_RANGES, "the ranges"))
		return NULL;
	*n = nla_len(attr) / sizeof(*ranges);
	if (!*n || nla_len(attr) % sizeof(*ranges) || *n > SLB_SYNC_FED_MAX) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, attr,
					"ranges: want 1 to %d structures of %zu bytes",
					SLB_SYNC_FED_MAX, sizeof(*ranges));
		return NULL;
	}
	ranges = nla_data(attr);
	for (i = 0; i < *n; i++) {
		if (slb_sync_family(ranges[i].family))
			continue;
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, attr, "ranges: unknown family %u",
					ranges[i].family);
		return NULL;
	}
	return ranges;
}

static int slb_nl_sync_feed(struct slb_net *sn, struct genl_info *info)
{
	const struct slb_sync_range *ranges;
	u32 n;

	ranges = slb_nl_sync_ranges(info, &n);
	return ranges ? slb_sync_feed(sn, ranges, n) : -EINVAL;
}

static int slb_nl_sync_set(struct slb_net *sn, struct genl_info *info)
{
	struct nlattr *behind = info->attrs[SLB_A_SYNC_BEHIND];

	if (slb_nl_missing(info, SLB_A_SYNC_BEHIND, "behind"))
		return -EINVAL;
	if (!rcu_access_pointer(sn->sync.log)) {
		NL_SET_ERR_MSG(info->extack, "sessions are not exchanged: sync-wait is 0");
		return -ENODATA;
	}
	slb_sync_behind(sn, nla_get_u8(behind));
	return 0;
}

int slb_nl_sync_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked(info, slb_nl_sync_get);
}

int slb_nl_sync_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked(info, slb_nl_sync_add);
}

int slb_nl_sync_feed_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct slb_net *sn = slb_net(genl_info_net(info));
	struct sk_buff *answer = slb_nl_sync_numbers(1);
	const struct slb_sync_range *ranges;
	u32 n, swept = 0;
	int err;

	if (!answer)
		return -ENOMEM;
	err = slb_nl_locked(info, slb_nl_sync_feed);
	if (err) {
		nlmsg_free(answer);
		return err;
	}
	/* a walk takes long, and needs no lock */
	if (info->attrs[SLB_A_SYNC_EPOCH]) {
		ranges = slb_nl_sync_ranges(info, &n);
		swept = slb_sync_sweep(sn, ranges, n, nla_get_u32(info->attrs[SLB_A_SYNC_EPOCH]));
	}
	return slb_nl_sync_reply(answer, info, SLB_A_SYNC_SWEPT, &swept, 1);
}

int slb_nl_sync_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked(info, slb_nl_sync_set);
}

int slb_nl_sync_get_start(struct netlink_callback *cb)
{
	struct slb_net *sn = slb_net(sock_net(cb->skb->sk));
	struct rhashtable_iter *iter;
	int err = slb_nl_no_attrs(genl_info_dump(cb));

	if (err)
		return err;
	iter = kzalloc(sizeof(*iter), GFP_KERNEL);
	if (!iter)
		return -ENOMEM;
	rhashtable_walk_enter(&sn->sessions, iter);
	cb->args[0] = (long)iter;
	return 0;
}

int slb_nl_sync_get_done(struct netlink_callback *cb)
{
	struct rhashtable_iter *iter = (void *)cb->args[0];

	if (!iter)
		return 0;
	rhashtable_walk_exit(iter);
	kfree(iter);
	return 0;
}

/* Fill @to with records of sessions from the iterator's position on. Return: their number. */
static u32 slb_nl_sync_walk(struct slb_net *sn, struct rhashtable_iter *iter,
			    struct slb_sync_record *to, u32 max)
{
	struct slb_side *side;
	u32 n = 0, seen = 0;

	slb_session_walk_start(iter);
	while (n < max && (side = rhashtable_walk_next(iter))) {
		if (!IS_ERR(side) && side->tuple.tag == SLB_REPLY &&
		    slb_sync_tells(sn, slb_side_session(side)))
			n += slb_sync_write(sn, slb_side_session(side), &to[n]);
		if (++seen % 1024 == 0) {
			rhashtable_walk_stop(iter);
			cond_resched();
			slb_session_walk_start(iter);
		}
	}
	rhashtable_walk_stop(iter);
	return n;
}

int slb_nl_sync_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct slb_nl_msg msg = slb_nl_dump_msg(cb, SLB_CMD_SYNC_GET);
	struct slb_net *sn = slb_net(sock_net(skb->sk));
	void *hdr = slb_nl_put(skb, &msg);
	u32 n, max = 0, room = skb_tailroom(skb);
	struct nlattr *attr = NULL;

	if (room > NLA_HDRLEN)
		max = min_t(u32, (room - NLA_HDRLEN) / sizeof(struct slb_sync_record),
			    SLB_NL_SYNC_RECORDS);
	if (hdr && max)
		attr = nla_reserve(skb, SLB_A_SYNC_RECORDS, max * sizeof(struct slb_sync_record));
	if (!attr)
		return -EMSGSIZE;
	n = slb_nl_sync_walk(sn, (void *)cb->args[0], nla_data(attr), max);
	if (!n) {
		genlmsg_cancel(skb, hdr);
		return 0;
	}
	attr->nla_len = nla_attr_size(n * sizeof(struct slb_sync_record));
	skb_trim(skb, (u8 *)attr + nla_total_size(n * sizeof(struct slb_sync_record)) - skb->data);
	genlmsg_end(skb, hdr);
	return skb->len;
}
