/* SPDX-License-Identifier: GPL-2.0-only */
/* Before Linux 6.2, an extended ACK had no room for a formatted text. */
#ifndef _SLB_COMPAT_NETLINK_H
#define _SLB_COMPAT_NETLINK_H

#include <linux/version.h>
#include_next <linux/netlink.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/string.h>

/*
 * The kernel reads a text after the handler has returned: it takes its length, allocates a message
 * and copies it. So a text must not grow or shrink meanwhile. Each length has rooms of its own,
 * where the terminating 0 never moves. A request shows the text of another one, of the same length,
 * only when as many requests as there are rooms were refused in between.
 */
#define SLB_COMPAT_TEXT_SIZE 80
#define SLB_COMPAT_ROOMS 8

struct slb_compat_rooms {
	atomic_t next;
	char texts[SLB_COMPAT_ROOMS][SLB_COMPAT_TEXT_SIZE];
};

/* One array a module: see SLB_GENL_COMPAT(). The index is the length of the text. */
#define SLB_COMPAT_TEXTS struct slb_compat_rooms slb_compat_texts[SLB_COMPAT_TEXT_SIZE]

extern SLB_COMPAT_TEXTS;

static inline __printf(1, 2) const char *slb_compat_text(const char *fmt, ...)
{
	char text[SLB_COMPAT_TEXT_SIZE];
	struct slb_compat_rooms *rooms;
	unsigned int room;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	rooms = &slb_compat_texts[len];
	room = (unsigned int)atomic_inc_return(&rooms->next) % SLB_COMPAT_ROOMS;
	return memcpy(rooms->texts[room], text, len);
}

#define NL_SET_ERR_MSG_FMT(extack, fmt, args...) do {			\
	struct netlink_ext_ack *__extack = (extack);			\
									\
	if (__extack)							\
		__extack->_msg = slb_compat_text(fmt, ##args);		\
} while (0)

#define NL_SET_ERR_MSG_ATTR_FMT(extack, attr, fmt, args...) do {	\
	struct netlink_ext_ack *__fmt_extack = (extack);		\
									\
	NL_SET_ERR_MSG_FMT(__fmt_extack, fmt, ##args);			\
	NL_SET_BAD_ATTR(__fmt_extack, attr);				\
} while (0)
#endif

#endif /* _SLB_COMPAT_NETLINK_H */
