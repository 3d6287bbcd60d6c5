/* SPDX-License-Identifier: GPL-2.0-only */
/* Where mutate.c sends and hears packets: packet sockets of hosts, a tap of the relay, captures. */
#ifndef MUTATE_PORT_H
#define MUTATE_PORT_H

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "mutate_wire.h"

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

/* The ring of a port that hears, in packets; a frame of it has room for the largest one. */
#define RING_FRAME 16384
#define RING_FRAMES 512
#define RING_BLOCK (16 * RING_FRAME)
/* Pieces of a frame that come by the tap. */
#define PIECES_MAX 6
#define TAPS 3

/* The first ones hear, too. */
enum {
	AT_CLIENT,
	AT_SERVER1,
	AT_SERVER2,
	LISTENERS,
	AT_TAP = LISTENERS,
	AT_LINKS,		/* of b1: l1, l2; of b2: l1, l2 */
	PORTS = AT_LINKS + 4
};

static const char *const port_names[PORTS] = {
	"c1", "s1", "s2", "tap", "r/b1l1", "r/b1l2", "r/b2l1", "r/b2l2"
};

static struct port {
	int fd;			/* sends */
	int ring_fd;		/* hears */
	uint8_t *ring;
	unsigned int next;
	uint8_t mac[6];
	uint8_t peer[6];
} ports[PORTS];

static int captures[TAPS];

/* A frame that was heard. */
struct heard {
	const uint8_t *p;
	uint32_t len;
	struct virtio_net_hdr vnet;
};

static void enter(const char *netns)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "%s", path);
	close(fd);
}

static void device_mac(const char *dev, uint8_t *mac)
{
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = {};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	if (s < 0 || ioctl(s, SIOCGIFHWADDR, &ifr))
		err(1, "device %s", dev);
	memcpy(mac, ifr.ifr_hwaddr.sa_data, 6);
	close(s);
}

static int packet_socket(const char *dev, int protocol)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(protocol) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)))
		err(1, "packet socket");
	to.sll_ifindex = if_nametoindex(dev);
	if (!to.sll_ifindex || (!protocol && bind(fd, (void *)&to, sizeof(to))))
		err(1, "device %s", dev);
	return fd;
}

static void ring_open(struct port *port, const char *dev)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	struct tpacket_req req = {
		.tp_block_size = RING_BLOCK,
		.tp_block_nr = RING_FRAMES * RING_FRAME / RING_BLOCK,
		.tp_frame_size = RING_FRAME,
		.tp_frame_nr = RING_FRAMES,
	};
	int version = TPACKET_V2, on = 1;

	port->ring_fd = packet_socket(dev, ETH_P_ALL);
	if (setsockopt(port->ring_fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(port->ring_fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) ||
	    setsockopt(port->ring_fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)))
		err(1, "ring of %s", dev);
	port->ring = mmap(NULL, RING_FRAMES * RING_FRAME, PROT_READ | PROT_WRITE, MAP_SHARED,
			  port->ring_fd, 0);
	to.sll_ifindex = if_nametoindex(dev);
	if (port->ring == MAP_FAILED || bind(port->ring_fd, (void *)&to, sizeof(to)))
		err(1, "ring of %s", dev);
}

/* The next frame that a port has heard, to be given back by ring_done(). */
static bool ring_get(struct port *port, struct heard *h)
{
	struct tpacket2_hdr *head = (void *)(port->ring + port->next * RING_FRAME);

	if (!(__atomic_load_n(&head->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
		return false;
	h->p = (uint8_t *)head + head->tp_mac;
	h->len = head->tp_snaplen;
	memcpy(&h->vnet, h->p - sizeof(h->vnet), sizeof(h->vnet));
	if (head->tp_snaplen != head->tp_len)
		errx(1, "a frame of %u bytes has no room in the ring", head->tp_len);
	return true;
}

static void ring_done(struct port *port)
{
	struct tpacket2_hdr *head = (void *)(port->ring + port->next * RING_FRAME);

	__atomic_store_n(&head->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	port->next = (port->next + 1) % RING_FRAMES;
}

/* A wait until something is heard, or for some milliseconds. */
static void ring_wait(int ms)
{
	struct pollfd fds[LISTENERS];
	int i;

	for (i = 0; i < LISTENERS; i++)
		fds[i] = (struct pollfd){ .fd = ports[i].ring_fd, .events = POLLIN };
	poll(fds, LISTENERS, ms);
}

static unsigned int ring_lost(void)
{
	struct tpacket_stats stats;
	socklen_t len = sizeof(stats);
	unsigned int i, lost = 0;

	for (i = 0; i < LISTENERS; i++) {
		if (getsockopt(ports[i].ring_fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len))
			err(1, "statistics");
		lost += stats.tp_drops;
	}
	return lost;
}

/* The device that gives the relay frames in pieces, cut anywhere. */
static void tap_open(struct port *port)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_NAPI | IFF_NAPI_FRAGS };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	port->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "tap");
	/* it stays when this program ends: so do its counters */
	if (port->fd < 0 || s < 0 || ioctl(port->fd, TUNSETIFF, &ifr) ||
	    ioctl(port->fd, TUNSETPERSIST, 1))
		err(1, "tap");
	ifr.ifr_mtu = 9000;
	if (ioctl(s, SIOCSIFMTU, &ifr))
		err(1, "MTU of the tap");
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(s, SIOCSIFFLAGS, &ifr))
		err(1, "tap up");
	close(s);
	device_mac("tap", port->peer);
	memcpy(port->mac, "\2\0\0\0\0\1", 6);
}

/* While it captures, all that passes a host is cloned. */
static void capture_set(int fd, bool on)
{
	struct sock_filter code = { .code = BPF_RET | BPF_K, .k = on ? 0x40000 : 0 };
	struct sock_fprog program = { .len = 1, .filter = &code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)))
		err(1, "filter");
}

static int capture_open(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)), size = 8 << 20;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		err(1, "capture");
	capture_set(fd, false);
	return fd;
}

static void capture_empty(int fd)
{
	struct mmsghdr messages[64] = {};

	while (recvmmsg(fd, messages, 64, MSG_DONTWAIT | MSG_TRUNC, NULL) == 64)
		;
}

/* netns: of c1, s1, s2, r, b1, b2. */
static void ports_open(char **netns)
{
	char dev[8];
	int i;

	for (i = 0; i < LISTENERS; i++) {
		enter(netns[i]);
		ports[i].fd = packet_socket("eth0", 0);
		ring_open(&ports[i], "eth0");
		device_mac("eth0", ports[i].mac);
	}
	for (i = 0; i < 2; i++) {
		enter(netns[4 + i]);
		captures[1 + i] = capture_open();
		device_mac("l1", ports[AT_LINKS + 2 * i].peer);
		device_mac("l2", ports[AT_LINKS + 2 * i + 1].peer);
	}
	enter(netns[3]);
	captures[0] = capture_open();
	tap_open(&ports[AT_TAP]);
	for (i = 0; i < LISTENERS; i++)
		device_mac(port_names[i], ports[i].peer);
	for (i = AT_LINKS; i < PORTS; i++) {
		snprintf(dev, sizeof(dev), "%s", port_names[i] + 2);
		ports[i].fd = packet_socket(dev, 0);
		device_mac(dev, ports[i].mac);
	}
}

/* Return: false when the kernel does not take the frame. */
static bool port_send(int at, uint8_t *frame, uint32_t len, struct virtio_net_hdr *vnet)
{
	struct iovec iov[2 + PIECES_MAX] = { { vnet, sizeof(*vnet) }, { frame, len } };
	unsigned int n = 2, cut, pieces;
	ssize_t sent;

	if (at != AT_TAP) {
		do
			sent = writev(ports[at].fd, iov, n);
		while (sent < 0 && (errno == ENOBUFS || errno == EAGAIN));
		return sent > 0;
	}
	/* the first piece is in the linear part of the skb, each other one in a page of its own */
	for (n = 0, pieces = 1 + any(PIECES_MAX); n + 1 < pieces; n++) {
		cut = n ? 1 + any(len) : ETH_LEN + any(len < 400 ? len - ETH_LEN : 400);
		if (cut >= len)
			break;
		iov[n] = (struct iovec){ frame, cut };
		frame += cut;
		len -= cut;
	}
	iov[n++] = (struct iovec){ frame, len };
	return writev(ports[at].fd, iov, n) > 0;
}

#endif /* MUTATE_PORT_H */
