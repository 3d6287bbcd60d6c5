#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Privileges: processes with different privileges try every operation of both modules. Changes require
# CAP_NET_ADMIN in the initial user namespace; reading requires nothing. netlink_privilege.expected has a line
# for each case. A refused operation changes nothing.
#
#   h    one host with both modules; some processes have network or user namespaces of their own

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_life.sh
. "${BASH_SOURCE[0]%/*}/lib_life.sh"
# shellcheck source=selftests/lib_netlink.sh
. "${BASH_SOURCE[0]%/*}/lib_netlink.sh"

TRY=$SLB_SELFTESTS/tools/netlink/nlprivilege.py TABLE=$SLB_SELFTESTS/netlink_privilege.expected

# The columns of the table, what each is in words, and whether it may change something.
ROLES=(
	"root|root|yes"
	"child|root in a network namespace of its own|yes"
	"no-cap|root without CAP_NET_ADMIN|no"
	"user|a user|no"
	"dropped|a user, with a socket that was opened by root|no"
	"userns|root of a user namespace, in the host's network namespace|no"
	"own-netns|root of a user namespace, in a network namespace of that|no"
)

ktap_plan $((2 * ${#ROLES[@]} + 3))
load_modules slb relay
hosts h child
# A process that owns a user namespace and a network namespace of it.
spawn unshare -Urn sleep 1000
OWNER=$SPAWNED
owner_ready() {
	[ "$(readlink "/proc/$OWNER/ns/net")" != "$(readlink /proc/self/ns/net)" ] &&
		grep -q '^ *0 *0 *1$' "/proc/$OWNER/uid_map"
}
wait_for 5 owner_ready
# The way of a flow is known only while a link is up.
for place in "ip netns exec ${NS[h]}" "ip netns exec ${NS[child]}" "nsenter -n -t $OWNER"; do
	$place ip -batch - <<<$'link add d1 type dummy\nlink set d1 up'
done

# in_role ROLE COMMAND...: runs it in the network namespace of the role, as the role.
in_role() {
	local role=$1
	shift
	case $role in
	root | user | dropped) on h "$@" ;;
	child) on child "$@" ;;
	no-cap) on h setpriv --bounding-set -net_admin --inh-caps -net_admin -- "$@" ;;
	userns) on h unshare -Ur -- "$@" ;;
	own-netns) nsenter --preserve-credentials -U -n -t "$OWNER" -- "$@" ;;
	esac
}

# The same place, as root.
as_root() {
	case $1 in
	child) on child "${@:2}" ;;
	own-netns) nsenter -n -t "$OWNER" -- "${@:2}" ;;
	*) on h "${@:2}" ;;
	esac
}

try() {
	case $1 in
	user) in_role user "$TRY" before ;;
	dropped) in_role dropped "$TRY" after ;;
	*) in_role "$1" "$TRY" ;;
	esac
}

# The column of the table for a role.
expected() {
	awk -v role="$1" '
		/^#/ || !NF { next }
		!column { for (i = 1; i <= NF; i++) if ($i == role) column = i; next }
		{ print $1, $2, $3, $column }' "$TABLE"
}

test_role() {
	local role=$1 words=$2 changes=$3
	as_root "$role" "$SLBCTL" -f -b <(netlink_unconfig; netlink_config)
	as_root "$role" "$SLBCTL" -b <(netlink_show) >"$TMP/before"
	try "$role" >"$TMP/got" 2>"$TMP/error" || cat "$TMP/error" >>"$TMP/got"
	as_root "$role" "$SLBCTL" -b <(netlink_show) >"$TMP/after"
	check "as expected: $words" diff <(expected "$role") "$TMP/got"
	if [ "$changes" = yes ]; then
		check_not "something has changed: $words" cmp -s "$TMP/before" "$TMP/after"
	else
		check "nothing has changed: $words" cmp "$TMP/before" "$TMP/after"
	fi
}

operations() {
	python3 -B - <<-'END' | sort -u
		import nlspec
		for family in "slb", "slb_relay":
		    for op in nlspec.Spec(family).ops.values():
		        for how, takes in ("do", op.do), ("dump", op.dump):
		            if takes is not None and not op.event:
		                print(family, op.name, how)
	END
}

check_eq "the table has every operation of the specs" "$(operations)" \
	"$(expected root | awk '$3 != "join" { print $1, $2, $3 }' | sort -u)"
check_eq "the modules have no parameters that anybody could write, and one to read each" "444 fast_path 444 fast_path" \
	"$(stat -c '%a %n' /sys/module/{slb,relay}/parameters/* | sed 's,/.*/,,' | xargs)"
check_eq "the modules have no sysctls" "" "$(on h find /proc/sys -name '*slb*' -o -name '*relay_*')"
for role in "${ROLES[@]}"; do
	IFS='|' read -r name words changes <<<"$role"
	test_role "$name" "$words" "$changes"
done
