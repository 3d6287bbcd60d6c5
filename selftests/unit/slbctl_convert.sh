#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# slbctl convert: what becomes of the words of ipvsadm and keepalived, that apply and slb-healthd accept each result, and
# what is refused.
# shellcheck disable=SC2016
# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

TOOL=$SLB_DIR/tools/slbctl
FAKE=$TOOL/tests/slbctl-fake
HEALTHD=$SLB_DIR/tools/slb-healthd/slb-healthd

# Lines of ipvsadm, with ";" between them | exit status | lines of the result, without comments.
IPVSADM='
-A -t 203.0.113.80:80 -s wlc;-a -t 203.0.113.80:80 -r 192.0.2.11:8080 -m -w 3|0|group tcp-203.0.113.80-80 scheduler wlc;server tcp-203.0.113.80-80 192.0.2.11:8080 weight 3;vip tcp 203.0.113.80:80 group tcp-203.0.113.80-80
-A -u 203.0.113.53:53 -s rr;-a -u 203.0.113.53:53 -r 192.0.2.53:53 -g -w 0|0|group udp-203.0.113.53-53 scheduler rr;server udp-203.0.113.53-53 192.0.2.53:53 weight 0;vip udp 203.0.113.53:53 group udp-203.0.113.53-53
-A -t [2001:db8::80]:443 -s wrr;-a -t [2001:db8::80]:443 -r [2001:db8:1::1]:443 -i|0|group tcp-2001:db8::80-443 scheduler wrr;server tcp-2001:db8::80-443 [2001:db8:1::1]:443 weight 1;vip tcp [2001:db8::80]:443 group tcp-2001:db8::80-443
-A --sctp-service 203.0.113.9:0 -s lc;-a --sctp-service 203.0.113.9:0 -r 192.0.2.1:0 -m|0|group sctp-203.0.113.9 scheduler lc;server sctp-203.0.113.9 192.0.2.1 weight 1;vip sctp 203.0.113.9 group sctp-203.0.113.9
--add-service --tcp-service=203.0.113.8:80 --scheduler sh;ipvsadm --add-server --tcp-service 203.0.113.8:80 --real-server=192.0.2.1:80 --masquerading --weight 7|0|group tcp-203.0.113.8-80 scheduler sh;server tcp-203.0.113.8-80 192.0.2.1:80 weight 7;vip tcp 203.0.113.8:80 group tcp-203.0.113.8-80
-A -t 203.0.113.8:80 -s rr;-a -t 203.0.113.8:80 -r 192.0.2.1:81 -g;-a -t 203.0.113.8:80 -r 192.0.2.2:0 -m|0|group tcp-203.0.113.8-80 scheduler rr;server tcp-203.0.113.8-80 192.0.2.1:80 weight 1;server tcp-203.0.113.8-80 192.0.2.2:80 weight 1;vip tcp 203.0.113.8:80 group tcp-203.0.113.8-80
-A -t [2001:db8:1111:2222:3333:4444:5555:6666]:443 -s rr|0|group tcp-1 scheduler rr;vip tcp [2001:db8:1111:2222:3333:4444:5555:6666]:443 group tcp-1
-A -t 203.0.113.8:80 -s sh -p 300|0|group tcp-203.0.113.8-80 scheduler sh;vip tcp 203.0.113.8:80 group tcp-203.0.113.8-80
-A -t 203.0.113.8:80 -s mh -b mh-port,mh-fallback|0|group tcp-203.0.113.8-80 scheduler mh;vip tcp 203.0.113.8:80 group tcp-203.0.113.8-80
-A -t 203.0.113.8:80 -s mh -b mh-port -p 60|0|group tcp-203.0.113.8-80 scheduler mh persist 60;vip tcp 203.0.113.8:80 group tcp-203.0.113.8-80
-A -t 203.0.113.8:80 -s fo;-a -t 203.0.113.8:80 -r 192.0.2.1:80 -m -w 10;-a -t 203.0.113.8:80 -r 192.0.2.2:80 -m -w 20;-a -t 203.0.113.8:80 -r 192.0.2.3:80 -m -w 0|0|group tcp-203.0.113.8-80 scheduler rr;server tcp-203.0.113.8-80 192.0.2.1:80 weight 10 tier 1;server tcp-203.0.113.8-80 192.0.2.2:80 weight 20;server tcp-203.0.113.8-80 192.0.2.3:80 weight 0;vip tcp 203.0.113.8:80 group tcp-203.0.113.8-80
-A -t 203.0.113.8:80 -s dh|3|group tcp-203.0.113.8-80 scheduler mh;vip tcp 203.0.113.8:80 group tcp-203.0.113.8-80
-A -t 203.0.113.8:80 -s lblc|3|group tcp-203.0.113.8-80 scheduler wlc;vip tcp 203.0.113.8:80 group tcp-203.0.113.8-80
-A -t 203.0.113.8:80 -s lblcr|3|group tcp-203.0.113.8-80 scheduler wlc;vip tcp 203.0.113.8:80 group tcp-203.0.113.8-80
-A -t 203.0.113.8:80 -s frob|3|group tcp-203.0.113.8-80 scheduler wlc;vip tcp 203.0.113.8:80 group tcp-203.0.113.8-80
-A -f 7 -s rr;-a -f 7 -r 192.0.2.1:0 -g|3|
-A -t 203.0.113.8:80 -s rr --frob 1 2 -6|3|group tcp-203.0.113.8-80 scheduler rr;vip tcp 203.0.113.8:80 group tcp-203.0.113.8-80
--start-daemon master --mcast-interface eth0|3|
-A -t 127.0.0.1:80|3|
-A -t 203.0.113.8:80 -s rr;-a -t 203.0.113.8:80 -r 127.0.0.1:80 -m;-a -t 203.0.113.8:80 -r 203.0.113.8:80 -m;-a -t 203.0.113.8:80 -r [2001:db8::1]:80 -i;-a -t 203.0.113.8:80 -r 224.0.0.1:80 -m|3|group tcp-203.0.113.8-80 scheduler rr;vip tcp 203.0.113.8:80 group tcp-203.0.113.8-80
-A -t 203.0.113.8:80 -s rr;-a -t 203.0.113.8:80 -r 192.0.2.1:80 -m -x 0 -y 0|0|group tcp-203.0.113.8-80 scheduler rr;server tcp-203.0.113.8-80 192.0.2.1:80 weight 1;vip tcp 203.0.113.8:80 group tcp-203.0.113.8-80
-A -t 203.0.113.8:80 -s rr;-a -t 203.0.113.8:80 -r 192.0.2.1:80 -i --tun-type gue --tun-port 5555 --tun-nocsum -y 5|3|group tcp-203.0.113.8-80 scheduler rr;server tcp-203.0.113.8-80 192.0.2.1:80 weight 1;vip tcp 203.0.113.8:80 group tcp-203.0.113.8-80
'

# Text | lines of ipvsadm that are refused.
IPVSADM_REFUSED='
1: invalid line "IP Virtual Server version 1.2.1" (valid: what|IP Virtual Server version 1.2.1
1: invalid address "www:http" (valid: ADDR, ADDR:PORT or [ADDR6]:PORT): "ipvsadm-save -n" writes numbers|-A -t www:http
1: invalid port "99999" in "203.0.113.8:99999"|-A -t 203.0.113.8:99999
1: there is no service tcp 203.0.113.8:80 before its server|-a -t 203.0.113.8:80 -r 192.0.2.1:80
2: service tcp 203.0.113.8:80 is there twice, also at line 1|-A -t 203.0.113.8:80;-A -t 203.0.113.8:80
1: "-s" needs a value|-A -t 203.0.113.8:80 -s
2: "-r ADDR:PORT" is missing|-A -t 203.0.113.8:80;-a -t 203.0.113.8:80 -w 1
1: the service is missing (valid: -t, -u, --sctp-service, -f)|-A -s rr
1: a line has one service|-A -t 203.0.113.8:80 -u 203.0.113.8:80
1: "-s" is given twice|-A -t 203.0.113.8:80 -s rr -s lc
1: unexpected word "foo"|-A -t 203.0.113.8:80 foo
1: "-C" does not go with -A or -a|-A -t 203.0.113.8:80 -C
2: invalid weight "65536"|-A -t 203.0.113.8:80;-a -t 203.0.113.8:80 -r 192.0.2.1:80 -w 65536
2: invalid address "300.0.0.1:80"|-A -t 203.0.113.8:80;-a -t 203.0.113.8:80 -r 300.0.0.1:80
1: invalid netmask "255.0.255.0"|-A -t 203.0.113.8:80 -p 5 -M 255.0.255.0
1: invalid netmask "129"|-A -t [2001:db8::8]:80 -p 5 -M 129
1: invalid persistence "0"|-A -t 203.0.113.8:80 -p 0
'

# Text | lines of keepalived.conf that are refused.
KEEPALIVED_REFUSED='
1: the file is cut off: the block of line 1 (virtual_server) has no "}"|virtual_server 203.0.113.8 80 {
3: the file is cut off: the block of line 1 (virtual_server) has no "}"|virtual_server 203.0.113.8 80 {;real_server 192.0.2.1 80 {;}
3: "}" without "{"|a {;};}
1: "{" without a word before it|{
2: a quote has no end|a {;script "x;}
1: there is no statement in the file|# nothing
1: invalid address "203.0.113.8x"|virtual_server 203.0.113.8x 80 {;}
1: invalid port "80x"|virtual_server 203.0.113.8 80x {;}
1: "virtual_server" needs an address|virtual_server {;}
1: virtual_server_group "g" does not exist|virtual_server group g {;}
2: "lvs_sched" needs a value|virtual_server 203.0.113.8 80 {;lvs_sched;}
2: invalid lvs_method "X" (valid: NAT, DR, TUN)|virtual_server 203.0.113.8 80 {;lvs_method X;}
2: invalid protocol "ICMP" (valid: TCP, UDP, SCTP)|virtual_server 203.0.113.8 80 {;protocol ICMP;}
2: invalid delay_loop "soon" (valid: seconds)|virtual_server 203.0.113.8 80 {;delay_loop soon;}
2: invalid quorum "0"|virtual_server 203.0.113.8 80 {;quorum 0;}
2: invalid persistence_granularity "0"|virtual_server 203.0.113.8 80 {;persistence_granularity 0;}
3: invalid weight "-1"|virtual_server 203.0.113.8 80 {;real_server 192.0.2.1 80 {;weight -1;};}
4: invalid connect_port "0"|virtual_server 203.0.113.8 80 {;real_server 192.0.2.1 80 {;TCP_CHECK {;connect_port 0;};};}
3: invalid status_code "200-"|virtual_server 203.0.113.8 80 {;real_server 192.0.2.1 80 { HTTP_GET { url {;status_code 200-;};};};}
1: invalid range "192.0.2.9-2"|virtual_server_group g { 192.0.2.9-2 80;};virtual_server group g {;}
1: invalid end of a range "300"|virtual_server_group g { 192.0.2.9-300 80;};virtual_server group g {;}
3: the file is cut off: the block of line 1 (@a) has no "}": lines with "@" need "id NAME"|@a virtual_server 203.0.113.8 80 {;@b virtual_server 203.0.113.9 80 {;}
3: files or variables contain themselves, or too much|$A=${B};$B=x${A};foo ${A}
2: the file is cut off: a value goes on in the next line|$A=x \
1: "/no/such/file" cannot be opened: No such file or directory|include /no/such/file
'

# A file with the words of the samples of keepalived.
KEEPALIVED='! comment
$HTTP=80
$WEB= \
    real_server 192.0.2.${N} $HTTP { \
        weight ${W} \
        uthreshold 0 \
        inhibit_on_failure \
        HTTP_GET { \
            url { \
                path /a \
                status_code 200-204 301 \
            } \
            url { \
                path "/b" \
                digest 0123456789abcdef0123456789abcdef \
                virtualhost www.example.org \
            } \
            nb_get_retry 3 \
            connect_timeout 3 \
            delay_before_retry 2 \
        } \
    }

global_defs {
    notification_email {
        root@example.org
    }
    router_id LVS
}
@main static_routes {
@main     192.0.2.0/24 via 198.51.100.1 dev eth0
@main }
vrrp_instance VI_1 {
    interface eth0
    authentication {
        auth_type PASS
        auth_pass hidden1
    }
    virtual_ipaddress {
        203.0.113.80/32 dev eth0
    }
    notify_master "/usr/local/bin/vrrp  MASTER"
}

virtual_server 203.0.113.80 80 {
    delay_loop 6 # seconds
    lb_algo wrr ! weighted
    lb_kind DR
    protocol TCP
    virtualhost example.org
    quorum 4
    hysteresis 1
    quorum_up /usr/local/bin/up.sh
    alpha
    sorry_server 192.0.2.99 80

    $W=2
    $N=11
    $WEB
    $N=12
    $WEB
}

virtual_server_group many {
    203.0.113.1 8080
    203.0.113.3-5 80
    203.0.113.12/31 81
    fwmark 3
}
virtual_server group many {
    lvs_sched rr
    lvs_method NAT
    ops
    real_server 192.0.2.21 8080 {
        notify_down "/bin/x y" root
        SMTP_CHECK {
            helo_name "a b"
            host {
                connect_ip 192.0.2.21
                connect_port 587
                bindto 192.0.2.1
            }
            host {
                connect_ip 198.51.100.1
            }
        }
        PING_CHECK {
            retry 4
        }
        CI-LINUX
    }
    real_server 192.0.2.22 8080 {
        PING_CHECK {
            retry 4
        }
    }
}
virtual_server fwmark 1 {
    real_server 192.0.2.21 {
        TCP_CHECK {
        }
    }
}
virtual_server 2001:db8::53 53
{
    protocol UDP
    delay_loop 2.5
    lvs_sched lc
    real_server 2001:db8::11 53 { weight 3 MISC }
    real_server 2001:db8::12 53 {
        weight 4
        DNS_CHECK {
            name www.example.org
            type A
        }
        MISC_CHECK {
            misc_path "/bin/true -H 2001:db8::12 '"'a b'"'"
            misc_timeout 2
        }
        BFD_CHECK {
            name b
        }
    }
}
virtual_server 203.0.113.80 443 {
    lb_algo wlc
    failover_threshold 50
    sorry_server 192.0.2.99 443
    real_server 192.0.2.11 443 {
        SSL_GET {
            url {
                path /x
                regex healthy
                username me
                password hidden2
            }
            enable_sni
            connect_port 8443
        }
    }
    real_server 192.0.2.12 443 {
    }
    backup_real_server 192.0.2.13 443 {
    }
}
virtual_server 203.0.113.80 5000 {
    protocol UDP
    lb_algo rr
    real_server 192.0.2.11 5000 {
        UDP_CHECK {
            payload 0aB 1
            require_reply
            warmup 0
        }
        FILE_CHECK {
            track_file f
        }
        MISC_CHECK {
            misc_path /bin/true
            misc_dynamic
        }
    }
}
~LST(N, 1, 2) virtual_server 203.0.113.${N} 1 { lb_algo rr }
track_file f {
    file /x
}'

CONFIG='slb-config 1
group tcp-203.0.113.80-80 scheduler wrr tier-min 2
server tcp-203.0.113.80-80 192.0.2.99:80 weight 1 tier 1
server tcp-203.0.113.80-80 192.0.2.11:80 weight 2
server tcp-203.0.113.80-80 192.0.2.12:80 weight 2
vip tcp 203.0.113.80:80 group tcp-203.0.113.80-80
group many scheduler rr
server many 192.0.2.21:8080 weight 1
server many 192.0.2.22:8080 weight 1
vip tcp 203.0.113.1:8080 group many
vip tcp 203.0.113.3:80 group many
vip tcp 203.0.113.4:80 group many
vip tcp 203.0.113.5:80 group many
vip tcp 203.0.113.12:81 group many
vip tcp 203.0.113.13:81 group many
group udp-2001:db8::53-53 scheduler lc
server udp-2001:db8::53-53 [2001:db8::11]:53 weight 3
server udp-2001:db8::53-53 [2001:db8::12]:53 weight 4
vip udp [2001:db8::53]:53 group udp-2001:db8::53-53
group tcp-203.0.113.80-443 scheduler wlc tier-min 2
server tcp-203.0.113.80-443 192.0.2.99:443 weight 1 tier 2
server tcp-203.0.113.80-443 192.0.2.11:443 weight 1
server tcp-203.0.113.80-443 192.0.2.12:443 weight 1
server tcp-203.0.113.80-443 192.0.2.13:443 weight 1 tier 1
vip tcp 203.0.113.80:443 group tcp-203.0.113.80-443
group udp-203.0.113.80-5000 scheduler rr
server udp-203.0.113.80-5000 192.0.2.11:5000 weight 1
vip udp 203.0.113.80:5000 group udp-203.0.113.80-5000
end'

# Lines that begin with "#check" are those that only some servers have.
HEALTH='check tcp-203.0.113.80-80 http path /a host example.org expect 200-301 interval 6000 fast-interval 2000 timeout 3000 rise 1 fall 4
check tcp-203.0.113.80-80 http path /b host www.example.org expect 200-299 interval 6000 fast-interval 2000 timeout 3000 rise 1 fall 4
#check many tcp port 587 interval 60000 fast-interval 1000 timeout 5000 rise 1 fall 2
check many icmp interval 60000 fast-interval 1000 timeout 5000 rise 1 fall 5
#check udp-2001:db8::53-53 dns query www.example.org interval 2500 fast-interval 2500 timeout 2500 rise 1 fall 4
#check udp-2001:db8::53-53 interval 2500 fast-interval 1000 timeout 2000 rise 1 fall 1 exec /bin/sh -c "/bin/true -H {addr} '"'a b'"' || exit 2"
#check tcp-203.0.113.80-443 https port 8443 path /x expect 200-299 body healthy interval 60000 fast-interval 3000 timeout 5000 rise 1 fall 2
check udp-203.0.113.80-5000 udp send 0a0B01 interval 60000 fast-interval 1000 timeout 5000 rise 1 fall 2
check udp-203.0.113.80-5000 interval 60000 fast-interval 1000 timeout 60000 rise 1 fall 1 exec /bin/sh -c "/bin/true; [ $? -ne 1 ] || exit 2"'

# What is left out of the two results: line and words.
LEFT='24: global_defs
30: @main static_routes
33: vrrp_instance VI_1
52: hysteresis 1
53: quorum_up /usr/local/bin/up.sh
68: fwmark 3
73: ops
75: notify_down "/bin/x y" root
90: CI-LINUX
98: virtual_server fwmark 1
109: weight 3 MISC
164: ~LST(N, 1, 2) virtual_server 203.0.113.${N} 1
165: track_file f'

# Words that this version may not have yet: noun, word (of a scheduler: its name) | lines of ipvsadm | the word's result.
PERHAPS='
group persist|-A -t 203.0.113.8:80 -s rr -p 300 -M 255.255.255.0|scheduler rr persist 300 prefix4 24
group persist|-A -t [2001:db8::8]:80 -s rr -p -M 64|scheduler rr persist 300 prefix6 64
group persist|-A -t [2001:db8::8]:80 -s rr -p|scheduler rr persist 300 prefix6 128
group persist|-A -t 203.0.113.8:80 -s mh -p -b mh-port|scheduler mh persist 300
group sed|-A -t 203.0.113.8:80 -s sed|scheduler sed
group nq|-A -t 203.0.113.8:80 -s nq|scheduler nq
group p2c|-A -t 203.0.113.8:80 -s twos|scheduler p2c
group hash|-A -t 203.0.113.8:80 -s mh|scheduler mh hash source
group overflow|-A -t 203.0.113.8:80 -s ovf|scheduler rr overflow yes
server session-limit|-A -t 203.0.113.8:80 -s rr;-a -t 203.0.113.8:80 -r 192.0.2.1:80 -m -x 100 -y 50|weight 1 session-limit 100
'

# convert FORMAT [WORD...]: converts the input; the result is in $TMP/out, errors in $TMP/error.
convert() {
	"$FAKE" convert "$1" - "${@:2}" >"$TMP/out" 2>"$TMP/error"
}

# Lines without comments, joined by ";".
plain() {
	grep -v '^#\|^$' "$TMP/out" | sed '1d; $d' | paste -sd ';'
}

# accepted TEXT: apply takes the result.
accepted() {
	check "accepted by apply: $1" "$FAKE" -d apply "$TMP/out"
}

test_ipvsadm() {
	local lines status wanted
	while IFS='|' read -r lines status wanted; do
		[ -n "$lines" ] || continue
		tr ';' '\n' <<<"$lines" | convert ipvsadm
		check_eq "ipvsadm: $lines" "$status $wanted" "$? $(plain)"
		accepted "$lines"
	done <<<"$IPVSADM"
}

# A version that has the word uses it; another one says what it does not have.
test_perhaps() {
	local word lines wanted names
	while IFS='|' read -r word lines wanted; do
		[ -n "$word" ] || continue
		names=$("$FAKE" __complete "${word% *}" add x 192.0.2.1 ""; "$FAKE" __complete group add x "";
			"$FAKE" __complete group add x scheduler "")
		tr ';' '\n' <<<"$lines" | convert ipvsadm
		if grep -qx -- "${word#* }" <<<"$names"; then
			check "$word: $lines" grep -q "$wanted" "$TMP/out"
		else
			check "no $word: $lines" grep -q "^# -:[12]: left out: .*: " "$TMP/out"
		fi
		accepted "$lines"
	done <<<"$PERHAPS"
}

# refused FORMAT TABLE: status 1, no result, and one line on stderr that begins with the text, after the place.
refused() {
	local text lines got
	while IFS='|' read -r text lines; do
		[ -n "$text" ] || continue
		tr ';' '\n' <<<"$lines" | convert "$1"
		got="$? $(wc -c <"$TMP/out") $(cat "$TMP/error")"
		[[ $got != "1 0 slbctl: -:$text"* ]] || got="1 0 slbctl: -:$text"
		check_eq "refused: $lines" "1 0 slbctl: -:$text" "$got"
	done <<<"$2"
}

# The lines and words of what is left out, without the reasons; a line that LEFT does not have comes as it is.
left() {
	local line wanted found
	sed -n 's/^# -:\([0-9]*: \)left out: \(.*\)/\1\2/p' "$TMP/out" | while IFS= read -r line; do
		found=$line
		while IFS= read -r wanted; do
			[[ $line != "$wanted: "* ]] || found=$wanted
		done <<<"$LEFT"
		printf '%s\n' "$found"
	done
}

test_keepalived() {
	local status
	convert keepalived <<<"$KEEPALIVED"
	status=$?
	check_eq "keepalived: exit status" 3 "$status"
	check_eq "keepalived: groups, servers and VIPs" "$CONFIG" "$(grep -v '^#\|^$' "$TMP/out")"
	check_eq "keepalived: what is left out" "$LEFT" "$(left)"
	check_eq "keepalived: the error says how much is left out" \
		"slbctl: -: 13 things without a counterpart: see the comments \"left out\"" "$(cat "$TMP/error")"
	accepted "keepalived"
	check_not "no secret is repeated" grep -q hidden "$TMP/out"
	convert keepalived relay <<<"$KEEPALIVED"
	check_eq "keepalived: VIPs of the relay" \
		"$(sed -n 's/^vip \([^ ]* [^ ]*\) group.*/relay vip \1/p' <<<"$CONFIG")" "$(grep '^relay' "$TMP/out")"
	accepted "keepalived, relay"
	convert keepalived health <<<"$KEEPALIVED"
	check_eq "keepalived: checks" "$HEALTH" "$(grep '^#\?check' "$TMP/out")"
	check_not "no secret is repeated in the checks" grep -q hidden "$TMP/out"
	check_health "keepalived"
	# what is only for some servers is right, too
	sed -i 's/^#check/check/' "$TMP/out"
	check_health "keepalived, with checks that only some servers have"
}

check_health() {
	if [ -x "$HEALTHD" ]; then
		check "accepted by slb-healthd: $1" "$HEALTHD" --check -f "$TMP/out"
	else
		skip "accepted by slb-healthd: $1" "slb-healthd is not built"
	fi
}

# Files, conditions, words of the command.
test_rest() {
	mkdir "$TMP/d"
	printf 'lvs_sched sh\nreal_server 192.0.2.1 80 {\n}\n' >"$TMP/d/a.conf"
	printf 'virtual_server 203.0.113.8 80 {\ninclude d/*.conf\ninclude d/none*\n}\n' >"$TMP/main.conf"
	"$FAKE" convert keepalived "$TMP/main.conf" >"$TMP/out" 2>"$TMP/error"
	check_eq "include" "0 group tcp-203.0.113.8-80 scheduler sh;server tcp-203.0.113.8-80 192.0.2.1:80 weight 1;vip tcp 203.0.113.8:80 group tcp-203.0.113.8-80" \
		"$? $(plain)"
	printf 'weight {\n' >"$TMP/d/b.conf"
	check_eq "a fault names the file that has it" \
		"slbctl: $TMP/main.conf:4: the file is cut off: the block of line 1 (virtual_server) has no \"}\"" \
		"$("$FAKE" convert keepalived "$TMP/main.conf" 2>&1)"
	check_eq "a file that is not there" 'slbctl: "/no/such" cannot be opened: No such file or directory' \
		"$("$FAKE" convert ipvsadm /no/such 2>&1)"
	check_eq "a folder" "slbctl: $TMP:1: cannot be read to its end: Is a directory" \
		"$("$FAKE" convert keepalived "$TMP" 2>&1)"
	check_eq "a file that was cut" "slbctl: -:1: the file is cut off: its last line has no end" \
		"$(printf -- '-A -t 203.0.113.8:80 -s w' | "$FAKE" convert ipvsadm - 2>&1)"
	check_eq "an empty file" "slbctl: -:1: the file is empty" "$("$FAKE" convert ipvsadm - 2>&1 </dev/null)"
	check_eq "a NUL byte" "slbctl: -:1: the line has a NUL byte" \
		"$(printf 'a\0b\n' | "$FAKE" convert keepalived - 2>&1)"
	check_eq "faults of all services" "3" "$(printf 'virtual_server x {\n}\n%.0s' 1 2 3 | "$FAKE" convert keepalived - 2>&1 | wc -l)"
	check_eq "of many faults, 20 are shown" "21 slbctl: -: 5 more faults" \
		"$(printf 'virtual_server x {\n}\n%.0s' {1..25} | "$FAKE" convert keepalived - 2>&1 | awk 'END { print NR, $0 }')"
	convert keepalived id b <<<'@a virtual_server 203.0.113.8 80 {
@^a virtual_server 203.0.113.9 80 {
@b protocol UDP
}'
	check_eq "conditions" "0 group udp-203.0.113.9-80 scheduler wlc;vip udp 203.0.113.9:80 group udp-203.0.113.9-80" "$? $(plain)"
	convert keepalived <<<'virtual_server 203.0.113.9 80 {
~SEQ(A, 2) ~SEQx(B, 0x1, 0x2) real_server 192.0.2.${A} 80${B} { }
~SEQ(A, 9, -1, 8) real_server 192.0.2.${A} 80 { }
}'
	check_eq "sequences" "192.0.2.1:801 192.0.2.1:802 192.0.2.2:801 192.0.2.2:802 192.0.2.9:80 192.0.2.8:80" \
		"$(sed -n 's/^server [^ ]* \([^ ]*\) .*/\1/p' "$TMP/out" | xargs)"
	check_eq "a sequence without an end" "slbctl: -:1: files or variables contain themselves, or too much" \
		"$("$FAKE" convert keepalived - 2>&1 <<<'~SEQ(A, 99999999999) x')"
	convert keepalived <<<'virtual_server 203.0.113.9 80 {
lvs_sched fo
quorum 2
sorry_server 192.0.2.9
real_server 192.0.2.1 { weight 1 }
real_server 192.0.2.2 { weight 2 }
}'
	check_eq "fo, a quorum and a sorry server" "3 group tcp-203.0.113.9-80 scheduler rr;server tcp-203.0.113.9-80 192.0.2.9:80 weight 1 tier 2;server tcp-203.0.113.9-80 192.0.2.1:80 weight 1 tier 1;server tcp-203.0.113.9-80 192.0.2.2:80 weight 2;vip tcp 203.0.113.9:80 group tcp-203.0.113.9-80" \
		"$? $(plain)"
	convert keepalived health <<<'virtual_server 203.0.113.9 80 {
real_server 192.0.2.1 80 {
MISC_CHECK {
misc_path "/bin/true {1..3} x:192.0.2.1:80 1192.0.2.1 \"a;$b\" -- {a,b}"
}
}
}'
	check_eq "a command that the shell could mistake" \
		"/bin/true '{1..3}' x:{addr}:80 1192.0.2.1 'a;\$b' -- '{a,b}' || exit 2" \
		"$(sed -n 's/^check.* -c "\(.*\)"$/\1/p' "$TMP/out")"
	check_health "a command that the shell could mistake"
	# a comment cannot become a line of its own
	convert keepalived <<<'x "a\nvip tcp 203.0.113.8:80 group g\x1b"'
	check_eq "characters that control are escaped" "" "$(plain)$(tr -d '[:print:]\n' <"$TMP/out")"
	convert ipvsadm <<<"-A -t 203.0.113.8:80 -s $(printf '%4000d' 1 | tr ' ' x)"
	accepted "a long word"
}

test_command() {
	local text words
	while IFS='|' read -r text words; do
		# shellcheck disable=SC2086
		check_eq "convert $words" "1 slbctl: convert: $text" \
			"$("$FAKE" convert $words >"$TMP/out" 2>"$TMP/error" </dev/null; echo "$? $(cat "$TMP/error" "$TMP/out")")"
	done <<<'a format is missing (valid: ipvsadm, keepalived)|
invalid format "nginx" (valid: ipvsadm, keepalived)|nginx x
FILE is missing|keepalived
invalid keyword "healthy" (valid: health, relay, id)|keepalived - healthy
invalid keyword "relay" (valid: health, relay, id)|keepalived - health relay
invalid keyword "health" (valid: relay)|ipvsadm - health
"id" needs a value: NAME|keepalived - id'
	check_eq "convert writes no JSON" "slbctl: convert: it writes text only: without -json" \
		"$("$FAKE" -j convert ipvsadm - 2>&1 </dev/null)"
	check_eq "completion: formats" "ipvsadm keepalived" "$("$FAKE" __complete convert "" | sort | grep -v help | xargs)"
	check_eq "completion: keywords" "relay health id" "$("$FAKE" __complete convert keepalived x "" | xargs)"
	check_eq "completion: keywords of ipvsadm" "relay" "$("$FAKE" __complete convert ipvsadm x "" | xargs)"
	check "help" grep -q "slbctl convert ipvsadm|keepalived FILE" <("$FAKE" convert help)
}

[ -x "$SLBCTL" ] || ktap_skip_all "slbctl is not built: make tools"
make -s -C "$TOOL" -j "$(nproc)" tests >"$TMP/make" 2>&1 || {
	sed 's/^/# /' "$TMP/make"
	ktap_skip_all "the simulated kernel cannot be built here"
}
count() {
	grep -c . <<<"$1"
}
ktap_plan $((2 * ($(count "$IPVSADM") + $(count "$PERHAPS")) + $(count "$IPVSADM_REFUSED") +
	$(count "$KEEPALIVED_REFUSED") + 12 + 17 + 12))
test_ipvsadm
test_perhaps
refused ipvsadm "$IPVSADM_REFUSED"
refused keepalived "$KEEPALIVED_REFUSED"
test_keepalived
test_rest
test_command
