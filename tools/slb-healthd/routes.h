/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses, rules and routes by which checks leave over each link. */
#ifndef HEALTHD_ROUTES_H
#define HEALTHD_ROUTES_H

#define HD_ROUTE_PROTO	81	/* marks what is ours, as the protocols of daemons in rt_protos */
#define HD_TABLE_FIRST	51000	/* routing table of the first link */
#define HD_RULE_PRIO	900	/* before those of VRFs */

int hd_routes_open(void);
void hd_routes_update(void);
void hd_routes_cleanup(void);

#endif
