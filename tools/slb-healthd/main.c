// SPDX-License-Identifier: GPL-2.0-only
/* slb-healthd: checks servers and tells the module slb which of them work. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"
#include "kernel.h"
#include "notify.h"
#include "options.h"
#include "routes.h"
#include "say.h"
#include "signals.h"

#define CONFIG_FILE	"/etc/slb/health.conf"
#define EXEC_MAX	1024

static const char usage_text[] =
	"Usage: slb-healthd [OPTIONS]\n"
	"\n"
	"Checks servers and tells the module slb which of them work.\n"
	"\n"
	"  -f FILE    the checks (" CONFIG_FILE ")\n"
	"  -n NETNS   work in this network namespace\n"
	"  -j N       programs that run at a time (32)\n"
	"  --check    only read FILE: exit status 0 or 1 with FILE:LINE: text\n"
	"  --cleanup  delete addresses, rules and routes at the end\n"
	"  -V         print the version\n"
	"  -h         print this text\n";

static struct {
	bool cleanup;
	struct hd_config config;
} daemon_state;

/* ---- options */

static int read_jobs(const char *word)
{
	struct ctl_fault fault;
	uint32_t jobs;

	if (ctl_parse_number(word, "number of programs", 1, EXEC_MAX, &jobs, &fault)) {
		dm_say(LOG_ERR, "%s", fault.text);
		return -1;
	}
	hd_exec_limit(jobs);
	return 0;
}

/* Return: the exit status, or -1 to go on. */
static int read_option(int option)
{
	switch (option) {
	case 'j':
		return read_jobs(optarg) ? 1 : -1;
	case DM_OPTION_CLEANUP:
		daemon_state.cleanup = true;
		return -1;
	default:
		return 1;
	}
}

static struct dm_options options = {
	.name = "slb-healthd",
	.usage = usage_text,
	.letters = "f:n:j:Vh",
	.own = read_option,
	.path = CONFIG_FILE,
};

/* ---- signals */

static void reload(void)
{
	struct hd_config config;

	if (hd_config_read(&config, options.path, dm_fault_log)) {
		dm_say(LOG_ERR, "\"%s\" has faults: the checks stay as they were",
		       options.path);
	} else {
		struct hd_config old = daemon_state.config;

		daemon_state.config = config;
		hd_servers_use(&daemon_state.config);
		hd_config_free(&old);
		dm_say(LOG_INFO, "\"%s\" is read again: %zu checks", options.path,
		       config.count);
	}
}

/* ---- the daemon */

static void ready(void)
{
	dm_notify_ready(hd_servers_status);
}

static int open_all(void)
{
	if (dm_loop_open() || dm_signals_open(reload)) {
		dm_say(LOG_ERR, "cannot start: %s", strerror(errno));
		return -1;
	}
	dm_loop_gather(HD_GRID);
	dm_notify_open();
	if (hd_http_open() || hd_exec_open()) {
		dm_say(LOG_ERR, "cannot start: %s", strerror(errno));
		return -1;
	}
	hd_servers_use(&daemon_state.config);
	if (hd_routes_open() || hd_kernel_open(ready)) {
		dm_say(LOG_ERR, "cannot open a netlink socket: %s", strerror(errno));
		return -1;
	}
	return 0;
}

static int run(void)
{
	if (options.netns && ctl_netns_enter(options.netns))
		return 1;
	srandom((unsigned int)getpid() ^ (unsigned int)time(NULL));
	if (open_all())
		return 1;
	dm_loop_run(hd_servers_flush);
	dm_notify("STOPPING=1");
	if (daemon_state.cleanup)
		hd_routes_cleanup();
	hd_exec_close();
	return 0;
}

int main(int argc, char **argv)
{
	int status;

	dm_say_open("slb-healthd");
	status = dm_options_read(&options, argc, argv);
	if (status >= 0)
		return status;
	if (hd_config_read(&daemon_state.config, options.path,
			   options.check ? dm_fault_print : dm_fault_log))
		return 1;
	return options.check ? 0 : run();
}
