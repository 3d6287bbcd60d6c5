// SPDX-License-Identifier: GPL-2.0-only
/* The noun check: servers whose packets would come back to this host. */
#include "check.h"
#include "host.h"
#include "nl.h"
#include "out.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <linux/slb.h>

/* The addresses that no server should have. */
struct taken {
	struct ctl_check *check;
	struct taken_addr *addr;	/* sorted before servers are looked up */
	size_t count;
	size_t room;
};

/* An IPv4 address has zeros behind it. The device is empty for a virtual address. */
struct taken_addr {
	uint8_t bytes[sizeof(struct in6_addr)];
	uint8_t len;
	char dev[IFNAMSIZ];
};

static int compare(const void *a, const void *b)
{
	const struct taken_addr *x = a, *y = b;

	return x->len != y->len ? x->len - y->len : memcmp(x->bytes, y->bytes, x->len);
}

static void take(struct taken *taken, const void *bytes, size_t len, const char *dev)
{
	struct taken_addr *addr;

	if (taken->count == taken->room) {
		size_t room = taken->room ? 2 * taken->room : 64;

		addr = realloc(taken->addr, room * sizeof(*addr));
		if (!addr)
			return;
		taken->addr = addr;
		taken->room = room;
	}
	addr = &taken->addr[taken->count++];
	memset(addr, 0, sizeof(*addr));
	memcpy(addr->bytes, bytes, len);
	addr->len = (uint8_t)len;
	snprintf(addr->dev, sizeof(addr->dev), "%s", dev);
}

static void take_own(const void *addr, size_t len, const char *dev, void *data)
{
	take(data, addr, len, dev);
}

/* Return: the bytes of an address in an answer, or 0. */
static size_t payload(const struct nlattr *attr)
{
	size_t len = attr ? mnl_attr_get_payload_len(attr) : 0;

	return len <= sizeof(struct in6_addr) ? len : 0;
}

static void vip(const struct nlmsghdr *nlh, void *data)
{
	struct ctl_record record;
	size_t len;

	ctl_record_read(&record, &ctl_vip, nlh);
	len = payload(record.tb[SLB_A_VIP_ADDR]);
	if (len)
		take(data, mnl_attr_get_payload(record.tb[SLB_A_VIP_ADDR]), len, "");
}

static void server(const struct nlmsghdr *nlh, void *data)
{
	char group[64], text[INET6_ADDRSTRLEN];
	const struct taken_addr *found;
	const struct taken *taken = data;
	struct taken_addr wanted = { 0 };
	struct ctl_record record;

	ctl_record_read(&record, &ctl_server, nlh);
	wanted.len = (uint8_t)payload(record.tb[SLB_A_SERVER_ADDR]);
	if (!wanted.len || !record.tb[SLB_A_SERVER_GROUP] || !taken->count)
		return;
	memcpy(wanted.bytes, mnl_attr_get_payload(record.tb[SLB_A_SERVER_ADDR]), wanted.len);
	found = bsearch(&wanted, taken->addr, taken->count, sizeof(wanted), compare);
	if (!found)
		return;
	ctl_attr_string(record.tb[SLB_A_SERVER_GROUP], group, sizeof(group));
	inet_ntop(wanted.len == sizeof(struct in_addr) ? AF_INET : AF_INET6, wanted.bytes, text,
		  sizeof(text));
	if (found->dev[0])
		ctl_found(taken->check, false, "server %s %s: this host itself has it on %s",
			  group, text, found->dev);
	else
		ctl_found(taken->check, true,
			  "server %s %s: it has the address of a VIP: packets to it come back",
			  group, text);
}

/**
 * ctl_check_servers() - Report servers that have the address of a VIP or of this host.
 * @check: The check of a balancer.
 *
 * Without an answer from the kernel it reports nothing.
 */
void ctl_check_servers(struct ctl_check *check)
{
	struct taken taken = { .check = check };
	struct ctl_request request;

	ctl_host_addresses(take_own, &taken);
	ctl_request_init(&request, &ctl_vip, CTL_GET);
	ctl_nl_dump(&request, vip, &taken);
	if (taken.count)
		qsort(taken.addr, taken.count, sizeof(*taken.addr), compare);
	ctl_request_init(&request, &ctl_server, CTL_GET);
	ctl_nl_dump(&request, server, &taken);
	free(taken.addr);
}
