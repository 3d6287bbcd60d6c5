#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Prometheus scrapes a balancer and its relay with the alerts of contrib/: nothing is wrong at first; a link is cut, and
# both hosts raise their alert; the link comes back, and the alerts end.
#
#   c1 --- r --- s1           the drawing with all addresses is in lib_topology.sh
#          |
#          b1                 Prometheus runs here; it scrapes the relay over the other link

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
RULES=$SLB_DIR/contrib/prometheus/slb.rules.yml

command -v prometheus >/dev/null || ktap_skip_all "there is no prometheus"
[ -f "$RULES" ] || ktap_skip_all "there is no contrib"

serve() { # HOST ADDR
	spawn on "$1" socat "TCP-LISTEN:9105,bind=$2,reuseaddr,fork" "EXEC:$SLBCTL metrics http"
}

ask() { # PATH
	on b1 curl -gsS --max-time 10 "http://127.0.0.1:9090/api/v1/$1"
}

# firing: the alerts that fire, "NAME INSTANCE LINK STATE" a line
firing() {
	ask alerts | jq -r '.data.alerts[] | select(.state == "firing") | .labels |
		[.alertname, .instance, .link, .state] | join(" ")' | sort
}

fires() {
	[ "$(firing)" = "$1" ]
}

# Two targets answer.
scraped() {
	[ "$(ask 'query?query=sum(up)' | jq -r '.data.result[0].value[1]')" = 2 ]
}

ktap_plan 6
load_modules slb relay
topology balancers=1 servers=1
topology_config "tcp $VIP4:80" "tcp [$VIP6]:80"
# a random key is none of the faults here, but an alert after an hour
cat >"$TMP/prometheus.yml" <<-END
	global: {scrape_interval: 3s, scrape_timeout: 3s, evaluation_interval: 1s}
	rule_files: [$RULES]
	scrape_configs:
	  - job_name: slb
	    static_configs:
	      - {targets: ['127.0.0.1:9105'], labels: {instance: b1}}
	      - {targets: ['100.64.1.33:9105'], labels: {instance: r}}
END
check "the configuration is one" promtool check config "$TMP/prometheus.yml"
ip -n "${NS[b1]}" link set lo up
serve b1 127.0.0.1
serve r 100.64.1.33
spawn on b1 prometheus --config.file="$TMP/prometheus.yml" --storage.tsdb.path="$TMP/tsdb" \
	--web.listen-address=127.0.0.1:9090 >"$TMP/prometheus.log" 2>&1
check "Prometheus scrapes both hosts" wait_for 60 scraped
check_eq "nothing is wrong" "" "$(firing)"
ip -n "${NS[r]}" link set b1l1 down
check "a link is cut: both hosts raise their alert" wait_for 60 fires \
	"$(printf '%s\n' 'SlbLinkDown b1 l1 no-carrier' 'SlbRelayLinkDown r l1 admin-down')"
note "$(firing | paste -sd,)"
ip -n "${NS[r]}" link set b1l1 up
check "the link is back: the alerts end" wait_for 60 fires ""
check_eq "the failures are counted" 1 \
	"$(ask 'query?query=slb_link_downs_total{link=%22l1%22}' | jq -r '.data.result[0].value[1]')"
