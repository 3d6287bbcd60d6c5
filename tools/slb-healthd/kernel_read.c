// SPDX-License-Identifier: GPL-2.0-only
/* Messages of the module slb: servers, links, the age of health that is too old. */
#include "kernel.h"

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/slb.h>

#include "netlink.h"
#include "say.h"

static struct hd_link before[HD_LINKS_MAX];

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
		dm_attr_text(attr, name, sizeof(name));
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

	dm_attrs_read(nlh, tb, SLB_A_SERVER_MAX);
	memset(message, 0, sizeof(*message));
	dm_attr_addr(tb[SLB_A_SERVER_ADDR], &message->addr);
	if (!message->addr.family)
		return;
	dm_attr_text(tb[SLB_A_SERVER_GROUP], message->group, sizeof(message->group));
	message->port = (uint16_t)dm_attr_number(tb[SLB_A_SERVER_PORT], 0);
	health = dm_attr_number(tb[SLB_A_SERVER_HEALTH], SLB_HEALTH_UNKNOWN);
	message->said.health = health == SLB_HEALTH_UP ? HD_UP :
			       health == SLB_HEALTH_DOWN ? HD_DOWN : HD_UNKNOWN;
	message->said.percent = dm_attr_number(tb[SLB_A_SERVER_HEALTH_PERCENT], 100);
	message->said.down_links = read_down_links(nlh);
	dm_attr_text(tb[SLB_A_SERVER_HEALTH_WHY], message->said.why, sizeof(message->said.why));
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

	dm_attrs_read(nlh, tb, SLB_A_LINK_MAX);
	dm_attr_text(tb[SLB_A_LINK_NAME], name, sizeof(name));
	if (!*name)
		return;
	link = hd_link_add(name);
	if (!link) {
		dm_say(LOG_WARNING, "no checks over link %s: there are more than %d links", name,
		       HD_LINKS_MAX);
		return;
	}
	link->seen = true;
	dm_attr_text(tb[SLB_A_LINK_DEV], link->dev, sizeof(link->dev));
	dm_attr_addr(tb[SLB_A_LINK_HOST4], &link->host[0]);
	dm_attr_addr(tb[SLB_A_LINK_HOST6], &link->host[1]);
	dm_attr_addr(tb[SLB_A_LINK_VIA4], &link->via[0]);
	dm_attr_addr(tb[SLB_A_LINK_VIA6], &link->via[1]);
	state = dm_attr_number(tb[SLB_A_LINK_STATE], SLB_LINK_STATE_UP);
	link->up[0] = dm_attr_number(tb[SLB_A_LINK_STATE4], state) == SLB_LINK_STATE_UP;
	link->up[1] = dm_attr_number(tb[SLB_A_LINK_STATE6], state) == SLB_LINK_STATE_UP;
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

	dm_attrs_read(nlh, tb, SLB_A_SETTING_MAX);
	return dm_attr_number(tb[SLB_A_SETTING_HEALTH_TTL], 0);
}
