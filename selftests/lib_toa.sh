# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Tests of slb-toa: what it needs, and its end. To be sourced after lib.sh.

TOA=$SLB_DIR/contrib/toa-bpf/slb-toa
CGROUPS=/sys/fs/cgroup PROGRAMS=/sys/fs/bpf

# toa_mounted STAT-TYPE FOLDER TYPE: mounts it unless it is
toa_mounted() {
	[ "$(stat -f -c %T "$2")" != "$1" ] || return 0
	mount -t "$3" "$3" "$2" && defer umount "$2"
}

toa_end() {
	[ ! -e "$PROGRAMS/slb-toa" ] || "$TOA" stop
}

# Skips the test where slb-toa cannot run; stops it at the end.
toa_needs() {
	[ -x "$TOA" ] || ktap_skip_all "contrib/toa-bpf/slb-toa is not built"
	grep -qw cgroup_bpf_prog_attach /proc/kallsyms || ktap_skip_all "the kernel has no BPF programs of cgroups"
	toa_mounted cgroup2fs "$CGROUPS" cgroup2 || ktap_skip_all "cannot mount cgroup2"
	toa_mounted bpf_fs "$PROGRAMS" bpf || ktap_skip_all "cannot mount bpf"
	defer toa_end
}
