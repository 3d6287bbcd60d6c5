// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has bench/inject.ko send packets, and keeps what leaves by a device meanwhile.
 *
 * inject.ko is through with all packets when its write returns, and nothing waits in a queue: so
 * all that will be seen is in the socket by then.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Files of this kind have this in front (draft-ietf-opsawg-pcap). */
struct pcap_file {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t reserved[2], snaplen, linktype;
};

struct pcap_packet {
	uint32_t sec, usec, kept, len;
};

static int open_tap(const char *dev)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int fd, room = 8 << 20;

	addr.sll_ifindex = if_nametoindex(dev);
	if (!addr.sll_ifindex)
		err(1, "no device %s", dev);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    bind(fd, (void *)&addr, sizeof(addr)))
		err(1, "cannot listen on %s", dev);
	return fd;
}

static void inject(const char *line)
{
	int fd = open("/proc/inject", O_RDWR);

	if (fd < 0 || write(fd, line, strlen(line)) != (ssize_t)strlen(line))
		err(1, "inject does not take \"%s\"", line);
	close(fd);
}

static void keep(int tap, FILE *file)
{
	static const struct pcap_file head = {
		.magic = 0xa1b2c3d4, .major = 2, .minor = 4, .snaplen = 65535, .linktype = 1,
	};
	struct sockaddr_ll from;
	socklen_t from_len = sizeof(from);
	struct pcap_packet packet = {};
	char buf[65536];
	ssize_t len;

	fwrite(&head, sizeof(head), 1, file);
	for (;;) {
		len = recvfrom(tap, buf, sizeof(buf), MSG_DONTWAIT, (void *)&from, &from_len);
		if (len < 0)
			break;
		if (from.sll_pkttype != PACKET_OUTGOING)
			continue;
		packet.kept = len;
		packet.len = len;
		fwrite(&packet, sizeof(packet), 1, file);
		fwrite(buf, len, 1, file);
	}
}

int main(int argc, char **argv)
{
	FILE *file;
	int tap;

	if (argc != 4)
		errx(2, "usage: sample DEV FILE LINE");
	file = fopen(argv[2], "w");
	if (!file)
		err(1, "cannot write %s", argv[2]);
	tap = open_tap(argv[1]);
	inject(argv[3]);
	keep(tap, file);
	return fclose(file) ? 1 : 0;
}
