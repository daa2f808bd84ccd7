/* SPDX-License-Identifier: ISC */
#include "crash.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"

#define CRASH_TEXT_MAX 128

static const int crash_signals[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };

/* A signal handler has no argument of ours: this is all it can know. */
static struct {
	struct termios terminal;
	bool has_terminal;
	char text[CRASH_TEXT_MAX];
	size_t len;
} crash;

/* Only what signal-safety(7) allows; then the fault takes its course. */
static void
crash__on_fault(int signo)
{
	ssize_t n = write(STDOUT_FILENO, crash.text, crash.len);

	(void)n;
	if (crash.has_terminal)
		tcsetattr(STDOUT_FILENO, TCSANOW, &crash.terminal);
	raise(signo); /* SA_RESETHAND: the default this time */
}

void
crash_save_terminal(void)
{
	crash.has_terminal = tcgetattr(STDOUT_FILENO, &crash.terminal) == 0;
}

void
crash_arm(const char *text)
{
	struct sigaction sa = { .sa_handler = crash__on_fault,
		.sa_flags = SA_RESETHAND };

	crash.len = strnlen(text, CRASH_TEXT_MAX);
	memcpy(crash.text, text, crash.len);
	for (size_t i = 0; i < ARRAY_LEN(crash_signals); i++)
		sigaction(crash_signals[i], &sa, NULL);
}

void
crash_disarm(void)
{
	for (size_t i = 0; i < ARRAY_LEN(crash_signals); i++)
		signal(crash_signals[i], SIG_DFL);
}
