# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For tests of the netlink interface: both modules are configured on one host. tools/netlink/nlbad_table.py has valid
# messages for this configuration. The devices need not exist.
#
# netlink_config     prints it as a batch for slbctl
# netlink_unconfig   prints what takes it away again
# netlink_show       prints a batch that shows all objects

# The longest names and addresses: no text of the kernel may be longer than its buffer.
NETLINK_LONG=a-name-of-the-most-31-characters
NETLINK_LONG=${NETLINK_LONG:0:31}

netlink_config() {
	cat <<-END
		link add l1 dev d1 via 100.64.1.17 local 10.1.1.1-10.1.1.4 via 2001:db8:b:11::1 local 2001:db8:a:11::1-2001:db8:a:11::4 interval 0
		link add l2 dev d2 via 100.64.1.33 local 10.1.2.1-10.1.2.4 weight 3 interval 0
		link add $NETLINK_LONG dev a-device-of-15x via 100.64.1.97 local 10.1.3.1-10.1.3.4 interval 0
		group add web
		group add spare scheduler mh table-size 251 hash source overflow yes persist 600 prefix4 24 hash-balance-factor 200
		group add $NETLINK_LONG
		group add slow min-healthy 50% when-none all tier-min 2 slow-start 5 client-address toa
		server add web 192.0.2.11:80
		server add web [2001:db8:5::11]:80 weight 7
		server add spare 192.0.2.12 session-limit 1000
		server add slow 192.0.2.14 tier 3 state maint
		server add $NETLINK_LONG 192.0.2.13
		vip add tcp 203.0.113.80:80 group web client-address toa
		vip add udp 203.0.113.80:5000-5010 group web session-limit 5000 rate-limit 100 refuse drop udp-timeout 30 client-limit 4000 mark 0x10/0xff
		vip add any 2001:db8:f::80 group web
		vip add sctp [2001:db8:1111:2222:3333:4444:5555:6666]:50000-60000 group $NETLINK_LONG
		relay balancer add b1
		relay balancer add b2 weight 2
		relay balancer add $NETLINK_LONG
		relay link add b1 l1 dev d1 via 100.64.1.18 return 10.1.1.1-10.1.1.4 via 2001:db8:b:11::2 return 2001:db8:a:11::1-2001:db8:a:11::4 interval 0
		relay link add b1 l2 dev d2 via 100.64.1.34 return 10.1.2.1-10.1.2.4 interval 0
		relay link add b2 l1 dev d3 via 100.64.2.18 return 10.2.1.1-10.2.1.4 interval 0
		relay link add $NETLINK_LONG $NETLINK_LONG dev a-device-of-15x via 100.64.1.98 return 10.1.3.1-10.1.3.4 interval 0
		relay device add d1
		relay vip add tcp 203.0.113.80:80
		relay vip add udp 203.0.113.80:5000-5010
		relay vip add any 2001:db8:f::80
		relay vip add sctp [2001:db8:1111:2222:3333:4444:5555:6666]:50000-60000
	END
}

netlink_unconfig() {
	printf '%s flush\n' vip server group link 'relay vip' 'relay link' 'relay balancer'
}

netlink_show() {
	printf '%s show\n' link group server vip session setting status drop \
		'relay vip' 'relay balancer' 'relay link' 'relay setting' 'relay status' 'relay drop'
}
