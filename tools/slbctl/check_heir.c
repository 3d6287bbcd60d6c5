// SPDX-License-Identifier: GPL-2.0-only
/* The noun relay check: balancers that are away, or whose sessions nobody has when they die. */
#include "check.h"
#include "nl.h"
#include "out.h"

#include <stdlib.h>
#include <string.h>

#include <linux/slb_relay.h>

#define NAME_LEN	(SLB_RELAY_NAME_LEN + 1)

/**
 * struct balancer - A balancer.
 * @name: Its name.
 * @heir: Its heir now, or empty.
 * @none: It is configured to have none.
 * @sync: Session sync is on.
 * @away: Milliseconds for which it has been away.
 * @is_away: Whether it is, of IPv4 and IPv6.
 */
struct balancer {
	char name[NAME_LEN];
	char heir[NAME_LEN];
	bool none;
	bool sync;
	uint64_t away;
	bool is_away[2];
};

struct balancers {
	struct balancer *balancer;
	size_t count;
};

static void read_text(const struct ctl_record *record, unsigned int id, char text[NAME_LEN])
{
	text[0] = '\0';
	if (record->tb[id])
		ctl_attr_string(record->tb[id], text, NAME_LEN);
}

static void read_balancer(const struct nlmsghdr *nlh, void *data)
{
	struct balancers *balancers = data;
	struct ctl_record record;
	struct balancer *b;
	char heir[NAME_LEN];
	uint64_t sync = 0;

	b = realloc(balancers->balancer, (balancers->count + 1) * sizeof(*b));
	if (!b)
		return;
	balancers->balancer = b;
	b += balancers->count++;
	ctl_record_read(&record, &ctl_balancer, nlh);
	read_text(&record, SLB_RELAY_A_BALANCER_NAME, b->name);
	read_text(&record, SLB_RELAY_A_BALANCER_HEIR_NOW, b->heir);
	read_text(&record, SLB_RELAY_A_BALANCER_HEIR, heir);
	b->none = !strcmp(heir, "none");
	ctl_attr_number(record.tb[SLB_RELAY_A_BALANCER_SYNC], &sync);
	b->sync = sync;
	b->is_away[0] = record.tb[SLB_RELAY_A_BALANCER_AWAY4];
	b->is_away[1] = record.tb[SLB_RELAY_A_BALANCER_AWAY6];
	b->away = 0;
	ctl_attr_number(record.tb[SLB_RELAY_A_BALANCER_AWAY_SINCE], &b->away);
}

static const struct balancer *find(const struct balancers *balancers, const char *name)
{
	size_t i;

	for (i = 0; i < balancers->count; i++)
		if (!strcmp(balancers->balancer[i].name, name))
			return &balancers->balancer[i];
	return NULL;
}

static void check_away(struct ctl_check *check, const struct balancer *b)
{
	bool both = b->is_away[0] && b->is_away[1];
	unsigned int af = b->is_away[0] ? 0 : 1;
	char ago[32];

	if (!b->is_away[af])
		return;
	ctl_check_ago(ago, sizeof(ago), b->away);
	if (*b->heir)
		ctl_found(check, true,
			  "relay balancer %s%s: away for %s, as it cannot be reached or has not got its sessions back: its heir %s has its flows; get it back, or delete it",
			  b->name, both ? "" : af ? " (IPv6)" : " (IPv4)", ago, b->heir);
	else
		ctl_found(check, true,
			  "relay balancer %s%s: away for %s, and no heir has its flows: get it back, or delete it",
			  b->name, both ? "" : af ? " (IPv6)" : " (IPv4)", ago);
}

static void check_heir(struct ctl_check *check, const struct balancers *balancers,
		       const struct balancer *b)
{
	const struct balancer *heir = find(balancers, b->heir);

	if (!*b->heir)
		ctl_found(check, true,
			  "relay balancer %s: session sync is on, but it has no heir: its connections are lost when it dies; %s",
			  b->name, b->none ? "allow one (relay balancer set NAME heir auto)" :
			  "turn session sync on at another balancer");
	else if (heir && !heir->sync)
		ctl_found(check, true,
			  "relay balancer %s: session sync is on, but not at its heir %s: its connections are lost when it dies; turn it on there, or choose another heir: relay balancer set %s heir auto",
			  b->name, b->heir, b->name);
}

/**
 * ctl_check_heirs() - Report balancers that are away, or have no heir that could take over.
 * @check: The check of a relay.
 *
 * Without session sync and without an heir, its links that are down are reported, and that is all.
 */
void ctl_check_heirs(struct ctl_check *check)
{
	struct balancers balancers = { 0 };
	struct ctl_request request;
	size_t i;

	ctl_request_init(&request, &ctl_balancer, CTL_GET);
	ctl_nl_dump(&request, read_balancer, &balancers);
	for (i = 0; i < balancers.count; i++) {
		const struct balancer *b = &balancers.balancer[i];

		if (b->sync || *b->heir)
			check_away(check, b);
		if (b->sync)
			check_heir(check, &balancers, b);
	}
	free(balancers.balancer);
}
