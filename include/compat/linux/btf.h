/* SPDX-License-Identifier: GPL-2.0-only */
/* Before Linux 6.3, functions for BPF programs had no mark. A kernel may be built without BTF. */
#ifndef _SLB_COMPAT_BTF_H
#define _SLB_COMPAT_BTF_H

#include_next <linux/btf.h>
#ifndef __bpf_kfunc
#define __bpf_kfunc __used noinline
#endif
#if IS_ENABLED(CONFIG_DEBUG_INFO_BTF_MODULES)
#define slb_compat_has_btf(module) ((module)->btf_data_size != 0)
#else
#define slb_compat_has_btf(module) false
#endif

#endif /* _SLB_COMPAT_BTF_H */
