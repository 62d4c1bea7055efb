/* A headless Chromium, spoken to over pipes in its DevTools protocol: messages are JSON, each ended by a
 * 0 byte; what goes in has an id, and the answer has the same. Everything else are events, of which
 * errors of the page are counted.
 */
#ifndef SB_TESTS_BROWSER_H
#define SB_TESTS_BROWSER_H

#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include "helpers.h"

struct browser {
    pid_t pid;
    int to, from; /* its file descriptors 3 and 4 */
    char *folder, *session;
    int last_id, n_errors;
    char *buffer;
    size_t size, capacity;
};

/* The name of an installed Chromium, or NULL. */
static inline const char *browser_name(void)
{
    static const char *const names[] = { "chromium", "chromium-browser", "google-chrome" };
    char command[64];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(command, sizeof command, "command -v %s >/dev/null", names[i]);
        if (system(command) == 0)
            return names[i];
    }
    return NULL;
}

/* The next message, within a minute. */
static inline json_t *browser_receive(struct browser *b)
{
    for (;;) {
        char *end = memchr(b->buffer, 0, b->size);
        if (end) {
            json_t *message = json_loads(b->buffer, 0, NULL);
            size_t n = (size_t)(end + 1 - b->buffer);
            memmove(b->buffer, end + 1, b->size -= n);
            assert_non_null(message);
            return message;
        }
        if (b->size == b->capacity)
            assert_non_null(b->buffer = realloc(b->buffer, b->capacity *= 2));
        struct pollfd ready = { .fd = b->from, .events = POLLIN };
        if (poll(&ready, 1, 60000) <= 0)
            fail_msg("the browser does not answer");
        ssize_t n = read(b->from, b->buffer + b->size, b->capacity - b->size);
        if (n <= 0)
            fail_msg("the browser has gone");
        b->size += (size_t)n;
    }
}

/* Errors of scripts, and what the browser itself complains of. */
static inline void browser_note(struct browser *b, const json_t *message)
{
    const char *method = json_string_value(json_object_get(message, "method")), *level = NULL;
    json_unpack(json_object_get(message, "params"), "{s:{s:s}}", "entry", "level", &level);
    if (!method ||
        (strcmp(method, "Runtime.exceptionThrown") != 0 &&
         !(strcmp(method, "Log.entryAdded") == 0 && level && strcmp(level, "error") == 0)))
        return;
    char *text = json_dumps(message, JSON_INDENT(1));
    print_error("the page: %s\n", text);
    free(text);
    b->n_errors++;
}

/* Calls a method with these parameters (taken over) and returns its result, to be json_decref'd. */
static inline json_t *browser_call(struct browser *b, const char *method, json_t *parameters)
{
    json_t *call = json_pack("{s:i, s:s, s:o}", "id", ++b->last_id, "method", method, "params",
                             parameters ? parameters : json_object());
    if (b->session)
        json_object_set_new(call, "sessionId", json_string(b->session));
    char *text = json_dumps(call, JSON_COMPACT);
    size_t n = strlen(text) + 1;
    assert_int_equal(write(b->to, text, n), n);
    free(text);
    json_decref(call);
    for (;;) {
        json_t *message = browser_receive(b), *result = json_object_get(message, "result");
        if (json_integer_value(json_object_get(message, "id")) != b->last_id) {
            browser_note(b, message);
            json_decref(message);
            continue;
        }
        if (!result)
            fail_msg("%s: %s", method, json_dumps(message, 0));
        json_incref(result);
        json_decref(message);
        return result;
    }
}

static inline void browser_do(struct browser *b, const char *method, json_t *parameters)
{
    json_decref(browser_call(b, method, parameters));
}

static inline void browser_start(struct browser *b, const char *name)
{
    int in[2], out[2];
    assert_int_equal(pipe(in) | pipe(out), 0);
    b->folder = new_folder();
    b->pid = fork();
    assert_true(b->pid >= 0);
    if (b->pid == 0) {
        /* 3 and 4 may be among the pipes' own numbers: by way of higher ones. */
        int read_end = fcntl(in[0], F_DUPFD, 10), write_end = fcntl(out[1], F_DUPFD, 10);
        int nowhere = open("/dev/null", O_WRONLY);
        char profile[4300];
        snprintf(profile, sizeof profile, "--user-data-dir=%s", b->folder);
        dup2(nowhere, 1);
        dup2(nowhere, 2);
        dup2(read_end, 3);
        dup2(write_end, 4);
        for (int fd = 5; fd < 64; fd++)
            close(fd);
        execlp(name, name, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
               "--disable-background-networking", "--disable-extensions", "--remote-debugging-pipe",
               profile, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    b->to = in[1];
    b->from = out[0];
    b->capacity = 1 << 16;
    assert_non_null(b->buffer = malloc(b->capacity));
}

/* Starts the browser with an empty page. */
static inline void browser_open(struct browser *b, const char *name)
{
    *b = (struct browser){ 0 };
    signal(SIGPIPE, SIG_IGN);
    browser_start(b, name);
    const char *id;
    json_t *target =
        browser_call(b, "Target.createTarget", json_pack("{s:s}", "url", "about:blank"));
    assert_int_equal(json_unpack(target, "{s:s}", "targetId", &id), 0);
    json_t *attached = browser_call(b, "Target.attachToTarget",
                                    json_pack("{s:s, s:b}", "targetId", id, "flatten", 1));
    assert_int_equal(json_unpack(attached, "{s:s}", "sessionId", &id), 0);
    b->session = strdup(id);
    json_decref(attached);
    json_decref(target);
    browser_do(b, "Runtime.enable", NULL);
    browser_do(b, "Log.enable", NULL);
    browser_do(b, "Page.enable", NULL);
}

/* Asks it to close, and ends it if it has not after five seconds. */
static inline void browser_close(struct browser *b)
{
    static const char call[] = "{\"id\":0,\"method\":\"Browser.close\"}";
    const struct timespec pause = { .tv_nsec = 50000000 };
    bool gone = write(b->to, call, sizeof call) < 0;
    for (int i = 0; i < 100 && !gone; i++) {
        gone = waitpid(b->pid, NULL, WNOHANG) == b->pid;
        nanosleep(&pause, NULL);
    }
    if (!gone) {
        kill(b->pid, SIGKILL);
        waitpid(b->pid, NULL, 0);
    }
    close(b->to);
    close(b->from);
    remove_folder(b->folder);
    free(b->session);
    free(b->buffer);
}

/* The value of an expression as a new string; promises are awaited. */
static inline char *browser_value(struct browser *b, const char *expression)
{
    char *text = malloc(strlen(expression) + 64);
    assert_non_null(text);
    sprintf(text, "(async () => String(await (%s)))()", expression);
    json_t *result = browser_call(
        b, "Runtime.evaluate",
        json_pack("{s:s, s:b, s:b}", "expression", text, "awaitPromise", 1, "returnByValue", 1));
    const char *value = NULL;
    if (json_unpack(result, "{s:{s:s}}", "result", "value", &value))
        fail_msg("%s: %s", expression, json_dumps(result, 0));
    free(text);
    text = strdup(value);
    json_decref(result);
    return text;
}

static inline void browser_press(struct browser *b, const char *key, int code)
{
    const char *const types[] = { "rawKeyDown", "keyUp" };
    for (int i = 0; i < 2; i++)
        browser_do(b, "Input.dispatchKeyEvent",
                   json_pack("{s:s, s:s, s:s, s:i}", "type", types[i], "key", key, "code", key,
                             "windowsVirtualKeyCode", code));
}

#endif
