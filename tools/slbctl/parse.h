/* SPDX-License-Identifier: GPL-2.0-only */
/* Words of the command line as values: names, numbers, addresses, ports. */
#ifndef SLBCTL_PARSE_H
#define SLBCTL_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CTL_KEY_LEN	16	/* bytes of a hash key */

/**
 * struct ctl_fault - What is wrong with a command line.
 * @text: One line that names the word at fault and says what would be right.
 */
struct ctl_fault {
	char text[1024];
};

/**
 * struct ctl_addr - An IPv4 or IPv6 address.
 * @family: AF_INET or AF_INET6.
 * @bytes: The address in network order; the first 4 bytes for IPv4.
 */
struct ctl_addr {
	int family;
	uint8_t bytes[16];
};

/**
 * struct ctl_host - An address with the ports that go with it.
 * @addr: The address.
 * @first: First port, host order; 0 when none was given.
 * @last: Last port, host order; equals @first for a single port.
 */
struct ctl_host {
	struct ctl_addr addr;
	uint16_t first;
	uint16_t last;
};

/**
 * enum ctl_ports - Which ports may follow an address.
 * @CTL_PORT_MAY: None or one.
 * @CTL_PORT_MUST: Exactly one.
 * @CTL_PORT_RANGE: None, one or a range.
 */
enum ctl_ports {
	CTL_PORT_MAY,
	CTL_PORT_MUST,
	CTL_PORT_RANGE,
};

int ctl_fault_set(struct ctl_fault *fault, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
size_t ctl_addr_len(const struct ctl_addr *addr);
const char *ctl_addr_family(const struct ctl_addr *addr);
int ctl_parse_number(const char *word, const char *what, uint32_t min, uint32_t max,
		     uint32_t *value, struct ctl_fault *fault);
int ctl_parse_mark(const char *word, const char *what, uint32_t *mark, uint32_t *mask,
		   struct ctl_fault *fault);
int ctl_parse_share(const char *word, const char *what, uint32_t max, uint32_t *value,
		    bool *percent, struct ctl_fault *fault);
int ctl_parse_text(const char *word, const char *what, uint32_t max, struct ctl_fault *fault);
int ctl_parse_name(const char *word, const char *what, struct ctl_fault *fault);
int ctl_parse_dev(const char *word, struct ctl_fault *fault);
int ctl_parse_addr(const char *word, struct ctl_addr *addr, struct ctl_fault *fault);
int ctl_parse_span(const char *word, struct ctl_addr *first, struct ctl_addr *last,
		   struct ctl_fault *fault);
int ctl_parse_host(const char *word, enum ctl_ports ports, struct ctl_host *host,
		   struct ctl_fault *fault);
bool ctl_port_forgotten(const char *word, struct ctl_host *host);
int ctl_parse_proto(const char *word, uint8_t *proto, struct ctl_fault *fault);
int ctl_parse_key(const char *word, uint8_t *key, struct ctl_fault *fault);
const char *ctl_proto_name(uint8_t proto);

#endif
