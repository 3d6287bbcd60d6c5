// SPDX-License-Identifier: GPL-2.0-only
/* Prints where the programs are attached, whom they trust, and what they count. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "slb-toa.h"

static const char *const counter_names[TOA_COUNTERS_END] = {
#define X(NAME, name) [TOA_##NAME] = #name,
	TOA_COUNTERS(X)
#undef X
};

static void print_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\' || (unsigned char)*text < ' ')
			printf("\\u%04x", (unsigned char)*text);
		else
			putchar(*text);
	}
	putchar('"');
}

/* Sets @path to the cgroup that all programs are attached to, or to "". */
static void read_cgroup(char *path, size_t size)
{
	__u64 id = 0, first = 0;
	int i;

	*path = 0;
	for (i = 0; i < TOA_HOOKS_END; i++) {
		if (toa_link_cgroup(toa_hooks[i], &id) || !id || (i && id != first))
			return;
		first = id;
	}
	toa_cgroup_path(path, size, first);
}

static int print_trusted(bool json)
{
	struct toa_prefix prefix, *last = NULL;
	int map = toa_map_open("trusted");
	char text[TOA_PREFIX_TEXT];

	if (map < 0)
		return toa_fault("cannot open the map of prefixes: %s", strerror(errno));
	for (; !bpf_map_get_next_key(map, last, &prefix); last = &prefix) {
		toa_prefix_text(text, &prefix);
		if (json)
			printf("%s\"%s\"", last ? "," : "", text);
		else
			printf("%s%s", last ? "," : "", text);
	}
	close(map);
	return 0;
}

/* Sets @sums to the counters of all CPUs. */
static int read_counters(unsigned long long sums[TOA_COUNTERS_END])
{
	int map = toa_map_open("counters"), cpus = libbpf_num_possible_cpus(), cpu;
	__u64 *values = cpus > 0 ? calloc(cpus, sizeof(*values)) : NULL;
	int status = map < 0 || !values ? -1 : 0;
	__u32 i;

	for (i = 0; !status && i < TOA_COUNTERS_END; i++) {
		status = bpf_map_lookup_elem(map, &i, values);
		for (sums[i] = 0, cpu = 0; !status && cpu < cpus; cpu++)
			sums[i] += values[cpu];
	}
	if (status)
		toa_fault("cannot read the counters: %s", strerror(errno));
	free(values);
	if (map >= 0)
		close(map);
	return status ? -1 : 0;
}

static int show_json(const char *cgroup, const unsigned long long *sums)
{
	int i;

	printf("{\"attached\":%s,\"cgroup\":", *cgroup ? "true" : "false");
	print_string(cgroup);
	printf(",\"trust\":[");
	if (print_trusted(true))
		return -1;
	putchar(']');
	for (i = 0; i < TOA_COUNTERS_END; i++)
		printf(",\"%s\":%llu", counter_names[i], sums[i]);
	puts("}");
	return 0;
}

static int show_text(const char *cgroup, const unsigned long long *sums)
{
	int i;

	if (*cgroup)
		printf("cgroup %s trust ", cgroup);
	else
		printf("detached: the cgroup has been removed; trust ");
	if (print_trusted(false))
		return -1;
	for (i = 0; i < TOA_COUNTERS_END; i++)
		printf("%s%s %llu", i ? " " : "\n    ", counter_names[i], sums[i]);
	putchar('\n');
	return 0;
}

/**
 * toa_show() - print the state
 * @json: as JSON
 *
 * Return: 0, or -1 after an error message
 */
int toa_show(bool json)
{
	unsigned long long sums[TOA_COUNTERS_END];
	char cgroup[PATH_MAX];

	if (access(TOA_PINS, F_OK))
		return toa_fault("not running: nothing is attached");
	read_cgroup(cgroup, sizeof(cgroup));
	if (read_counters(sums))
		return -1;
	return json ? show_json(cgroup, sums) : show_text(cgroup, sums);
}
