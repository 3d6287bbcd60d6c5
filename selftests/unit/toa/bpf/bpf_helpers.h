/* SPDX-License-Identifier: GPL-2.0-only */
/* Stands in for libbpf's header, so that contrib/toa-bpf/toa.bpf.c runs as a program: toa_run.c. */
#ifndef TOA_SHIM_H
#define TOA_SHIM_H

#include <stddef.h>

#define SEC(name)
#define __uint(name, value) int (*name)[value]
#define __type(name, value) typeof(value) *name
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))

static void *bpf_map_lookup_elem(void *map, const void *key);
static void *bpf_sk_storage_get(void *map, void *sk, void *value, __u64 flags);
static long bpf_sk_storage_delete(void *map, void *sk);
static long bpf_sock_ops_cb_flags_set(struct bpf_sock_ops *ops, int flags);

#endif
