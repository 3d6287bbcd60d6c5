/* SPDX-License-Identifier: GPL-2.0-only */
/* Snapshots of the usable servers of a group. */
#ifndef _SLB_CONFIG_GROUP_SET_H
#define _SLB_CONFIG_GROUP_SET_H

#include "config/group.h"

void slb_set_destroy(struct slb_set *set);
int slb_group_publish(struct slb_net *sn, struct slb_group *group);
int slb_group_rekey(struct slb_net *sn, const siphash_key_t *key);
void slb_group_tell_key(struct slb_net *sn);
int slb_group_drain(struct slb_net *sn, struct slb_group *which);
u32 slb_group_usable(struct slb_net *sn, const struct slb_group *group);

#endif /* _SLB_CONFIG_GROUP_SET_H */
