/* SPDX-License-Identifier: ISC */
/*
 * What a service manager that started us wants to hear, and the socket that it
 * may have opened for us: the protocols of sd_notify(3) and
 * sd_listen_fds(3).  They are a datagram and three environment variables,
 * so they are spoken here: libsystemd would bring its compressors and its
 * cryptography into a process that runs as root.
 *
 * Without a service manager all of this does nothing.
 */
#ifndef WIRE_SERVICE_H
#define WIRE_SERVICE_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/error.h"

struct loop;
struct loop_source;

struct service {
	int fd; /* says it; -1: nobody wants to hear it */
	struct sockaddr_un to;
	socklen_t to_len;
	int64_t watchdog_ns; /* killed when unheard for so long; 0: never */
	int listen_fd;       /* handed over; -1: none */
	struct loop_source *timer;
};
#define SERVICE_INIT                       \
	{                                  \
		.fd = -1, .listen_fd = -1, \
	}

/*
 * Closes what whoever started us left open: all but the standard streams and
 * the sockets handed over.  A standard stream that is not open becomes
 * /dev/null, so that no file of ours takes its number and the log with it.
 * Call it before anything is opened, and before service_init().
 */
void service_close_inherited(void);
/*
 * Takes all of it out of the environment, so that no child has it; call it
 * once, before there is another thread or the environment is cleared.  More
 * than one socket handed over, or one that is no listening Unix stream, is an
 * error; what the environment says of another process is not for us.
 */
int service_init(struct service *s, struct error *err);
/* Closes what is left.  The timer is its loop's, and must be gone. */
void service_done(struct service *s);

/*
 * Takes the socket that was handed over, now non-blocking and the caller's to
 * close: 0.  1 when there is none.  An error when it is bound elsewhere than at
 * path: clients would look for it in vain.
 */
int service_take_listener(struct service *s, const char *path, int *ret_fd,
    struct error *err);

/* "READY=1", "STOPPING=1", "STATUS=3 VMs"; several with "\n" between. */
void service_say(const struct service *s, const char *what);
/*
 * From now on, at half the time after which we would be given up: as long as
 * the loop turns, so does the service.
 */
int service_watch(struct service *s, struct loop *loop, struct error *err);

#endif
