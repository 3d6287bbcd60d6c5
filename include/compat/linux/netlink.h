/* SPDX-License-Identifier: GPL-2.0-only */
/* Before Linux 6.2, an extended ACK had no room for a formatted text. */
#ifndef _SLB_COMPAT_NETLINK_H
#define _SLB_COMPAT_NETLINK_H

#include <linux/version.h>
#include_next <linux/netlink.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#include <linux/atomic.h>
#include <linux/kernel.h>

/*
 * The text is read right after the request, in the same task. A text is lost to another one only
 * when as many requests as there are rooms were refused in between.
 */
#define SLB_COMPAT_TEXTS 32
#define SLB_COMPAT_TEXT_SIZE 80

static inline __printf(1, 2) const char *slb_compat_text(const char *fmt, ...)
{
	static char texts[SLB_COMPAT_TEXTS][SLB_COMPAT_TEXT_SIZE];
	static atomic_t next;
	char *text = texts[(unsigned int)atomic_inc_return(&next) % SLB_COMPAT_TEXTS];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, SLB_COMPAT_TEXT_SIZE, fmt, args);
	va_end(args);
	return text;
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
