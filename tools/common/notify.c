// SPDX-License-Identifier: GPL-2.0-only
/* Tells the service manager that the daemon is ready and alive, as sd_notify(3) does. */
#include "notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "loop.h"

#define PERIOD	5000U	/* milliseconds, unless the watchdog needs less */

static struct {
	int fd;
	uint32_t period;
	struct dm_timer timer;
	void (*describe)(char *text, size_t len);
	char status[128];
} notify = { .fd = -1, .period = PERIOD };

/**
 * dm_notify() - Send a message to the service manager, if there is one.
 * @format: As for printf().
 */
void dm_notify(const char *format, ...)
{
	char text[256];
	va_list args;

	if (notify.fd < 0)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	send(notify.fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void on_timer(struct dm_timer *timer)
{
	char status[sizeof(notify.status)];

	notify.describe(status, sizeof(status));
	if (strcmp(status, notify.status)) {
		strcpy(notify.status, status);
		dm_notify("STATUS=%s", status);
	}
	dm_notify("WATCHDOG=1");
	dm_timer_set(timer, dm_now() + notify.period);
}

/**
 * dm_notify_ready() - Say that the daemon works, and again from time to time.
 * @describe: Writes its state as one line of at most @len bytes.
 */
void dm_notify_ready(void (*describe)(char *text, size_t len))
{
	notify.describe = describe;
	if (notify.fd < 0)
		return;
	dm_notify("READY=1");
	notify.timer.run = on_timer;
	dm_timer_set(&notify.timer, dm_now());
}

/**
 * dm_notify_open() - Find the service manager.
 */
void dm_notify_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET"), *watchdog = getenv("WATCHDOG_USEC");
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	unsigned long half = watchdog ? strtoul(watchdog, NULL, 10) / 2000 : 0;

	if (half && half < notify.period)
		notify.period = (uint32_t)half;
	if (!len || len >= sizeof(addr.sun_path))
		return;
	memcpy(addr.sun_path, path, len);
	if (*path == '@')
		addr.sun_path[0] = '\0';
	notify.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify.fd >= 0)
		connect(notify.fd, (struct sockaddr *)&addr,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
}
