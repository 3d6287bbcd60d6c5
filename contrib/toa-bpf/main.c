// SPDX-License-Identifier: GPL-2.0-only
/* slb-toa: attaches the BPF programs that show servers the address of the client. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>
#include <slb/version.h>

#include "slb-toa.h"

static const char usage_text[] =
	"Usage: slb-toa start [ cgroup PATH ] trust PREFIX[,PREFIX]...\n"
	"       slb-toa stop\n"
	"       slb-toa [ -j ] show\n"
	"       slb-toa { -V | -h }\n"
	"\n"
	"Shows programs on this server the address of the client that a balancer sends in the TCP\n"
	"option 254: as result of getpeername() and accept().\n"
	"\n"
	"  start   attach, or change the trusted prefixes; programs of the cgroup PATH see clients\n"
	"          (default: all programs)\n"
	"  trust   believe connections from these prefixes: the local ranges of the balancers\n"
	"  stop    detach: programs see the addresses of balancers again\n"
	"  show    prefixes and counters; -j: as JSON\n";

static bool json, verbose;

/**
 * toa_fault() - print an error
 * @format: as of printf(), without the end of the line
 *
 * Return: -1
 */
int toa_fault(const char *format, ...)
{
	va_list args;

	fputs("slb-toa: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return -1;
}

/* What libbpf says, the verifier's log among it. */
static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	if (!verbose || level == LIBBPF_DEBUG)
		return 0;
	return vfprintf(stderr, format, args);
}

static int read_trust(struct toa_request *request, char *words)
{
	char *word;

	if (!*words)
		return toa_fault("trust needs a prefix");
	while ((word = strsep(&words, ",")))
		if (toa_prefix_add(request, word))
			return -1;
	return 0;
}

static int read_start(struct toa_request *request, int argc, char **argv)
{
	for (; argc; argc -= 2, argv += 2) {
		if (strcmp(argv[0], "cgroup") && strcmp(argv[0], "trust"))
			return toa_fault("invalid word \"%s\" (valid: cgroup, trust)", argv[0]);
		if (argc < 2)
			return toa_fault("%s needs a value", argv[0]);
		if (argv[0][0] == 't') {
			if (read_trust(request, argv[1]))
				return -1;
			continue;
		}
		if (request->cgroup)
			return toa_fault("cgroup is given twice");
		request->cgroup = argv[1];
	}
	if (!request->count)
		return toa_fault("trust is missing: the prefixes of the balancers");
	return 0;
}

static int run(int argc, char **argv)
{
	static struct toa_request request;
	const char *command = argv[0];

	if (!strcmp(command, "start"))
		return read_start(&request, argc - 1, argv + 1) || toa_start(&request);
	if (strcmp(command, "stop") && strcmp(command, "show"))
		return toa_fault("invalid command \"%s\" (valid: start, stop, show)", command);
	if (argc > 1)
		return toa_fault("invalid word \"%s\": %s takes none", argv[1], command);
	return command[1] == 't' ? toa_stop() : toa_show(json);
}

static bool is_option(const char *word, const char *letter, const char *name)
{
	return !strcmp(word, letter) || !strcmp(word, name);
}

/* Return: 0 to go on, 1 to end well, or -1 */
static int read_option(const char *word)
{
	if (is_option(word, "-V", "--version"))
		return puts("slb-toa " SLB_VERSION) != EOF ? 1 : -1;
	if (is_option(word, "-h", "--help"))
		return fputs(usage_text, stdout) != EOF ? 1 : -1;
	json |= is_option(word, "-j", "--json");
	verbose |= is_option(word, "-v", "--verbose");
	if (!is_option(word, "-j", "--json") && !is_option(word, "-v", "--verbose"))
		return toa_fault("invalid option \"%s\"", word);
	return 0;
}

int main(int argc, char **argv)
{
	int status;

	for (argc--, argv++; argc && argv[0][0] == '-'; argc--, argv++) {
		status = read_option(argv[0]);
		if (status)
			return status < 0;
	}
	if (!argc) {
		fputs(usage_text, stderr);
		return 1;
	}
	libbpf_set_print(print_libbpf);
	return run(argc, argv) != 0;
}
