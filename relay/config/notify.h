/* SPDX-License-Identifier: GPL-2.0-only */
/* Events about changed objects: the objects need not know netlink. */
#ifndef _RLY_NOTIFY_H
#define _RLY_NOTIFY_H

struct rly_balancer;
struct rly_link;
struct rly_net;
struct rly_vip;
struct slb_probe_event;

/* What happened to an object. */
enum rly_event {
	RLY_ADDED,
	RLY_CHANGED,
	RLY_DELETED,
};

void rly_notify_vip(struct rly_net *rn, const struct rly_vip *vip, enum rly_event what);
void rly_notify_balancer(struct rly_net *rn, const struct rly_balancer *b, enum rly_event what);
void rly_notify_link(struct rly_net *rn, const struct rly_link *link, enum rly_event what);
void rly_notify_link_event(struct rly_net *rn, const struct rly_link *link,
			   const struct slb_probe_event *event);

#endif /* _RLY_NOTIFY_H */
