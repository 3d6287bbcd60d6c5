// SPDX-License-Identifier: GPL-2.0-only
/* Messages of the module slb: servers, links, the age of health that is too old. */
#include "kernel.h"

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/slb.h>

#include "say.h"

static struct hd_link before[HD_LINKS_MAX];

static void read_attrs(const struct nlmsghdr *nlh, const struct nlattr **tb, size_t max)
{
	const struct nlattr *attr;

	memset(tb, 0, (max + 1) * sizeof(*tb));
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		if (mnl_attr_get_type(attr) <= max)
			tb[mnl_attr_get_type(attr)] = attr;
}

/* Of 8, 16 or 32 bits, in the order of the host. */
static uint32_t number(const struct nlattr *attr, uint32_t absent)
{
	if (!attr)
		return absent;
	switch (mnl_attr_get_payload_len(attr)) {
	case 1:
		return mnl_attr_get_u8(attr);
	case 2:
		return mnl_attr_get_u16(attr);
	case 4:
		return mnl_attr_get_u32(attr);
	default:
		return absent;
	}
}

static void text(const struct nlattr *attr, char *to, size_t len)
{
	to[0] = '\0';
	if (attr)
		snprintf(to, len, "%.*s", mnl_attr_get_payload_len(attr),
			 mnl_attr_get_str(attr));
}

/* An address that is all zero is none. */
static void address(const struct nlattr *attr, struct ctl_addr *addr)
{
	static const struct ctl_addr none;
	size_t len = attr ? mnl_attr_get_payload_len(attr) : 0;

	memset(addr, 0, sizeof(*addr));
	if (len != 4 && len != 16)
		return;
	memcpy(addr->bytes, mnl_attr_get_payload(attr), len);
	if (memcmp(addr->bytes, none.bytes, len))
		addr->family = len == 4 ? AF_INET : AF_INET6;
}

/* ---- servers */

static uint32_t read_down_links(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	const struct hd_link *link;
	char name[HD_NAME_LEN];
	uint32_t bits = 0;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != SLB_A_SERVER_LINK_DOWN)
			continue;
		text(attr, name, sizeof(name));
		link = hd_link_find(name);
		if (link)
			bits |= 1U << (link - hd_links);
	}
	return bits;
}

/**
 * hd_read_server() - Read a server.
 * @nlh: The message.
 * @message: Where to put it.
 */
void hd_read_server(const struct nlmsghdr *nlh, struct hd_message *message)
{
	const struct nlattr *tb[SLB_A_SERVER_MAX + 1];
	uint32_t health;

	read_attrs(nlh, tb, SLB_A_SERVER_MAX);
	memset(message, 0, sizeof(*message));
	address(tb[SLB_A_SERVER_ADDR], &message->addr);
	if (!message->addr.family)
		return;
	text(tb[SLB_A_SERVER_GROUP], message->group, sizeof(message->group));
	message->port = (uint16_t)number(tb[SLB_A_SERVER_PORT], 0);
	health = number(tb[SLB_A_SERVER_HEALTH], SLB_HEALTH_UNKNOWN);
	message->said.health = health == SLB_HEALTH_UP ? HD_UP :
			       health == SLB_HEALTH_DOWN ? HD_DOWN : HD_UNKNOWN;
	message->said.percent = number(tb[SLB_A_SERVER_HEALTH_PERCENT], 100);
	message->said.down_links = read_down_links(nlh);
	text(tb[SLB_A_SERVER_HEALTH_WHY], message->said.why, sizeof(message->said.why));
}

/* ---- links */

/**
 * hd_links_begin() - A dump of all links begins.
 */
void hd_links_begin(void)
{
	size_t i;

	memcpy(before, hd_links, sizeof(before));
	for (i = 0; i < HD_LINKS_MAX; i++)
		hd_links[i].seen = false;
}

/**
 * hd_read_link() - Read a link of a dump.
 * @nlh: The message.
 */
void hd_read_link(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[SLB_A_LINK_MAX + 1];
	char name[HD_NAME_LEN];
	struct hd_link *link;
	uint32_t state;

	read_attrs(nlh, tb, SLB_A_LINK_MAX);
	text(tb[SLB_A_LINK_NAME], name, sizeof(name));
	if (!*name)
		return;
	link = hd_link_add(name);
	if (!link) {
		hd_say(LOG_WARNING, "no checks over link %s: there are more than %d links", name,
		       HD_LINKS_MAX);
		return;
	}
	link->seen = true;
	text(tb[SLB_A_LINK_DEV], link->dev, sizeof(link->dev));
	address(tb[SLB_A_LINK_HOST4], &link->host[0]);
	address(tb[SLB_A_LINK_HOST6], &link->host[1]);
	address(tb[SLB_A_LINK_VIA4], &link->via[0]);
	address(tb[SLB_A_LINK_VIA6], &link->via[1]);
	state = number(tb[SLB_A_LINK_STATE], SLB_LINK_STATE_UP);
	link->up[0] = number(tb[SLB_A_LINK_STATE4], state) == SLB_LINK_STATE_UP;
	link->up[1] = number(tb[SLB_A_LINK_STATE6], state) == SLB_LINK_STATE_UP;
}

static bool is_same_addr(const struct ctl_addr *one, const struct ctl_addr *other)
{
	return one->family == other->family &&
	       !memcmp(one->bytes, other->bytes, sizeof(one->bytes));
}

static bool is_same_link(const struct hd_link *one, const struct hd_link *other)
{
	return !strcmp(one->name, other->name) && !strcmp(one->dev, other->dev) &&
	       is_same_addr(&one->host[0], &other->host[0]) &&
	       is_same_addr(&one->host[1], &other->host[1]) &&
	       is_same_addr(&one->via[0], &other->via[0]) &&
	       is_same_addr(&one->via[1], &other->via[1]);
}

/**
 * hd_links_end() - A dump of all links has ended.
 * @changed: Whether a link came, went, or has another device or address.
 *
 * Return: Whether that has happened, or a link carries packets that did not, or the reverse.
 */
bool hd_links_end(bool *changed)
{
	bool any = false;
	size_t i;

	*changed = false;
	for (i = 0; i < HD_LINKS_MAX; i++) {
		struct hd_link *link = &hd_links[i];

		if (!link->seen)
			memset(link, 0, sizeof(*link));
		if (!is_same_link(link, &before[i]))
			*changed = true;
		if (link->up[0] != before[i].up[0] || link->up[1] != before[i].up[1])
			any = true;
	}
	return any || *changed;
}

/* ---- settings */

/**
 * hd_read_ttl() - Read after how long health becomes unknown.
 * @nlh: Settings.
 *
 * Return: Seconds, 0 when the message does not have it.
 */
uint32_t hd_read_ttl(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[SLB_A_SETTING_MAX + 1];

	read_attrs(nlh, tb, SLB_A_SETTING_MAX);
	return number(tb[SLB_A_SETTING_HEALTH_TTL], 0);
}
