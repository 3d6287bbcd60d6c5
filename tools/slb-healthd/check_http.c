// SPDX-License-Identifier: GPL-2.0-only
/* Checks by a request over HTTP or HTTPS: status, perhaps a text, the age of the certificate. */
#include "target.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "address.h"
#include "say.h"

#define BODY_MAX	(64 * 1024)	/* bytes that are read */
#define EXPIRES_SOON	(14 * 86400)	/* seconds */
#define IDLE_MAX	64		/* handles that wait for the next request */

/* A request that runs; kept for the next one afterwards. */
struct request {
	CURL *easy;
	struct curl_slist *connect_to;
	struct hd_target *target;
	struct request *next;		/* when it is idle */
	size_t used;			/* bytes of the body so far */
	size_t room;			/* bytes of @body */
	bool has_text;
	char *body;
	int fd;				/* a connected socket for libcurl, or -1 */
	char error[CURL_ERROR_SIZE];
};

/* A socket of libcurl's. */
struct http_socket {
	struct dm_watch watch;
	struct http_socket *next;	/* when it is idle */
	uint32_t events;
};

static struct {
	CURLM *multi;
	struct dm_timer timer;
	struct request *idle;
	unsigned int idle_count;
	struct http_socket *idle_socket;
} http;

/* ---- the end of a request */

static void keep_request(struct request *request)
{
	curl_multi_remove_handle(http.multi, request->easy);
	curl_slist_free_all(request->connect_to);
	request->connect_to = NULL;
	if (request->fd >= 0)
		close(request->fd);
	request->fd = -1;
	request->target->own = NULL;
	request->target = NULL;
	if (http.idle_count < IDLE_MAX) {
		curl_easy_reset(request->easy);
		request->next = http.idle;
		http.idle = request;
		http.idle_count++;
		return;
	}
	curl_easy_cleanup(request->easy);
	free(request->body);
	free(request);
}

/* Seconds until the certificate of the server expires; the first one of the chain is its own. */
static bool read_expiry(struct request *request, long *left)
{
	static const char start[] = "Expire date:";
	struct curl_certinfo *info;
	struct curl_slist *line;
	time_t at;

	if (curl_easy_getinfo(request->easy, CURLINFO_CERTINFO, &info) || !info->num_of_certs)
		return false;
	for (line = info->certinfo[0]; line; line = line->next) {
		if (strncmp(line->data, start, sizeof(start) - 1))
			continue;
		at = curl_getdate(line->data + sizeof(start) - 1, NULL);
		*left = (long)(at - time(NULL));
		return at >= 0;
	}
	return false;
}

static void good(struct request *request, struct hd_target *target)
{
	long left;

	if (target->check->type != HD_HTTPS || !read_expiry(request, &left) ||
	    left > EXPIRES_SOON) {
		hd_target_good(target);
		return;
	}
	if (left < 0)
		hd_target_done(target, HD_GOOD, "the certificate has expired");
	else
		hd_target_done(target, HD_GOOD, "the certificate expires in %ld days",
			       left / 86400);
}

/* What a curl code says of the server. */
static void failed(struct request *request, struct hd_target *target, CURLcode code)
{
	long error = 0;

	switch (code) {
	case CURLE_COULDNT_CONNECT:
		curl_easy_getinfo(request->easy, CURLINFO_OS_ERRNO, &error);
		if (error) {
			hd_target_failed(target, (int)error);
			return;
		}
		break;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_FAILED_INIT:
	case CURLE_INTERFACE_FAILED:
		hd_target_done(target, HD_NOTHING, "cannot check: %s", curl_easy_strerror(code));
		return;
	default:
		break;
	}
	hd_target_done(target, HD_BAD, "%s",
		       *request->error ? request->error : curl_easy_strerror(code));
}

static void finish(struct request *request, CURLcode code)
{
	struct hd_target *target = request->target;
	const struct hd_check *check = target->check;
	bool whole = !code || (code == CURLE_WRITE_ERROR &&
			       (request->has_text || request->used >= BODY_MAX));
	long status = 0;

	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
	if (!whole)
		failed(request, target, code);
	else if (status < check->expect_first || status > check->expect_last)
		hd_target_done(target, HD_BAD, "status %ld", status);
	else if (check->body && !request->has_text)
		hd_target_done(target, HD_BAD, "the answer lacks \"%s\"", check->body);
	else
		good(request, target);
	keep_request(request);
}

static void read_results(void)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(http.multi, &left))) {
		struct request *request = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &request);
		finish(request, message->data.result);
	}
}

/* ---- events of libcurl's sockets and timer */

static void act(curl_socket_t fd, int events)
{
	int running;

	curl_multi_socket_action(http.multi, fd, events, &running);
	read_results();
}

static void socket_ready(struct dm_watch *watch, uint32_t events)
{
	act(watch->fd, (events & EPOLLIN ? CURL_CSELECT_IN : 0) |
		       (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
		       (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0));
}

static struct http_socket *new_socket(void)
{
	struct http_socket *found = http.idle_socket;

	if (found)
		http.idle_socket = found->next;
	else
		found = calloc(1, sizeof(*found));
	if (!found)
		return NULL;
	found->watch.ready = socket_ready;
	found->watch.fd = -1;
	return found;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *socket_data)
{
	struct http_socket *found = socket_data;
	uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0) |
			  (what & CURL_POLL_OUT ? EPOLLOUT : 0);

	(void)easy;
	(void)data;
	if (what == CURL_POLL_REMOVE) {
		if (!found)
			return 0;
		dm_watch_forget(&found->watch);
		found->next = http.idle_socket;
		http.idle_socket = found;
		return 0;
	}
	if (found) {
		dm_watch_change(&found->watch, events);
		return 0;
	}
	found = new_socket();
	if (!found)
		return -1;
	curl_multi_assign(http.multi, fd, found);
	return dm_watch_open(&found->watch, fd, events);
}

static void on_timer(struct dm_timer *timer)
{
	(void)timer;
	act(CURL_SOCKET_TIMEOUT, 0);
}

static int on_timeout(CURLM *multi, long wait, void *data)
{
	(void)multi;
	(void)data;
	if (wait < 0)
		dm_timer_stop(&http.timer);
	else
		dm_timer_set(&http.timer, dm_now() + (uint64_t)wait);
	return 0;
}

/* ---- a request */

/* Return: bytes taken; fewer end the transfer. */
static size_t on_body(char *bytes, size_t size, size_t count, void *data)
{
	struct request *request = data;
	const char *text = request->target->check->body;
	size_t len = size * count;

	if (request->used + len > BODY_MAX)
		len = BODY_MAX - request->used;
	if (text) {
		memcpy(request->body + request->used, bytes, len);
		request->used += len;
		request->has_text = memmem(request->body, request->used, text, strlen(text));
	} else {
		request->used += len;
	}
	return request->has_text || request->used >= BODY_MAX ? 0 : size * count;
}

/* libcurl closes the socket. */
static curl_socket_t on_open(void *data, curlsocktype purpose, struct curl_sockaddr *addr)
{
	struct request *request = data;
	int fd = request->fd;

	(void)purpose;
	(void)addr;
	request->fd = -1;
	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int on_opened(void *data, curl_socket_t fd, curlsocktype purpose)
{
	(void)data;
	(void)fd;
	(void)purpose;
	return CURL_SOCKOPT_ALREADY_CONNECTED;
}

static int on_new_socket(void *data, curl_socket_t fd, curlsocktype purpose)
{
	(void)purpose;
	return hd_target_bind(data, fd) ? CURL_SOCKOPT_ERROR : CURL_SOCKOPT_OK;
}

static struct request *new_request(struct hd_target *target)
{
	struct request *request = http.idle;

	if (request) {
		http.idle = request->next;
		http.idle_count--;
	} else {
		request = calloc(1, sizeof(*request));
		if (!request)
			return NULL;
		request->easy = curl_easy_init();
	}
	if (target->check->body && !request->body)
		request->body = malloc(BODY_MAX);
	if (!request->easy || (target->check->body && !request->body)) {
		curl_easy_cleanup(request->easy);
		free(request->body);
		free(request);
		return NULL;
	}
	request->target = target;
	request->used = 0;
	request->has_text = false;
	request->error[0] = '\0';
	request->fd = -1;
	target->own = request;
	return request;
}

/* The URL has the name of the host, which the request and TLS have then, or else the address. */
static void set_url(struct request *request, const struct hd_target *target)
{
	const struct hd_check *check = target->check;
	char addr[64], text[512], url[16 * 1024];
	bool v6 = target->addr.family == AF_INET6;

	dm_addr_text(&target->addr, addr, sizeof(addr));
	snprintf(text, sizeof(text), "%s%s%s", v6 ? "[" : "", addr, v6 ? "]" : "");
	snprintf(url, sizeof(url), "%s://%s:%u%s", hd_type_names[check->type],
		 check->host ?: text, target->port, check->path);
	curl_easy_setopt(request->easy, CURLOPT_URL, url);
	if (!check->host)
		return;
	snprintf(text, sizeof(text), "::%s%s%s:%u", v6 ? "[" : "", addr, v6 ? "]" : "",
		 target->port);
	request->connect_to = curl_slist_append(NULL, text);
	curl_easy_setopt(request->easy, CURLOPT_CONNECT_TO, request->connect_to);
}

static void set_options(struct request *request, struct hd_target *target)
{
	CURL *easy = request->easy;
	bool tls = target->check->type == HD_HTTPS;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->error);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_new_socket);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, target);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "slb-healthd");
	curl_easy_setopt(easy, CURLOPT_CERTINFO, tls ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, target->check->verify ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, target->check->verify ? 2L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
}

/* @fd: a connected socket, or -1: libcurl opens one. */
static void begin(struct hd_target *target, int fd)
{
	struct request *request = new_request(target);

	if (!request) {
		if (fd >= 0)
			close(fd);
		hd_target_failed(target, ENOMEM);
		return;
	}
	set_options(request, target);
	set_url(request, target);
	request->fd = fd;
	if (fd >= 0) {
		curl_easy_setopt(request->easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
		curl_easy_setopt(request->easy, CURLOPT_OPENSOCKETDATA, request);
		curl_easy_setopt(request->easy, CURLOPT_SOCKOPTFUNCTION, on_opened);
	}
	if (curl_multi_add_handle(http.multi, request->easy)) {
		keep_request(request);
		hd_target_failed(target, ENOMEM);
	}
}

static void connected(struct dm_watch *watch, uint32_t events)
{
	struct hd_target *target = DM_OF(watch, struct hd_target, watch);
	int fd = watch->fd, error = dm_socket_error(fd);
	uint8_t header[HD_PROXY_LEN];
	size_t len = hd_target_proxy(target, header);

	(void)events;
	if (!error && send(fd, header, len, MSG_NOSIGNAL) != (ssize_t)len)
		error = errno;
	if (error) {
		hd_target_failed(target, error);
		return;
	}
	dm_watch_forget(watch);
	begin(target, fd);
}

/* Before libcurl would send anything, TLS included, a PROXY header has to be sent. */
static void http_start(struct hd_target *target)
{
	if (!target->check->proxy) {
		begin(target, -1);
		return;
	}
	target->watch.ready = connected;
	if (hd_target_connect(target, SOCK_STREAM, 0, EPOLLOUT))
		hd_target_failed(target, errno);
}

static void http_stop(struct hd_target *target)
{
	if (target->own)
		keep_request(target->own);
}

const struct hd_kind hd_kind_http = {
	.start = http_start,
	.stop = http_stop,
};

/**
 * hd_http_open() - Be ready for requests.
 *
 * Return: 0, or -1 with errno set.
 */
int hd_http_open(void)
{
	errno = ENOMEM;
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return -1;
	http.multi = curl_multi_init();
	if (!http.multi)
		return -1;
	http.timer.run = on_timer;
	curl_multi_setopt(http.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(http.multi, CURLMOPT_TIMERFUNCTION, on_timeout);
	return 0;
}
