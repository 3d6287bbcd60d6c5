#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a large configuration costs: to apply, to apply again, to change a little, to save; in milliseconds of a
# processor that counts instructions (10^6 of them), and in memory of slbctl and of the kernel. 65,536 VIPs on each
# module and 4,096 servers. The elapsed time has grace periods of RCU, and, as the clock of this machine runs ahead
# while it waits for the host's files, jumps. Runs in the virtual machine of scripts/bench --apply.
#
#   h    one host with both modules; no packets
#
# usage: apply.sh [servers=N] [vips=N]
# Prints lines with tabs, see lib_bench.sh: V for a result.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/../lib.sh"
# shellcheck source=selftests/lib_life.sh
. "$SLB_SELFTESTS/lib_life.sh"

SERVERS=4096 VIPS=65536
for word in "$@"; do
	case $word in
	servers=*) SERVERS=${word#*=} ;;
	vips=*) VIPS=${word#*=} ;;
	esac
done
TABLE="What a large configuration costs"

# Two thirds of all VIPs have IPv4 addresses, one third IPv6.
file() {
	awk -v vips="$VIPS" -v servers="$SERVERS" 'BEGIN {
		print "slb-config 1"
		print "group web scheduler wrr"
		for (i = 0; i < servers; i++)
			printf "server web 10.%d.%d.%d:8080 weight %d\n", i / 62500, i / 250 % 250, i % 250 + 1, i % 4 + 2
		print "relay balancer b1"
		for (i = 0; i < vips; i++) {
			at = i % 3 ? sprintf("203.%d.%d.%d", i / 65536, i / 256 % 256, i % 256) : sprintf("[2001:db8:f::%x]", i)
			printf "vip tcp %s:80 group web\nrelay vip tcp %s:80\n", at, at
		}
		print "end"
	}'
}

# Bytes that the kernel has taken, in MiB: for tables and objects.
kernel_memory() {
	awk '/^(Slab|Percpu|VmallocUsed):/ { sum += $2 } END { print int(sum / 1024) }' /proc/meminfo
}

# row TEXT WORD...: runs slbctl with these words
row() {
	local text=$1 before out
	shift
	before=$(kernel_memory)
	out=$(on h python3 -c '
import resource, subprocess, sys, time
begin = time.monotonic()
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=False).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(status, int((time.monotonic() - begin) * 1000), int((used.ru_utime + used.ru_stime) * 1000), used.ru_maxrss // 1024)
' "$SLBCTL" "$@")
	read -r status took busy peak <<<"$out"
	[ "$status" -lt 2 ] || note "$text: slbctl left with status $status"
	value "$text" "ms" "$busy"
	value "$text" "elapsed ms" "$took"
	value "$text" "slbctl MiB" "$peak"
	value "$text" "kernel MiB" "$(($(kernel_memory) - before))"
}

value() {
	printf 'V\t%s\t%s\t%s\t%s\n' "$TABLE" "$1" "$2" "$3"
}

KTAP_PLAN=1
load_modules slb relay
hosts h
file >"$TMP/all"
sed '/^server/{ s/weight 2/weight 7/; t out; }; b; :out; n; b out' "$TMP/all" >"$TMP/one"
row "apply, into an empty configuration" apply "$TMP/all"
row "apply of the same again" apply "$TMP/all"
row "apply that changes one weight" apply "$TMP/one"
row "diff" diff "$TMP/all"
row "save" save "$TMP/saved"
row "save as JSON" -j save "$TMP/saved.json"
printf 'slb-config 1\nend\n' >"$TMP/none"
row "apply that deletes everything" apply "$TMP/none" force
ok "measured"
