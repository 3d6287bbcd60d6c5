# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The demonstration's servers and clients, and what it reads of them: answers, counters, sessions.

# The other files of the demonstration read most of these.
# shellcheck disable=SC2034
HTTP_EACH=30		# requests of each client and family, a connection each
DNS_EACH=24		# queries of each family, the last DNS_TCP of them over TCP
DNS_TCP=4
SLOW_EACH=6		# long downloads of each client and family
SLOW_RATE=2048		# their speed, bytes a second
SLOW_PORTS=20000-20999	# and their clients' ports, apart from those of others

# shellcheck disable=SC2034
declare -A VIP=([4]=$VIP4 [6]=$VIP6) VIP_TEXT=([4]=$VIP4 [6]="[$VIP6]")
declare -A KIND_TEXT=(
	[http4]="HTTP over IPv4" [http6]="HTTP over IPv6"
	[dns4]="DNS over IPv4" [dns6]="DNS over IPv6"
)
# shellcheck disable=SC2034
declare -A WEB_PIDS=() SENT=() ANSWERS=() COUNTERS=() PACKETS=() SLOW=()
KINDS=() TRAFFIC_PIDS=() SLOW_COUNT=0 SLOW_SIZES=() SLOW_PIDS=()

# ---- servers

web_server() {
	local dir=$TMP/web-$1
	mkdir "$dir"
	cat >"$dir/conf" <<-END
		daemon off;
		master_process off;
		user root;
		pid $dir/pid;
		error_log $dir/log;
		events {}
		http {
			access_log off;
			server {
				listen 80 backlog=1024;
				listen [::]:80 backlog=1024;
				location = / { return 200 "$1\\n"; }
				location = /slow { alias $TMP/slow; limit_rate $SLOW_RATE; }
			}
			log_format clients '\$proxy_protocol_addr asked by \$remote_addr';
			server {
				listen 8080 proxy_protocol;
				listen [::]:8080 proxy_protocol;
				access_log $dir/clients clients;
				location = / { return 200 "$1\n"; }
			}
		}
	END
	web_start "$1"
}

# WEB_PIDS[SERVER]: its nginx.
web_start() {
	spawn on "$1" nginx -c "$TMP/web-$1/conf" -p "$TMP/web-$1" -e "$TMP/web-$1/log"
	WEB_PIDS[$1]=${LIB_SPAWNED[-1]}
}

dns_server() {
	spawn on "$1" dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --pid-file= \
		--no-resolv --no-hosts --log-facility=/dev/null "--txt-record=server.example,$1"
}

servers_listen() {
	local s
	for s in s1 s2 s3; do
		listening "$s" 80 && listening "$s" 53 || return 1
	done
}

servers_start() {
	local s
	for s in s1 s2 s3; do
		web_server "$s"
		dns_server "$s"
	done
	wait_for 10 servers_listen
}

# ---- short requests, from both clients at the same time

traffic_reset() {
	rm -rf "$TMP/traffic"
	mkdir "$TMP/traffic"
	KINDS=() TRAFFIC_PIDS=() SENT=()
}

# Sends all requests once; may be called again before they are answered.
traffic_start() {
	local f c n=${#TRAFFIC_PIDS[@]}
	for f in $FAMILIES; do
		for c in c1 c2; do
			on "$c" curl -sS --no-progress-meter -N -Z --parallel-max 8 --parallel-immediate \
				--max-time 60 -H 'Connection: close' "http://${VIP_TEXT[$f]}/?[1-$HTTP_EACH]" \
				>"$TMP/traffic/http$f.$c.$n" 2>"$TMP/traffic/error.http$f.$c.$n" &
			TRAFFIC_PIDS+=("$!")
		done
		on "c$((f / 2 - 1))" dig "@${VIP[$f]}" +short +time=2 +tries=3 -f "$TMP/queries" \
			>"$TMP/traffic/dns$f.$n" 2>&1 &
		TRAFFIC_PIDS+=("$!")
		SENT[http$f]=$((${SENT[http$f]:-0} + 2 * HTTP_EACH))
		SENT[dns$f]=$((${SENT[dns$f]:-0} + DNS_EACH))
	done
	KINDS=()
	for f in http4 http6 dns4 dns6; do
		[ -z "${SENT[$f]:-}" ] || KINDS+=("$f")
	done
}

# Has each client got some of its answers? HTTP_DONE counts all.
traffic_flows() {
	local file lines enough=yes
	HTTP_DONE=0
	for file in "$TMP"/traffic/http*; do
		mapfile -t lines <"$file"
		HTTP_DONE=$((HTTP_DONE + ${#lines[@]}))
		[ "${#lines[@]}" -ge 3 ] || enough=no
	done
	[ "$enough" = yes ]
}

# Waits for the end and counts: ANSWERS[KIND,SERVER].
traffic_finish() {
	local key n
	wait "${TRAFFIC_PIDS[@]}"
	ANSWERS=()
	while read -r key n; do
		ANSWERS[$key]=$n
	done < <(cd "$TMP/traffic" && awk '
		/^"?s[123]"?$/ {
			kind = FILENAME
			sub(/\..*/, "", kind)
			gsub(/"/, "")
			n[kind "," $0]++
		}
		END { for (k in n) print k, n[k] }' http* dns*)
	cat "$TMP"/traffic/error.* | head -n 5
}

traffic_all_answered() {
	local kind server sum
	for kind in "${KINDS[@]}"; do
		sum=0
		for server in s1 s2 s3; do
			sum=$((sum + ${ANSWERS[$kind,$server]:-0}))
		done
		[ "$sum" -eq "${SENT[$kind]}" ] || return 1
	done
}

# Round robin on two balancers: each server gets at least half of an even share.
traffic_shared() {
	local kind server
	for kind in "${KINDS[@]}"; do
		for server in s1 s2 s3; do
			[ $((6 * ${ANSWERS[$kind,$server]:-0})) -ge "${SENT[$kind]}" ] || return 1
		done
	done
}

# Has a server answered nothing?
traffic_not_by() {
	local kind
	for kind in "${KINDS[@]}"; do
		[ "${ANSWERS[$kind,$1]:-0}" -eq 0 ] || return 1
	done
}

# ---- counters of the balancers' links

LINK_COUNTERS='.[] | [.name, .client_in.packets, .client_out.packets,
	.server_in.packets, .server_out.packets] | @tsv'

counters_read() {
	local b name ci co si so
	for b in b1 b2; do
		while read -r name ci co si so; do
			COUNTERS[$b,$name,client_in]=$ci COUNTERS[$b,$name,client_out]=$co
			COUNTERS[$b,$name,server_in]=$si COUNTERS[$b,$name,server_out]=$so
		done < <(ctl "$b" -j -s link show | jq -r "$LINK_COUNTERS")
	done
}

# From here on PACKETS counts.
counters_mark() {
	local key
	counters_read
	for key in "${!COUNTERS[@]}"; do
		PACKETS[mark,$key]=${COUNTERS[$key]}
	done
}

counters_take() {
	local key
	counters_read
	for key in "${!COUNTERS[@]}"; do
		PACKETS[$key]=$((COUNTERS[$key] - PACKETS[mark,$key]))
	done
}

# Did all links (but, when given, the link NOT of the form b1,l1) carry packets of all four kinds?
counters_all_used() {
	local key
	for key in "${!COUNTERS[@]}"; do
		[ "${key%,*}" = "${1:-}" ] || [ "${PACKETS[$key]}" -gt 0 ] || return 1
	done
}

counters_unused() {
	local key
	for key in "${!COUNTERS[@]}"; do
		[ "${key%,*}" != "$1" ] || [ "${PACKETS[$key]}" -eq 0 ] || return 1
	done
}

# With two links, what clients sent by one must be what went on to servers by the other, to the packet.
counters_crossed() {
	local b i j
	for b in b1 b2; do
		for i in 1 2; do
			j=$((3 - i))
			[ "${PACKETS[$b,l$i,client_in]}" -eq "${PACKETS[$b,l$j,server_out]}" ] &&
				[ "${PACKETS[$b,l$i,client_out]}" -eq "${PACKETS[$b,l$j,server_in]}" ] || return 1
		done
	done
}

counters_take_crossed() {
	counters_take
	counters_crossed
}

# ---- long downloads

# Starts them; each would take ten minutes.
slow_start() {
	local f c
	head -c $((600 * SLOW_RATE)) /dev/urandom >"$TMP/slow"
	mkdir "$TMP/got"
	for f in $FAMILIES; do
		for c in c1 c2; do
			spawn on "$c" curl -sS --no-progress-meter -N -Z --parallel-immediate \
				--local-port "$SLOW_PORTS" -o "$TMP/got/$c.$f.#1" "http://${VIP_TEXT[$f]}/slow?[1-$SLOW_EACH]"
			SLOW_PIDS+=("$SPAWNED")
			SLOW_COUNT=$((SLOW_COUNT + SLOW_EACH))
		done
	done
}

# Stop the clients before the servers, because they would report errors.
slow_end() {
	local pid
	for pid in "${SLOW_PIDS[@]}"; do
		end_process "$pid"
	done
	SLOW_PIDS=()
}

# Prints "CLIENT PORT BALANCER RETURN-LINK LOCAL LOCAL-PORT" of each download that is under way.
slow_sessions() {
	local b
	for b in b1 b2; do
		ctl "$b" -j session show | jq -r --arg b "$b" --argjson first "${SLOW_PORTS%-*}" \
			--argjson last "${SLOW_PORTS#*-}" '
			.[] | select(.proto == "tcp" and .state == "tcp-established" and
				.client_port >= $first and .client_port <= $last) |
			[.client, .client_port, $b, .return_link, .local, .local_port] | @tsv'
	done | sort
}

slow_flowing() {
	slow_sessions >"$TMP/sessions"
	[ "$(wc -l <"$TMP/sessions")" -eq "$SLOW_COUNT" ]
}

# Chooses the link that most downloads come back by, of both families; SLOW[FAMILY] is one of these:
# "CLIENT.PORT LOCAL.PORT".
slow_choose() {
	local client cport b l addr lport
	read -r CUT_B CUT_L < <(awk -v families="$FAMILIES" '
		{ k = $3 " " $4; all[k]++; n[k, ($1 ~ /:/ ? 6 : 4)]++ }
		END {
			for (k in all)
				if ((families !~ 4 || n[k, 4]) && (families !~ 6 || n[k, 6]) && all[k] > best) {
					best = all[k]
					link = k
				}
			print link
		}' "$TMP/sessions")
	while read -r client cport b l addr lport; do
		[ "$b $l" = "$CUT_B $CUT_L" ] || continue
		if [[ $client == *:* ]]; then
			SLOW[6]="$client.$cport $addr.$lport"
		else
			SLOW[4]="$client.$cport $addr.$lport"
		fi
	done <"$TMP/sessions"
	[ -n "$CUT_L" ]
}

slow_same_addresses() {
	slow_sessions | diff "$TMP/sessions" -
}

slow_mark() {
	mapfile -t SLOW_SIZES < <(stat -c %s "$TMP"/got/*)
}

# Has each got more since slow_mark?
slow_grew() {
	local i sizes
	mapfile -t sizes < <(stat -c %s "$TMP"/got/*)
	[ "${#sizes[@]}" -eq "$SLOW_COUNT" ] || return 1
	for i in "${!sizes[@]}"; do
		[ "${sizes[i]}" -gt "${SLOW_SIZES[i]}" ] || return 1
	done
}

# Is what each has got the beginning of the file, to the byte?
slow_intact() {
	local file size
	for file in "$TMP"/got/*; do
		size=$(stat -c %s "$file")
		cmp -n "$size" "$file" "$TMP/slow" || return 1
	done
}
