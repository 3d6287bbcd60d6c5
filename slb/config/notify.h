/* SPDX-License-Identifier: GPL-2.0-only */
/* Events about changed objects: the objects need not know netlink. */
#ifndef _SLB_CONFIG_NOTIFY_H
#define _SLB_CONFIG_NOTIFY_H

struct slb_group;
struct slb_link;
struct slb_net;
struct slb_probe_event;
struct slb_server;
struct slb_vip;

void slb_notify_link_del(struct slb_net *sn, const struct slb_link *link);
void slb_notify_link_event(struct slb_net *sn, const struct slb_link *link, unsigned int hop,
			   const struct slb_probe_event *event);
void slb_notify_group_tier(struct slb_net *sn, const struct slb_group *group);
void slb_notify_server_set(struct slb_net *sn, const struct slb_server *server);
void slb_notify_server_suspect(struct slb_net *sn, const struct slb_server *server);
void slb_notify_server_del(struct slb_net *sn, const struct slb_server *server);
void slb_notify_vip_del(struct slb_net *sn, const struct slb_vip *vip);

#endif /* _SLB_CONFIG_NOTIFY_H */
