/* SPDX-License-Identifier: GPL-2.0-only */
/* Before Linux 6.9, a set of functions for BPF programs was like any other set. */
#ifndef _SLB_COMPAT_BTF_IDS_H
#define _SLB_COMPAT_BTF_IDS_H

#include_next <linux/btf_ids.h>
#ifndef BTF_KFUNCS_START
#define BTF_KFUNCS_START BTF_SET8_START
#define BTF_KFUNCS_END BTF_SET8_END
#endif

#endif /* _SLB_COMPAT_BTF_IDS_H */
