// SPDX-License-Identifier: BSD-3-Clause
// The command line: any words.

#include "fuzz.h"

#include "host/cli.h"

#include <errno.h>

enum { WORDS_MAX = 32 };

static void check_accepted(const struct cli *c, int argc)
{
    FUZZ_REQUIRE(c->script >= 0 && c->script <= argc);
    FUZZ_REQUIRE(c->step_count >= 0 && c->step_count <= argc);
    for (int i = 0; i < c->step_count; i++)
        FUZZ_REQUIRE(strchr("eljO", c->steps[i].option) && c->steps[i].text);
    FUZZ_REQUIRE(c->workers >= CLI_WORKERS_AUTO && c->workers <= CLI_WORKERS_MAX);
    FUZZ_REQUIRE((c->action == CLI_BYTECODE) == !!c->bytecode);
    cli_has_work(c);
}

static void parse(int argc, char **argv)
{
    struct cli c;
    int error = cli_parse(&c, argc, argv);
    FUZZ_REQUIRE(error == 0 || error == -EINVAL);
    if (error == 0)
        check_accepted(&c, argc);
    else
        FUZZ_REQUIRE(c.error[0] != '\0' && memchr(c.error, '\0', sizeof c.error));
    cli_free(&c);
    cli_take_all(&c, argc, argv);
    cli_free(&c);
}

// One word per line.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    char *argv[WORDS_MAX + 2] = {strdup("sssrun")};
    int argc = 1;
    while (in.left > 0 && argc <= WORDS_MAX) {
        size_t len;
        char *word = input_word(&in, SIZE_MAX, &len);
        argv[argc++] = strndup(word, len);
        free(word);
    }
    parse(argc, argv);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return 0;
}
