// SPDX-License-Identifier: GPL-2.0-only
/* State and events of a link, computed from both of its families and from all of its next hops. */
#include <slb/probe_key.h>
#include <slb/probe_state.h>
#include <slb/probe_view.h>
#include <slb/probe_vips.h>

/* The next transition of a family without an event, or NULL. Context: @p->lock. */
static const struct slb_probe_event *slb_probe_pending(struct slb_probe *p)
{
	/* the oldest are lost when there were too many at a time */
	if (p->n_events - p->n_told > SLB_PROBE_EVENTS)
		p->n_told = p->n_events - SLB_PROBE_EVENTS;
	return p->n_told != p->n_events ? &p->event[p->n_told % SLB_PROBE_EVENTS] : NULL;
}

/* @is: the transition is one of this family. Context: @p->lock. */
static void slb_probe_tell(struct slb_probe *p, struct slb_probe_event *event, bool is)
{
	if (is) {
		p->told = event->state;
		p->n_told++;
	}
	event->has[p->af] = is;
	event->told[p->af] = p->told;
}

/**
 * slb_probe_untold() - get the next transition for which an event must be sent
 * @p: liveness of a link
 * @event: filled
 *
 * The same transition of both families makes one event.
 *
 * Return: false when there is none.
 */
bool slb_probe_untold(struct slb_probe *p, struct slb_probe_event *event)
{
	const struct slb_probe_event *a, *b;

	spin_lock_bh(p->lock);
	a = slb_probe_pending(p);
	b = slb_probe_pending(p->twin);
	if (a && b && a->state != b->state && b->when < a->when)
		a = NULL;
	else if (a && b && a->state != b->state)
		b = NULL;
	if (a || b) {
		*event = a ? *a : *b;
		slb_probe_tell(p, event, a);
		slb_probe_tell(p->twin, event, b);
	}
	spin_unlock_bh(p->lock);
	return a || b;
}

static u64 slb_probe_ago(u64 now, u64 when)
{
	return div_u64(now - min(when, now), NSEC_PER_MSEC);
}

/* The state of a link whose families have states @a and @b. */
static u8 slb_probe_better(u8 a, u8 b)
{
	if (a == SLB_NEXTHOP_UP || b == SLB_NEXTHOP_UP)
		return SLB_NEXTHOP_UP;
	return b == SLB_NEXTHOP_HELD ? b : a;
}

/*
 * Compute the state of a link from its families. It is in use since the first family came up, and
 * out of use since the last one failed.
 */
static void slb_probe_view_state(struct slb_probe_view *view)
{
	bool one = view->has[1];

	if (view->has[0] && view->has[1]) {
		view->state = slb_probe_better(view->family[0], view->family[1]);
		one = view->family[1] == view->state;
		if (view->family[0] == view->family[1])
			one = (view->family_ms[1] > view->family_ms[0]) ==
			      slb_probe_in_use(view->state);
	}
	view->state = view->family[one];
	view->since_ms = view->family_ms[one];
}

/* Add the digests of a family. Only relays send one of their configuration. Context: @p->lock. */
static void slb_probe_read_digests(const struct slb_probe *p, struct slb_probe_view *view)
{
	view->keys_differ |= slb_probe_digest_read(p->key, p->detect, &view->key);
	if (p->pn->theirs == SLB_BFD_MORE_RELAY)
		view->configs_differ |= slb_probe_digest_read(p->config, p->detect, &view->config);
}

/* Add the loss of a family, unless it is of long ago. Context: @p->lock. */
static void slb_probe_read_loss(const struct slb_probe *p, struct slb_probe_view *view)
{
	if (!p->loss.ended || time_after(jiffies, p->loss.ended + 2 * SLB_PROBE_LOSS_TIME))
		return;
	view->loss_in = max(view->loss_in, p->loss.in);
	view->loss_out = max(view->loss_out, p->loss.out);
}

/* Add a family to the view. Context: @p->lock. */
static void slb_probe_read_family(const struct slb_probe *p, struct slb_probe_view *view, u64 now)
{
	bool first = !view->has[!p->af];
	u8 bfd = p->conf.interval ? p->bfd.state : SLB_BFD_ADMIN_DOWN;

	if (!p->on)
		return;
	view->has[p->af] = true;
	view->family[p->af] = p->state;
	view->lost[p->af] = p->lost;
	view->family_ms[p->af] = slb_probe_ago(now, p->since);
	if (p->downs && (!view->downs || slb_probe_ago(now, p->why_at) < view->why_ms)) {
		view->why = p->why;
		view->why_ms = slb_probe_ago(now, p->why_at);
	}
	view->downs = max(view->downs, p->downs);
	view->bfd = first ? bfd : min(view->bfd, bfd);
	view->rtt = first ? p->rtt : max(view->rtt, p->rtt);
	view->rtt_min = first || !view->rtt_min ? p->rtt_min :
			p->rtt_min ? min(view->rtt_min, p->rtt_min) : view->rtt_min;
	view->sent += p->sent;
	view->received += p->received;
	view->lost_in += p->lost_in;
	view->lost_out += ntohl(p->theirs.lost);
	slb_probe_read_digests(p, view);
	slb_probe_read_loss(p, view);
	if (view->known || !p->theirs.magic)
		return;
	view->known = true;
	view->mtu = ntohl(p->theirs.mtu);
	view->vips_differ = p->theirs.vips && ntohl(p->theirs.vips) != slb_probe_vips(p->pn);
	view->range.first[0].ip = p->theirs.first4;
	view->range.last[0].ip = p->theirs.last4;
	memcpy(&view->range.first[1], p->theirs.first6, sizeof(p->theirs.first6));
	memcpy(&view->range.last[1], p->theirs.last6, sizeof(p->theirs.last6));
	view->differs = memcmp(&view->range, &p->mine, sizeof(p->mine));
}

/**
 * slb_probe_read() - read the liveness of a link for user space
 * @p: liveness of the link
 * @event: a transition, to get the state at that time; or NULL
 * @view: filled
 */
void slb_probe_read(struct slb_probe *p, const struct slb_probe_event *event,
		    struct slb_probe_view *view)
{
	u64 now = ktime_get_boottime_ns();
	unsigned int i;

	*view = (struct slb_probe_view){ .why = SLB_NEXTHOP_UP };
	spin_lock_bh(p->lock);
	slb_probe_read_family(p, view, now);
	slb_probe_read_family(p->twin, view, now);
	spin_unlock_bh(p->lock);
	for (i = 0; event && i < 2; i++) {
		view->family[i] = event->told[i];
		if (event->has[i])
			view->family_ms[i] = slb_probe_ago(now, event->when);
	}
	slb_probe_view_state(view);
}

/* Add a family of another next hop: that of the better one counts. */
static void slb_probe_view_add_family(struct slb_probe_view *view,
				      const struct slb_probe_view *more, unsigned int i)
{
	u8 state = more->family[i];
	u64 ms = more->family_ms[i];

	if (!more->has[i])
		return;
	if (view->has[i]) {
		state = slb_probe_better(view->family[i], state);
		/* in use since the first one came up, out of use since the last one failed */
		if (view->family[i] != state)
			ms = more->family_ms[i];
		else if (more->family[i] != state)
			ms = view->family_ms[i];
		else if (slb_probe_in_use(state))
			ms = max(view->family_ms[i], ms);
		else
			ms = min(view->family_ms[i], ms);
	}
	view->lost[i] = more->lost[i] && (view->lost[i] || !view->has[i]);
	view->has[i] = true;
	view->family[i] = state;
	view->family_ms[i] = ms;
}

/* Add what another far end says of itself. */
static void slb_probe_view_add_far(struct slb_probe_view *view, const struct slb_probe_view *more)
{
	if (more->known && (!view->known || (more->differs && !view->differs)))
		view->range = more->range;
	view->known |= more->known;
	view->differs |= more->differs;
	view->vips_differ |= more->vips_differ;
	view->keys_differ |= more->keys_differ || (view->key.digest && more->key.digest &&
						   slb_probe_digest_both(&view->key, &more->key));
	view->configs_differ |= more->configs_differ ||
				(view->config.digest && more->config.digest &&
				 slb_probe_digest_both(&view->config, &more->config));
	if (!view->key.digest)
		view->key = more->key;
	if (!view->config.digest)
		view->config = more->config;
	if (more->mtu)
		view->mtu = view->mtu ? min(view->mtu, more->mtu) : more->mtu;
}

/**
 * slb_probe_view_add() - add another next hop to the liveness of a link
 * @view: what slb_probe_read() says of the next hops so far
 * @more: what it says of another one
 */
void slb_probe_view_add(struct slb_probe_view *view, const struct slb_probe_view *more)
{
	slb_probe_view_add_family(view, more, 0);
	slb_probe_view_add_family(view, more, 1);
	if (more->downs && (!view->downs || more->why_ms < view->why_ms)) {
		view->why = more->why;
		view->why_ms = more->why_ms;
	}
	view->downs += more->downs;
	view->bfd = max(view->bfd, more->bfd);
	view->rtt = max(view->rtt, more->rtt);
	if (more->rtt_min)
		view->rtt_min = view->rtt_min ? min(view->rtt_min, more->rtt_min) : more->rtt_min;
	view->sent += more->sent;
	view->received += more->received;
	view->lost_in += more->lost_in;
	view->lost_out += more->lost_out;
	view->loss_in = max(view->loss_in, more->loss_in);
	view->loss_out = max(view->loss_out, more->loss_out);
	slb_probe_view_add_far(view, more);
	slb_probe_view_state(view);
}
