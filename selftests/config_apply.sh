#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# slbctl save, diff, apply, confirm and revert: what was saved can be applied, apply makes the configuration equal to
# the file and leaves equal objects alone, and a file with faults changes nothing.
#
#   h    one host with both modules and devices d1 ... d3 that lead nowhere

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_life.sh
. "${BASH_SOURCE[0]%/*}/lib_life.sh"

ktap_plan 123
load_modules slb relay
hosts h away
printf 'link add %s type dummy\nlink set %s up\n' d1 d1 d2 d2 d3 d3 | ip -n "${NS[h]}" -batch -

# Objects of every kind, with settings that are not the defaults.
cat >"$TMP/full" <<-'END'
	slb-config 1
	# both modules
	link l1 dev d1 via 100.64.1.17 local 10.1.1.1-10.1.1.4 via 2001:db8:b:11::1 local 2001:db8:a:11::1-2001:db8:a:11::4 host 2001:db8:a:11::4 interval 0
	link l2 dev d2 via 100.64.1.33 local 10.1.2.1-10.1.2.4 weight 3 interval 0 hold 0
	link l3 dev d3 via 2001:db8:b:13::1 local 2001:db8:a:13::1 shared yes interval 0
	group web
	group far scheduler mh table-size 1009 hash source overflow yes persist 600 prefix4 24 prefix6 48 hash-balance-factor 150
	group empty scheduler wlc min-healthy 50% when-none all tier-min 2 slow-start 30
	server web 192.0.2.11
	server web 192.0.2.12:8080 weight 5 tier 1 state drain deadline 300
	server web [2001:db8:5::11]:8080
	server far 192.0.2.13 weight 0 session-limit 5000
	vip tcp 203.0.113.80:80 group web
	vip udp 203.0.113.80:5000-5010 group far session-limit 9000 client-limit 7 rate-limit 500 refuse drop udp-new-timeout 5 udp-timeout 60 mark 0x10/0xff
	vip any 2001:db8:f::80 group web
	vip sctp [2001:db8:f::81]:38412 group empty
	group told client-address proxy-v2
	vip udp 203.0.113.80:53 group told
	vip tcp 203.0.113.80:53 group told client-address toa
	vip sctp 203.0.113.80:53 group told client-address none
	setting session-limit 1000 tcp-fin-timeout 100 health-ttl 30 proxy-every yes
	setting port-first 2000 port-last 3000
	relay balancer b1
	relay balancer b2 weight 7
	relay link b1 l1 dev d1 via 100.64.1.18 return 10.1.1.1-10.1.1.4 interval 0
	relay link b2 l1 dev d2 via 2001:db8:b:11::2 return 2001:db8:a:11::1 interval 0
	relay device d3
	relay device d4 xdp yes
	relay vip any 203.0.113.80
	relay vip tcp [2001:db8:f::80]:443
	relay setting flow-limit 5000 dead-after 100
	end
END

save() {
	ctl h save >"$TMP/${1:-now}"
}

# changes FILE: what diff says of it, in one line; then its status
changes() {
	ctl h diff "$1" 2>&1 | paste -sd';'
	echo "${PIPESTATUS[0]}"
}

# edit SED-SCRIPT...: a copy of the full file with changes is $TMP/file
edit() {
	sed "$@" "$TMP/full" >"$TMP/file"
}

# applied TEXT WANTED: the changes that diff shows for $TMP/file are those, and apply makes them
applied() {
	check_eq "$1: diff shows what would change" "$2"$'\n1' "$(changes "$TMP/file")"
	check "$1: apply" ctl h apply "$TMP/file"
	check_eq "$1: nothing is left to change" $'\n0' "$(changes "$TMP/file")"
}

# refused TEXT WORDS...: $TMP/file is refused with these words, and changes nothing
refused() {
	local text=$1 word bad=''
	save before
	! ctl h apply "$TMP/file" >"$TMP/said" 2>&1 || bad="it was applied; "
	for word in "${@:2}"; do
		grep -qF -- "$word" "$TMP/said" || bad+="not said: $word; "
	done
	save after
	cmp -s "$TMP/before" "$TMP/after" || bad+="something has changed; "
	[ -z "$bad" ] || cat "$TMP/said"
	check_eq "$text" "" "$bad"
}

check "a full configuration is applied" ctl h apply "$TMP/full"
check_eq "diff finds no difference to the applied file" $'\n0' "$(changes "$TMP/full")"
save first
check_eq "diff finds no difference to a saved file" $'\n0' "$(changes "$TMP/first")"
check_eq "a saved file begins with its version and ends with end" "slb-config 1 end" \
	"$(sed -n '1p; $p' "$TMP/first" | paste -sd' ')"
check "each object is one line of the saved file" [ "$(grep -cvE '^(relay )?setting |^slb-config|^end' "$TMP/first")" -eq 26 ]
check "save writes a file" ctl h save "$TMP/file"
check_eq "only the owner can read the saved file" 600 "$(stat -c %a "$TMP/file")"
ln -s "$TMP/file" "$TMP/link"
ctl h save "$TMP/link"
check_eq "save writes to what a symbolic link points to" "symbolic link 600" \
	"$(stat -c %F "$TMP/link") $(stat -c %a "$TMP/file")"
mkfifo "$TMP/fifo"
cat "$TMP/fifo" >"$TMP/read" &
ctl h save "$TMP/fifo"
wait $!
check_eq "save writes into a pipe, and leaves it a pipe" "fifo end" "$(stat -c %F "$TMP/fifo") $(tail -n 1 "$TMP/read")"
ctl h -j save >"$TMP/json"
check_eq "diff finds no difference to the saved JSON" $'\n0' "$(changes "$TMP/json")"
check_eq "the saved JSON has the names of the specification" "10.1.2.1 8080 far" "$(jq -r '
	(.link[] | select(.name == "l2") | .local4_first), (.server[] | select(.weight == 5) | .port),
	(.group[] | select(.scheduler == "mh") | .name)' "$TMP/json" | xargs)"

for object in vip server group link "relay vip" "relay link" "relay balancer" "relay device"; do
	# shellcheck disable=SC2086
	ctl h $object flush
done
check_not "diff finds the deleted objects" ctl h diff "$TMP/first"
check "a saved file is applied" ctl h apply "$TMP/first"
save
check_eq "save prints the applied file again, byte by byte" "" "$(diff "$TMP/first" "$TMP/now" 2>&1)"

ctl h monitor >"$TMP/events" 2>&1 &
LIB_SPAWNED+=("$!")
listens() {
	on h ip link >"$TMP/devices"
	ctl h link set l1 weight 9
	ctl h link set l1 weight 1
	[ -s "$TMP/events" ]
}
wait_for 10 listens
# events N COMMAND...: the command succeeds and makes N events
events() {
	local before wanted=$1
	before=$(wc -l <"$TMP/events")
	shift
	"$@" || return 1
	ctl h group add marker && ctl h group del marker || return 1
	wait_for 10 tail_is_marker
	[ "$(($(wc -l <"$TMP/events") - before))" -eq $((wanted + 2)) ]
}
tail_is_marker() {
	tail -n 1 "$TMP/events" | grep -q 'group del.*marker'
}
check "applying the same again makes no event" events 0 ctl h apply "$TMP/full"
check "applying the same as JSON makes no event" events 0 ctl h apply "$TMP/json"

edit 's/^server web 192.0.2.11$/& weight 3/; s/^relay balancer b1$/& weight 4/; s/weight 5/weight 7/'
check "a change of three weights makes three events" events 3 ctl h apply "$TMP/file"
ctl h apply "$TMP/full"
edit 's/192.0.2.12:8080 weight 5/192.0.2.12:8080 weight 6/'
applied "a weight" "~ server web 192.0.2.12:8080 weight 6"
left() {
	ctl h -j server show web 192.0.2.12:8080 | jq '.[0].deadline_left'
}
before=$(left)
ctl h apply "$TMP/full"
check "an equal deadline is not restarted when the weight changes" [ "$(left)" -le "$before" ]
edit 's/ deadline 300//'
applied "a deadline goes" "~ server web 192.0.2.12:8080 state drain"
check_eq "... and the server has none" null "$(left)"
edit 's/ deadline 300/ deadline 400/'
applied "a deadline comes" "~ server web 192.0.2.12:8080 state drain deadline 400"
edit 's/ tier 1 state drain deadline 300//'
applied "a server is up again" "~ server web 192.0.2.12:8080 tier 0 state up"
ctl h apply "$TMP/full"
edit 's/min-healthy 50%/min-healthy 3/; s/ when-none all//; s/tier-min 2/tier-min 10%/; s/ slow-start 30//; s/ host [^ ]*//; s/ health-ttl 30//'
applied "health, tiers and the host's address" \
	"~ setting health-ttl 60;~ link l1 host ::;~ group empty min-healthy 3 when-none refuse tier-min 10% slow-start 0"
ctl h apply "$TMP/full"
edit 's/^group told .*/group told client-address toa/; /^vip udp .*told/d; s/^\(vip tcp .*told\) .*/\1/; s/ proxy-every yes/ proxy-checksum yes/'
applied "how servers learn clients' addresses" \
	"~ setting proxy-checksum yes proxy-every no;- vip udp 203.0.113.80:53 group told;~ vip tcp 203.0.113.80:53 client-address group;~ group told client-address toa"
check "... and back again: a group comes before VIPs that need it" ctl h apply "$TMP/full"
check_eq "... as it was" $'\n0' "$(changes "$TMP/full")"
edit 's/^group told .*/group told client-address toa/; s/ proxy-every yes//'
refused "a group that does not fit a VIP" "client-address toa is not for VIPs of udp, only for tcp"
edit 's/^\(vip sctp .*\) none$/\1 proxy-v2/; s/^group web/group web min-healthy 2/'
refused "a VIP that does not fit" "client-address proxy-v2 is not for VIPs of sctp, only for tcp and udp"
edit 's/scheduler wlc/scheduler sh/'
refused "a slow start with another scheduler is refused with its line" "file:8: " slow-start
edit '/^server far/d; /^vip udp.* group far/d; /^group far/d'
ctl h apply "$TMP/full"
applied "objects that go" "- vip udp 203.0.113.80:5000-5010 group far session-limit 9000 client-limit 7 rate-limit 500 refuse drop udp-new-timeout 5 udp-timeout 60 mark 0x10/0xff;- server far 192.0.2.13 weight 0 session-limit 5000;- group far scheduler mh table-size 1009 hash source overflow yes persist 600 prefix4 24 prefix6 48 hash-balance-factor 150"
ctl h apply "$TMP/full"
edit 's/ hash source overflow yes persist 600 prefix4 24 prefix6 48 hash-balance-factor 150//; s/ session-limit 5000$//; s/ session-limit 9000 .* mark [^ ]*$//'
applied "policy goes" "~ group far hash flow overflow no persist 0 prefix4 32 prefix6 64 hash-balance-factor 0;~ server far 192.0.2.13 session-limit 0;~ vip udp 203.0.113.80:5000-5010 session-limit 0 client-limit 0 rate-limit 0 refuse unreachable udp-new-timeout 0 udp-timeout 0 mark 0"
ctl h apply "$TMP/full"
check_eq "... and comes back" $'\n0' "$(changes "$TMP/full")"
edit 's/scheduler mh table-size 1009 hash source/scheduler rr/; s/ hash-balance-factor 150//'
applied "another scheduler has no hash" "~ group far scheduler rr hash flow hash-balance-factor 0"
ctl h apply "$TMP/full"
check_eq "... and mh has it again" $'\n0' "$(changes "$TMP/full")"
edit 's/^vip tcp \(.*\) web/vip tcp \1 far/; s/^group web/group web scheduler wrr/'
applied "a VIP and its group" "~ group web scheduler wrr;~ vip tcp 203.0.113.80:80 group far"
ctl h apply "$TMP/full"
edit 's/tcp-fin-timeout 100//; s/port-first 2000 port-last 3000/port-first 4000 port-last 5000/'
applied "settings go back to their defaults" "~ setting port-first 4000 port-last 5000 tcp-fin-timeout 240"
ctl h apply "$TMP/full"
KEY=00112233445566778899aabbccddeeff
edit "s/^end/setting hash-key $KEY\nrelay setting hash-key $KEY\nend/"
applied "keys" "~ setting hash-key (secret);~ relay setting hash-key (secret)"
save
check_eq "a saved file has both keys" 2 "$(grep -c "setting hash-key $KEY" "$TMP/now")"
check_eq "saved JSON has both keys" 2 "$(ctl h -j save | grep -o "\"hash_key\":\"$KEY\"" | wc -l)"
check_eq "no command but save shows a key" 0 "$({ ctl h setting show; ctl h relay setting show; ctl h -j -s setting show
	ctl h diff "$TMP/full"; } 2>&1 | grep -c "$KEY")"
check "a file that names no key leaves it as it is" ctl h apply "$TMP/full"
check_eq "the key is the same as before" 2 "$(ctl h save | grep -c "setting hash-key $KEY")"
edit 's/ via 2001:db8:b:11::1 local 2001:db8:a:11::1-2001:db8:a:11::4 host [^ ]*//'
check "a file that removes a family of a link is applied" ctl h apply "$TMP/file"
check_eq "the link has lost the family" $'\n0' "$(changes "$TMP/file")"
check "a link gains a family, with two events" events 2 ctl h apply "$TMP/full"
check_not "no link was deleted" grep -q "link del" <(tail -n 4 "$TMP/events")
check_eq "the link has both families" $'\n0' "$(changes "$TMP/full")"
edit 's/ via 2001:db8:b:11::1 local 2001:db8:a:11::1-2001:db8:a:11::4 host [^ ]*//'
ctl h apply "$TMP/file"
edit 's/scheduler wlc/scheduler nope/'
refused "a link that gained a family loses it again when a later change is refused" nope
ctl h apply "$TMP/full"
# l3 has IPv6 only
edit 's/^link l3 .*/link l3 dev d3 via 100.64.1.49 local 10.1.3.1-10.1.3.4 shared yes weight 4 interval 0/'
check "a link changes from one family to the other" ctl h apply "$TMP/file"
check_eq "the link has the other family" $'\n0' "$(changes "$TMP/file")"
check "and back" ctl h apply "$TMP/full"
check_eq "the link has its family again" $'\n0' "$(changes "$TMP/full")"
# taken: the kernel refuses a link in $TMP/file, as another link has its range, and has not deleted the link before
taken() {
	wc -l <"$TMP/events" >"$TMP/seen"
	refused "$1 is refused when the range is taken" "link l3: local addresses overlap those of link l1"
	check_not "$1: there was nothing to take back" grep "taken back" "$TMP/said"
	events 0 true
	check_not "$1: the link was not deleted" grep "link del" <(tail -n +"$(($(<"$TMP/seen") + 1))" "$TMP/events")
}
edit 's/^link l3 .*/link l3 dev d3 via 100.64.1.49 local 10.1.1.1-10.1.1.4 shared yes interval 0/'
taken "a link that changes from one family to the other"
edit 's/^link l3 /&via 100.64.1.49 local 10.1.1.1-10.1.1.4 /; s/^\(link l3\) \(via .*4\) \(dev d3\)/\1 \3 \2/'
taken "a link that gains a family"
edit 's/10\.1\.1\.1-10\.1\.1\.4/10.1.9.9/; s/10\.1\.2\.1-10\.1\.2\.4/10.1.1.1-10.1.1.4/; s/10\.1\.9\.9/10.1.2.1-10.1.2.4/'
check "two links exchange their ranges" ctl h apply "$TMP/file"
check_eq "both links have the exchanged ranges" $'\n0' "$(changes "$TMP/file")"
ctl h apply "$TMP/full"
edit 's/^relay balancer b2 weight 7/relay balancer b2/; /^relay vip tcp/d; s/^relay link b1 l1 \(.*\)/relay link b1 l1 \1 weight 4/'
applied "the relay" "~ relay balancer b2 weight 1;~ relay link b1 l1 weight 4;- relay vip tcp [2001:db8:f::80]:443"
ctl h apply "$TMP/full"

edit 's/^slb-config 1/slb-config 2/'
refused "an unknown version is refused" "file:1: version \"2\" is not known"
edit '/^end/d'
refused "a file that is cut off is refused" "file:31: the file is cut off"
edit '1d'
refused "a file without its first line is refused" "the first line has to be \"slb-config 1\""
# shellcheck disable=SC2016
edit '$a link l9'
refused "words after the end are refused" 'file:33: "link" comes after "end"'
edit 's/^group empty.*/&\ngroup web scheduler rr/'
refused "an object that is there twice is refused, with both lines" "file:9: group web is there twice" "file:6"
edit 's/^group empty.*//'
refused "a VIP of a group that is missing is refused" "group empty does not exist in the file"
edit 's/^relay balancer b1//'
refused "a link of a balancer that is missing is refused" "relay balancer b1 does not exist in the file"
edit 's/192.0.2.11$/192.0.2.300/; s/weight 3/weight x/; s/scheduler wlc/scheduler nope/; s/^vip any/vipp any/'
refused "all faults are shown at once" 'file:4: ' '"x"' 'file:9: ' '192.0.2.300' 'file:15: ' '"vipp"'
edit 's/weight 3/weight 3 wieght 4/'
refused "an unknown keyword is named" '"wieght"'
edit 's/^link l2 \(.*\) local [^ ]*/link l2 \1 local 10.1.1.4-10.1.1.9/'
refused "what only the kernel can see is refused with its line" "file:4: "
edit 's/scheduler wlc/scheduler nope/'
refused "an unknown scheduler is refused with its line" "file:8: " nope
for ((i = 0; i < 30; i++)); do
	echo "nonsense $i"
done >"$TMP/nonsense"
sed -i '1i slb-config 1' "$TMP/nonsense"
cp "$TMP/nonsense" "$TMP/file"
refused "of very many faults twenty are shown" "file:21:" "11 more faults"
check "no more than twenty faults are shown" [ "$(grep -c invalid.object "$TMP/said")" -eq 20 ]
printf 'slb-config 1\nend\n' >"$TMP/file"
refused "a file that deletes every VIP needs a word more" force
echo '{"slb-config": 1, "link": [{"name": "l1", "dve": "d1"}]}' >"$TMP/file"
refused "an unknown attribute in JSON is named" 'link[0]' '"dve"'
echo '{"slb-config": 1, "link": [' >"$TMP/file"
refused "JSON that is cut off is refused" 'file:'
edit 's/dev d3/dev d9/'
check "a file with a missing device is applied" ctl h apply "$TMP/file"
check "diff notes the missing device" grep -q "file:5: note: there is no device d9 yet" <(ctl h diff "$TMP/file" 2>&1)
check_not "a file that does not exist is refused" ctl h apply "$TMP/none"
ctl h apply "$TMP/full"

# Many files with one fault each.
save before
sed 's/^[[:space:]]*//' "$TMP/full" >"$TMP/good"
mkdir "$TMP/faulty"
on h "$SLB_SELFTESTS/tools/faults/config_faults.py" "$SLBCTL" "$TMP/good" "$TMP/faulty" >"$TMP/said" 2>&1
check "there are more than 200 faulty files" [ "$(sed 's/ files//;q' "$TMP/said")" -gt 200 ]
check_eq "each faulty file is refused, with the line" "" "$(sed 1d "$TMP/said")"
save after
check "the faulty files have changed nothing" cmp "$TMP/before" "$TMP/after"

mkdir "$TMP/boot.d"
cp "$TMP/full" "$TMP/boot"
printf 'slb-config 1\nserver web 192.0.2.99\nend\n' >"$TMP/boot.d/extra.conf"
check_eq "files of FILE.d belong to it" $'+ server web 192.0.2.99 weight 1\n1' "$(changes "$TMP/boot")"

edit 's/weight 3/weight 8/'
save before
check "apply with confirm succeeds" ctl h apply "$TMP/file" confirm 1
check_eq "a change that waits for a confirmation is made" $'\n0' "$(changes "$TMP/file")"
reverted() {
	save
	cmp "$TMP/before" "$TMP/now"
}
check "a change without a confirmation is reverted" wait_for 10 reverted
check "apply of a change to be confirmed succeeds" ctl h apply "$TMP/file" confirm 2
check "confirm succeeds" ctl h confirm
stays() {
	! reverted
}
check "a confirmed change stays" expect_stays 4 stays
check_not "a second confirm is refused" ctl h confirm
check "revert succeeds" ctl h revert
check_eq "revert restores the whole configuration" $'\n0' "$(changes "$TMP/full")"
edit 's/weight 3/weight 9/'
ctl h apply "$TMP/file" confirm 60
check_not "a second change that waits for a confirmation is refused" ctl h apply "$TMP/full" confirm 60
ctl h confirm
ctl h apply "$TMP/full"

# An apply that is killed at any moment has made all changes of a module, or none.
save old
edit 's/^server web 192.0.2.11$/& weight 3/; s/weight 5/weight 7/; /^vip udp/d;
	s/^group empty.*/group empty/; s/^link l2 \(.*\) weight 3/link l2 \1 weight 4/'
ctl h apply "$TMP/file"
save new
# killed N: apply of the other configuration is killed after N milliseconds; sets STATE to the resulting configuration
killed() {
	local file=$TMP/old seconds pid
	[ "$STATE" = old ] && file=$TMP/new
	printf -v seconds 0.%03d "$1"
	# not by "on": a function in the background is a shell, and would be killed instead
	ip netns exec "${NS[h]}" "$SLBCTL" apply "$file" &
	pid=$!
	lib_pause "$seconds"
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	save
	STATE=neither
	[ "$(<"$TMP/now")" != "$(<"$TMP/old")" ] || STATE=old
	[ "$(<"$TMP/now")" != "$(<"$TMP/new")" ] || STATE=new
}
STATE=new states=''
for ((i = 0; i < 60; i++)); do
	killed $((i * 5 + 10))
	states+=" $STATE"
	[ "$STATE" != neither ] || break
done
check_eq "apply that is killed has made all changes of a module, or none" "" "$(grep -o neither <<<"$states")"
note "states: $(tr ' ' '\n' <<<"$states" | uniq -c | xargs)"
check "some applies were killed before the change, and some after" [ "$(tr ' ' '\n' <<<"$states" | sort -u | grep -c .)" -eq 2 ]
