/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Before Linux 6.7, functions for BPF programs were marked in other ways. A kernel may be built
 * without BTF.
 */
#ifndef _SLB_COMPAT_BTF_H
#define _SLB_COMPAT_BTF_H

#include_next <linux/btf.h>
#ifndef __bpf_kfunc
#define __bpf_kfunc __used noinline
#endif
#ifndef __bpf_kfunc_start_defs
#define __bpf_kfunc_start_defs() \
	__diag_push(); \
	__diag_ignore_all("-Wmissing-prototypes", "called by BPF programs only")
#define __bpf_kfunc_end_defs() __diag_pop()
#endif

#if IS_ENABLED(CONFIG_DEBUG_INFO_BTF_MODULES)
#define slb_compat_has_btf(module) ((module)->btf_data_size != 0)
#else
#define slb_compat_has_btf(module) false
#endif

#endif /* _SLB_COMPAT_BTF_H */
