/* SPDX-License-Identifier: GPL-2.0-only */
/* The digest of balancers and links in probes. */
#ifndef _RLY_DIGEST_H
#define _RLY_DIGEST_H

struct rly_net;

void rly_digest_update(struct rly_net *rn);

#endif /* _RLY_DIGEST_H */
