#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The modules are loaded and unloaded, in any order and alone, under traffic and with sessions. The other
# module continues, hooks exist only while there is a VIP, memory is freed, and a failed load leaves nothing
# behind.
#
#   x === h1    balancer and relay in one; the drawing is in lib_life.sh

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_life.sh
. "${BASH_SOURCE[0]%/*}/lib_life.sh"

CYCLES=${LIFE_CYCLES:-8}
if [ -d /sys/module/slb ] || [ -d /sys/module/relay ]; then
	ktap_skip_all "a module is loaded already"
fi

# Unloads what is still loaded when the script ends.
# shellcheck disable=SC2317
unload_all() {
	local module
	for module in relay slb; do
		[ ! -d "/sys/module/$module" ] || rmmod "$module"
	done
}

other() {
	[ "$1" = slb ] && echo relay || echo slb
}

# order FIRST SECOND OFF: loads the modules in this order, and unloads OFF first, under traffic.
test_order() {
	local off=$3 rest text="$1, $2, without $3"
	rest=$(other "$off")
	check "$text: both are loaded and configured" \
		eval "module_insert $1 && module_insert $2 && small_config 1 slb relay"
	check "$text: both work" eval "small_works 1 slb && small_works 1 relay"
	small_loop 1
	check "$text: $off goes under traffic, and fast" module_remove "$off"
	end_process "$SPAWNED"
	check "$text: $rest still works" small_works 1 "$rest"
	check_hooks "$text: only $rest has hooks" "$rest" h1
	small_loop 1
	check "$text: $rest goes under traffic, and fast" module_remove "$rest"
	end_process "$SPAWNED"
	check_eq "$text: no namespace has hooks, and no slab cache is left" " 0" \
		"$(hooks h1) $(grep -cE '^(slb|relay)_' /proc/slabinfo)"
}

test_alone() {
	local module=$1 missing
	missing=$(other "$1")
	check "$module alone: loaded and configured" eval "module_insert $module && small_config 1 $module"
	check "$module alone: works" small_works 1 "$module"
	check_eq "$module alone: slbctl says that $missing is not there" 1 \
		"$({ ctl h1 status; ctl h1 relay status; } 2>&1 | grep -c "module $missing is not loaded")"
	spawn on h1 "$SLB_SELFTESTS/tools/netlink/nltxn.py" "${module/relay/slb_relay}" hold >"$TMP/open"
	check "$module alone: a transaction is open" wait_for 10 grep -qx open "$TMP/open"
	check "$module alone: unloads with the open transaction" module_remove "$module"
	end_process "$SPAWNED"
}

# What the kernel runs when a family of netlink is asked for that is not there: it loads the module that has the
# alias. modprobe does the same for modules that are installed, which those at hand here are not.
loader() {
	[ -f "$SLB_DIR/slb/slb.ko" ] || return 0
	cat >"$TMP/modprobe" <<-END
		#!/bin/bash
		[[ \${*: -1} == *-family-slb* ]] && [ ! -e "$TMP/on-demand" ] && exit 1
		for file in "$SLB_DIR"/{slb/slb,relay/relay}.ko; do
			modinfo -F alias "\$file" | grep -qx -- "\${*: -1}" && exec insmod "\$file"
		done
		exec modprobe "\$@"
	END
	chmod +x "$TMP/modprobe"
	defer sysctl -qw kernel.modprobe="$(sysctl -n kernel.modprobe)"
	sysctl -qw kernel.modprobe="$TMP/modprobe"
}

# The first command loads its own module, and no other one.
test_on_demand() {
	local module=$1
	shift
	touch "$TMP/on-demand"
	check "$module is loaded by the first command" ctl h1 "$@" link show
	check_eq "$module alone is loaded by the first command" "$module" "$(awk '$1 ~ /^(slb|relay)$/ { print $1 }' /proc/modules)"
	rm "$TMP/on-demand"
	rmmod "$module"
}

flush_all() {
	printf '%s flush\n' vip group link 'relay vip' 'relay balancer' | ctl h1 -b -
}

# The module is there, with a configuration: its copy gets through all of its initialisation but the last
# step, for which there is one already.
test_failed_load() {
	local module=$1 copy=$2 caches=()
	mapfile -t caches < <(awk -v m="${module}_" 'index($1, m) == 1 { print $1 }' /proc/slabinfo)
	"$SLB_SELFTESTS/tools/faults/rename_module.py" "$SLB_DIR/$module/$module.ko" "$TMP/$copy.ko" \
		"$module" "$copy" "${caches[@]}" || return 1
	insmod "$TMP/$copy.ko" 2>"$TMP/insmod" && return 1
	cat "$TMP/insmod"
	# Since Linux 7, EEXIST of a module's own initialisation becomes EBUSY.
	grep -qE 'File exists|Device or resource busy' "$TMP/insmod" && [ ! -d "/sys/module/$copy" ] &&
		! grep -q "^${copy}_" /proc/slabinfo && small_works 1 "$module"
}

# Both modules still follow the device: the failed copies have neither removed nor left a notifier.
device_events() {
	ip -n "${NS[h1]}" link set l2 down && ip -n "${NS[h1]}" link set l2 up &&
		small_works 1 slb && small_works 1 relay
}

test_failed_loads() {
	module_insert slb && module_insert relay && small_config 1 slb relay
	check_not "slb cannot be loaded twice" module_insert slb
	check_not "relay cannot be loaded twice" module_insert relay
	if [ -f "$SLB_DIR/slb/slb.ko" ]; then
		check "a load of slb that fails at its last step leaves nothing" test_failed_load slb slc
		check "a load of relay that fails at its last step leaves nothing" test_failed_load relay relax
	else
		skip "a load of slb that fails at its last step" "the module's file is not at hand"
		skip "a load of relay that fails at its last step" "the module's file is not at hand"
	fi
	check "devices may change after a failed load" device_events
}

test_flush() {
	small_works 1 slb
	check "there are sessions, each an object of memory" [ "$(slab_objects slb_session)" -ge 300 ]
	check "there are objects of the relay" [ "$(slab_objects relay_)" -ge 4 ]
	check "all is flushed" flush_all
	check "a flush gives back the memory of both" wait_for 5 no_objects
	check_eq "there are no hooks, no sessions" " 0" \
		"$(hooks h1) $(ctl h1 status | awk '$1 == "sessions" { print $2 }')"
}

# Hooks exist while there is a VIP or a link, as packets of links may be probes.
test_hooks() {
	local vips
	read -ra vips <<<"$(small_vips 1)"
	small_config 1 slb relay
	check_hooks "hooks: both modules have some" "relay slb" h1 _hook
	check_hooks "hooks: none in another namespace" "" x
	ctl h1 vip del udp "${vips[0]}:53"
	ctl h1 relay vip del udp "[${vips[3]}]:53"
	check_hooks "hooks: they stay while there is a VIP" "relay slb" h1 _hook
	ctl h1 vip del udp "[${vips[1]}]:53"
	ctl h1 relay vip flush
	check_hooks "hooks: they stay while there is a link" "relay slb" h1 _hook
	ctl h1 link flush
	check_hooks "hooks: slb's go with its last link" "relay" h1
	ctl h1 vip add udp "${vips[0]}:53" group web
	check_hooks "hooks: they come again with a VIP" "relay slb" h1 _hook
	ctl h1 vip flush
	check_hooks "hooks: they go again" "relay" h1
	flush_all
	check_hooks "hooks: with the links all have gone" "" h1
}

# An aborted dump holds the module and then releases it.
test_held() {
	local family=$1 operation=$2 module=$3
	spawn on h1 "$SLB_SELFTESTS/tools/netlink/nlhold.py" "$family" "$operation" >"$TMP/held"
	check "$module: a dump is half read" wait_for 10 grep -q held "$TMP/held"
	check_not "$module: unloading fails while a dump is half read" rmmod "$module"
	end_process "$SPAWNED"
	check "$module: unloading succeeds when the reader has gone" wait_for 10 rmmod "$module"
}

test_dumps() {
	local i
	small_config 1 slb relay
	small_traffic 1
	for ((i = 2; i < 200; i++)); do
		echo "relay vip add tcp 203.0.113.200:$i"
	done | ctl h1 -b -
	test_held slb session-get slb
	test_held slb_relay vip-get relay
}

# Each module and both together are loaded and unloaded under traffic that never stops.
cycle() {
	local module
	for module in "$@"; do
		module_insert "$module" || return 1
	done
	small_config 1 "$@" || return 1
	lib_pause 0.1
	if [ -n "$LIFE_SESSIONS" ]; then
		[[ " $* " != *" slb "* ]] || wait_for 60 small_full 1 || return 1
		[[ " $* " != *" relay "* ]] || wait_for 60 has_steered || return 1
	fi
	for module in "$@"; do
		if [ "$module" = slb ]; then
			SESSIONS=$((SESSIONS + $(ctl h1 status | awk '$1 == "sessions" { print $2 }')))
		else
			STEERED=$((STEERED + $(small_steered 1)))
		fi
	done
	for module in "$@"; do
		module_remove "$module" || return 1
	done
}

has_steered() {
	[ "$(small_steered 1)" -ge 200 ]
}

cycles() {
	local i modes=("slb" "relay" "slb relay" "relay slb")
	for ((i = 0; i < CYCLES; i++)); do
		# shellcheck disable=SC2086
		cycle ${modes[i % 4]} || return 1
	done
}

test_cycles() {
	SESSIONS=0 STEERED=0
	small_loop 1
	check "$CYCLES times loaded and unloaded under traffic" cycles
	end_process "$SPAWNED"
	note "the slowest unloading of all took $LIFE_SLOWEST ms"
	note "$SESSIONS sessions and $STEERED steered packets when a module went, in all"
	check "there were sessions when slb went" [ "$SESSIONS" -gt 500 ]
	check "packets were steered when relay went" [ "$STEERED" -gt 500 ]
	check_eq "no cache is left" 0 "$(grep -cE '^(slb|relay)_' /proc/slabinfo)"
}

# The far ends of the links go with their namespace, and take the near ones along, while the module leaves: its end and
# that of the namespace must not wait for each other.
other_end() {
	local module=$1 remover pid i
	for ((i = 0; i < 3; i++)); do
		module_insert "$module" && small_config 1 "$module" && small_traffic 1 >/dev/null || return 1
		for pid in $(ip netns pids "${NS[x]}"); do
			end_process "$pid" KILL
		done
		module_remove "$module" &
		remover=$!
		lib_pause "0.00$((SRANDOM % 10))"
		ip netns del "${NS[x]}"
		wait "$remover" || return 1
		wait_for $((10 * SLB_SLOWNESS)) no_links || return 1
		ip netns del "${NS[h1]}"
		ip netns add "${NS[x]}" && small_servers && small_host 1 || return 1
	done
}

no_links() {
	! ip -n "${NS[h1]}" link show type veth | grep -q .
}

ktap_plan $((4 * 7 + 2 * 5 + 2 * 2 + 5 + 5 + 8 + 6 + 4 + 2))
module_needs slb relay
hooks_start
defer unload_all
if ! small_hub || ! small_host 1; then
	ktap_skip_all "cannot build the topology"
fi
loader
test_on_demand slb
test_on_demand relay relay
test_order slb relay slb
test_order slb relay relay
test_order relay slb slb
test_order relay slb relay
test_alone slb
test_alone relay
test_failed_loads
test_flush
test_hooks
test_dumps
test_cycles
for module in slb relay; do
	check "$module goes while its links go with another namespace" other_end "$module"
done
