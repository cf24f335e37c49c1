/* The co-process of --check-command, over one socket; lines both ways. */
#include <errno.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "corrupt_check.h"

extern char **environ;

struct command {
    pid_t pid;
    int fd;
    struct buf out, in;
};

struct command *command_start(const char *line, struct err *e)
{
    int fd[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) < 0) {
        err_errno(e, "--check-command");
        return NULL;
    }
    struct command *c = mem_zero(1, sizeof *c);
    char sh[] = "sh", flag[] = "-c";
    char *argv[] = {sh, flag, mem_strdup(line), NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fd[1], 0);
    posix_spawn_file_actions_adddup2(&actions, fd[1], 1);
    int rc = posix_spawn(&c->pid, "/bin/sh", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    mem_free(argv[2]);
    close(fd[1]);
    c->fd = fd[0];
    if (rc == 0)
        return c;
    errno = rc;
    err_errno(e, "--check-command");
    c->pid = 0;
    command_stop(c);
    return NULL;
}

void command_stop(struct command *c)
{
    if (!c)
        return;
    close(c->fd);
    if (c->pid > 0)
        while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    buf_free(&c->out);
    buf_free(&c->in);
    mem_free(c);
}

static int ended(struct err *e)
{
    return err_set(e, STATUS_SYSTEM,
                   "--check-command: it ended without an answer");
}

static int send_all(struct command *c, struct err *e)
{
    for (size_t done = 0; done < c->out.n;) {
        ssize_t n = send(c->fd, c->out.p + done, c->out.n - done, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EPIPE || errno == ECONNRESET
                       ? ended(e)
                       : err_errno(e, "--check-command");
        done += (size_t)n;
    }
    return 0;
}

/* The next line of the co-process into c->in, without its newline. */
static int receive_line(struct command *c, struct err *e)
{
    c->in.n = 0;
    for (;;) {
        char byte;
        ssize_t n = read(c->fd, &byte, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0 || (n < 0 && errno == ECONNRESET))
            return ended(e);
        if (n < 0)
            return err_errno(e, "--check-command");
        if (byte == '\n')
            return 0;
        buf_char(&c->in, byte);
    }
}

int command_ask(struct command *c, const struct candidate *x, struct err *e)
{
    c->out.n = 0;
    buf_char(&c->out, '{');
    json_put_field(&c->out, "text", x->text);
    json_put_field(&c->out, "right", str_sub(x->text, x->from, x->to));
    json_put_field(&c->out, "wrong", x->wrong);
    json_put_field(&c->out, "rule", x->rule);
    json_put_i64(&c->out, "start", (int64_t)x->from);
    buf_cstr(&c->out, "}\n");
    if (send_all(c, e) || receive_line(c, e))
        return -1;
    struct str said = {c->in.p ? c->in.p : "", c->in.n};
    if (str_eq(said, STR("true")) || str_eq(said, STR("false")))
        return said.p[0] == 't';
    return err_set(e, STATUS_SYSTEM,
                   "--check-command: \"%.*s\" is not true or false",
                   STR_ARG(said));
}
