# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For the tests of lifetimes: modules come and go, and what they leave behind is counted.
#
# hosts NAME...           adds namespaces without any device, for tests that need no topology
# module_insert NAME      loads one of our modules, which the script must unload again
# module_remove NAME      unloads it, and fails when that takes more than 5 seconds
# hooks HOST              prints which of our modules have netfilter hooks on a host: "slb slb relay relay"
# slab_objects PREFIX     prints how many objects of the slab caches of that name are in use, all together
# no_objects              is that 0 for both modules? For wait_for: objects go after grace periods

hosts() {
	# Names of namespaces are made with it.
	# shellcheck disable=SC2034
	printf -v LIB_ID '%06x' "$((SRANDOM & 0xffffff))"
	topology_netns "$@"
}

module_insert() {
	if [ -f "$SLB_DIR/$1/$1.ko" ]; then
		insmod "$SLB_DIR/$1/$1.ko"
	else
		modprobe "$1"
	fi
}

# What the modules depend on, without them.
module_needs() {
	local name depends
	for name in "$@"; do
		depends=$(modinfo -F depends "$SLB_DIR/$name/$name.ko" 2>/dev/null || modinfo -F depends "$name")
		# shellcheck disable=SC2086
		modprobe -qa crc32c_generic ${depends//,/ }
	done
	return 0
}

module_remove() {
	local start=${EPOCHREALTIME/./}
	rmmod "$1" || return 1
	start=$((${EPOCHREALTIME/./} - start))
	[ "$start" -lt $((5000000 * SLB_SLOWNESS)) ] && return 0
	note "rmmod $1 took $((start / 1000)) ms"
	return 1
}

hooks() {
	on "$1" nft list hooks 2>/dev/null | sed -n 's/.*\[\(slb\|relay\)\].*/\1/p' | xargs
}

# A shrunk cache has no free objects that would be counted as used.
slab_objects() {
	local cache
	for cache in /sys/kernel/slab/"$1"*; do
		[ ! -e "$cache/shrink" ] || echo 1 >"$cache/shrink"
	done
	awk -v prefix="$1" 'index($1, prefix) == 1 { n += $2 } END { print n + 0 }' /proc/slabinfo
}

no_objects() {
	[ "$(slab_objects slb_)" -eq 0 ] && [ "$(slab_objects relay_)" -eq 0 ]
}
