#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Sessions that balancers exchange, without a daemon: what the log and the dump tell, what another balancer takes and
# refuses, who feeds a copy, who may end it, and when a balancer is behind.
#
#   c1 --- r === b1     all flows go to b1; tools/netlink/nlsync.py carries its records to b2, which adopts its
#          |\\ == b2    local addresses
#         s1, s2

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_steady.sh
. "${BASH_SOURCE[0]%/*}/lib_steady.sh"

SYNC=$SLB_SELFTESTS/tools/netlink/nlsync.py

sync() {
	on "$1" "$SYNC" "${@:2}"
}

# status HOST WORD
status() {
	ctl "$1" -j status show | json "sync_$2"
}

is() {
	[ "$(status "$1" "$2")" = "$3" ]
}

# The four ends of all sessions of a balancer.
ends() {
	ctl "$1" session show | sed -E 's/ return .*//; s/ via .*//' | awk '{ print $1, $3, $5, $7, $9 }' | sort
}

same_ends() {
	diff <(ends b1) <(ends b2)
}

# carry AFTER: the changes of b1 since then to b2; sets NEXT
carry() {
	local lost
	while read -r NEXT lost _ < <(sync b1 changes "$1" "$TMP/changes") && [ -s "$TMP/changes" ]; do
		sync b2 add "$TMP/changes" 7
		set -- "$NEXT"
	done
	[ "$lost" = 0 ]
}

# counted WORD: of how many records b2 has said this: added, updated, ended
counted() {
	awk -v word="$1" '{ for (i = 1; i < NF; i += 2) n += $i == word ? $(i + 1) : 0 } END { print n + 0 }' "$TMP/carried"
}

# Carries more until b2 has no TCP session but those that b1 still has. The client may have reset one, which stays half
# closed: the server may have ignored that.
carried_ends() {
	carry "$NEXT" >>"$TMP/carried"
	[ "$(ctl b2 session show | grep -c ' state tcp')" -eq \
		"$(ctl b1 session show | grep ' state tcp' | grep -vc -e time-wait -e close)" ]
}

# Carries more until b2 has no session.
carried_all() {
	carry "$NEXT" >>"$TMP/carried"
	is b2 standby 0
}

# many FIRST LAST: ranges by number
many() {
	seq "$1" "$2" | sed 's/.*/10.99.&.1-10.99.&.4/' | paste -sd,
}

ktap_plan 41
load_modules slb relay
topology servers=2 balancers=2
topology_config "any $VIP4" "any $VIP6"
ctl r relay balancer set b2 weight 0
steady_servers s1 s2 || note "no server for the flows"

check "sync is off at first: the log is refused" \
	sh -c "! ip netns exec ${NS[b1]} $SYNC next 2>&1 | grep -v 'sync-wait is 0'"
for host in b1 b2; do
	ctl "$host" setting set sync-wait 5 sync-after 500
done
check_eq "a balancer that begins to exchange sessions is behind" "1" "$(status b1 behind)"
check "for the time of sync-wait" wait_for 8 is b1 behind 0
sync b1 set 1
check_eq "the daemon can say so" 1 "$(status b1 behind)"
sync b1 set 0
check_eq "and that it is not" 0 "$(status b1 behind)"
for l in 1 2; do
	check "b2 adopts the local addresses of b1's link $l" \
		ctl b2 link set "l$l" adopt "10.1.$l.1-10.1.$l.4" adopt "2001:db8:a:1$l::1-2001:db8:a:1$l::4"
done
check_eq "link show prints what set takes" "adopt 10.1.1.1-10.1.1.4" \
	"$(ctl b2 link show l1 | grep -o 'adopt 10[^ ]*')"

NEXT=$(sync b1 next)
FROM=$NEXT
check "flows" steady_begin 200 200 80 "$VIP4" 20 20 "$VIP6" 20 20
sleep 1
carry "$FROM" >"$TMP/carried"
note "$(cat "$TMP/carried")"
check_eq "each flow is in the log of b1" 80 "$(counted added)"
check "b2 has the same sessions" same_ends
check_eq "all of them are copies" 80 "$(status b2 standby)"
sync b1 dump "$TMP/all"
check_eq "the dump has the same" 80 "$(sync b1 print "$TMP/all" | grep -c ^live)"
check_eq "a second time they are updated" "updated 80" "$(sync b2 add "$TMP/all" 7)"
check_eq "b2 tells nobody of copies by its log" "0" "$(sync b2 changes "$(status b2 logged)" "$TMP/x" | cut -d' ' -f2)"
sync b2 dump "$TMP/copies"
check_eq "its dump says that they are copies" 80 "$(sync b2 print "$TMP/copies" | grep -c ^copy)"
check_eq "wrong records are refused, each for its reason" "" "$(sync b2 wrong "$TMP/all")"
check_eq "of random ones none is taken" 0 "$(sync b2 forged 20480 1)"
check_eq "a balancer that does not adopt them refuses all" "refused-range 80" \
	"$(ctl b2 link set l1 adopt none; ctl b2 link set l2 adopt none; wait_for 5 is b2 standby 0; sync b2 add "$TMP/all" 7)"
check_eq "they have ended there with the range" "" "$(ends b2)"
for l in 1 2; do
	ctl b2 link set "l$l" adopt "10.1.$l.1-10.1.$l.4" adopt "2001:db8:a:1$l::1-2001:db8:a:1$l::4"
done
check_eq "and are taken again" "added 80" "$(sync b2 add "$TMP/all" 7)"

check_eq "a sweep ends none that the run has named" 0 "$(sync b2 feed 10.1.1.1-10.1.2.4 7)"
four=$(ctl b2 session show | grep -c ' 10\.1\.')
check_eq "and those that it has not, in its ranges" "$four" "$(sync b2 feed 10.1.1.1-10.1.2.4 8)"
check "those of the other family stay" is b2 standby $((80 - four))
sync b2 add "$TMP/all" 7 >/dev/null

ctl b2 setting set udp-timeout 5 udp-new-timeout 5 tcp-established-timeout 5
spawn on b2 "$SYNC" keep 10.1.1.1-10.1.2.4
# After the timeouts of 5 s, copies expire unless they are fed.
sleep 8
check "copies that are not fed expire" wait_for 20 is b2 standby "$four"
check "those that are do not" expect_stays 3 is b2 standby "$four"
end_process "$SPAWNED"
check "fed no more, these expire, too" wait_for 20 is b2 standby 0
sync b2 feed "$(many 1 64)" >/dev/null
check_eq "64 ranges of living balancers are kept" 0 "$(status b2 forgotten)"
sync b2 feed "$(many 65 66)" >/dev/null
check_eq "of more, those confirmed longest ago are forgotten and counted" 2 "$(status b2 forgotten)"
check_eq "that is no news for b1" "0" "$(sync b2 changes "$(status b2 logged)" "$TMP/x" | cut -d' ' -f2)"
ctl b2 setting set udp-timeout 300 udp-new-timeout 30 tcp-established-timeout 7440
sync b2 add "$TMP/all" 7 >/dev/null
check "b2 has the same sessions again" same_ends

steady count
check_eq "the flows go on" "0" "${STEADY[lost]:-?}"
NEXT=$(sync b1 next)
CLOSED=$NEXT
echo end >&"$STEADY_IN"
wait "$STEADY_PID"
: >"$TMP/carried"
check "connections that are closed end at b2" wait_for 15 carried_ends
check "nearly all of them" [ "$(counted ended)" -ge 30 ]
sync b1 changes "$CLOSED" "$TMP/again" >/dev/null
check "another reader of the log learns of the same ends" \
	[ "$(sync b1 print "$TMP/again" | grep -c ^end)" -ge "$(counted ended)" ]
ctl b1 session flush >/dev/null
check "sessions that are flushed end, too" wait_for 15 carried_all

ctl b1 setting set sync-log 1024 sync-after 0
FROM=$(sync b1 next)
check "more flows than the log has entries" on c1 "$SLB_SELFTESTS/tools/packets/flows" -n 1500 udp "${ADDR4[c1]}@1024-2600" "$VIP4@53"
check_eq "the reader learns that it has missed some" 1 \
	"$(sync b1 changes "$FROM" "$TMP/changes" | awk '{ print ($2 > 400) }')"
check "and status tells" sh -c "[ $(status b1 lost) -gt 400 ]"
on b1 ip link set l1 down
on b1 ip link set l2 down
check "a balancer whose links have all failed is behind" wait_for 5 is b1 behind 1
check_eq "a balancer that exchanges none is not" "0" "$(ctl b1 setting set sync-wait 0; status b1 behind)"
