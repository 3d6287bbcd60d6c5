/* SPDX-License-Identifier: GPL-2.0-only */
/* What the sources of slb-toa have in common. */
#ifndef SLB_TOA_TOOL_H
#define SLB_TOA_TOOL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "toa.h"

/* Links and maps are pinned here: they stay when no process has them. */
#define TOA_BPFFS "/sys/fs/bpf"
#define TOA_PINS TOA_BPFFS "/slb-toa"

/* The BPF programs in the order in which they are attached: readers of the map "peers" first. */
#define TOA_HOOKS_END 3
extern const char *const toa_hooks[TOA_HOOKS_END];

/* toa.bpf.o, by object.S */
extern const char toa_object[], toa_object_end[];

/**
 * struct toa_request - the words of "slb-toa start"
 * @cgroup: path of the cgroup, or NULL for the root of the hierarchy
 * @prefixes: the trusted prefixes
 * @count: how many
 */
struct toa_request {
	const char *cgroup;
	struct toa_prefix prefixes[TOA_PREFIXES_MAX];
	unsigned int count;
};

#define TOA_PREFIX_TEXT 64

int toa_fault(const char *format, ...) __attribute__((format(printf, 1, 2)));

int toa_prefix_add(struct toa_request *request, const char *word);
void toa_prefix_text(char text[TOA_PREFIX_TEXT], const struct toa_prefix *prefix);

int toa_cgroup_open(const char *path, __u64 *id);
void toa_cgroup_path(char *text, size_t size, __u64 id);

int toa_link_cgroup(const char *hook, __u64 *id);
int toa_map_open(const char *name);

int toa_start(const struct toa_request *request);
int toa_stop(void);
int toa_show(bool json);

#endif
