// SPDX-License-Identifier: GPL-2.0-only
/* slb-healthd: checks servers and tells the module slb which of them work. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <slb/version.h>

#include "ctl.h"
#include "kernel.h"
#include "notify.h"
#include "routes.h"
#include "say.h"

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
	const char *path;
	const char *netns;
	bool check;
	bool cleanup;
	struct hd_config config;
	struct hd_watch signals;
} daemon_state = { .path = CONFIG_FILE };

static void print_fault(const char *text)
{
	char escaped[4096];

	ctl_escape(text, escaped, sizeof(escaped));
	fprintf(stderr, "%s\n", escaped);
}

static void log_fault(const char *text)
{
	hd_say(LOG_ERR, "%s", text);
}

/* ---- options */

static int read_jobs(const char *word)
{
	struct ctl_fault fault;
	uint32_t jobs;

	if (ctl_parse_number(word, "number of programs", 1, EXEC_MAX, &jobs, &fault)) {
		hd_say(LOG_ERR, "%s", fault.text);
		return -1;
	}
	hd_exec_limit(jobs);
	return 0;
}

/* Return: the exit status, or -1 to go on. */
static int read_option(int option)
{
	switch (option) {
	case 'f':
		daemon_state.path = optarg;
		return -1;
	case 'n':
		daemon_state.netns = optarg;
		return -1;
	case 'j':
		return read_jobs(optarg) ? 1 : -1;
	case 'c':
		daemon_state.check = true;
		return -1;
	case 'd':
		daemon_state.cleanup = true;
		return -1;
	case 'V':
		printf("slb-healthd %s\n", SLB_VERSION);
		return 0;
	case 'h':
		fputs(usage_text, stdout);
		return 0;
	default:
		fputs(usage_text, stderr);
		return 1;
	}
}

static int read_options(int argc, char **argv)
{
	static const struct option options[] = {
		{ "check", no_argument, NULL, 'c' },
		{ "cleanup", no_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int option, status;

	while ((option = getopt_long(argc, argv, "f:n:j:Vh", options, NULL)) != -1) {
		status = read_option(option);
		if (status >= 0)
			return status;
	}
	if (optind == argc)
		return -1;
	hd_say(LOG_ERR, "unexpected word \"%s\"", argv[optind]);
	return 1;
}

/* ---- signals */

static void reload(void)
{
	struct hd_config config;

	hd_notify("RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)hd_now() * 1000);
	if (hd_config_read(&config, daemon_state.path, log_fault)) {
		hd_say(LOG_ERR, "\"%s\" has faults: the checks stay as they were",
		       daemon_state.path);
	} else {
		struct hd_config old = daemon_state.config;

		daemon_state.config = config;
		hd_servers_use(&daemon_state.config);
		hd_config_free(&old);
		hd_say(LOG_INFO, "\"%s\" is read again: %zu checks", daemon_state.path,
		       config.count);
	}
	hd_notify("READY=1");
}

static void signals_ready(struct hd_watch *watch, uint32_t events)
{
	struct signalfd_siginfo info;

	(void)events;
	if (read(watch->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP)
		reload();
	else
		hd_loop_stop();
}

static int open_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -1;
	daemon_state.signals.ready = signals_ready;
	return hd_watch_open(&daemon_state.signals, fd, EPOLLIN);
}

/* ---- the daemon */

static int open_all(void)
{
	if (hd_loop_open() || open_signals()) {
		hd_say(LOG_ERR, "cannot start: %s", strerror(errno));
		return -1;
	}
	hd_notify_open();
	if (hd_http_open() || hd_exec_open()) {
		hd_say(LOG_ERR, "cannot start: %s", strerror(errno));
		return -1;
	}
	hd_servers_use(&daemon_state.config);
	if (hd_routes_open() || hd_kernel_open(hd_notify_ready)) {
		hd_say(LOG_ERR, "cannot open a netlink socket: %s", strerror(errno));
		return -1;
	}
	return 0;
}

static int run(void)
{
	if (daemon_state.netns && ctl_netns_enter(daemon_state.netns))
		return 1;
	srandom((unsigned int)getpid() ^ (unsigned int)time(NULL));
	if (open_all())
		return 1;
	hd_loop_run(hd_servers_flush);
	hd_notify("STOPPING=1");
	if (daemon_state.cleanup)
		hd_routes_cleanup();
	hd_exec_close();
	return 0;
}

int main(int argc, char **argv)
{
	int status;

	hd_say_open();
	status = read_options(argc, argv);
	if (status >= 0)
		return status;
	if (hd_config_read(&daemon_state.config, daemon_state.path,
			   daemon_state.check ? print_fault : log_fault))
		return 1;
	return daemon_state.check ? 0 : run();
}
