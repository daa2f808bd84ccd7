/* SPDX-License-Identifier: ISC */
#include "app.h"

#include <errno.h>
#include <signal.h>

#include "base/loop.h"
#include "base/mem.h"
#include "cancel.h"
#include "ui.h"

#define APP_REPLAY_NS (NSEC_PER_SEC / 10)  /* between steps of its clock */
#define APP_FRAME_NS (100 * NSEC_PER_MSEC) /* between those of lines */
/* So few lines in one turn of reading can wait for the next frame. */
#define APP_FEW_LINES 100
/* The keyboard says "readable" and gives nothing: its other end is gone. */
#define APP_EMPTY_READS_MAX 16

struct app {
	struct loop *loop;
	struct feed *feed;
	struct model *model;
	struct screen *screen;
	struct ui *ui;
	struct loop_source *log, *log_timer, *frame_timer;
	int log_fd;
	int64_t drawn_ns; /* monotonic: the last frame */
	int64_t tick_ns;  /* and the last tick */
	bool reading;     /* a further turn of reading is posted */
	bool napping;     /* the log is read when the next frame is due */
	int empty_reads;
	const char *socket;
	struct cancel *cancel; /* the one under way, or NULL */
	uint64_t alarms;       /* that were rung */
	int failed;            /* a negative code that ends the loop */
};

/* ---- drawing ----------------------------------------------------------- */

static void
app__update(struct app *a)
{
	int64_t now = a->ui->replay != NULL ? a->ui->replay->now_ns
					    : clock_real_ns();

	opset_tick(a->feed->set, now);
	model_update(a->model, a->feed->set, a->feed->stats, &a->feed->seen,
	    now);
	ui_refresh(a->ui);
	if (a->model->alarms != a->alarms && a->ui->config.bell)
		a->screen->ops->alert(a->screen);
	a->alarms = a->model->alarms;
}

static void
app__draw(struct app *a)
{
	if (!a->napping) /* else it is what ends that */
		a->frame_timer = loop_source_free(a->frame_timer);
	app__update(a);
	ui_draw(a->ui, a->screen);
	a->drawn_ns = clock_mono_ns();
}

static enum source_status app__read(struct app *a);
static void app__go_on(struct app *a, enum source_status st);

static void
app__on_frame(void *arg, uint32_t events)
{
	enum source_status st = SOURCE_WAIT;
	struct app *a = arg;
	bool napped = a->napping;

	(void)events;
	a->napping = false;
	if (napped)
		st = app__read(a);
	app__draw(a);
	if (napped)
		app__go_on(a, st);
}

/* A frame soon: lines that come together are drawn together. */
static void
app__draw_soon(struct app *a)
{
	int64_t wait = a->drawn_ns + APP_FRAME_NS - clock_mono_ns();

	if (a->frame_timer != NULL)
		return;
	if (loop_add_timer(a->loop, wait > 0 ? wait : 0, 0, app__on_frame, a,
		&a->frame_timer, NULL) < 0)
		app__draw(a);
}

static void
app__on_tick(void *arg, uint32_t events)
{
	struct app *a = arg;
	int64_t now = clock_mono_ns();

	(void)events;
	if (a->ui->replay != NULL)
		replay_advance(a->ui->replay, now - a->tick_ns);
	a->tick_ns = now;
	if (!a->model->paused)
		app__draw(a);
}

/* ---- the log ----------------------------------------------------------- */

static void app__on_log(void *arg, uint32_t events);

/* Waits for the source as it wants to be waited for. */
static int
app__watch(struct app *a, struct error *err)
{
	int fd = source_fd(a->feed->source), r;
	int64_t timeout = source_timeout(a->feed->source);

	if (fd != a->log_fd) {
		a->log = loop_source_free(a->log);
		a->log_fd = fd;
		if (fd >= 0) {
			r = loop_add_fd(a->loop, fd, EPOLLIN, app__on_log, a,
			    &a->log, err);
			if (r < 0)
				return r;
		}
	}
	a->log_timer = loop_source_free(a->log_timer);
	if (timeout < 0)
		return 0;
	return loop_add_timer(a->loop, timeout, 0, app__on_log, a,
	    &a->log_timer, err);
}

static void
app__on_more(void *arg, uint32_t events)
{
	struct app *a = arg;

	a->reading = false;
	app__on_log(arg, events);
}

/* Has the source asked again when it wants to be. */
static void
app__go_on(struct app *a, enum source_status st)
{
	if (st == SOURCE_MORE) {
		a->reading = true;
		loop_post(a->loop, app__on_more, a);
	} else if (st == SOURCE_END) {
		a->log = loop_source_free(a->log);
		a->log_timer = loop_source_free(a->log_timer);
	} else if (app__watch(a, NULL) < 0) {
		a->failed = -EIO;
		loop_stop(a->loop, 0);
	}
}

static void
app__unwatch(struct app *a)
{
	a->log = loop_source_free(a->log);
	a->log_timer = loop_source_free(a->log_timer);
	a->log_fd = -1;
}

/*
 * Reads for a short turn.  What is polled may have been closed by a trouble, so
 * it is let go before anything else is opened under its number.
 */
static enum source_status
app__read(struct app *a)
{
	uint64_t before = a->feed->troubles;
	enum source_status st = feed_read(a->feed, a->model);

	if (a->feed->troubles != before)
		app__unwatch(a);
	return st;
}

/*
 * Reads; what is left comes after the keyboard's turn.  Lines that trickle in
 * are read as often as they are drawn, not each by itself.
 */
static void
app__on_log(void *arg, uint32_t events)
{
	struct app *a = arg;
	uint64_t before = a->feed->taken;
	enum source_status st;

	(void)events;
	if (a->reading || a->napping)
		return;
	st = app__read(a);
	if (a->feed->taken != before)
		app__draw_soon(a);
	if (st == SOURCE_WAIT && a->frame_timer != NULL &&
	    a->feed->taken - before < APP_FEW_LINES) {
		/* Nothing is asked of it until the frame that is due. */
		app__unwatch(a);
		a->napping = true;
	} else {
		app__go_on(a, st);
	}
}

/* ---- canceling --------------------------------------------------------- */

static void
app__canceled(void *arg, const char *text)
{
	struct app *a = arg;

	a->cancel = cancel_free(a->cancel);
	ui_say(a->ui, text);
	app__draw_soon(a);
}

static void
app__cancel(void *arg, const struct opid *op)
{
	struct app *a = arg;
	struct error err = ERROR_INIT;

	cancel_free(a->cancel);
	a->cancel = cancel_begin(a->loop, a->socket, op, app__canceled, a,
	    &err);
	if (a->cancel == NULL)
		ui_say(a->ui, err.text);
}

/* ---- keys and signals -------------------------------------------------- */

/*
 * Takes all keys that are there; a burst of them costs one frame, of the model
 * as it is unless a key asks for more: the answer does not wait for the log.
 */
static bool
app__keys(struct app *a)
{
	unsigned reaction = UI_NOTHING;
	bool any = false;
	int code;

	while ((code = a->screen->ops->key(a->screen)) != SCREEN_KEY_NONE) {
		reaction |= code == SCREEN_KEY_MOUSE
		    ? ui_mouse(a->ui, a->screen, clock_real_ns())
		    : ui_key(a->ui, code, clock_real_ns());
		any = true;
	}
	if ((reaction & UI_QUIT) != 0)
		loop_stop(a->loop, 0);
	if ((reaction & UI_REPAINT) != 0)
		a->screen->ops->repaint(a->screen);
	if ((reaction & UI_UPDATE) != 0)
		app__update(a);
	if (reaction != UI_NOTHING)
		ui_draw(a->ui, a->screen);
	return any;
}

static void
app__on_keyboard(void *arg, uint32_t events)
{
	struct app *a = arg;

	a->empty_reads = app__keys(a) ? 0 : a->empty_reads + 1;
	if ((events & (EPOLLHUP | EPOLLERR)) != 0 ||
	    a->empty_reads > APP_EMPTY_READS_MAX)
		loop_stop(a->loop, 0);
}

static void
app__on_end(void *arg, uint32_t signo)
{
	(void)signo;
	loop_stop(((struct app *)arg)->loop, 0);
}

/* The window has another size, or we are back in the foreground. */
static void
app__on_window(void *arg, uint32_t signo)
{
	struct app *a = arg;

	if (signo == SIGCONT)
		a->screen->ops->repaint(a->screen);
	if (!app__keys(a))
		app__draw(a);
}

/* Gives the terminal back before it stops as any program does. */
static void
app__on_stop(void *arg, uint32_t signo)
{
	struct app *a = arg;
	sigset_t stop;

	a->screen->ops->leave(a->screen);
	sigemptyset(&stop);
	sigaddset(&stop, (int)signo);
	raise((int)signo);
	pthread_sigmask(SIG_UNBLOCK, &stop, NULL); /* here it stands */
	pthread_sigmask(SIG_BLOCK, &stop, NULL);
}

static const struct {
	int signo;
	loop_fn *fn;
} app_signals[] = {
	{ SIGTERM, app__on_end },
	{ SIGINT, app__on_end },
	{ SIGHUP, app__on_end },
	{ SIGQUIT, app__on_end },
	{ SIGTSTP, app__on_stop },
	{ SIGWINCH, app__on_window },
	{ SIGCONT, app__on_window },
};

void
app_hold_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(app_signals); i++)
		sigaddset(&set, app_signals[i].signo);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static int
app__set_up(struct app *a, struct error *err)
{
	int64_t tick;
	int r;

	for (size_t i = 0; i < ARRAY_LEN(app_signals); i++) {
		r = loop_add_signal(a->loop, app_signals[i].signo,
		    app_signals[i].fn, a, err);
		if (r < 0)
			return r;
	}
	r = loop_add_fd(a->loop, a->screen->ops->fd(a->screen), EPOLLIN,
	    app__on_keyboard, a, NULL, err);
	if (r < 0)
		return r;
	a->tick_ns = clock_mono_ns();
	tick = a->ui->replay != NULL ? APP_REPLAY_NS : NSEC_PER_SEC;
	r = loop_add_timer(a->loop, tick, tick, app__on_tick, a, NULL, err);
	if (r < 0 || a->ui->replay != NULL)
		return r;
	return app__watch(a, err);
}

int
app_run(struct ui *ui, struct screen *screen, const char *socket,
    struct error *err)
{
	_cleanup_(loop_freep) struct loop *loop = NULL;
	_cleanup_free_ struct app *a = xcalloc(1, sizeof(*a));
	int r;

	*a = (struct app){
		.ui = ui,
		.feed = ui->feed,
		.model = ui->model,
		.screen = screen,
		.log_fd = -1,
		.socket = socket,
		.alarms = ui->model->alarms,
	};

	r = loop_new(&loop, err);
	if (r < 0)
		return r;
	a->loop = loop;
	r = app__set_up(a, err);
	if (r < 0)
		return r;
	ui->feed->live = ui->replay == NULL;
	ui->cancel = app__cancel;
	ui->cancel_arg = a;
	app__draw(a);
	r = loop_run(loop);
	ui->cancel = NULL;
	cancel_free(a->cancel);
	if (r < 0)
		return error_errno(err, -r, "waiting for the log");
	if (a->failed < 0)
		return error_set(err, a->failed, "the log cannot be watched");
	return 0;
}
