// SPDX-License-Identifier: GPL-2.0-only
/* The word xdp of links: keep programs on just the devices whose links have it. */
#include "xdp.h"
#include "nl.h"
#include "out.h"

#include <net/if.h>
#include <string.h>

#include <linux/slb.h>

/* A link whose device may need a program. */
struct link {
	char name[SLB_NAME_LEN + 1];
	char dev[IF_NAMESIZE];
	unsigned int ifindex;	/* 0: the device does not exist */
	bool wants;		/* a program */
};

/* All links of the balancer. */
struct links {
	struct link link[SLB_LINK_MAX];
	size_t count;
};

/* Links have changed. */
static bool unsettled;

static void read_link(const struct nlmsghdr *nlh, void *data)
{
	struct links *links = data;
	struct ctl_record record;
	uint64_t xdp = 0, ifindex = 0;
	struct link *link;

	ctl_record_read(&record, &ctl_link, nlh);
	if (links->count == CTL_COUNT(links->link) || !record.tb[SLB_A_LINK_NAME] ||
	    !record.tb[SLB_A_LINK_DEV])
		return;
	link = &links->link[links->count++];
	ctl_attr_string(record.tb[SLB_A_LINK_NAME], link->name, sizeof(link->name));
	ctl_attr_string(record.tb[SLB_A_LINK_DEV], link->dev, sizeof(link->dev));
	ctl_attr_number(record.tb[SLB_A_LINK_IFINDEX], &ifindex);
	link->ifindex = (unsigned int)ifindex;
	ctl_attr_number(record.tb[SLB_A_LINK_XDP], &xdp);
	link->wants = xdp;
}

/* Return: -1 when the kernel does not answer. */
static int read_links(struct links *links)
{
	struct ctl_request request;

	links->count = 0;
	ctl_request_init(&request, &ctl_link, CTL_GET);
	return ctl_nl_dump(&request, read_link, links) < 0 ? -1 : 0;
}

static bool is_wanted(const struct links *links, unsigned int ifindex)
{
	size_t i;

	for (i = 0; i < links->count; i++)
		if (links->link[i].ifindex == ifindex && links->link[i].wants)
			return true;
	return false;
}

/* Detach what no link wants. @tell: say so. */
static void detach_others(const struct links *links, bool tell)
{
	struct if_nameindex *all, *dev;
	struct ctl_fault fault;

	all = xdp_any(&ctl_slb) ? if_nameindex() : NULL;
	for (dev = all; dev && dev->if_index; dev++) {
		if (is_wanted(links, dev->if_index) ||
		    xdp_find(&ctl_slb, dev->if_index) != XDP_OURS)
			continue;
		if (xdp_detach(dev->if_index, &fault))
			ctl_say("warning: device %s: %s", dev->if_name, fault.text);
		else if (tell)
			ctl_say("warning: device %s had an XDP program that no link wants: it is detached now",
				dev->if_name);
	}
	if (all)
		if_freenameindex(all);
}

static int attach(unsigned int ifindex, struct ctl_fault *fault)
{
	switch (xdp_find(&ctl_slb, ifindex)) {
	case XDP_OURS:
		return 0;
	case XDP_OTHER:
		return ctl_fault_set(fault, "another XDP program is attached to the device");
	default:
		return xdp_attach(&ctl_slb, ifindex, fault);
	}
}

/**
 * ctl_xdp_changed() - Links have changed, or may have: ctl_xdp_settle() has to be called.
 */
void ctl_xdp_changed(void)
{
	unsettled = true;
}

/**
 * ctl_xdp_settle() - Attach programs to the devices of links that want them, detach all others.
 *
 * When there is nothing to do, it only asks the kernel for the links. What cannot be attached is
 * told; packets of the link come in without it.
 */
void ctl_xdp_settle(void)
{
	struct ctl_fault fault;
	struct links links;
	size_t i;

	if (!unsettled || ctl_options.dry_run || read_links(&links))
		return;
	unsettled = false;
	detach_others(&links, false);
	for (i = 0; i < links.count; i++) {
		const struct link *link = &links.link[i];

		if (link->wants && link->ifindex && attach(link->ifindex, &fault))
			ctl_say("warning: link %s: device %s: %s", link->name, link->dev,
				fault.text);
	}
}

/**
 * ctl_xdp_tidy() - Detach the programs that no link wants, and say so.
 *
 * A command that was killed may have left them.
 */
void ctl_xdp_tidy(void)
{
	struct links links;

	if (!ctl_options.dry_run && !read_links(&links))
		detach_others(&links, true);
}

/* The device of the link that a request names. */
static void present_dev(const struct ctl_call *call, char *dev)
{
	const char *name = ctl_request_find(&call->request, SLB_A_LINK_NAME, NULL);
	struct links links;
	size_t i;

	dev[0] = '\0';
	if (!name || read_links(&links))
		return;
	for (i = 0; i < links.count; i++)
		if (!strcmp(links.link[i].name, name))
			strcpy(dev, links.link[i].dev);
}

/**
 * ctl_xdp_begin() - Before a link gets the word "xdp yes": attach the program to its device.
 * @call: The command; its words are read.
 *
 * So a device that cannot have it is refused, and nothing has changed. If the kernel refuses the
 * command afterwards, ctl_xdp_settle() detaches the program again.
 *
 * Return: CTL_EXIT_OK, or the exit status once the reason is reported.
 */
int ctl_xdp_begin(const struct ctl_call *call)
{
	const uint8_t *xdp = ctl_request_find(&call->request, SLB_A_LINK_XDP, NULL);
	const char *given = ctl_request_find(&call->request, SLB_A_LINK_DEV, NULL);
	struct ctl_fault fault;
	char dev[IF_NAMESIZE];
	unsigned int ifindex;

	if (!xdp || !*xdp || ctl_options.dry_run)
		return CTL_EXIT_OK;
	if (given)
		snprintf(dev, sizeof(dev), "%s", given);
	else
		present_dev(call, dev);
	ifindex = dev[0] ? if_nametoindex(dev) : 0;
	ctl_xdp_changed();
	if (!ifindex || !attach(ifindex, &fault))
		return CTL_EXIT_OK;
	ctl_say("link: device %s: %s", dev, fault.text);
	return CTL_EXIT_WORDS;
}
