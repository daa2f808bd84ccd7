/* SPDX-License-Identifier: ISC */
#include "firecracker.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/wait.h"
#include "wire/rpc.h"
#include "wire/sock.h"

/* Firecracker's whole configuration is a few KiB. */
#define FIRECRACKER_ANSWER_MAX 65536

struct firecracker {
	CURL *curl;
	struct curl_slist *headers;
	char *socket;
	struct buf answer;
	bool headed; /* its head has come, to the blank line */
};

struct firecracker *
firecracker_new(const char *socket)
{
	struct firecracker *f = xcalloc(1, sizeof(*f));

	f->socket = xstrdup(socket);
	f->curl = curl_easy_init();
	f->headers = curl_slist_append(f->headers, "Accept: application/json");
	f->headers = curl_slist_append(f->headers,
	    "Content-Type: application/json");
	/* No question first whether a body is welcome. */
	f->headers = curl_slist_append(f->headers, "Expect:");
	if (f->curl == NULL || f->headers == NULL)
		abort(); /* no memory, as xcalloc() does */
	return f;
}

struct firecracker *
firecracker_free(struct firecracker *f)
{
	if (f == NULL)
		return NULL;
	curl_easy_cleanup(f->curl);
	curl_slist_free_all(f->headers);
	buf_done(&f->answer);
	free(f->socket);
	free(f);
	return NULL;
}

/* More than fits ends the transfer. */
static size_t
firecracker__take(char *data, size_t one, size_t n, void *arg)
{
	struct firecracker *f = arg;

	if (f->answer.len + n > FIRECRACKER_ANSWER_MAX)
		return 0;
	buf_put(&f->answer, data, n);
	return n * one;
}

/* Asked at least once a second. */
static int
firecracker__is_off(void *arg, curl_off_t of, curl_off_t n, curl_off_t up_of,
    curl_off_t up)
{
	(void)arg;
	(void)of;
	(void)n;
	(void)up_of;
	(void)up;
	return wait_check(NULL) < 0;
}

/* To curl a head that breaks off is one as well; see firecracker__ask(). */
static size_t
firecracker__head(char *line, size_t one, size_t n, void *arg)
{
	struct firecracker *f = arg;

	f->headed = n == 2 && line[0] == '\r';
	return n * one;
}

static int
firecracker__hung_up(const char *what, struct error *err)
{
	return error_set(err, -EPIPE,
	    "Firecracker %s: it closed the connection", what);
}

/* The transfer's own failures, by what they mean to the caller. */
static int
firecracker__failed(CURLcode code, const char *what, int64_t deadline_ns,
    struct error *err)
{
	int rc;

	switch (code) {
	case CURLE_COULDNT_CONNECT:
		return error_set(err, -ECONNREFUSED,
		    "Firecracker %s: nobody answers on its socket", what);
	case CURLE_OPERATION_TIMEDOUT:
		/* Whose deadline it was, which curl does not know. */
		rc = wait_check_by(deadline_ns, NULL);
		return error_set(err, rc < 0 ? rc : -ETIMEDOUT,
		    "Firecracker %s: timed out", what);
	case CURLE_ABORTED_BY_CALLBACK:
		rc = wait_check(err);
		return error_wrap(err, rc < 0 ? rc : -ECANCELED,
		    "Firecracker %s", what);
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		return firecracker__hung_up(what, err);
	case CURLE_WRITE_ERROR:
		return error_set(err, -EPROTO,
		    "Firecracker %s: the answer is too long", what);
	default:
		return error_set(err, -EPROTO, "Firecracker %s: %s", what,
		    curl_easy_strerror(code));
	}
}

/*
 * What an answer that is no success says: {"fault_message":…} of the API,
 * {"error":…} of its HTTP server.
 */
static int
firecracker__refused(const struct firecracker *f, long status, const char *what,
    struct error *err)
{
	_cleanup_json_ json_t *said = json_loadb(buf_str(&f->answer),
	    f->answer.len, 0, NULL);
	const char *text = json_string_value(
	    json_object_get(said, "fault_message"));

	if (text == NULL)
		text = json_string_value(json_object_get(said, "error"));
	if (text == NULL || status < 400)
		return error_set(err, -EPROTO,
		    "Firecracker %s: an answer with status %ld that says "
		    "nothing",
		    what, status);
	return error_set(err, -EREMOTEIO, "Firecracker %s: %s", what, text);
}

static void
firecracker__setup(struct firecracker *f, const char *held, const char *url,
    const char *body, long timeout_ms)
{
	CURL *c = f->curl;

	curl_easy_reset(c);
	curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, held);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http");
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, f->headers);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, timeout_ms);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, firecracker__is_off);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, firecracker__head);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, f);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, firecracker__take);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, f);
	if (body != NULL) {
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, "PUT");
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
	}
}

/* One request; the answer's text is in f->answer. */
static int
firecracker__ask(struct firecracker *f, const char *path, const char *body,
    int64_t deadline_ns, long *ret_status, const char *what, struct error *err)
{
	_cleanup_free_ char *url = xasprintf("http://localhost%s", path);
	int64_t left = (deadline_ns - clock_mono_ns()) / NSEC_PER_MSEC + 1;
	_cleanup_close_ int fd = -1;
	char held[SOCK_HELD_MAX];
	CURLcode code;
	int rc = sock_hold(f->socket, &fd, held, err);

	if (rc < 0)
		return error_wrap(err, rc, "Firecracker %s", what);
	/* To curl 0 means no limit. */
	firecracker__setup(f, held, url, body, left > 0 ? (long)left : 1);
	buf_reset(&f->answer);
	f->headed = false;
	code = curl_easy_perform(f->curl);
	if (code != CURLE_OK)
		return firecracker__failed(code, what, deadline_ns, err);
	if (!f->headed)
		return firecracker__hung_up(what, err);
	curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, ret_status);
	return 0;
}

int
firecracker_get(struct firecracker *f, const char *path, int64_t deadline_ns,
    json_t **ret, struct error *err)
{
	_cleanup_free_ char *what = xasprintf("GET %s", path);
	json_t *said;
	long status;
	int rc = firecracker__ask(f, path, NULL, deadline_ns, &status, what,
	    err);

	if (rc < 0)
		return rc;
	if (status != 200)
		return firecracker__refused(f, status, what, err);
	said = json_loadb(buf_str(&f->answer), f->answer.len, 0, NULL);
	if (!json_is_object(said)) {
		json_decref(said);
		return error_set(err, -EPROTO,
		    "Firecracker %s: the answer is no object", what);
	}
	*ret = said;
	return 0;
}

int
firecracker_put(struct firecracker *f, const char *path, json_t *body,
    int64_t deadline_ns, struct error *err)
{
	_cleanup_free_ char *what = xasprintf("PUT %s", path);
	_cleanup_free_ char *text = json_dumps(body, JSON_COMPACT);
	long status;
	int rc;

	json_decref(body);
	if (text == NULL)
		return error_set(err, -EINVAL,
		    "Firecracker %s: what is asked is no JSON", what);
	rc = firecracker__ask(f, path, text, deadline_ns, &status, what, err);
	if (rc == 0 && status != 204)
		rc = firecracker__refused(f, status, what, err);
	return rc;
}
