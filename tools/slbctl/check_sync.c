// SPDX-License-Identifier: GPL-2.0-only
/* The noun check: who goes on with the sessions of this balancer when it dies. */
#include "check.h"
#include "nl.h"
#include "out.h"
#include "sync.h"

#include <inttypes.h>
#include <linux/slb.h>
#include <string.h>

static void read_wait(const struct nlmsghdr *nlh, void *data)
{
	struct ctl_record record;

	ctl_record_read(&record, &ctl_setting, nlh);
	ctl_attr_number(record.tb[SLB_A_SETTING_SYNC_WAIT], data);
}

static void check_listen(struct ctl_check *check, const json_t *document)
{
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(document, "listen"), i, entry)
		if (*ctl_sync_text(entry, "why"))
			ctl_found(check, false, "slb-syncd does not listen at %s: %s: peers at this address are not reached",
				  ctl_sync_text(entry, "address"), ctl_sync_text(entry, "why"));
}

static void check_ranges(struct ctl_check *check, const json_t *document)
{
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(document, "ranges"), i, entry) {
		const char *range = ctl_sync_text(entry, "range");

		if (!ctl_sync_is(entry, "adopted"))
			ctl_found(check, false,
				  "balancer has no heir for range %s: its sessions end when it dies (on another balancer: slbctl link set NAME adopt %s)",
				  range, range);
		else if (!ctl_sync_is(entry, "in_sync"))
			ctl_found(check, false,
				  "the heir for range %s is not in sync: it lacks sessions if this balancer dies now (slbctl sync show)",
				  range);
	}
}

/* @what: what is exchanged with peers. */
static void check_peers(struct ctl_check *check, const json_t *document, const char *what)
{
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(document, "peers"), i, entry) {
		const char *name = ctl_sync_text(entry, "name");

		if (*ctl_sync_text(entry, "why"))
			ctl_found(check, false, "sync with %s: %s: no %s are exchanged with it (slbctl sync show)",
				  name, ctl_sync_text(entry, "why"), what);
		if (ctl_sync_is(entry, "vips_differ"))
			ctl_found(check, false, "sync with %s: it has other VIPs: %s of VIPs that only one of both has are refused (slbctl save on both, and diff)",
				  name, what);
	}
}

/**
 * ctl_check_sync() - Report what keeps sessions from going on at another balancer.
 * @check: The check of a balancer.
 *
 * Without an answer from the kernel, or with sync off, it reports nothing.
 */
void ctl_check_sync(struct ctl_check *check)
{
	struct ctl_request request;
	json_t *document;
	uint64_t wait = 0;
	char why[256];

	ctl_request_init(&request, &ctl_setting, CTL_GET);
	if (ctl_nl_call(&request, read_wait, &wait) || !wait)
		return;
	document = ctl_sync_read(why, sizeof(why));
	if (!document) {
		ctl_found(check, false, "sync-wait is %" PRIu64 ", but %s: no other balancer learns of the sessions, and after a start relays wait in vain (systemctl enable --now slb-sync)",
			  wait, why);
		return;
	}
	check_listen(check, document);
	check_ranges(check, document);
	check_peers(check, document, "sessions");
	json_decref(document);
}

/**
 * ctl_check_sync_relay() - Report what keeps other relays from learning of flows.
 * @check: The check of a relay.
 *
 * Without an answer of slb-syncd it reports nothing: most relays need none.
 */
void ctl_check_sync_relay(struct ctl_check *check)
{
	char why[256];
	json_t *document = ctl_sync_read(why, sizeof(why));

	if (!document)
		return;
	if (!strcmp(ctl_sync_text(document, "role"), "relay")) {
		check_listen(check, document);
		check_peers(check, document, "flows");
	}
	json_decref(document);
}
