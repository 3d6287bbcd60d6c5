// SPDX-License-Identifier: GPL-2.0-only
/* Tracers: begun and ended by requests, and given up when their socket is closed. */
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/slb.h>
#include <net/genetlink.h>
#include <slb/module.h>
#include <slb/nl_request.h>
#include <slb/trace.h>
#include <slb/tracer_filter.h>

/* Of the packet that this CPU handles, or NULL. Context: BH disabled. */
static DEFINE_PER_CPU(struct slb_tracer_record *, slb_tracer_current);
/* Number of tracers in all namespaces, under RTNL. */
static unsigned int slb_tracer_count;

/**
 * slb_tracer_record() - the record of the packet at hand, for functions at tracepoints
 *
 * Context: any.
 *
 * Return: the record, or NULL when this packet is not traced.
 */
struct slb_tracer_record *slb_tracer_record(void)
{
	struct slb_tracer_record *record = this_cpu_read(slb_tracer_current);

	/* on a preemptible kernel another task may be here, without a packet */
	return record && record->task == current ? record : NULL;
}

/**
 * slb_tracer_enter() - begin to handle a packet
 * @record: set up, or NULL for a packet that is not traced
 *
 * Context: BH disabled.
 *
 * Return: the record of the packet that was handled until now, for slb_tracer_leave().
 */
struct slb_tracer_record *slb_tracer_enter(struct slb_tracer_record *record)
{
	struct slb_tracer_record *outer = this_cpu_read(slb_tracer_current);

	if (record)
		*record = (struct slb_tracer_record){ .task = current };
	this_cpu_write(slb_tracer_current, record);
	return outer;
}

/**
 * slb_tracer_leave() - the packet was handled
 * @outer: from slb_tracer_enter()
 *
 * Context: BH disabled.
 */
void slb_tracer_leave(struct slb_tracer_record *outer)
{
	this_cpu_write(slb_tracer_current, outer);
}

static void slb_tracer_drop(void *data, const struct sk_buff *skb, const struct slb_tuple *t,
			    unsigned int why)
{
	struct slb_tracer_record *record = slb_tracer_record();

	if (record && !record->why)
		record->why = why;
}

/* Listen to tracepoints, with the first tracer of all namespaces. */
static int slb_tracer_attach(struct netlink_ext_ack *extack)
{
	int err;

	ASSERT_RTNL();
	if (slb_tracer_count++)
		return 0;
	err = register_trace_slb_drop(slb_tracer_drop, NULL);
	if (!err) {
		err = slb_module_trace_attach();
		if (err)
			unregister_trace_slb_drop(slb_tracer_drop, NULL);
	}
	if (err) {
		slb_tracer_count--;
		NL_SET_ERR_MSG(extack, "the kernel refuses to attach to the tracepoints");
	}
	return err;
}

static void slb_tracer_detach(void)
{
	ASSERT_RTNL();
	if (--slb_tracer_count)
		return;
	slb_module_trace_detach();
	unregister_trace_slb_drop(slb_tracer_drop, NULL);
}

static struct slb_tracer *slb_tracer_find(struct slb_tracers *tracers, u32 portid)
{
	struct slb_tracer *tracer;

	ASSERT_RTNL();
	list_for_each_entry(tracer, &tracers->list, list)
		if (tracer->portid == portid)
			return tracer;
	return NULL;
}

/* Unlink a tracer; with the last one, packets take their usual way again. */
static void slb_tracer_end(struct net *net, struct slb_tracers *tracers, struct slb_tracer *tracer)
{
	list_del_rcu(&tracer->list);
	tracers->n--;
	if (!tracers->n)
		slb_module_trace(net, false);
	slb_tracer_detach();
	kfree_rcu(tracer, rcu);
}

/* Link a tracer. With the first one, packets take the way on which they are looked at. */
static int slb_tracer_add(struct net *net, struct slb_tracers *tracers, struct slb_tracer *tracer,
			  struct netlink_ext_ack *extack)
{
	int err;

	if (slb_tracer_find(tracers, tracer->portid)) {
		NL_SET_ERR_MSG(extack, "the socket traces already");
		return -EBUSY;
	}
	if (tracers->n == SLB_TRACER_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "the namespace has %u tracers already, the maximum",
				   SLB_TRACER_MAX);
		return -ENOSPC;
	}
	err = slb_tracer_attach(extack);
	if (err)
		return err;
	err = tracers->n ? 0 : slb_module_trace(net, true);
	if (err) {
		slb_tracer_detach();
		return err;
	}
	list_add_tail_rcu(&tracer->list, &tracers->list);
	tracers->n++;
	return 0;
}

/**
 * slb_tracer_start() - begin to trace packets for the socket of a request
 * @family: the family
 * @cmd: command of the reports
 * @info: the request
 *
 * Return: 0 or an error, with a text unless memory is short.
 */
int slb_tracer_start(const struct genl_family *family, u8 cmd, struct genl_info *info)
{
	struct slb_tracer *tracer = kzalloc(sizeof(*tracer), GFP_KERNEL_ACCOUNT);
	struct net *net = genl_info_net(info);
	int err;

	if (!tracer)
		return -ENOMEM;
	tracer->portid = info->snd_portid;
	tracer->family = family;
	tracer->cmd = cmd;
	err = slb_tracer_read(tracer, info);
	if (!err) {
		rtnl_lock();
		err = slb_tracer_add(net, slb_module_tracers(net), tracer, info->extack);
		rtnl_unlock();
	}
	if (err)
		kfree(tracer);
	return err;
}

/* End the tracer of a socket, and read its counters. */
static bool slb_tracer_close(struct net *net, u32 portid, u64 *number, u64 *lost)
{
	struct slb_tracers *tracers = slb_module_tracers(net);
	struct slb_tracer *tracer;

	rtnl_lock();
	tracer = slb_tracer_find(tracers, portid);
	if (tracer) {
		*number = atomic64_read(&tracer->number);
		*lost = atomic64_read(&tracer->lost);
		slb_tracer_end(net, tracers, tracer);
	}
	rtnl_unlock();
	return tracer;
}

/**
 * slb_tracer_stop() - end the tracer of the socket of a request
 * @family: the family
 * @info: the request
 *
 * Answers with its counters. Packets that are being handled may still be reported.
 *
 * Return: 0 or an error. The tracer is ended even if there is no memory for the answer.
 */
int slb_tracer_stop(const struct genl_family *family, struct genl_info *info)
{
	struct sk_buff *skb;
	u64 number, lost;
	int err = slb_nl_no_attrs(info);
	void *hdr;

	if (err)
		return err;
	if (!slb_tracer_close(genl_info_net(info), info->snd_portid, &number, &lost)) {
		NL_SET_ERR_MSG(info->extack, "the socket does not trace");
		return -ENOENT;
	}
	skb = genlmsg_new(2 * nla_total_size(sizeof(u64)), GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	hdr = genlmsg_put_reply(skb, info, family, 0, info->genlhdr->cmd);
	if (!hdr || nla_put_uint(skb, SLB_A_TRACE_NUMBER, number) ||
	    nla_put_uint(skb, SLB_A_TRACE_LOST, lost)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

/**
 * slb_tracers_end() - end all tracers of a namespace
 * @net: the namespace
 *
 * Context: RTNL held; no request comes any more.
 */
void slb_tracers_end(struct net *net)
{
	struct slb_tracers *tracers = slb_module_tracers(net);
	struct slb_tracer *tracer, *next;

	ASSERT_RTNL();
	list_for_each_entry_safe(tracer, next, &tracers->list, list)
		slb_tracer_end(net, tracers, tracer);
}

/*
 * A socket was closed. Its address may belong to another socket already, whose tracer is then ended
 * too: it gets no more reports. RTNL is not taken for sockets that trace nothing.
 */
static int slb_tracer_netlink_event(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct netlink_notify *closed = data;
	u64 number, lost;

	/* what this socket has begun is in the list: its requests have ended */
	if (event == NETLINK_URELEASE && closed->protocol == NETLINK_GENERIC &&
	    slb_tracers_any(slb_module_tracers(closed->net)))
		slb_tracer_close(closed->net, closed->portid, &number, &lost);
	return NOTIFY_DONE;
}

static struct notifier_block slb_tracer_notifier = {
	.notifier_call = slb_tracer_netlink_event,
};

/**
 * slb_tracer_notifier_init() - end tracers of sockets that are closed, from now on
 *
 * Return: 0 or an error.
 */
int slb_tracer_notifier_init(void)
{
	return netlink_register_notifier(&slb_tracer_notifier);
}

/**
 * slb_tracer_notifier_exit() - the opposite; on return no such event is handled any more
 */
void slb_tracer_notifier_exit(void)
{
	netlink_unregister_notifier(&slb_tracer_notifier);
}

/**
 * slb_tracer_exit() - wait until no tracepoint calls into this module any more
 *
 * Context: process; all tracers have ended.
 */
void slb_tracer_exit(void)
{
	tracepoint_synchronize_unregister();
}
