/* SPDX-License-Identifier: GPL-2.0-only */
/* Every reason for which either module drops a packet, with the sentence that slbctl prints. */
#ifndef _SLB_REASON_H
#define _SLB_REASON_H

/*
 * X(name, the nearest drop reason of the kernel, sentence)
 * The numbers are not ABI: user space learns name and sentence from the kernel.
 *
 * The tracepoint skb:kfree_skb, dropwatch and perf show the kernel's reason. Each of our reasons
 * has its own kernel reason. So the kernel reason and the function that freed the packet (slb_drop,
 * rly_drop) identify our reason. Own numbers would not help: a module outside the kernel tree
 * cannot register names for them, and debug kernels warn about unknown numbers. Prefer a reason
 * that Linux 6.1 has, too. scripts/lint-source refuses a second use of one.
 */
#define SLB_DROP_REASONS(X) \
	X(SHORT, PKT_TOO_SMALL, "A header is cut short.") \
	X(EXT_HEADER, IPV6_BAD_EXTHDR, \
	  "IPv6 extension headers are too many, or of a kind that full NAT cannot carry.") \
	X(SOURCE_ROUTE, IP_INHDR, "The sender asks for a source route.") \
	X(MARTIAN, IP_RPFILTER, \
	  "The source address is not that of a single host, or is a virtual address.") \
	X(NOT_FOR_US, OTHERHOST, "The frame was not sent to this host's link address alone.") \
	X(LRO, SKB_GSO_SEG, \
	  "The device merged packets (LRO) in a way that cannot be forwarded.") \
	X(SPOOFED, MAC_INVALID_SOURCE, \
	  "A packet on a balancer's link has a source address that is not that balancer's.") \
	X(CHAIN, NETFILTER_DROP, "FORWARD or POSTROUTING dropped the packet.") \
	X(POLICY, XFRM_POLICY, "An IPsec policy of this host forbids the packet.") \
	X(NO_ROUTE, IP_INNOROUTES, "There is no route to the client or server.") \
	X(FRAGMENT, DUP_FRAG, "A fragment could not be reassembled.") \
	X(TTL, TCP_MINTTL, "The TTL or hop limit is exceeded.") \
	X(TOO_BIG, PKT_TOO_BIG, \
	  "The packet is larger than the path MTU and must not be fragmented.") \
	X(NO_MEMORY, NOMEM, "Out of memory.") \
	X(NO_NEXTHOP, NEIGH_FAILED, "The next hop of the link cannot be reached.") \
	X(NO_LINK, DEV_READY, "No link of the balancer carries packets.") \
	X(NO_BALANCER, IP_OUTNOROUTES, "No balancer has a link that carries packets.") \
	X(FLOW_LOST, NEIGH_DEAD, \
	  "The balancer of the flow is gone or has no link; the relay sent a reset.") \
	X(RESET_ASKED, TCP_INVALID_SEQUENCE, \
	  "A balancer has no session for the flow, but another one may: the relay asks it next.") \
	X(RESET_OTHER, TCP_RESET, \
	  "A balancer has no session for the flow, and the flow may not be its own.") \
	X(UNMATCHED, IP_NOPROTO, \
	  "The packet has a virtual address, but no VIP has its port or protocol.") \
	X(NO_SERVER, IP_INADDRERRORS, "The group of the VIP has no usable server.") \
	X(SERVER_FULL, SOCKET_BACKLOG, \
	  "All usable servers of the group have reached their session limit.") \
	X(VIP_LIMIT, NEIGH_QUEUEFULL, "The session limit of the VIP is reached.") \
	X(CLIENT_LIMIT, SOCKET_RCVBUFF, \
	  "The clients of this prefix have as many sessions of the VIP as they may.") \
	X(VIP_RATE, CPU_BACKLOG, "The VIP has its limit of new sessions in this second.") \
	X(NO_PORT, FULL_RING, "No local address and port pair was found on the return link.") \
	X(SESSION_LIMIT, PROTO_MEM, "The session limit is reached.") \
	X(NO_SESSION, NO_SOCKET, "The packet belongs to no session and cannot start one.") \
	X(UNKNOWN_LOCAL, TCP_CLOSE, "A packet to a local address belongs to no session.") \
	X(SUPERSEDED, TCP_OLD_DATA, \
	  "A late packet of a closed connection; its client has opened a new one.") \
	X(RESET_EARLY, TCP_ACK_UNSENT_DATA, \
	  "The server reset a connection whose PROXY header it may have lost; that is resent.") \
	X(ICMP_CSUM, ICMP_CSUM, "The checksum of an ICMP message is wrong.") \
	X(ICMP_UNRELATED, INVALID_PROTO, "An ICMP error quotes a packet of no session.") \
	X(ICMP_TYPE, UNHANDLED_PROTO, \
	  "The ICMP message is neither an error nor an echo request to a VIP.") \
	X(PROBE, SOCKET_FILTER, "A probe of a link is invalid, forged, or of another session.") \
	X(PROBE_SOURCE, TAP_FILTER, \
	  "A probe came in from an address that is the next hop of no link on that device.")

/* Why a packet was dropped, or SLB_OK; SLB_DROP_MAX is one more than the last reason. */
enum slb_drop {
	SLB_OK,
#define X(name, skb_reason, text) SLB_DROP_##name,
	SLB_DROP_REASONS(X)
#undef X
	SLB_DROP_MAX
};

/* Does a VIP refuse a new session for this reason? Then "refuse" of the VIP is the answer. */
static inline bool slb_drop_refuses(enum slb_drop why)
{
	return why == SLB_DROP_NO_SERVER || why == SLB_DROP_SERVER_FULL ||
	       why == SLB_DROP_VIP_LIMIT || why == SLB_DROP_CLIENT_LIMIT ||
	       why == SLB_DROP_VIP_RATE;
}

/**
 * enum slb_sent - result of forwarding a packet
 * @SLB_SENT_PASSED: it has passed every chain: the next one may take the fast path
 * @SLB_SENT_ASIDE: it is sent, or queued to user space; the next one must pass the chains, too
 * @SLB_SENT_CHAIN: a chain has dropped it
 * @SLB_SENT_POLICY: an IPsec policy forbids it; the caller still owns the packet
 */
enum slb_sent {
	SLB_SENT_PASSED,
	SLB_SENT_ASIDE,
	SLB_SENT_CHAIN,
	SLB_SENT_POLICY,
};

/* Has a chain or IPsec dropped it? */
static inline bool slb_sent_lost(enum slb_sent sent)
{
	return sent >= SLB_SENT_CHAIN;
}

/* Size of the name of a reason in user space, with the final zero. */
#define SLB_DROP_WORD_SIZE 32

/**
 * slb_drop_word() - the name of a reason in user space: lower case, with hyphens
 * @word: where to put it
 * @name: as in the list, of capitals, digits and underscores
 */
static inline void slb_drop_word(char word[SLB_DROP_WORD_SIZE], const char *name)
{
	unsigned int i;

	for (i = 0; name[i] && i < SLB_DROP_WORD_SIZE - 1; i++)
		word[i] = name[i] == '_' ? '-' : name[i] >= 'A' ? name[i] + 'a' - 'A' : name[i];
	word[i] = '\0';
}

#endif /* _SLB_REASON_H */
