/* Options: the bytes are words, a line each.  A call is taken, with every
 * value within its bounds, or the program leaves with 0 or 2. */
#include "opt.h"
#include <fcntl.h>
#include <sys/wait.h>

#include "fuzz.h"
#include "mem.h"

#define TAKEN 77 /* not a status of ours */

static void call(char **argv)
{
    bool flag = false;
    int choice = 0;
    int64_t number = 1, size = 1024;
    double real = 0.5;
    const char *text = NULL;
    struct opt_list list = {0};
    const struct opt table[] = {
        {'f', "flag", NULL, OPT_FLAG, &flag, 0, 0, "a flag"},
        {'c', "choice", "one|two|three", OPT_CHOICE, &choice, 0, 0, "one of"},
        {'n', "number", "N", OPT_INT, &number, -5, 1000, "a number"},
        {0, "size", "BYTES", OPT_SIZE, &size, 1, 1 << 30, "a size"},
        {'r', "real", "X", OPT_REAL, &real, 0, 1, "a share"},
        {0, "text", "T", OPT_STRING, &text, 0, 0, "a text"},
        {'l', "list", "T", OPT_LIST, &list, 0, 0, "a list"},
    };
    const struct opt_program program = {"fuzz", "a program", "[file ...]",
                                        table, COUNTOF(table)};
    size_t n = opt_parse(&program, argv);
    must(argv[n] == NULL && choice >= 0 && choice < 3);
    must(number >= -5 && number <= 1000 && size >= 1 && size <= 1 << 30);
    must(real >= 0 && real <= 1);
    _exit(TAKEN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        char *text = mem_zero(n + 1, 1), *words[64] = {text + n};
        size_t at = 1;
        if (n)
            memcpy(text, data, n);
        for (char *w = text; at + 1 < COUNTOF(words) && *w;) {
            words[at++] = w;
            w += strcspn(w, "\n");
            if (*w)
                *w++ = '\0';
        }
        call(words);
    }
    int status;
    must(waitpid(child, &status, 0) == child);
    must(WIFEXITED(status));
    must(WEXITSTATUS(status) == TAKEN || WEXITSTATUS(status) == 0 ||
         WEXITSTATUS(status) == 2);
    return 0;
}
